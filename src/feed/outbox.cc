#include "feed/outbox.h"

namespace keystile::feed {

std::optional<Slow> parse_slow(std::string_view name) {
  if (name == "conflate") return Slow::kConflate;
  if (name == "drop") return Slow::kDrop;
  return std::nullopt;
}

void Outbox::answer(std::string text) {
  if (is_full_) return;
  const bool was_empty = is_empty();
  answer_bytes_ += text.size();
  answers_.push_back(std::move(text));
  is_full_ = answers_.size() > kMostAnswers || answer_bytes_ > kMostBytes;
  if (was_empty) wake_();
}

void Outbox::put(const Topic& topic, const Text& text) {
  if (is_full_) return;
  if (const auto owed = missed_.find(topic); owed != missed_.end()) {
    ++owed->second;
    return;
  }
  const bool was_empty = is_empty();
  texts_.push_back({topic, text});
  bytes_ += text->size();
  if (texts_.size() > kMostTexts || bytes_ > kMostBytes) make_room();
  if (was_empty) wake_();
}

void Outbox::owe(const Topic& topic) {
  const bool was_empty = is_empty();
  if (!missed_.try_emplace(topic, 0).second) return;
  owed_.push_back(topic);
  if (was_empty) wake_();
}

void Outbox::make_room() {
  if (slow_ == Slow::kDrop) {
    is_full_ = true;
  } else {
    ++conflated_;
    for (const Waiting& waiting : texts_) {
      owe(waiting.topic);
      ++missed_[waiting.topic];
    }
  }
  texts_.clear();
  bytes_ = 0;
}

void Outbox::forget(const std::set<Topic>& topics) {
  std::erase_if(texts_, [&](const Waiting& waiting) {
    const bool is_forgotten = topics.contains(waiting.topic);
    if (is_forgotten) bytes_ -= waiting.text->size();
    return is_forgotten;
  });
  std::erase_if(owed_, [&topics](const Topic& topic) { return topics.contains(topic); });
  for (const Topic& topic : topics) missed_.erase(topic);
}

std::optional<std::string> Outbox::take() {
  if (!answers_.empty()) {
    std::string text = std::move(answers_.front());
    answers_.pop_front();
    answer_bytes_ -= text.size();
    return text;
  }
  if (!owed_.empty()) {
    const Topic topic = owed_.front();
    owed_.pop_front();
    const auto missed = missed_.extract(topic);
    return render_(topic, missed.mapped());
  }
  if (texts_.empty()) return std::nullopt;
  std::string text = *texts_.front().text;
  bytes_ -= text.size();
  texts_.pop_front();
  return text;
}

}  // namespace keystile::feed
