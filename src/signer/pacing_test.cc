#include "signer/pacing.h"

#include <gtest/gtest.h>

#include "signer/read_rate.h"

namespace keystile::signer {
namespace {

const WallTime kNow = from_epoch_ms(1'790'000'040'000 / 60000 * 60000);

policy::Policy policy_with(int clients, uint32_t percent = 100,
                           const std::string& exchange = "binance") {
  policy::Policy policy;
  policy.environments = {{"test", policy::Tier::kTest, {{exchange, {}, "", false, percent}}}};
  policy.accounts = {{"main", exchange, "test", policy::AccountKind::kTrading, {}},
                     {"other", "bybit", "test", policy::AccountKind::kTrading, {}}};
  for (int i = 0; i < clients; ++i) {
    policy::Client client;
    client.name = "c" + std::to_string(i);
    client.account = "main";
    policy.clients.push_back(client);
  }
  return policy;
}

struct World {
  explicit World(const policy::Policy& policy)
      : exchange(*exchanges::find_exchange(policy.accounts.front().exchange)) {
    pacing.adopt(policy, "test");
  }

  Pacing::Request request(const char* method, const char* path, size_t client) {
    const exchanges::Route* route = exchange.routes().find(method, path);
    EXPECT_NE(route, nullptr);
    return {route, "symbol=BTCUSDT", nullptr, "main", client, nullptr, false};
  }
  Pacing::Request stranger(const char* path, const policy::Address& from) {
    return {exchange.routes().find("GET", path), "", nullptr, "", std::nullopt, &from, false};
  }
  Pacing::Decision ask(const Pacing::Request& request, WallTime now = kNow,
                       Millis patience = Millis{0}) {
    return pacing.ask(request, now, patience);
  }

  const exchanges::Exchange& exchange;
  Pacing pacing{exchange};
};

TEST(Pacing, AnAccountsOrdersAreSharedByItsClients) {
  World world(policy_with(2));
  const auto place = [&](size_t client) { return world.request("POST", "/api/v3/order", client); };
  int sent = 0;
  while (world.ask(place(0)).may_go) ++sent;
  EXPECT_EQ(sent, 45);
  const Pacing::Decision refused = world.ask(place(0));
  EXPECT_EQ(refused.rule, "rate.account");
  EXPECT_EQ(refused.budget, "api.orders-10s");
  EXPECT_GT(refused.wait, Millis{0});
  EXPECT_TRUE(world.ask(place(1)).may_go);
}

TEST(Pacing, CancelsUseTheReserve) {
  World world(policy_with(1));
  auto read = world.request("GET", "/api/v3/account", 0);
  while (world.ask(read).may_go) {
  }
  auto cancel = world.request("DELETE", "/api/v3/order", 0);
  EXPECT_FALSE(world.ask(cancel).may_go);
  cancel.may_use_reserve = true;
  EXPECT_TRUE(world.ask(cancel).may_go);
}

TEST(Pacing, StrangersTogetherAreOneSharerOfTheAddress) {
  World world(policy_with(3));
  for (uint8_t host = 1; host < 200; ++host) {
    const auto from = *policy::parse_address("10.0.0." + std::to_string(host));
    while (world.ask(world.stranger("/api/v3/exchangeInfo", from)).may_go) {
    }
  }
  for (size_t client : {0u, 1u, 2u}) {
    // Of 5400, shared with the strangers and our own errands.
    for (int i = 0; i < 5400 / 5 / 20; ++i) {
      ASSERT_TRUE(world.ask(world.request("GET", "/api/v3/account", client)).may_go) << client;
    }
  }
}

TEST(Pacing, AmongStrangersEachSourceHasAShare) {
  World world(policy_with(1));
  const auto noisy = *policy::parse_address("2001:db8:1:1::1");
  int sent = 0;
  while (world.ask(world.stranger("/api/v3/exchangeInfo", noisy)).may_go) ++sent;
  EXPECT_GT(sent, 0);
  // The same network is the same source; another is not.
  const auto same = *policy::parse_address("2001:db8:1:1:ffff::2");
  EXPECT_FALSE(world.ask(world.stranger("/api/v3/exchangeInfo", same)).may_go);
}

TEST(Pacing, ASmallOverloadWaitsWithinPatienceAndCount) {
  World world(policy_with(1));
  const auto place = world.request("POST", "/api/v3/order", 0);
  while (world.ask(place).may_go) {
  }
  const WallTime late = kNow + Millis(9800);
  EXPECT_FALSE(world.ask(place, late, Millis(100)).may_go);
  const Pacing::Decision delayed = world.ask(place, late, Millis(5000));
  EXPECT_TRUE(delayed.may_go);
  EXPECT_EQ(delayed.wait, Millis(250));
  EXPECT_FALSE(world.ask(place, kNow + Millis(9000), Millis(5000)).may_go);  // above kMostWait
}

TEST(Pacing, NobodyFillsTheQueueAlone) {
  World world(policy_with(5));
  const WallTime late = kNow + Millis(59900);  // what the next turn has comes in time
  const auto sent = [&](size_t client, Millis patience) {
    const auto read = world.request("GET", "/api/v3/order", client);
    size_t count = 0;
    while (world.ask(read, late, patience).may_go) ++count;
    return count;
  };
  size_t of_this_turn = 0;
  for (size_t client = 0; client < 5; ++client) of_this_turn += sent(client, Millis(0));
  EXPECT_GT(of_this_turn, 1000u);
  for (size_t client = 0; client < 4; ++client) {
    EXPECT_EQ(sent(client, Millis(5000)), Pacing::kMostQueuedOfOne) << client;
  }
  EXPECT_EQ(sent(4, Millis(5000)), 0u) << "the queue is full";
}

TEST(Pacing, ABanOfTheAddressStopsEverybodyUntilAProbeReturns) {
  World world(policy_with(2));
  const auto read = world.request("GET", "/api/v3/account", 0);
  const auto sent = world.ask(read);
  const HttpResponse banned{418, {{"Retry-After", "120"}}, R"({"code":-1003})"};
  world.pacing.settle(sent.receipt, *read.route, &banned, kNow);

  auto cancel = world.request("DELETE", "/api/v3/order", 1);
  cancel.may_use_reserve = true;
  const Pacing::Decision refused = world.ask(cancel, kNow + Millis(1000));
  EXPECT_FALSE(refused.may_go);
  EXPECT_EQ(refused.rule, "rate.paused");
  EXPECT_EQ(refused.wait, Millis(119000));
  const auto futures = world.request("GET", "/fapi/v2/account", 1);
  EXPECT_TRUE(world.ask(futures, kNow + Millis(1000)).may_go);  // another host, another count

  const WallTime over = kNow + Millis(120000);
  const auto probe = world.ask(cancel, over);
  ASSERT_TRUE(probe.may_go);
  EXPECT_FALSE(world.ask(read, over).may_go);
  const HttpResponse good{200, {{"X-MBX-USED-WEIGHT-1M", "1"}}, "{}"};
  world.pacing.settle(probe.receipt, *cancel.route, &good, over);
  EXPECT_TRUE(world.ask(read, over).may_go);
}

TEST(Pacing, HeadersTellWhatOtherProgramsUse) {
  World world(policy_with(1));
  const auto read = world.request("GET", "/api/v3/account", 0);
  const auto sent = world.ask(read);
  const HttpResponse answer{200, {{"X-MBX-USED-WEIGHT-1M", "5390"}}, "{}"};
  world.pacing.settle(sent.receipt, *read.route, &answer, kNow);
  EXPECT_EQ(world.ask(read).rule, "rate.address");
  const auto standings = world.pacing.standings(kNow);
  ASSERT_FALSE(standings.empty());
  EXPECT_EQ(standings[0].budget, "api.weight");
  EXPECT_EQ(standings[0].used, 5390u);
  EXPECT_EQ(standings[0].size, 6000u);
}

TEST(Pacing, PercentOfAnUpstreamScalesItsLimits) {
  World world(policy_with(1, 300));
  const auto place = world.request("POST", "/api/v3/order", 0);
  int sent = 0;
  while (world.ask(place).may_go) ++sent;
  EXPECT_EQ(sent, 270);
}

exchanges::Intent batch(int of_btc, int of_eth) {
  exchanges::Intent intent;
  intent.legs.resize(static_cast<size_t>(of_btc + of_eth));
  for (int i = 0; i < of_btc + of_eth; ++i)
    intent.legs[static_cast<size_t>(i)].instrument = i < of_btc ? "BTC-USDT" : "ETH-USDT";
  return intent;
}

// OKX counts each order of a batch on its own instrument: 300 in two seconds.
TEST(Pacing, ABatchCountsOnEachInstrumentThatItNames) {
  World world(policy_with(1, 100, "okx"));
  const auto fit = [&](const exchanges::Intent& intent) {
    auto request = world.request("POST", "/api/v5/trade/batch-orders", 0);
    request.intent = &intent;
    int sent = 0;
    while (world.ask(request).may_go) ++sent;
    return sent;
  };
  EXPECT_EQ(fit(batch(1, 19)), 14);
  EXPECT_EQ(fit(batch(0, 20)), 0) << "266 are used";
  EXPECT_EQ(fit(batch(20, 0)), 12) << "14 are used";
}

TEST(ReadRate, CountsTheLastSecondOfEachClient) {
  ReadRate rate;
  const MonoTime start{std::chrono::hours(5)};
  for (int i = 0; i < 5; ++i) rate.count(3, start + Millis(100) * i);
  EXPECT_EQ(rate.last_second(3, start + Millis(500)), 5u);
  EXPECT_EQ(rate.last_second(2, start + Millis(500)), 0u);
  EXPECT_EQ(rate.last_second(9, start + Millis(500)), 0u);
  EXPECT_LT(rate.last_second(3, start + Millis(1100)), 5u);
  EXPECT_EQ(rate.last_second(3, start + Millis(3000)), 0u);
}

}  // namespace
}  // namespace keystile::signer
