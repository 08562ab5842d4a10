#include "signer/rate_window.h"

#include <algorithm>

namespace keystile::signer {
namespace {

constexpr int64_t kReserveParts = 10;  // one of so many is kept
// So many of those who may come at all have a share from the start.
constexpr int64_t kExpected = 8;
// Of the shares that others have not asked for, so much stays theirs to the end of a fixed window,
// and always in a rolling one, whose end never comes but which frees something all the time.
constexpr int64_t kKeptPercent = 10, kKeptRolling = 25;
// Sent into the next window only this long after it begins: clocks differ a little.
constexpr int64_t kAfterTurn = 50;
constexpr Millis kFirstPause{1000}, kMostPause = std::chrono::minutes(10);
constexpr Millis kProbeGivenUp{20000};
constexpr size_t kForgetAbove = 256;

}  // namespace

RateWindow::RateWindow(const exchanges::Budget& budget, uint32_t percent)
    : is_fixed_(budget.is_fixed),
      window_(std::max<int64_t>(budget.window.count(), 1)),
      whole_(budget.size) {
  set_percent(percent);
}

void RateWindow::set_percent(uint32_t percent) {
  percent_ = percent;
  const uint64_t ours = is_told_ ? std::min(percent, 100u) : percent;
  size_ = whole_ == 0 ? 0 : std::max<uint64_t>(uint64_t{whole_} * ours / 100, 1);
}

int64_t RateWindow::left_of_turn(WallTime now) const {
  return std::clamp<int64_t>((turn_ + 1) * window_ - epoch_ms(now), 0, window_);
}

void RateWindow::turn_to(WallTime now) {
  const int64_t turn = epoch_ms(now) / window_;
  if (turn < turn_ - 1) turn_back(turn_ - turn);
  if (turn <= turn_) return;  // the exchange's clock may be corrected a little backwards
  const bool next = turn == turn_ + 1;
  before_ = next && !is_fixed_ ? now_ : 0;
  now_ = next ? ahead_ : 0;
  ahead_ = 0;
  sharers_ = next ? sharers_now_ : 0;
  sharers_now_ = 0;
  turn_ = turn;
  if (uses_.size() > kForgetAbove) forget_the_idle();
}

// The clock was far ahead and is right again: what was used counts from now, not only once that
// time has come.
void RateWindow::turn_back(int64_t turns) {
  turn_ -= turns;
  for (auto& [who, use] : uses_) use.turn -= turns;
  const Millis ahead{turns * window_};
  paused_until_ -= ahead;
  probe_sent_ -= ahead;
}

void RateWindow::forget_the_idle() {
  boost::unordered::erase_if(uses_,
                             [this](const auto& entry) { return entry.second.turn < turn_ - 1; });
}

RateWindow::Use& RateWindow::use_of(uint32_t who) {
  Use& use = uses_[who];
  if (use.turn == turn_) return use;
  const bool in_last = use.turn == turn_ - 1;
  use.before = in_last && !is_fixed_ ? use.now : 0;
  use.now = 0;
  return use;
}

RateWindow::Answer RateWindow::ask(const Ask& ask, WallTime now) {
  turn_to(now);
  if (strikes_ > 0) {
    const Answer paused = while_paused(now);
    if (paused.paused) return paused;
  }
  if (size_ == 0) return {};
  const int64_t left = left_of_turn(now);
  const int64_t most = size_ - (ask.may_use_reserve ? 0 : size_ / kReserveParts);
  // What is heavier than the whole goes when nothing else is used.
  const int64_t weight = std::min<int64_t>(ask.weight, most);
  const int64_t others = shares_of_others(ask, most, own_use(ask.who, left) + weight);
  const int64_t in_time = is_fixed_ ? others * (100 - kKeptPercent) / 100 : 0;
  const int64_t falling = in_time * left / window_;
  const int64_t lasting = is_fixed_ ? others - in_time : others * kKeptRolling / 100;
  const int64_t waiting = is_fixed_ ? 0 : ahead_;
  const int64_t over = in_use(left) + waiting + weight + falling + lasting - most;
  if (over <= 0) return {};
  return when_free(over, falling, ask.weight, left);
}

int64_t RateWindow::own_use(uint32_t who, int64_t left) const {
  const auto known = uses_.find(who);
  if (known == uses_.end()) return 0;
  const Use& use = known->second;
  if (use.turn == turn_) return use.now + use.before * left / window_;
  return use.turn == turn_ - 1 && !is_fixed_ ? use.now * left / window_ : 0;
}

// What whoever is beyond his own share leaves alone. own: with this request.
int64_t RateWindow::shares_of_others(const Ask& ask, int64_t most, int64_t own) const {
  const auto known = uses_.find(ask.who);
  const bool counted = known != uses_.end() && known->second.turn >= turn_ - 1;
  const int64_t active = sharers_ + (counted ? 0 : 1);
  const int64_t expected = std::clamp<int64_t>(ask.sharers, 1, kExpected);
  const int64_t shares = std::max(active + (ask.sharers > active ? 1 : 0), expected);
  return own <= most / shares ? 0 : most - most / shares;
}

// When `over` less will be in use or kept. releasable: of what is kept, until the turn ends.
RateWindow::Answer RateWindow::when_free(int64_t over, int64_t releasable, uint32_t weight,
                                         int64_t left) const {
  if (is_fixed_) {
    if (over <= releasable) return {Millis(left * over / std::max<int64_t>(releasable, 1) + 1)};
    // The next window's start is not given away beforehand: whoever comes then has rights too.
    const bool room = ahead_ + weight <= std::max<int64_t>(size_ / kReserveParts, 1);
    return {Millis(left + kAfterTurn), room};
  }
  const int64_t falling = before_ * left / window_;
  if (over <= falling) return {Millis(over * window_ / std::max<int64_t>(before_, 1) + 1)};
  const int64_t then = over - falling;
  return {Millis(left + std::min(window_, then * window_ / std::max<int64_t>(now_, 1)) + 1)};
}

RateWindow::Answer RateWindow::while_paused(WallTime now) const {
  if (now < paused_until_) return {paused_until_ - now, false, true};
  // Over: one request goes to see, and the others wait for what it finds.
  if (probing_ && now - probe_sent_ < kProbeGivenUp) return {kFirstPause, false, true};
  return {};
}

RateWindow::Sent RateWindow::take(const Ask& ask, WallTime now, WallTime at) {
  turn_to(now);
  const int64_t turn = std::max(epoch_ms(at) / window_, turn_);
  Sent sent{turn, ask.weight, strikes_ > 0};
  if (sent.is_probe) {
    probing_ = true;
    probe_sent_ = at;
  }
  (turn == turn_ ? now_ : ahead_) += ask.weight;
  in_flight_ += ask.weight;
  ++awaited_;
  if (size_ == 0) return sent;
  Use& use = use_of(ask.who);
  if (use.turn < turn_ - 1) ++sharers_;
  if (use.turn < turn_) ++sharers_now_;
  use.turn = turn_;
  use.now += ask.weight;
  return sent;
}

void RateWindow::settle(const Sent& sent, std::optional<uint32_t> used,
                        std::optional<uint32_t> size, WallTime now) {
  turn_to(now);
  in_flight_ -= sent.weight;
  --awaited_;
  if (sent.is_probe) probing_ = false;  // lost: the next one is
  if (size && *size > 0) {
    whole_ = *size;
    is_told_ = true;
    set_percent(percent_);
  }
  if (!used || sent.turn != turn_) return;
  // In a fixed window the exchange's count is the truth but for what is still on its way. In a
  // rolling one ours may rightly be higher: it was counted a moment ago.
  if (is_fixed_) {
    now_ = *used + in_flight_;
  } else {
    now_ += std::max<int64_t>(*used - in_use(left_of_turn(now)), 0);
  }
}

void RateWindow::turned_away(const Sent& sent, Millis pause, WallTime now) {
  turn_to(now);
  if (strikes_ == 0 || sent.is_probe) ++strikes_;
  const Millis first = std::max(kFirstPause, Millis(std::min<int64_t>(window_, 60000)));
  const Millis own = std::min(first * (int64_t{1} << std::min(strikes_ - 1, 10u)), kMostPause);
  const Millis told = pause > Millis{0} ? pause : own;
  paused_until_ = std::max(paused_until_, now + told);
}

void RateWindow::let_through(const Sent& sent) {
  if (!sent.is_probe) return;
  strikes_ = 0;
  paused_until_ = {};
}

bool RateWindow::is_idle(WallTime now) {
  turn_to(now);
  return awaited_ == 0 && sharers_ == 0 && strikes_ == 0;
}

uint32_t RateWindow::used(WallTime now) {
  turn_to(now);
  return static_cast<uint32_t>(std::clamp<int64_t>(in_use(left_of_turn(now)), 0, UINT32_MAX));
}

std::optional<WallTime> RateWindow::paused_until(WallTime now) const {
  if (strikes_ == 0 || now >= paused_until_) return std::nullopt;
  return paused_until_;
}

}  // namespace keystile::signer
