#include "feed/readers.h"

#include <algorithm>

namespace keystile::feed {

std::chrono::seconds RequestWindow::admit(MonoTime now) {
  if (times_.size() < limit_) {
    times_.push_back(now);
    return std::chrono::seconds(0);
  }
  const auto passed = now - times_[next_];
  if (passed < kSpan) {
    return std::max(std::chrono::ceil<std::chrono::seconds>(kSpan - passed),
                    std::chrono::seconds(1));
  }
  times_[next_] = now;
  next_ = (next_ + 1) % limit_;
  return std::chrono::seconds(0);
}

size_t RequestWindow::left(MonoTime now) const {
  const auto recent =
      std::count_if(times_.begin(), times_.end(), [now](MonoTime at) { return now - at < kSpan; });
  return limit_ - static_cast<size_t>(recent);
}

void Readers::set(Tokens tokens) {
  tokens_ = std::move(tokens);
  std::erase_if(readers_, [this](const auto& held) {
    return std::none_of(tokens_.all().begin(), tokens_.all().end(), [&held](const Token& token) {
      return token.name == held.first && token.hash == held.second.hash;
    });
  });
  for (const Token& token : tokens_.all()) {
    readers_.try_emplace(token.name, limit_).first->second.hash = token.hash;
  }
}

Admission Readers::admit(std::string_view token, MonoTime now) {
  const Token* known = tokens_.find(token);
  if (!known) return {};
  return admit(readers_.find(known->name), now);
}

Admission Readers::admit_again(const std::string& name, std::string_view hash, MonoTime now) {
  if (!holds(name, hash)) return {};
  return admit(readers_.find(name), now);
}

void Readers::charge(const std::string& name, std::string_view hash, size_t requests,
                     MonoTime now) {
  if (!holds(name, hash)) return;
  RequestWindow& window = readers_.find(name)->second.window;
  while (requests > 0 && window.admit(now).count() == 0) --requests;
}

Admission Readers::admit(ByName::iterator held, MonoTime now) {
  const auto wait = held->second.window.admit(now);
  if (wait.count() == 0) ++held->second.requests;
  return {&held->first, &held->second, wait};
}

bool Readers::holds(const std::string& name, std::string_view hash) const {
  const auto held = readers_.find(name);
  return held != readers_.end() && held->second.hash == hash;
}

}  // namespace keystile::feed
