// One rate limit of an exchange as it stands now: how much of it is used, by whom, and who may have
// the rest. Pure; every time is on the exchange's clock.
//
// Fairness. The size is shared equally among those who asked in this window or the last and one who
// may still come; among eight at least, where so many may come at all. Whoever is within his share
// gets it at once; whoever is beyond it leaves alone what the others may still want: their shares
// for the rest of the window. So as a fixed window runs out, what nobody asked for becomes free,
// down to a last tenth; in a rolling one a quarter is left alone at any time. A noisy program can
// use what lies idle, and one that keeps to its share is not refused because of it.
//
// A tenth of the size is kept for what must not wait behind programs' ordinary requests.
//
// After the exchange has turned a request away nothing is sent until the pause is over; then one
// request goes as a probe, and its answer decides whether the others may.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>

#include "base/time.h"
#include "exchanges/rate_limits.h"

namespace keystile::signer {

class RateWindow {
 public:
  // percent: of the exchange's size that is ours to use.
  RateWindow(const exchanges::Budget& budget, uint32_t percent);
  void set_percent(uint32_t percent);

  struct Ask {
    uint32_t who = 0;  // any number that stands for one sharer
    uint32_t weight = 1;
    bool may_use_reserve = false;
    uint32_t sharers = 1;  // how many may come at all
  };
  struct Answer {
    Millis wait{0};         // until it may be sent
    bool may_queue = true;  // false: come back after `wait`, but nothing is kept for it until then
    bool paused = false;    // because the exchange turned us away
  };
  Answer ask(const Ask& ask, WallTime now);

  // What was sent, for settle(). Valid as long as the window.
  struct Sent {
    int64_t turn = 0;  // in which turn of the window it counts
    uint32_t weight = 0;
    bool is_probe = false;
  };
  // Takes what ask() allowed. at: when it will be sent.
  Sent take(const Ask& ask, WallTime now, WallTime at);
  // The answer has come, or is given up. used, size: as the answer says, where it does.
  void settle(const Sent& sent, std::optional<uint32_t> used, std::optional<uint32_t> size,
              WallTime now);
  // The exchange turned `sent` away. pause 0: it did not say for how long.
  void turned_away(const Sent& sent, Millis pause, WallTime now);
  // `sent` was answered and not turned away.
  void let_through(const Sent& sent);

  // For people and metrics.
  uint32_t used(WallTime now);
  uint32_t size() const { return size_; }
  std::optional<WallTime> paused_until(WallTime now) const;
  // Nothing of it is in use, and nobody awaits an answer: to forget it changes nothing.
  bool is_idle(WallTime now);

 private:
  struct Use {
    int64_t turn = -1;  // the last in which it asked
    uint32_t now = 0, before = 0;
  };

  void turn_to(WallTime now);
  void turn_back(int64_t turns);
  void forget_the_idle();
  Use& use_of(uint32_t who);
  int64_t left_of_turn(WallTime now) const;
  int64_t in_use(int64_t left) const { return now_ + before_ * left / window_; }
  int64_t own_use(uint32_t who, int64_t left) const;
  int64_t shares_of_others(const Ask& ask, int64_t most, int64_t own) const;
  Answer when_free(int64_t over, int64_t releasable, uint32_t weight, int64_t left) const;
  Answer while_paused(WallTime now) const;

  const bool is_fixed_;
  const int64_t window_;  // ms
  uint32_t whole_;        // the exchange's size; 0: none
  bool is_told_ = false;  // by an answer: then it is this account's own, and no guess
  uint32_t percent_ = 100;
  uint32_t size_ = 0;  // ours

  int64_t turn_ = -1;         // windows of that length since the epoch
  int64_t now_ = 0;           // used in this turn
  int64_t before_ = 0;        // in the last; of a rolling window its rest still counts
  int64_t ahead_ = 0;         // in the next, by what waits for it
  int64_t in_flight_ = 0;     // weight whose answers are awaited
  uint32_t awaited_ = 0;      // how many answers
  uint32_t sharers_ = 0;      // asked in this turn or the last
  uint32_t sharers_now_ = 0;  // asked in this turn
  boost::unordered_flat_map<uint32_t, Use> uses_;

  WallTime paused_until_{};
  WallTime probe_sent_{};
  bool probing_ = false;
  uint32_t strikes_ = 0;  // turned away so often since the last request that was not
};

}  // namespace keystile::signer
