// What waits to be written to one consumer. It is bounded: of a consumer that does not keep up,
// either nothing more is kept and it is to be sent away, or what waits is forgotten and told anew
// as it then is, when there is room again: books whole, tickers their latest, and of trades how
// many were missed.
#pragma once

#include <compare>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "feed/plan.h"
#include "feed/state.h"

namespace keystile::feed {

enum class Slow : uint8_t { kConflate, kDrop };
std::optional<Slow> parse_slow(std::string_view name);  // "conflate", "drop"

// One text for all who get it.
using Text = std::shared_ptr<const std::string>;

// What a text is about.
struct Topic {
  const Market* market = nullptr;
  Channel channel = Channel::kBook;
  bool is_status = false;  // whether it trades, which comes with its tickers
  auto operator<=>(const Topic&) const = default;
};

class Outbox {
 public:
  // Far above what one message tells (1024 trades of Bybit's): nobody can take any of it before all
  // of it is here.
  static constexpr size_t kMostTexts = 10'000;
  static constexpr size_t kMostAnswers = 1000;
  static constexpr size_t kMostBytes = 4 << 20;  // of texts, and of answers

  // What a topic is now; `missed` texts about it were not told.
  using Render = std::function<std::string(const Topic& topic, uint64_t missed)>;

  Outbox(Slow slow, Render render) : slow_(slow), render_(std::move(render)) {}

  // Called whenever there is something to be taken where there was nothing. Else nobody is told.
  void on_news(std::function<void()> wake) { wake_ = std::move(wake); }

  // An answer to the consumer itself; these are never forgotten. One that asks and does not read
  // for kMostAnswers or kMostBytes of them is as one that does not keep up by Slow::kDrop.
  void answer(std::string text);
  // Dropped where the topic is owed, which will tell it as well.
  void put(const Topic& topic, const Text& text);
  void owe(const Topic& topic);
  // Forgets all about them: they are not subscribed to any more.
  void forget(const std::set<Topic>& topics);

  // The next to be written. It has just left the outbox.
  std::optional<std::string> take();
  bool is_empty() const { return answers_.empty() && texts_.empty() && owed_.empty(); }

  // It did not keep up and is to be sent away: nothing more will come.
  bool is_full() const { return is_full_; }
  // How often what waited was forgotten.
  uint64_t conflated() const { return conflated_; }

 private:
  struct Waiting {
    Topic topic;
    Text text;
  };

  void make_room();

  const Slow slow_;
  const Render render_;
  std::function<void()> wake_ = [] {};
  std::deque<std::string> answers_;
  std::deque<Topic> owed_;            // told before texts_: none of these is about one of them
  std::map<Topic, uint64_t> missed_;  // of each of owed_
  std::deque<Waiting> texts_;
  size_t bytes_ = 0;         // of texts_
  size_t answer_bytes_ = 0;  // of answers_
  bool is_full_ = false;
  uint64_t conflated_ = 0;
};

}  // namespace keystile::feed
