#include "feed/outbox.h"

#include <algorithm>

namespace keystile::feed {

std::optional<Slow> parse_slow(std::string_view name) {
  if (name == "conflate") return Slow::kConflate;
  if (name == "drop") return Slow::kDrop;
  return std::nullopt;
}

void Outbox::answer(std::string text) {
  if (is_full_) return;
  const bool was_empty = is_empty();
  answers_.push_back(std::move(text));
  is_full_ = answers_.size() > kMostTexts;
  if (was_empty) wake_();
}

void Outbox::put(const Topic& topic, const Text& text) {
  if (is_full_) return;
  if (!renewals_.empty()) {
    const auto [place, is_new] = missed_.try_emplace(topic, 0);
    ++place->second;
    if (is_new) renewals_.push_back(topic);
    return;
  }
  const bool was_empty = is_empty();
  texts_.push_back({topic, text});
  bytes_ += text->size();
  if (texts_.size() > kMostTexts || bytes_ > kMostBytes) overflow();
  if (was_empty) wake_();
}

void Outbox::overflow() {
  if (slow_ == Slow::kDrop) {
    is_full_ = true;
  } else {
    ++conflated_;
    for (const Waiting& waiting : texts_) {
      if (missed_[waiting.topic]++ == 0) renewals_.push_back(waiting.topic);
    }
  }
  texts_.clear();
  bytes_ = 0;
}

void Outbox::forget(const Topic& topic) {
  std::erase_if(texts_, [&](const Waiting& waiting) {
    if (waiting.topic == topic) bytes_ -= waiting.text->size();
    return waiting.topic == topic;
  });
  if (missed_.erase(topic) == 0) return;
  renewals_.erase(std::find(renewals_.begin(), renewals_.end(), topic));
}

std::optional<std::string> Outbox::take() {
  if (!answers_.empty()) {
    std::string text = std::move(answers_.front());
    answers_.pop_front();
    return text;
  }
  if (!texts_.empty()) {
    std::string text = *texts_.front().text;
    bytes_ -= text.size();
    texts_.pop_front();
    return text;
  }
  if (renewals_.empty()) return std::nullopt;
  const Topic topic = renewals_.front();
  renewals_.pop_front();
  const auto missed = missed_.extract(topic);
  return renew_(topic, missed.mapped());
}

}  // namespace keystile::feed
