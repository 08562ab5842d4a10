// plan(): no change of policy goes unsaid, and what widens is said first.
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "policy/hours.h"
#include "policy/loader.h"

namespace keystile::policy {
namespace {

Policy sample() {
  Policy policy;
  policy.realm = "demo";
  policy.currency_assets = {"USD", "USDT"};
  policy.environments = {{"test", Tier::kTest, {{"bybit", {}, "", false}}}};
  policy.accounts = {{"main", "bybit", "test", AccountKind::kTrading, {Key{}}}};
  Client client;
  client.name = "bot";
  client.account = "main";
  client.key_id = "id";
  client.vault = "entry";
  client.grant = profile("trading-bot").value();
  client.grant.instruments = {"BTCUSDT"};
  client.grant.order_types = {exchanges::OrderType::kLimit};
  client.grant.allow_routes = {{"GET", "/v5/*"}};
  client.grant.deny_routes = {{"*", "/v5/lend/*"}};
  client.grant.hours = parse_hours("Mon-Fri 09:00-17:00 UTC").value();
  client.grant.max_transfer = Decimal(10);
  client.expires = WallTime{Millis{1000}};
  policy.clients = {client};
  return policy;
}

struct Case {
  const char* text;  // of the one change
  bool widens;
  std::function<void(Policy&)> change;
};

Grant& grant(Policy& policy) { return policy.clients[0].grant; }

const Case kCases[] = {
    {"client bot: transfer_approval_above no limit → 5", false,
     [](Policy& p) { grant(p).transfer_approval_above = Decimal(5); }},
    {"client bot: may only use transfer pairs: FUND -> UNIFIED of 7", false,
     [](Policy& p) {
       grant(p).transfer_pairs = {{"FUND", "", "UNIFIED", "7"}};
     }},
    {"realm: name \"demo\" → \"other\"", true, [](Policy& p) { p.realm = "other"; }},
    {"realm: currency \"USD\" → \"EUR\"", true, [](Policy& p) { p.currency = "EUR"; }},
    {"client bot: observed until 1970-01-01T00:00:02.000Z: its limits are not enforced", true,
     [](Policy& p) { p.clients[0].observe_until = WallTime{Millis{2000}}; }},
    {"realm: may now count 1:1 as its currency: DAI", true,
     [](Policy& p) { p.currency_assets.push_back("DAI"); }},
    {"realm: no longer counts 1:1 as its currency, and so is limited otherwise: USDT", true,
     [](Policy& p) { p.currency_assets = {"USD"}; }},
    {"realm: prices are looked for in USD, USDT → USDT, USD", true,
     [](Policy& p) {
       p.currency_assets = {"USDT", "USD"};
     }},
    {"environment test: tier \"test\" → \"production\"", true,
     [](Policy& p) { p.environments[0].tier = Tier::kProduction; }},
    {"environment test: now reaches okx", true,
     [](Policy& p) {
       p.environments[0].upstreams.push_back({"okx", {}, "", false});
     }},
    {"environment test: bybit hosts \"the exchange's own\" → \"rest https://a\"", true,
     [](Policy& p) { p.environments[0].upstreams[0].hosts["rest"] = "https://a"; }},
    {"environment test: bybit ca_file \"\" → \"a.pem\"", true,
     [](Policy& p) { p.environments[0].upstreams[0].ca_file = "a.pem"; }},
    {"environment test: bybit allow_tls12 is now true", true,
     [](Policy& p) { p.environments[0].upstreams[0].allow_tls12 = true; }},
    {"environment new: new, staging", true,
     [](Policy& p) {
       p.environments.push_back({"new", Tier::kStaging, {}});
     }},
    {"environment test: removed", false, [](Policy& p) { p.environments.clear(); }},
    {"account main: exchange \"bybit\" → \"okx\"", true,
     [](Policy& p) { p.accounts[0].exchange = "okx"; }},
    {"account main: environment \"test\" → \"x\"", true,
     [](Policy& p) { p.accounts[0].environment = "x"; }},
    {"account main: kind \"trading\" → \"storage\"", false,
     [](Policy& p) { p.accounts[0].kind = AccountKind::kStorage; }},
    {"account main: new trade key (t)", true,
     [](Policy& p) {
       p.accounts[0].keys.push_back({Role::kTrade, "t", true, {}});
     }},
    {"account main: no read key any more", false, [](Policy& p) { p.accounts[0].keys.clear(); }},
    {"account main: read key \"\" → \"r2\"", true,
     [](Policy& p) { p.accounts[0].keys[0].vault = "r2"; }},
    {"account main: read key expiry never → 1970-01-01T00:00:00.000Z", false,
     [](Policy& p) { p.accounts[0].keys[0].expires = WallTime{}; }},
    {"account main: read key ip_restricted is now false", true,
     [](Policy& p) { p.accounts[0].keys[0].ip_restricted = false; }},
    {"account cold: new, bybit in test, storage; daily_withdrawal no limit", true,
     [](Policy& p) {
       p.accounts.push_back({"cold", "bybit", "test", AccountKind::kStorage, {}});
     }},
    {"account main: removed", false, [](Policy& p) { p.accounts.clear(); }},
    {"client bot: removed", false, [](Policy& p) { p.clients.clear(); }},
    {"client bot: account \"main\" → \"x\"", true, [](Policy& p) { p.clients[0].account = "x"; }},
    {"client bot: profile \"\" → \"reporting\"", false,
     [](Policy& p) { p.clients[0].profile = "reporting"; }},
    {"client bot: virtual key \"id\" → \"id2\"", true,
     [](Policy& p) { p.clients[0].key_id = "id2"; }},
    {"client bot: algorithm \"hmac\" → \"ed25519\"", true,
     [](Policy& p) { p.clients[0].algorithm = crypto::KeyAlgorithm::kEd25519; }},
    {"client bot: vault entry \"entry\" → \"e2\"", true,
     [](Policy& p) { p.clients[0].vault = "e2"; }},
    {"client bot: expiry 1970-01-01T00:00:01.000Z → never", true,
     [](Policy& p) { p.clients[0].expires.reset(); }},
    {"client bot: revoked is now true", false, [](Policy& p) { p.clients[0].revoked = true; }},
    {"client bot: may now use the scope stream", true,
     [](Policy& p) { grant(p).scopes.push_back(exchanges::Scope::kStream); }},
    {"client bot: may no longer use the scope trade", false,
     [](Policy& p) { grant(p).scopes.pop_back(); }},
    {"client bot: may now come from 192.0.2.0/24", true,
     [](Policy& p) { grant(p).networks.push_back(parse_network("192.0.2.0/24").value()); }},
    {"client bot: may now use all routes", true, [](Policy& p) { grant(p).allow_routes.clear(); }},
    {"client bot: may now use POST /v5/x", true,
     [](Policy& p) {
       grant(p).allow_routes.push_back({"POST", "/v5/x"});
     }},
    {"client bot: may now use * /v5/lend/*", true, [](Policy& p) { grant(p).deny_routes.clear(); }},
    {"client bot: may no longer use GET /v5/y", false,
     [](Policy& p) {
       grant(p).deny_routes.push_back({"GET", "/v5/y"});
     }},
    {"client bot: may now trade ETHUSDT", true,
     [](Policy& p) { grant(p).instruments.push_back("ETHUSDT"); }},
    {"client bot: may no longer trade the product linear", false,
     [](Policy& p) { grant(p).products.pop_back(); }},
    {"client bot: may now use all order types", true,
     [](Policy& p) { grant(p).order_types.clear(); }},
    {"client bot: account_wide is now true", true, [](Policy& p) { grant(p).account_wide = true; }},
    {"client bot: transfers_out is now true", true,
     [](Policy& p) { grant(p).transfers_out = true; }},
    {"client bot: may now transfer USDT", true,
     [](Policy& p) { grant(p).transfer_assets = {"USDT"}; }},
    {"client bot: max_order_notional 1000 → 2000", true,
     [](Policy& p) { grant(p).max_order_notional = Decimal(2000); }},
    {"client bot: max_order_notional 1000 → no limit", true,
     [](Policy& p) { grant(p).max_order_notional.reset(); }},
    {"client bot: daily_exposure 10000 → 5", false,
     [](Policy& p) { grant(p).daily_exposure = Decimal(5); }},
    {"client bot: max_transfer 10 → nothing", false,
     [](Policy& p) { grant(p).max_transfer.reset(); }},
    {"environment test: bybit rate_limit_percent 100 → 200", true,
     [](Policy& p) { p.environments[0].upstreams[0].rate_limit_percent = 200; }},
    {"client bot: reads_per_second 50 → 20", false,
     [](Policy& p) { grant(p).reads_per_second = 20; }},
    {"client bot: orders_per_second 10 → 20", true,
     [](Policy& p) { grant(p).orders_per_second = 20; }},
    {"client bot: open_orders 50 → no limit", true,
     [](Policy& p) { grant(p).open_orders.reset(); }},
    {"client bot: max_slippage_bps no limit → 25", false,
     [](Policy& p) { grant(p).max_slippage_bps = Decimal(25); }},
    {"client bot: min_depth nothing → 50000", false,
     [](Policy& p) { grant(p).min_depth = Decimal(50000); }},
    {"client bot: price_band 0.05 → no limit", true,
     [](Policy& p) { grant(p).price_band_set = false; }},
    {"client bot: hours \"Mon-Fri 09:00-17:00 UTC\" → \"always\"", true,
     [](Policy& p) { grant(p).hours.reset(); }},
};

TEST(Plan, SaysEveryChangeOfEveryField) {
  const Policy before = sample();
  EXPECT_TRUE(plan(before, before).empty());
  for (const Case& c : kCases) {
    Policy after = before;
    c.change(after);
    const std::vector<Change> changes = plan(before, after);
    ASSERT_EQ(changes.size(), 1u) << c.text;
    EXPECT_EQ(changes[0].text, c.text);
    EXPECT_EQ(changes[0].widens, c.widens) << c.text;
  }
}

// A trader's grant, but for what moves funds; of all else, but keys that read or trade, nobody
// knows.
TEST(Plan, WhatSurelyAddsNoPowerOverWithdrawals) {
  const std::set<std::string_view> exceptions = {
      "client bot: transfers_out is now true", "client bot: may now transfer USDT",
      "account main: new trade key (t)", "account main: read key \"\" → \"r2\"",
      "account main: read key ip_restricted is now false"};
  const Policy before = sample();
  for (const Case& c : kCases) {
    Policy after = before;
    c.change(after);
    const bool is_traders = std::string_view(c.text).starts_with("client bot: ");
    const bool adds_none = is_traders != exceptions.contains(c.text);
    EXPECT_EQ(widens_withdrawals(plan(before, after)), c.widens && !adds_none) << c.text;
  }
}

TEST(Plan, WhateverWidensAProgramThatMovesFundsMayAddPowerOverWithdrawals) {
  const std::pair<const char*, void (*)(Grant&)> kMoving[] = {
      {"withdraws", [](Grant& grant) { grant.scopes.push_back(exchanges::Scope::kWithdraw); }},
      {"transfers", [](Grant& grant) { grant.scopes.push_back(exchanges::Scope::kTransfer); }},
      {"rules accounts", [](Grant& grant) { grant.scopes.push_back(exchanges::Scope::kAccount); }},
      {"sends out", [](Grant& grant) { grant.transfers_out = true; }},
      {"has assets", [](Grant& grant) { grant.transfer_assets = {"USDT"}; }},
      {"has addresses", [](Grant& grant) { grant.withdraw_to = {"cold"}; }}};
  for (const auto& [what, give] : kMoving) {
    Policy before = sample(), after = sample();
    give(grant(after));
    EXPECT_TRUE(widens_withdrawals(plan(before, after))) << what;
    give(grant(before));
    EXPECT_FALSE(widens_withdrawals(plan(before, after))) << what;
    grant(after).networks = {parse_network("192.0.2.0/24").value()};
    EXPECT_TRUE(widens_withdrawals(plan(before, after))) << what;
    grant(after) = sample().clients[0].grant;  // it has moved funds until now
    grant(after).networks = {parse_network("192.0.2.0/24").value()};
    EXPECT_TRUE(widens_withdrawals(plan(before, after))) << what;
    before.clients.clear();
    EXPECT_FALSE(widens_withdrawals(plan(before, after))) << what;
    give(grant(after));
    EXPECT_TRUE(widens_withdrawals(plan(before, after))) << what;
  }
}

TEST(Plan, KeysThatMoveFundsAddPowerOverWithdrawals) {
  const Policy before = sample();
  for (const Role role :
       {Role::kRead, Role::kTrade, Role::kTransfer, Role::kWithdraw, Role::kAdmin}) {
    Policy after = before;
    after.accounts[0].keys = {{role, "new", true, {}}};
    EXPECT_EQ(widens_withdrawals(plan(before, after)), role != Role::kRead && role != Role::kTrade)
        << to_string(role);
  }
}

TEST(Plan, LessOfTheBookIsMore) {
  Policy before = sample(), after = sample();
  grant(before).max_slippage_bps = grant(before).min_depth = Decimal(25);
  const auto widened = [&] {
    std::string texts;
    for (const Change& change : plan(before, after)) {
      EXPECT_TRUE(change.widens) << change.text;
      texts += change.text + "; ";
    }
    return texts;
  };
  EXPECT_EQ(widened(),
            "client bot: max_slippage_bps 25 → no limit; client bot: min_depth 25 → nothing; ");
  grant(after).max_slippage_bps = Decimal(30);
  grant(after).min_depth = Decimal(20);
  EXPECT_EQ(widened(), "client bot: max_slippage_bps 25 → 30; client bot: min_depth 25 → 20; ");
}

// A market order is judged as if it slipped by the band, so by a narrower one it is worth less.
TEST(Plan, ANarrowerBandIsMoreWhereOrdersAreLimitedByValue) {
  const auto widened = [](const char* from, const char* to, const char* limit) {
    Policy before = sample(), after = sample();
    const auto set = [&](Policy& policy, const char* band) {
      Grant& changed = grant(policy);
      changed.max_order_notional.reset();
      changed.daily_exposure.reset();
      if (limit == std::string_view("order")) changed.max_order_notional = Decimal(1000);
      if (limit == std::string_view("day")) changed.daily_exposure = Decimal(1000);
      changed.price_band_set = band != nullptr;
      if (band) changed.price_band = Decimal::parse(band).value();
    };
    set(before, from);
    set(after, to);
    const auto changes = plan(before, after);
    EXPECT_EQ(changes.size(), 1u);
    return widens(changes);
  };
  for (const char* limit : {"order", "day"}) {
    EXPECT_TRUE(widened("0.05", "0.01", limit)) << limit;
    EXPECT_TRUE(widened(nullptr, "0.01", limit)) << limit;  // it was taken to slip by 5 %
    EXPECT_TRUE(widened("0.1", nullptr, limit)) << limit;
    EXPECT_TRUE(widened("0.01", "0.02", limit)) << limit;  // limit prices
    EXPECT_FALSE(widened(nullptr, "0.05", limit)) << limit;
    EXPECT_FALSE(widened(nullptr, "0.1", limit)) << limit;
  }
  EXPECT_FALSE(widened("0.05", "0.01", "none"));
  EXPECT_FALSE(widened(nullptr, "0.01", "none"));
}

TEST(Plan, SaysWhatANewClientMayDo) {
  const Policy after = sample();
  Policy before = after;
  before.clients.clear();
  const auto changes = plan(before, after);
  ASSERT_EQ(changes.size(), 3u);
  for (const Change& change : changes) EXPECT_TRUE(change.widens);
  EXPECT_EQ(changes[0].text,
            "client bot: new, on account main; scopes market, read, trade; products linear, spot; "
            "instruments BTCUSDT; from none");
  EXPECT_EQ(changes[1].text,
            "client bot: expires 1970-01-01T00:00:01.000Z; hours Mon-Fri 09:00-17:00 UTC; routes "
            "GET /v5/* but * /v5/lend/*; 50 reads a second");
  EXPECT_EQ(changes[2].text,
            "client bot: one order 1000, a day 10000; open orders 50, orders a second 10; order "
            "types limit; price_band 0.05, max_slippage_bps no limit, min_depth nothing");
}

// Nobody may take a program without limits for one that has them, or miss what it may do beside
// trading.
TEST(Plan, NoTwoNewClientsThatMayDoDifferentThingsReadAlike) {
  const auto told = [](const Policy& after) {
    Policy before = after;
    before.clients.clear();
    std::string text;
    for (const Change& change : plan(before, after)) text += change.text + "\n";
    return text;
  };
  const std::set<std::string_view> recorded = {
      // with no power of its own
      "client bot: profile \"\" → \"reporting\"", "client bot: virtual key \"id\" → \"id2\"",
      "client bot: algorithm \"hmac\" → \"ed25519\"", "client bot: vault entry \"entry\" → \"e2\"",
      "client bot: revoked is now true"};
  for (const Case& c : kCases) {
    const std::string_view text = c.text;
    if (!text.starts_with("client bot: ") || text.ends_with("removed")) continue;
    Policy first = sample(), second = sample();
    for (Policy* each : {&first, &second}) grant(*each).transfer_assets = {"BTC"};
    c.change(second);
    EXPECT_EQ(told(first) == told(second), recorded.contains(text)) << text;
  }
  Policy first = sample(), second = sample();
  for (Policy* each : {&first, &second}) grant(*each).withdraw_to = {"cold"};
  grant(second).daily_amounts["BTC"] = Decimal(1);
  EXPECT_NE(told(first), told(second));
}

TEST(Plan, WhatWidensComesFirst) {
  const Policy before = sample();
  Policy after = before;
  after.realm = "other";
  grant(after).scopes.pop_back();
  after.clients.push_back(after.clients[0]);
  after.clients[1].name = "bot-2";
  after.accounts[0].keys.push_back({Role::kWithdraw, "w", true, {}});
  const auto changes = plan(before, after);
  ASSERT_EQ(changes.size(), 5u);
  EXPECT_EQ(changes[0].text, "realm: name \"demo\" → \"other\"");
  EXPECT_EQ(changes[1].text, "account main: new withdraw key (w)");
  for (const size_t i : {2, 3}) {
    EXPECT_TRUE(changes[i].widens && !changes[i].about_withdrawals) << changes[i].text;
  }
  EXPECT_FALSE(changes[4].widens);
}

}  // namespace
}  // namespace keystile::policy
