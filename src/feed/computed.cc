#include "feed/computed.h"

#include <algorithm>

#include "base/encoding.h"
#include "feed/relay_json.h"
#include "market/event_json.h"

namespace keystile::feed {
namespace {

using Kind = Computed::Kind;

constexpr uint64_t kMostDepth = 1000;
constexpr uint64_t kMostMillis = 86'400'000;
constexpr uint64_t kMostCount = 1'000'000;
constexpr int kPriceDigits = 12;  // after the point, of the average price

struct Unit {
  std::string_view suffix;
  Kind bar;
  uint64_t factor;
};
// In the order in which they are tried: "ms" ends with "s".
constexpr Unit kUnits[] = {{"ticks", Kind::kBarByTrades, 1},
                           {"ms", Kind::kBarByTime, 1},
                           {"s", Kind::kBarByTime, 1000},
                           {"m", Kind::kBarByTime, 60'000},
                           {"vol", Kind::kBarByVolume, 1}};

struct Interval {
  Kind bar;
  int64_t value;
};

std::optional<Interval> parse_interval(std::string_view text) {
  for (const Unit& unit : kUnits) {
    if (!text.ends_with(unit.suffix)) continue;
    const auto count = parse_uint64(text.substr(0, text.size() - unit.suffix.size()));
    const uint64_t most = unit.bar == Kind::kBarByTime ? kMostMillis : kMostCount;
    if (!count || *count > most || *count * unit.factor > most) return std::nullopt;
    return Interval{unit.bar, static_cast<int64_t>(*count * unit.factor)};
  }
  return std::nullopt;
}

std::optional<Computed> book_of(std::string_view name, size_t depth, std::string_view interval) {
  const auto parsed = parse_interval(interval);
  if (!parsed || parsed->bar != Kind::kBarByTime) return std::nullopt;
  return Computed{std::string(name), Kind::kBook, depth, parsed->value};
}

// "10_100ms", "10_grouped0.5_100ms"
std::optional<Computed> snapshot_of(std::string_view name, std::string_view rest) {
  constexpr std::string_view kGrouped = "grouped";
  const size_t mark = rest.find('_');
  if (mark == rest.npos) return std::nullopt;
  const auto depth = parse_uint64(rest.substr(0, mark));
  if (!depth || *depth < 1 || *depth > kMostDepth) return std::nullopt;
  rest.remove_prefix(mark + 1);
  if (!rest.starts_with(kGrouped)) return book_of(name, *depth, rest);
  const size_t end = rest.find('_');
  if (end == rest.npos) return std::nullopt;
  const auto grouping = Decimal::parse(rest.substr(kGrouped.size(), end - kGrouped.size()));
  if (!grouping || !grouping->is_positive()) return std::nullopt;
  auto made = book_of(name, *depth, rest.substr(end + 1));
  if (made) made->grouping = *grouping;
  return made;
}

enum class Toward : uint8_t { kLower, kHigher };

// Levels added up by multiples of step, each in the one beyond it. An error: a number that is not
// reckoned with.
Result<std::vector<market::Level>> grouped(const std::vector<market::Level>& levels,
                                           const Decimal& step, Toward toward) {
  std::vector<std::pair<Decimal, Decimal>> groups;
  for (const market::Level& level : levels) {
    KS_TRY(const Decimal price, level.price.to_decimal());
    KS_TRY(const Decimal amount, level.amount.to_decimal());
    if (!price.is_positive()) return fail("computed.price", "a price that is not positive");
    KS_TRY(Decimal place, price.floored_to(step));
    if (toward == Toward::kHigher && place != price) {
      KS_TRY(place, place.plus(step));
    }
    if (groups.empty() || groups.back().first != place) groups.emplace_back(place, Decimal());
    KS_TRY(groups.back().second, groups.back().second.plus(amount));
  }
  std::vector<market::Level> out(groups.size());
  for (size_t i = 0; i < groups.size(); ++i) {
    const bool fits = market::Number::parse(groups[i].first.str(), &out[i].price) &&
                      market::Number::parse(groups[i].second.str(), &out[i].amount);
    if (!fits) return fail("computed.range", "a sum of more than 28 digits");
  }
  return out;
}

int64_t time_of(const market::Origin& origin) {
  return origin.time_us ? *origin.time_us : origin.received_ns.value_or(0) / 1000;
}

bool same(const std::vector<market::Level>& a, const std::vector<market::Level>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.price == y.price && x.amount == y.amount;
  });
}

void begin(std::string_view type, const Computed& what, const market::Origin& origin,
           RelayJson* out) {
  (*out)->begin_object();
  (*out)->text("type", type);
  (*out)->text("symbol", market::tardis_symbol(*origin.instrument));
  (*out)->text("exchange", market::tardis_name(origin.instrument->venue));
  (*out)->text("name", what.name);
}

void end(int64_t time_us, const market::Origin& origin, RelayJson* out) {
  (*out)->text("timestamp", market::iso8601_us(time_us));
  (*out)->text("localTimestamp", market::iso8601_us(origin.received_ns.value_or(0) / 1000));
  (*out)->end_object();
}

void write_levels(std::string_view name, const std::vector<market::Level>& levels, RelayJson* out) {
  (*out)->begin_array(name);
  for (const market::Level& level : levels) {
    (*out)->begin_object();
    out->exact("price", level.price);
    out->exact("amount", level.amount);
    (*out)->end_object();
  }
  (*out)->end_array();
}

std::string_view kind_name(Kind kind) {
  if (kind == Kind::kBarByTrades) return "tick";
  return kind == Kind::kBarByVolume ? "volume" : "time";
}

}  // namespace

std::optional<Computed> parse_computed(std::string_view name) {
  constexpr std::string_view kBook = "book_snapshot_", kBar = "trade_bar_", kQuote = "quote_";
  if (name == "quote") return Computed{"quote", Kind::kBook, 1, 0};
  if (name.starts_with(kQuote)) return book_of(name, 1, name.substr(kQuote.size()));
  if (name.starts_with(kBook)) {
    return snapshot_of(name, name.substr(kBook.size()));
  }
  if (!name.starts_with(kBar)) return std::nullopt;
  const auto interval = parse_interval(name.substr(kBar.size()));
  if (!interval || interval->value < 1) return std::nullopt;
  return Computed{std::string(name), interval->bar, 0, interval->value};
}

void TradeBar::take(const market::Trade& trade, std::vector<std::string>* out) {
  const int64_t time_us = time_of(trade.origin);
  if (is_over(time_us)) out->push_back(close(trade.origin));
  if (!add(trade, time_us)) return reset();
  if (is_over(time_us)) out->push_back(close(trade.origin));
}

bool TradeBar::is_over(int64_t time_us) const {
  if (trades_ == 0) return false;
  if (what_.kind == Kind::kBarByTrades) return trades_ >= static_cast<uint64_t>(what_.interval);
  if (what_.kind == Kind::kBarByVolume) return volume_ >= Decimal(what_.interval);
  const int64_t interval_us = what_.interval * 1000;
  return time_us / interval_us > open_us_ / interval_us;
}

// An error: its numbers are beyond what is reckoned with.
Status TradeBar::add(const market::Trade& trade, int64_t time_us) {
  KS_TRY(const Decimal price, trade.price.to_decimal());
  KS_TRY(const Decimal amount, trade.amount.to_decimal());
  KS_TRY(const Decimal part, price.times(amount, Rounding::kDown));
  if (trades_ == 0) {
    open_ = high_ = low_ = close_ = price;
    volume_ = buy_volume_ = sell_volume_ = cost_ = Decimal();
    open_us_ = close_us_ = time_us;
  }
  high_ = std::max(high_, price);
  low_ = std::min(low_, price);
  if (time_us >= close_us_) {  // exchanges may tell an older trade after a newer one
    close_ = price;
    close_us_ = time_us;
  }
  KS_TRY(volume_, volume_.plus(amount));
  KS_TRY(cost_, cost_.plus(part));
  Decimal* const side = trade.side == market::Side::kBuy    ? &buy_volume_
                        : trade.side == market::Side::kSell ? &sell_volume_
                                                            : nullptr;
  if (side) {
    KS_TRY(*side, side->plus(amount));
  }
  ++trades_;
  return {};
}

std::string TradeBar::close(const market::Origin& origin) {
  int64_t end_us = close_us_;
  if (what_.kind == Kind::kBarByTime) {
    const int64_t interval_us = what_.interval * 1000;
    end_us = (open_us_ / interval_us + 1) * interval_us;
  }
  const auto average = cost_.divided_by(volume_, Rounding::kDown);
  std::string text;
  RelayJson out(&text);
  begin("trade_bar", what_, origin, &out);
  out->number("interval", what_.interval);
  out->text("kind", kind_name(what_.kind));
  out.exact("open", open_);
  out.exact("high", high_);
  out.exact("low", low_);
  out.exact("close", close_);
  out.exact("volume", volume_);
  out.exact("buyVolume", buy_volume_);
  out.exact("sellVolume", sell_volume_);
  out->number("trades", trades_);
  out.exact("vwap", average ? average->rounded(kPriceDigits, Rounding::kDown) : close_);
  out->text("openTimestamp", market::iso8601_us(open_us_));
  out->text("closeTimestamp", market::iso8601_us(close_us_));
  end(end_us, origin, &out);
  reset();
  return text;
}

void BookSnapshots::take(const Market& market, const market::BookChange& change,
                         std::vector<std::string>* out) {
  const int64_t time_us = time_of(change.origin);
  if (is_due(time_us)) out->push_back(tell(change.origin));
  Depth depth = best_of(market);
  if (depth.health != market::Health::kGood) return;
  has_changed_ = has_changed_ || !same(depth.bids, bids_) || !same(depth.asks, asks_);
  bids_ = std::move(depth.bids);
  asks_ = std::move(depth.asks);
  updated_us_ = time_us;
  if (!is_due(time_us)) return;
  out->push_back(tell(change.origin));
  has_begun_ = true;
}

// As many groups as so many levels make up; of the last one that was seen more may follow.
Depth BookSnapshots::best_of(const Market& market) const {
  if (!what_.grouping) return market.depth(what_.depth);
  const size_t levels = what_.levels();
  Depth depth = market.depth(levels);
  const auto group = [&](std::vector<market::Level>* side, Toward toward) {
    const bool may_go_on = side->size() == levels;
    auto groups = grouped(*side, *what_.grouping, toward);
    if (!groups) return false;
    if (may_go_on && !groups->empty()) groups->pop_back();
    groups->resize(std::min(groups->size(), what_.depth));
    *side = std::move(*groups);
    return true;
  };
  const bool is_good = group(&depth.bids, Toward::kLower) && group(&depth.asks, Toward::kHigher);
  return is_good ? std::move(depth) : Depth();
}

// What is told at the end of an interval has the time of that end.
bool BookSnapshots::is_due(int64_t time_us) {
  if (!has_changed_) return false;
  if (what_.interval == 0 || !has_begun_) return true;
  const int64_t interval_us = what_.interval * 1000;
  const int64_t last = updated_us_ / interval_us;
  if (time_us / interval_us <= last) return false;
  updated_us_ = (last + 1) * interval_us;
  return true;
}

std::string BookSnapshots::tell(const market::Origin& origin) {
  has_changed_ = false;
  std::string text;
  RelayJson out(&text);
  begin("book_snapshot", what_, origin, &out);
  out->number("depth", uint64_t{what_.depth});
  out->number("interval", what_.interval);
  if (what_.grouping) out.exact("grouping", *what_.grouping);
  write_levels("bids", bids_, &out);
  write_levels("asks", asks_, &out);
  end(updated_us_, origin, &out);
  return text;
}

void BookSnapshots::reset() {
  bids_.clear();
  asks_.clear();
  has_changed_ = has_begun_ = false;
}

}  // namespace keystile::feed
