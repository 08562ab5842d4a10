#include "policy/behaviour.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "policy/hours.h"
#include "policy/pricing.h"
#include "policy/rules.h"

namespace keystile::policy {
namespace {

using exchanges::Act;
using exchanges::OrderLeg;
using exchanges::OrderType;
using exchanges::Product;

// A grant takes '*' as a pattern; and no name of an exchange has control characters or spaces.
bool is_plain(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) > ' ' && c != 0x7f && c != '*';
  });
}

bool has_plain_names(const Question& q) {
  for (size_t i = 0; i < q.intent->legs.size(); ++i) {
    const Leg leg = make_leg(q, i);
    if (!leg.cancels() && !is_plain(leg.order().instrument)) return false;
  }
  const auto& instrument = q.intent->instrument;
  return (instrument.empty() || is_plain(instrument)) &&
         (!q.intent->transfer || is_plain(q.intent->transfer->asset));
}

// Up to two digits: 1043.2 → 1100, 0.0123 → 0.013. Above zero also for what was never more.
Decimal rounded_up(const std::optional<Decimal>& seen) {
  if (!seen || !seen->is_positive()) return Decimal(1);
  const Decimal tenth = Decimal::parse("0.1").value();
  Decimal step(1);
  const auto larger = [&](const Decimal& factor) {
    return step.times(factor, Rounding::kDown).value_or(step);
  };
  while (larger(Decimal(100)) <= *seen) step = larger(Decimal(10));
  while (larger(Decimal(10)) > *seen && larger(tenth).is_positive()) step = larger(tenth);
  const Decimal down = seen->floored_to(step).value_or(*seen);
  return down == *seen ? down : down.plus(step).value_or(*seen);
}

std::optional<Hours> least_hours(const Behaviour& seen) {
  constexpr std::chrono::days kEnough{6};  // fewer do not show what the others are like
  constexpr std::array<std::string_view, 7> kDays{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  if (!seen.first_hour || seen.requests.last - seen.requests.first < kEnough) return std::nullopt;
  std::vector<std::string_view> days;
  for (size_t i = 0; i < kDays.size(); ++i) {
    if (seen.days[i].count > 0) days.push_back(kDays[i]);
  }
  const bool always = days.size() == kDays.size() && *seen.first_hour == 0 && *seen.last_hour == 23;
  if (always) return std::nullopt;
  const auto hours = parse_hours(fmt::format("{} {:02}:00-{:02}:00 UTC", fmt::join(days, ","),
                                             *seen.first_hour, *seen.last_hour + 1));
  return hours ? std::optional(*hours) : std::nullopt;
}

template <class Key>
std::vector<Key> keys(const std::map<Key, Tally>& all) {
  std::vector<Key> out;
  for (const auto& [key, tally] : all) out.push_back(key);
  return out;
}

}  // namespace

void Tally::add(const Sighting& sighting) {
  if (count++ == 0) {
    first_entry = sighting.entry;
    first = sighting.time;
  }
  last_entry = sighting.entry;
  last = sighting.time;
}

bool Behaviour::see(const Sighting& sighting, const Question& q) {
  if (!has_plain_names(q)) return false;
  const exchanges::Intent& intent = *q.intent;
  requests.add(sighting);
  sources[sighting.source].add(sighting);
  routes[exchanges::to_string(*q.route)].add(sighting);
  const auto needed = scopes_needed(q);
  for (exchanges::Scope scope : std::set(needed.begin(), needed.end())) scopes[scope].add(sighting);
  const bool setting = intent.act == Act::kAccountSetting;
  if (setting || intent.act == Act::kCancelAll) account_wide.add(sighting);
  if (setting && intent.product) products[*intent.product].add(sighting);
  if (setting && !intent.instrument.empty()) instruments[intent.instrument].add(sighting);
  if (intent.transfer) {
    see_transfer(sighting, *intent.transfer);
  }
  if (setting || intent.act == Act::kTransfer) see_time(sighting);
  see_orders(sighting, q);
  return true;
}

void Behaviour::see_transfer(const Sighting& sighting, const exchanges::Transfer& moved) {
  transfer_assets[moved.asset].add(sighting);
  if (moved.leaves_account) transfers_out.add(sighting);
  const TransferPair pair = pair_of(moved);
  const bool is_clear =
      pair.leaves_account() == moved.leaves_account && parse_transfer_pair(to_string(pair)) == pair;
  if (is_clear) {
    transfer_pairs[to_string(pair)].add(sighting);
  } else {
    unclear_pair = true;
  }
}

void Behaviour::see_orders(const Sighting& sighting, const Question& q) {
  bool opens = false;
  for (size_t i = 0; i < q.intent->legs.size(); ++i) {
    const Leg leg = make_leg(q, i);
    if (leg.cancels()) {
      cancels.add(sighting);
      continue;
    }
    orders.add(sighting);
    instruments[leg.order().instrument].add(sighting);
    products[leg.order().product].add(sighting);
    if (leg.order().borrows) products[Product::kMargin].add(sighting);
    order_types[leg.order().type].add(sighting);
    if (leg.opens()) see_price(sighting, q, leg.order());
    opens |= leg.opens();
  }
  if (opens) see_time(sighting);
}

void Behaviour::see_price(const Sighting& sighting, const Question& q, const OrderLeg& wanted) {
  const bool stop = wanted.type == OrderType::kStopLimit;
  if (!stop && wanted.type != OrderType::kLimit) return;
  const auto around =
      stop ? Result<Decimal>(*wanted.trigger_price) : reference_price(wanted, *q.market, q.mono);
  const auto ratio = around ? wanted.price->divided_by(*around, Rounding::kUp) : around;
  const bool buy = wanted.side == exchanges::Side::kBuy;
  if (!ratio) {
    unpriced = sighting.entry;
    return;
  }
  // Both roundings make it larger.
  const auto low = wanted.price->divided_by(*around, Rounding::kDown);
  const auto beyond = buy ? ratio->minus(Decimal(1)) : Decimal(1).minus(low.value_or(Decimal(0)));
  losing_side.add(std::max(beyond.value_or(Decimal(1)), Decimal(0)), sighting);
}

void Behaviour::see_time(const Sighting& sighting) {
  const auto midnight = std::chrono::floor<std::chrono::days>(sighting.time);
  const int hour = std::chrono::duration_cast<std::chrono::hours>(sighting.time - midnight).count();
  days[std::chrono::weekday(midnight).iso_encoding() - 1].add(sighting);
  first_hour = std::min(first_hour.value_or(hour), hour);
  last_hour = std::max(last_hour.value_or(hour), hour);
}

void Behaviour::measure(const Sighting& sighting, const Question& q, const Verdict& verdict) {
  for (size_t i = 0; i < q.intent->legs.size(); ++i) {
    const auto notional = leg_notional(make_leg(q, i).order(), q.client->grant, *q.market, q.mono);
    if (notional) order.add(*notional, sighting);
  }
  if (q.intent->transfer) {
    const auto& moved = *q.intent->transfer;
    const auto value = in_currency(moved.asset, moved.amount, *q.market, q.mono);
    if (value) transfer.add(*value, sighting);
  }
  if (q.intent->act == Act::kRead) reads.add(q.usage.reads_last_second + 1, sighting);
  const auto total = q.usage.exposure_24h.plus(verdict.reserved);
  if (total && !verdict.reserved.is_zero()) day.add(*total, sighting);
  if (verdict.sent > 0) per_second.add(q.usage.orders_last_second + verdict.sent, sighting);
  if (verdict.resting > 0) open.add(q.usage.open_orders + verdict.resting, sighting);
}

Grant unlimited_grant(const Behaviour& seen) {
  Grant grant;
  grant.scopes = keys(seen.scopes);
  for (const std::string& source : keys(seen.sources)) {
    if (const auto network = parse_network(source)) grant.networks.push_back(*network);
  }
  for (const std::string& route : keys(seen.routes)) {
    const size_t space = route.find(' ');
    grant.allow_routes.push_back({route.substr(0, space), route.substr(space + 1)});
  }
  grant.instruments = keys(seen.instruments);
  grant.products = keys(seen.products);
  grant.order_types = keys(seen.order_types);
  grant.account_wide = seen.account_wide.count > 0;
  grant.transfers_out = seen.transfers_out.count > 0;
  grant.transfer_assets = keys(seen.transfer_assets);
  if (!seen.unclear_pair) {
    for (const auto& [text, tally] : seen.transfer_pairs) {
      grant.transfer_pairs.push_back(*parse_transfer_pair(text));
    }
  }
  grant.max_transfer = Decimal(std::numeric_limits<int64_t>::max());  // absent means nothing
  grant.hours = least_hours(seen);
  grant.reads_per_second = std::numeric_limits<uint32_t>::max();
  // No band can cover a price that was compared with nothing, or is further off than any band.
  const Decimal least = Decimal::parse("0.001").value(), most = Decimal::parse("0.5").value();
  if (!seen.losing_side.value || seen.unpriced || *seen.losing_side.value > most) return grant;
  grant.price_band = std::max(least, seen.losing_side.value->rounded(3, Rounding::kUp));
  grant.price_band_set = true;
  return grant;
}

Grant least_grant(const Behaviour& seen) {
  Grant grant = unlimited_grant(seen);
  grant.max_transfer.reset();
  if (!grant.transfer_assets.empty()) grant.max_transfer = rounded_up(seen.transfer.value);
  grant.reads_per_second = std::max(kDefaultReadsPerSecond, seen.reads.value.value_or(0));
  if (seen.orders.count == 0) return grant;
  grant.max_order_notional = rounded_up(seen.order.value);
  grant.daily_exposure = rounded_up(seen.day.value);
  grant.orders_per_second = seen.per_second.value.value_or(1);
  grant.open_orders = seen.open.value.value_or(1);
  return grant;
}

}  // namespace keystile::policy
