#include "signer/pacing.h"

#include <algorithm>
#include <functional>

namespace keystile::signer {
namespace {

using exchanges::Budget;
using exchanges::CountedApart;
using exchanges::CountedBy;

constexpr uint32_t kOurselves = 0;     // our own errands
constexpr uint32_t kStrangers = 1;     // all without a key, as one sharer
constexpr uint32_t kFirstClient = 2;   // client 0 is this sharer
constexpr uint32_t kAddresses = 4096;  // so many source addresses are told apart
constexpr size_t kSweepAbove = 1024;

uint32_t sharer_of(const policy::Address& address) {
  const auto& bytes = address.bytes;
  const bool is_v4 =
      bytes[10] == 0xff && bytes[11] == 0xff &&
      std::all_of(bytes.begin(), bytes.begin() + 10, [](uint8_t b) { return b == 0; });
  // Of a v6 address the network that one customer has.
  const size_t size = is_v4 ? 16 : 8;
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), size);
  return 1 + static_cast<uint32_t>(std::hash<std::string_view>{}(text) % kAddresses);
}

uint32_t sharer_of(const Pacing::Request& request) {
  return request.client ? kFirstClient + static_cast<uint32_t>(*request.client) : kOurselves;
}

uint64_t part_of(const Budget& budget, const exchanges::OrderLeg& leg) {
  if (budget.apart == CountedApart::kProduct) return static_cast<uint64_t>(leg.product) + 1;
  return std::hash<std::string_view>{}(leg.instrument) | 1;
}

// What is counted apart, and how many of the request's orders it has.
struct Share {
  uint64_t part = 0;
  uint32_t orders = 0;
};
boost::container::small_vector<Share, 2> shares_of(const Budget& budget,
                                                   const exchanges::Intent* intent) {
  if (budget.apart == CountedApart::kNo || !intent || intent->legs.empty()) return {Share{0, 1}};
  boost::container::small_vector<Share, 2> shares;
  for (const exchanges::OrderLeg& leg : intent->legs) {
    const uint64_t part = part_of(budget, leg);
    const auto same = std::find_if(shares.begin(), shares.end(),
                                   [part](const Share& share) { return share.part == part; });
    if (same == shares.end()) {
      shares.push_back({part, 1});
    } else {
      ++same->orders;
    }
  }
  return shares;
}

}  // namespace

Pacing::Pacing(const exchanges::Exchange& exchange)
    : limits_(exchanges::rate_limits_of(exchange)), exchange_(exchange) {
  strangers_.sharers = kAddresses;
}

void Pacing::adopt(const policy::Policy& policy, std::string_view environment) {
  percent_ = 100;
  if (const policy::Environment* where = policy.environment(environment)) {
    for (const policy::Upstream& upstream : where->upstreams) {
      if (upstream.exchange == exchange_.name()) percent_ = upstream.rate_limit_percent;
    }
  }
  address_.sharers = 2;  // the strangers and we ourselves
  for (auto& [name, counts] : accounts_) counts.sharers = 0;
  for (const policy::Client& client : policy.clients) {
    const policy::Account* account = policy.account(client.account);
    if (!account || account->exchange != exchange_.name() || account->environment != environment)
      continue;
    ++address_.sharers;
    ++counts_of(client.account).sharers;
  }
  const auto set_percent = [this](Counts& counts) {
    for (auto& window : counts.whole) {
      if (window) window->set_percent(percent_);
    }
    for (auto& [part, window] : counts.apart) window->set_percent(percent_);
  };
  set_percent(address_);
  set_percent(strangers_);
  for (auto& [name, counts] : accounts_) set_percent(counts);
}

Pacing::Counts& Pacing::counts_of(std::string_view account) {
  const auto known = accounts_.find(account);
  if (known != accounts_.end()) return known->second;
  Counts& counts = accounts_[std::string(account)];
  counts.account = account;
  counts.sharers = 0;
  return counts;
}

// Before a request gets any window of these: what it holds must stay.
void Pacing::sweep(Counts& counts, WallTime now) {
  if (counts.apart.size() <= kSweepAbove) return;
  std::erase_if(counts.apart, [&](const auto& entry) { return entry.second->is_idle(now); });
}

RateWindow* Pacing::window(Counts& counts, uint16_t budget, uint64_t part) {
  const Budget& facts = limits_.table().budgets()[budget];
  if (part == 0) {
    if (counts.whole.empty()) counts.whole.resize(limits_.table().budgets().size());
    auto& slot = counts.whole[budget];
    if (!slot) slot = std::make_unique<RateWindow>(facts, percent_);
    return slot.get();
  }
  auto& slot = counts.apart[part ^ (uint64_t{budget} << 48)];
  if (!slot) slot = std::make_unique<RateWindow>(facts, percent_);
  return slot.get();
}

Pacing::WantedList Pacing::wanted(const Request& request, WallTime now) {
  Counts* const account = request.account.empty() ? nullptr : &counts_of(request.account);
  for (Counts* counts : {&address_, &strangers_, account}) {
    if (counts) sweep(*counts, now);
  }
  WantedList list;
  const exchanges::LimitTable& table = limits_.table();
  const auto own = table.own_budget(*request.route);
  const size_t orders = request.intent ? request.intent->legs.size() : 0;
  const auto cost = table.cost(*request.route, request.query, orders);
  const auto add = [&](Counts& counts, const exchanges::Charge& charge, uint32_t who) {
    const auto shares = shares_of(table.budgets()[charge.budget], request.intent);
    for (const auto& [part, of_it] : shares) {
      const bool is_split = charge.per_order && shares.size() > 1;
      const auto weight =
          is_split ? static_cast<uint32_t>(charge.weight * of_it / orders) : charge.weight;
      RateWindow::Ask ask{who, weight, request.may_use_reserve, counts.sharers};
      list.push_back({window(counts, charge.budget, part), charge.budget, ask});
    }
  };
  const uint32_t client = sharer_of(request);
  for (const exchanges::Charge& charge : cost.charges()) {
    const Budget& budget = table.budgets()[charge.budget];
    if (budget.by == CountedBy::kAccount) {
      if (account) add(*account, charge, client);
    } else if (!request.stranger) {
      add(address_, charge, client);
    } else if (own == charge.budget) {
      // Nobody with a key counts on it.
      add(address_, charge, sharer_of(*request.stranger));
    } else {
      add(address_, charge, kStrangers);
      if (budget.size > 0) add(strangers_, charge, sharer_of(*request.stranger));
    }
  }
  return list;
}

Pacing::Decision Pacing::ask(const Request& request, WallTime now, Millis patience) {
  const WantedList list = wanted(request, now);
  Decision decision;
  decision.who = request.stranger ? kStrangers : sharer_of(request);
  for (const Wanted& part : list) {
    const RateWindow::Answer answer = part.window->ask(part.ask, now);
    if (answer.wait == Millis{0}) continue;
    const bool may_wait = answer.may_queue && answer.wait <= std::min(patience, kMostWait);
    if (!may_wait || !queue_has_room(decision.who, now)) return refuse(part, answer);
    decision.wait = std::max(decision.wait, answer.wait);
  }
  const WallTime goes = now + decision.wait;
  if (goes > now) queued_.push_back({decision.who, goes});
  for (const Wanted& part : list) {
    decision.receipt.parts.push_back(
        {part.window, part.budget, part.window->take(part.ask, now, goes)});
  }
  return decision;
}

Pacing::Decision Pacing::refuse(const Wanted& by, const RateWindow::Answer& answer) const {
  const Budget& budget = limits_.table().budgets()[by.budget];
  Decision decision;
  decision.may_go = false;
  decision.wait = answer.wait;
  decision.budget = budget.name;
  decision.rule = answer.paused                      ? "rate.paused"
                  : budget.by == CountedBy::kAccount ? "rate.account"
                                                     : "rate.address";
  return decision;
}

bool Pacing::queue_has_room(uint32_t who, WallTime now) {
  // Those far ahead were queued by a clock that was wrong.
  std::erase_if(queued_,
                [&](const Queued& one) { return one.goes <= now || one.goes > now + kMostWait; });
  const auto of_one = std::count_if(queued_.begin(), queued_.end(),
                                    [who](const Queued& one) { return one.who == who; });
  return queued_.size() < kMostQueued && static_cast<size_t>(of_one) < kMostQueuedOfOne;
}

void Pacing::settle(const Receipt& receipt, const exchanges::Route& route,
                    const HttpResponse* answer, WallTime now) {
  exchanges::LimitSigns signs;
  if (answer) signs = limits_.read(route, *answer, now);
  for (const Receipt::Part& part : receipt.parts) {
    std::optional<uint32_t> used, size;
    for (uint8_t r = 0; r < signs.reading_count; ++r) {
      if (signs.readings[r].budget != part.budget) continue;
      used = signs.readings[r].used;
      size = signs.readings[r].size;
    }
    part.window->settle(part.sent, used, size, now);
    if (!answer) continue;
    if (signs.turned_away && signs.turned_away->budget == part.budget) {
      part.window->turned_away(part.sent, signs.turned_away->pause, now);
    } else {
      part.window->let_through(part.sent);
    }
  }
}

std::vector<Pacing::Standing> Pacing::standings(WallTime now) {
  std::vector<Standing> all;
  const auto add = [&](Counts& counts) {
    for (size_t i = 0; i < counts.whole.size(); ++i) {
      RateWindow* window = counts.whole[i].get();
      if (!window) continue;
      const uint32_t used = window->used(now);
      const auto paused = window->paused_until(now);
      if (used == 0 && !paused) continue;
      all.push_back(
          {limits_.table().budgets()[i].name, counts.account, used, window->size(), paused});
    }
  };
  add(address_);
  for (auto& [name, counts] : accounts_) add(counts);
  return all;
}

}  // namespace keystile::signer
