// A seeded Binance venue and its three accounts.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "sandbox/seed.h"
#include "sandbox/seeded_random.h"

namespace keystile::sandbox {

constexpr WallTime kStart{Millis{1'760'000'000'000}};

inline Decimal d(std::string_view text) { return Decimal::parse(text).value(); }

struct VenueTest : testing::Test {
  SeededRandom random{1};
  std::unique_ptr<Venue> venue = seed_venue("binance", random, kStart).value();
  AccountId master = venue->accounts().find_name("master")->id;
  AccountId sub = venue->accounts().find_name("sub")->id;
  AccountId other = venue->accounts().find_name("other")->id;

  NewOrder market_buy(std::string_view quantity) const {
    return {.instrument = "BTC/USDT", .type = OrderType::kMarket, .quantity = d(quantity)};
  }
  Decimal free(AccountId account, std::string_view wallet, std::string_view asset) const {
    return venue->wallets().balance(account, wallet, asset).free;
  }
};

inline std::string code(const auto& result) { return result ? "" : result.error().code; }

}  // namespace keystile::sandbox
