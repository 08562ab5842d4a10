#include "signer/replay.h"

#include <fmt/format.h>

#include <algorithm>

#include "exchanges/exchange.h"
#include "policy/network.h"
#include "signer/recorded_intent.h"

namespace keystile::signer {
namespace {

// Prices are as old as the question; which moment that is does not matter.
constexpr MonoTime kThen{};

MonoTime steady(WallTime time) { return MonoTime{time.time_since_epoch()}; }

policy::Verdict refusal(std::string rule, std::string message) {
  policy::Verdict verdict;
  verdict.refusal.rule = std::move(rule);
  verdict.refusal.message = std::move(message);
  return verdict;
}

const exchanges::Route* find_route(const json::Value& entry) {
  const exchanges::Exchange* exchange = exchanges::find_exchange(entry.text("exchange"));
  const std::string_view route = entry.text("route");
  const size_t space = route.find(' ');
  if (!exchange || space == route.npos) return nullptr;
  return exchange->routes().find(route.substr(0, space), route.substr(space + 1));
}

}  // namespace

Status each_entry(const std::string& folder,
                  const std::function<Status(const LedgerEntry&)>& visit) {
  Status status;
  KS_CHECK(ledger::read(folder, 0, [&](ledger::Index index, std::string_view bytes) {
    status = [&]() -> Status {
      auto value = json::parse(bytes);
      if (!value) {
        return fail("ledger.corrupt", fmt::format("ledger entry {} is not JSON", index),
                    ErrorClass::kFatal);
      }
      KS_TRY(const WallTime time, parse_iso8601(value->text("time")));
      return visit({index, time, std::move(*value)});
    }();
    return status.has_value();
  }));
  return status;
}

Result<const Judged*> Replay::take(const LedgerEntry& entry) {
  const std::string_view type = entry.value.text("type");
  const bool request = type == "request", refused = type == "refusal";
  if ((request || refused) && !client_.empty() && entry.value.text("client") != client_) {
    return nullptr;
  }
  if ((!request && !refused) || entry.time < from_) {
    KS_CHECK(books_.apply(entry.index, entry.time, entry.value));
    return nullptr;
  }
  judged_ = Judged{};
  judged_.entry = &entry;
  judged_.was_allowed = request;
  if (refused && !entry.value.find("act")) {
    judged_.cannot = "it was not its grant that refused it, or it was too long to keep";
    return &judged_;
  }
  KS_CHECK(judge(entry.value));
  if (!request) return &judged_;
  if (!judged_.cannot && !judged_.allowed()) return &judged_;
  KS_TRY(RequestEntry placed, read_request(entry.value));
  if (!judged_.cannot) placed.verdict = judged_.verdict;
  books_.apply(entry.index, entry.time, placed);
  return &judged_;
}

// What stands between a request and its grant.
std::optional<policy::Verdict> Replay::refused_before(const json::Value& entry) const {
  const policy::Client* client = policy_.client(entry.text("client"));
  if (!client) {
    return refusal("client.unknown", "there is no such client");
  }
  const auto source = policy::parse_address(entry.text("source"));
  const auto& networks = client->grant.networks;
  const bool inside =
      source && std::any_of(networks.begin(), networks.end(),
                            [&](const policy::Network& one) { return one.contains(*source); });
  if (inside) return std::nullopt;
  return refusal("grant.networks",
                 fmt::format("{} is not in this client's networks", entry.text("source")));
}

Status Replay::judge(const json::Value& entry) {
  if (auto refused = refused_before(entry)) {
    judged_.verdict = std::move(*refused);
    return {};
  }
  const policy::Client& client = *policy_.client(entry.text("client"));
  const exchanges::Route* route = find_route(entry);
  if (client.account != entry.text("account")) {
    judged_.cannot = "its client works on another account now";
    return {};
  }
  if (!route) {
    judged_.cannot = "its route is not in this version's list";
    return {};
  }
  if (route->scope == exchanges::Scope::kWithdraw) {
    judged_.cannot = "what a withdrawal was judged by is not kept with the request";
    return {};
  }
  KS_TRY(intent_, read_intent(entry));
  auto facts = read_market(entry, intent_);
  if (!facts && facts.error().code == "ledger.no_market") {
    judged_.cannot = "the prices it was judged by were not recorded (an older version wrote it)";
    return {};
  }
  if (!facts) return tl::unexpected<Error>(facts.error());
  market_.emplace(std::move(*facts), policy_.currency_assets, kThen);
  const WallTime time = judged_.entry->time;
  judged_.question = {&client,
                      route,
                      &intent_,
                      books_.known_orders(client.name, client.account, intent_),
                      usage(client, time),
                      &*market_,
                      time,
                      kThen,
                      policy_.currency};
  judged_.verdict = policy::decide(judged_.question);
  if (judged_.allowed() && judged_.was_allowed && intent_.act == exchanges::Act::kRead) {
    read_rate_.count(place_of(client), steady(time));
  }
  return {};
}

size_t Replay::place_of(const policy::Client& client) const {
  return static_cast<size_t>(&client - policy_.clients.data());
}

policy::Usage Replay::usage(const policy::Client& client, WallTime time) {
  policy::Usage usage = books_.usage(client.name, time);
  usage.reads_last_second = read_rate_.last_second(place_of(client), steady(time));
  return usage;
}

}  // namespace keystile::signer
