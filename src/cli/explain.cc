// keystile explain CLIENT METHOD PATH: what would happen to a request, and by which rule. It looks
// at the policy in force, the ledger and the exchange's public prices, and sends nothing on the
// client's behalf.
#include <fmt/format.h>

#include <memory>
#include <set>

#include "cli/asked_books.h"
#include "cli/commands.h"
#include "cli/upstream.h"
#include "exchanges/exchange.h"
#include "policy/decide.h"
#include "policy/loader.h"
#include "quorum/freezes.h"
#include "signer/books.h"
#include "signer/freezing.h"
#include "signer/market_book.h"
#include "signer/market_view.h"
#include "signer/realm.h"
#include "signer/replay.h"
#include "signer/transfers.h"

namespace keystile::cli {
namespace {

struct Asked {
  std::string client, method, target, body, content_type;
};

// Everything that the answer depends on, as of now. The pointers go into policy's lists.
struct Situation {
  policy::Policy policy;
  uint64_t version = 0;
  signer::Books books;
  quorum::Freezes freezes;
  const policy::Client* client = nullptr;
  const policy::Account* account = nullptr;
  const exchanges::Exchange* exchange = nullptr;
};

Result<std::unique_ptr<Situation>> situation(const Globals& globals, const std::string& client) {
  const signer::Layout layout(globals.realm);
  auto made = std::make_unique<Situation>();
  Situation& now = *made;
  KS_TRY(const signer::InForce in_force, signer::policy_in_force(layout));
  if (in_force.version == 0) return fail("policy.none", "no policy was adopted yet");
  now.version = in_force.version;
  now.policy = policy::load(in_force.bundle).policy;
  KS_CHECK(signer::each_entry(layout.ledger(), [&](const signer::LedgerEntry& entry) -> Status {
    KS_TRY(const auto freeze, quorum::read_freeze_event(entry.value));
    if (freeze) now.freezes.trust(entry.time, *freeze);  // the gate has judged it
    return now.books.apply(entry.index, entry.time, entry.value);
  }));
  now.client = now.policy.client(client);
  if (!now.client) {
    return fail("client.unknown",
                fmt::format("policy version {} has no client {}", now.version, client));
  }
  now.account = now.policy.account(now.client->account);
  now.exchange = now.account ? exchanges::find_exchange(now.account->exchange) : nullptr;
  if (!now.exchange) return fail("client.account", "the client's account is not in the policy");
  return made;
}

HttpRequest request_of(const Asked& asked) {
  HttpRequest request = request_to(asked.method, asked.target);
  request.body = asked.body;
  if (!asked.content_type.empty()) {
    request.headers.push_back({"Content-Type", asked.content_type});
  } else if (!asked.body.empty()) {
    const bool json = asked.body.starts_with('{') || asked.body.starts_with('[');
    request.headers.push_back(
        {"Content-Type", json ? "application/json" : "application/x-www-form-urlencoded"});
  }
  return request;
}

// Asks the exchange for the prices and instruments that the intent needs.
void fill_market(const Globals& globals, const Situation& now, const exchanges::Intent& intent,
                 signer::MarketBook* market, Output& out) {
  market->set_currency_assets(now.policy.currency_assets);
  std::set<exchanges::Product> products;
  for (const exchanges::OrderLeg& leg : intent.legs) products.insert(leg.product);
  if (intent.transfer || intent.withdrawal || !products.empty())
    products.insert(exchanges::Product::kSpot);
  for (const exchanges::MarketQuery& query : now.exchange->market_queries()) {
    if (!products.contains(query.product)) continue;
    out.progress("asking the exchange for prices…");
    const auto answer =
        ask_upstream(signer::Layout(globals.realm), now.policy, now.account->environment,
                     *now.exchange, query.family, query.request);
    const auto update =
        answer ? now.exchange->parse_market(query, *answer) : tl::unexpected(answer.error());
    if (update) {
      // What the exchange's clock says is not known here: an answer is as new as its arrival.
      const WallTime there = update->told.value_or(system_clock().wall());
      market->update(*update, system_clock().mono(), there);
    } else {
      out.warn("no prices: " + update.error().message);
    }
  }
}

// Order books, for grants that limit what an order may meet there. The gate judges by its feed's.
AskedBooks asked_books(const Globals& globals, const Situation& now, Output& out) {
  const auto ask = [&globals, &now, &out](const std::string& family, HttpRequest request) {
    out.progress("asking the exchange for an order book…");
    return ask_upstream(signer::Layout(globals.realm), now.policy, now.account->environment,
                        *now.exchange, family, std::move(request));
  };
  return {*now.exchange, ask,
          [&out](const Error& error) { out.warn("no order book: " + error.message); }};
}

// What only the running gate knows is taken to be in order: how long the address has been in the
// book, and what was asked for before, also by the same id.
std::optional<policy::WithdrawalFacts> withdrawal_facts(const Situation& now,
                                                        const exchanges::Intent& intent) {
  if (!intent.withdrawal) return std::nullopt;
  policy::WithdrawalFacts facts;
  facts.account = now.account;
  const auto to = policy::find_address(now.policy, *now.exchange, *intent.withdrawal);
  if (to) {
    facts.to = *to;
    facts.listed_for = (*to)->hold;
    facts.used = true;
  } else {
    facts.unlisted = to.error().message;
  }
  return facts;
}

std::optional<policy::TransferFacts> transfer_facts(const Situation& now,
                                                    const exchanges::Route& route,
                                                    const HttpRequest& request,
                                                    const exchanges::Intent& intent) {
  if (!intent.transfer) return std::nullopt;
  policy::TransferFacts facts;
  facts.cannot_wait = signer::cannot_wait(*now.exchange, route, request, *intent.transfer);
  return facts;
}

int held(const policy::Verdict& verdict, const policy::Policy& policy, json::Value result,
         Output& out) {
  out.line(fmt::format(
      "HELD     by {}: people decide{}; what was asked for before, and how long an "
      "address has been known, only the running gate looks at",
      verdict.rule,
      verdict.value ? fmt::format(", worth {} {}", verdict.value->str(), policy.currency) : ""));
  result.set("allowed", false);
  result.set("held", true);
  result.set("rule", verdict.rule);
  out.result(result);
  return kOk;
}

int refused(const std::string& rule, const std::string& message, json::Value result, Output& out) {
  out.line(fmt::format("REFUSED  {}: {}", rule, message));
  result.set("allowed", false);
  result.set("rule", rule);
  result.set("message", message);
  out.result(result);
  return kNo;
}

Result<int> explain(const Globals& globals, Output& out, const Asked& asked) {
  KS_TRY(const auto made, situation(globals, asked.client));
  Situation& now = *made;
  const HttpRequest request = request_of(asked);
  json::Value result = json::object({{"client", asked.client}, {"policy", now.version}});
  const exchanges::Route* route = now.exchange->routes().find(request.method, request.path);
  if (!route) {
    return refused("route.unknown", "this route is not in the exchange's list", result, out);
  }
  out.line(fmt::format("route    {} of {}: scope {}", to_string(*route), now.exchange->name(),
                       exchanges::to_string(route->scope)));
  if (route->access == exchanges::Access::kPublic) {
    out.line("ALLOWED  public routes pass through unsigned");
    result.set("allowed", true);
    result.set("rule", "route.public");
    out.result(result);
    return kOk;
  }
  if (const quorum::Freeze* freeze = now.freezes.of_client(asked.client)) {
    return refused("client.frozen", quorum::to_string(*freeze), result, out);
  }
  const auto intent = now.exchange->interpret(*route, request);
  if (!intent) return refused(intent.error().code, intent.error().message, result, out);
  out.line(fmt::format("meaning  {}", exchanges::summarise(*intent)));
  signer::MarketBook market;
  fill_market(globals, now, *intent, &market, out);

  const WallTime time = system_clock().wall();
  const auto withdrawal = withdrawal_facts(now, *intent);
  const auto transfer = transfer_facts(now, *route, request, *intent);
  const std::string frozen =
      signer::frozen_text(now.freezes, now.policy.accounts, *now.account, *intent);
  const AskedBooks books = asked_books(globals, now, out);
  const signer::MarketView view(market, &books, now.exchange->name(), system_clock().mono());
  std::vector<policy::Step> steps;
  const policy::Verdict verdict =
      policy::decide({now.client, route, &*intent,
                      now.books.known_orders(now.client->name, now.account->name, *intent),
                      now.books.usage(now.client->name, time), &view, time, system_clock().mono(),
                      now.policy.currency, withdrawal ? &*withdrawal : nullptr,
                      transfer ? &*transfer : nullptr, frozen},
                     &steps);
  json::Array walk;
  for (const policy::Step& step : steps) {
    out.line(fmt::format("  {}  {:<24} {}{}{}", step.passed ? "ok" : "NO", step.rule, step.subject,
                         step.passed ? "" : ": " + step.message,
                         step.noted ? " (only noted)" : ""));
    walk.push_back(json::object({{"rule", step.rule},
                                 {"subject", step.subject},
                                 {"passed", step.passed},
                                 {"noted", step.noted},
                                 {"message", step.message}}));
  }
  result.set("steps", std::move(walk));
  if (verdict.kind == policy::Verdict::Kind::kHold) return held(verdict, now.policy, result, out);
  if (verdict.kind != policy::Verdict::Kind::kAllow) {
    return refused(verdict.refusal.rule, verdict.refusal.message, result, out);
  }
  out.line(fmt::format("ALLOWED  by {}; uses {} {} of its day", verdict.rule,
                       verdict.reserved.str(), now.policy.currency));
  if (!verdict.would_refuse.empty()) {
    out.line(fmt::format("OBSERVED until {}; from then on {} refuses it",
                         iso8601(*now.client->observe_until), verdict.would_refuse.front().rule));
  }
  result.set("allowed", true);
  result.set("rule", verdict.rule);
  result.set("reserved", verdict.reserved);
  out.result(result);
  return kOk;
}

}  // namespace

void add_explain(Command& root) {
  auto asked = std::make_shared<Asked>();
  Command command =
      root.add("explain", "What would happen to a request of a client, and by which rule");
  command.argument("client", &asked->client, "The client that would ask")
      .argument("method", &asked->method, "GET, POST, …")
      .argument("path", &asked->target, "The exchange's path, with its query")
      .option("--body", &asked->body, "The request's body")
      .option("--content-type", &asked->content_type, "Its type; else guessed");
  command.run(
      [asked](const Globals& globals, Output& out) { return explain(globals, out, *asked); });
}

}  // namespace keystile::cli
