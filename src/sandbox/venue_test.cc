// The whole venue: its market, its money, its determinism, its controls.
#include "sandbox/venue.h"

#include <gtest/gtest.h>

#include "sandbox/money.h"
#include "sandbox/seed.h"
#include "sandbox/seeded_random.h"

namespace keystile::sandbox {
namespace {

constexpr WallTime kStart{Millis{1'760'000'000'000}};

Decimal d(std::string_view text) { return Decimal::parse(text).value(); }

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

std::string code(const auto& result) { return result ? "" : result.error().code; }

// --- market -------------------------------------------------------------------------------------

TEST(Seed, OpensEveryExchangesMarkets) {
  for (const char* exchange : {"binance", "okx", "bybit"}) {
    SeededRandom random(1);
    const auto venue = seed_venue(exchange, random, kStart).value();
    ASSERT_EQ(venue->engine().instruments().size(), 6u);
    for (const Instrument* instrument : venue->engine().instruments()) {
      const BookSnapshot book = venue->engine().book(instrument->id, 100);
      EXPECT_GE(book.bids.size(), 15u) << exchange << " " << instrument->id;
      EXPECT_GE(book.asks.size(), 15u) << exchange << " " << instrument->id;
      EXPECT_LT(book.bids[0].price, book.asks[0].price);
      EXPECT_TRUE(is_multiple(book.asks[7].price, instrument->tick));
    }
    for (const std::string& asset : venue->funding().assets()) {
      EXPECT_EQ(venue->wallets().total(asset), d("0")) << "what is given is owed by the house";
    }
  }
  SeededRandom random(1);
  EXPECT_EQ(code(seed_venue("mtgox", random, kStart)), "sandbox.exchange");
}

// Everything that happens in a short session, as text.
std::string session(uint64_t seed) {
  SeededRandom random(seed);
  const auto venue = seed_venue("okx", random, kStart).value();
  const AccountId master = venue->accounts().find_name("master")->id;
  std::string log;
  for (int i = 0; i < 50; ++i) {
    venue->advance(kStart + i * Millis{1000});
    venue->market().tick();
    const NewOrder order{.instrument = "BTC/USDT",
                         .side = i % 3 == 0 ? Side::kSell : Side::kBuy,
                         .type = OrderType::kMarket,
                         .quantity = d("0.01")};
    EXPECT_TRUE(venue->engine().submit(master, order));
  }
  for (const Fill* fill : venue->engine().fills(master)) {
    log += std::to_string(number(fill->id)) + " " + fill->price.str() + "\n";
  }
  return log;
}

TEST(Market, TheSameSeedGivesTheSameSession) {
  EXPECT_EQ(session(7), session(7));
  EXPECT_NE(session(7), session(8));
}

TEST_F(VenueTest, PricesMoveOnlyWhenTicked) {
  const Decimal before = venue->market().ticker("BTC/USDT").last;
  venue->advance(kStart + Millis{3'600'000});
  EXPECT_EQ(venue->market().ticker("BTC/USDT").last, before);
  for (int i = 0; i < 20; ++i) venue->market().tick();
  EXPECT_NE(venue->market().ticker("BTC/USDT").last, before);
  EXPECT_EQ(venue->market().ticker("BTC/USDT").mark, venue->market().ticker("BTC/USDT").last);
}

TEST_F(VenueTest, TheHouseRefillsItsQuotes) {
  const Decimal ask = venue->engine().book("BTC/USDT", 1).asks[0].price;
  ASSERT_TRUE(venue->engine().submit(master, market_buy("0.6")));
  EXPECT_GT(venue->engine().book("BTC/USDT", 1).asks[0].price, ask);
  venue->advance(kStart + Millis{1});
  EXPECT_EQ(venue->engine().book("BTC/USDT", 1).asks[0].price, ask);
  EXPECT_EQ(venue->engine().book("BTC/USDT", 1).asks[0].quantity, d("0.5"));
}

TEST_F(VenueTest, AMovedPriceFillsRestingOrdersAndTriggersStops) {
  const NewOrder bid{.instrument = "BTC/USDT", .quantity = d("0.1"), .price = d("58000")};
  const Order* resting = venue->engine().submit(master, bid).value();
  NewOrder stop = market_buy("0.1");
  stop.side = Side::kSell;
  stop.trigger = Trigger{d("58500"), TriggerWhen::kAtOrBelow};
  const Order* waiting = venue->engine().submit(other, stop).value();
  ASSERT_TRUE(venue->market().move("BTC/USDT", d("57000")));
  EXPECT_EQ(resting->status, OrderStatus::kFilled);
  EXPECT_EQ(resting->average_price(), d("58000")) << "the maker's price";
  EXPECT_EQ(waiting->status, OrderStatus::kFilled);
  EXPECT_EQ(code(venue->market().move("BTC/USDT", d("57000.001"))), "order.tick");
  EXPECT_EQ(code(venue->market().move("X/Y", d("1"))), "instrument.unknown");
}

TEST_F(VenueTest, CandlesAreAlignedCompleteAndAgreeWithEachOther) {
  Market& market = venue->market();
  const auto minutes = market.candles("BTC/USDT", Millis{60'000}, WallTime{}, kStart, 10'000);
  const auto hours = market.candles("BTC/USDT", Millis{3'600'000}, WallTime{}, kStart, 10'000);
  EXPECT_GE(minutes.size(), 1500u);
  EXPECT_GE(hours.size(), 25u);
  EXPECT_EQ(market.candles("BTC/USDT", Millis{60'000}, WallTime{}, kStart, 5).size(), 5u);
  Decimal volume;
  for (const Candle& candle : minutes) {
    EXPECT_LE(candle.low, smaller(candle.open, candle.close));
    EXPECT_GE(candle.high, larger(candle.open, candle.close));
    EXPECT_EQ(epoch_ms(candle.open_time) % 60'000, 0);
    volume += candle.volume;
  }
  for (const Candle& candle : hours) volume -= candle.volume;
  EXPECT_TRUE(volume.is_zero());
}

// --- transfers, deposits, withdrawals -----------------------------------------------------------

TEST_F(VenueTest, TransfersMoveMoneyWithinTheFamilyOnly) {
  Funding& funding = venue->funding();
  const Decimal total = venue->wallets().total("USDT");
  TransferRequest request{.from_account = master,
                          .to_account = sub,
                          .from_wallet = "spot",
                          .to_wallet = "futures",
                          .asset = "USDT",
                          .amount = d("100.5"),
                          .client_id = "t1"};
  ASSERT_TRUE(funding.transfer(request));
  EXPECT_EQ(free(master, "spot", "USDT"), d("499899.5"));
  EXPECT_EQ(free(sub, "futures", "USDT"), d("500100.5"));
  EXPECT_EQ(venue->wallets().total("USDT"), total);
  EXPECT_EQ(funding.transfers(sub).size(), 1u);
  EXPECT_EQ(funding.transfers(other).size(), 0u);

  const auto refused = [&](auto change) {
    TransferRequest changed = request;
    changed.client_id.clear();
    change(changed);
    return code(funding.transfer(changed));
  };
  EXPECT_EQ(code(funding.transfer(request)), "transfer.duplicate");
  EXPECT_EQ(refused([&](auto& r) { r.to_account = other; }), "transfer.forbidden");
  EXPECT_EQ(refused([&](auto& r) { r.to_account = kHouse; }), "account.unknown");
  EXPECT_EQ(refused([&](auto& r) { r.amount = d("-1"); }), "transfer.amount");
  EXPECT_EQ(refused([&](auto& r) { r.amount = d("0.000000001"); }), "transfer.amount");
  EXPECT_EQ(refused([&](auto& r) { r.amount = d("1000000"); }), "balance.insufficient");
  EXPECT_EQ(refused([&](auto& r) { r.asset = "DOGE"; }), "asset.unknown");
  EXPECT_EQ(refused([&](auto& r) { r.to_wallet = "pocket"; }), "wallet.unknown");
  EXPECT_EQ(refused([&](auto& r) { r.to_account = master, r.to_wallet = "spot"; }),
            "transfer.same");
  EXPECT_EQ(venue->wallets().total("USDT"), total);
}

TEST_F(VenueTest, DepositAddressesAreStableAndDistinct) {
  Funding& funding = venue->funding();
  const std::string address = funding.deposit_address(master, "USDT", "ETH").value();
  EXPECT_EQ(address, funding.deposit_address(master, "USDC", "ETH").value());
  EXPECT_NE(address, funding.deposit_address(sub, "USDT", "ETH").value());
  EXPECT_NE(address, funding.deposit_address(master, "USDT", "TRX").value());
  EXPECT_EQ(code(funding.deposit_address(master, "USDT", "BTC")), "network.unknown");
  ASSERT_TRUE(funding.credit(master, "USDT", "ETH", d("25")));
  EXPECT_EQ(free(master, "spot", "USDT"), d("500025"));
  ASSERT_EQ(funding.deposits(master).size(), 1u);
  EXPECT_EQ(funding.deposits(master)[0]->address, address);
}

struct WithdrawalTest : VenueTest {
  WithdrawRequest request{.account = master,
                          .asset = "USDT",
                          .network = "TRX",
                          .address = "TXYZopYRdj2D9XRtbG411XZZ3kM5VkAeBf",
                          .amount = d("100"),
                          .client_id = "w1"};
};

TEST_F(WithdrawalTest, GoesThroughItsStatesAsTimePasses) {
  Funding& funding = venue->funding();
  const Decimal total = venue->wallets().total("USDT");
  const Withdrawal* made = funding.withdraw(request).value();
  EXPECT_EQ(made->state, WithdrawalState::kProcessing);
  EXPECT_EQ(venue->wallets().balance(master, "spot", "USDT").locked, d("101"));
  venue->advance(kStart + Millis{2000});
  EXPECT_EQ(made->state, WithdrawalState::kSent);
  EXPECT_FALSE(made->transaction.empty());
  EXPECT_EQ(code(funding.cancel_withdrawal(master, made->id)), "withdraw.too_late");
  venue->advance(kStart + Millis{7000});
  EXPECT_EQ(made->state, WithdrawalState::kCompleted);
  EXPECT_EQ(free(master, "spot", "USDT"), d("499899"));
  EXPECT_EQ(funding.left("USDT"), d("100"));
  EXPECT_EQ(venue->wallets().total("USDT"), total - d("100"));
}

TEST_F(WithdrawalTest, TheFeeMayBeIncluded) {
  request.fee_included = true;
  ASSERT_TRUE(venue->funding().withdraw(request));
  venue->advance(kStart + Millis{60'000});
  EXPECT_EQ(free(master, "spot", "USDT"), d("499900"));
  EXPECT_EQ(venue->funding().left("USDT"), d("99"));
}

TEST_F(WithdrawalTest, CancellingReturnsAllOfIt) {
  const Withdrawal* made = venue->funding().withdraw(request).value();
  EXPECT_EQ(code(venue->funding().cancel_withdrawal(other, made->id)), "withdraw.unknown");
  ASSERT_TRUE(venue->funding().cancel_withdrawal(master, made->id));
  venue->advance(kStart + Millis{60'000});
  EXPECT_EQ(made->state, WithdrawalState::kCancelled);
  EXPECT_EQ(free(master, "spot", "USDT"), d("500000"));
}

TEST_F(WithdrawalTest, Refusals) {
  Funding& funding = venue->funding();
  const auto refused = [&](auto change) {
    WithdrawRequest changed = request;
    change(changed);
    return code(funding.withdraw(changed));
  };
  EXPECT_EQ(refused([](auto& r) { r.amount = d("9"); }), "withdraw.amount");
  EXPECT_EQ(refused([](auto& r) { r.amount = d("500000"); }), "balance.insufficient");
  EXPECT_EQ(refused([](auto& r) { r.address = "short"; }), "withdraw.address");
  EXPECT_EQ(refused([](auto& r) { r.network = "BTC"; }), "network.unknown");
  ASSERT_TRUE(funding.withdraw(request));
  EXPECT_EQ(refused([](auto&) {}), "withdraw.duplicate");
  funding.require_saved_addresses(master, true);
  EXPECT_EQ(refused([](auto& r) { r.client_id = "w2"; }), "withdraw.not_saved");
  funding.save_address(master, {"USDT", "TRX", request.address, ""});
  EXPECT_EQ(refused([](auto& r) { r.client_id = "w2"; }), "");
}

// --- keys, limits, faults -----------------------------------------------------------------------

TEST_F(VenueTest, KeysBelongToAccountsAndSayWhatTheyMay) {
  const SecretBytes secret = SecretBytes::copy_of("secret").value();
  KeySpec spec{.account = "sub", .permissions = {"read"}, .addresses = {"10.0.0.1"}};
  spec.expires = kStart + Millis{1000};
  ASSERT_TRUE(add_hmac_key(*venue, "k1", secret, SecretBytes{}, spec));
  EXPECT_EQ(code(add_hmac_key(*venue, "k1", secret, SecretBytes{}, spec)), "key.duplicate");
  spec.account = "nobody";
  EXPECT_EQ(code(add_hmac_key(*venue, "k2", secret, SecretBytes{}, spec)), "account.unknown");
  const ApiKey* key = venue->accounts().find_key("k1");
  ASSERT_TRUE(key);
  EXPECT_EQ(key->account, sub);
  EXPECT_TRUE(key->may("read"));
  EXPECT_FALSE(key->may("withdraw"));
  EXPECT_TRUE(key->allows_address("10.0.0.1"));
  EXPECT_FALSE(key->allows_address("10.0.0.10"));
  EXPECT_FALSE(key->expired(kStart));
  EXPECT_TRUE(key->expired(kStart + Millis{1000}));
  EXPECT_EQ(venue->accounts().find_key("k2"), nullptr);
}

TEST(RateLimits, CountsPerWindowAndBans) {
  RateLimits limits;
  const Millis minute{60'000};
  EXPECT_TRUE(limits.charge("ip:a", 5, minute, 10, kStart).allowed);
  EXPECT_TRUE(limits.charge("ip:b", 10, minute, 10, kStart).allowed);
  EXPECT_TRUE(limits.charge("ip:a", 5, minute, 10, kStart).allowed);
  const RateLimits::Use over = limits.charge("ip:a", 1, minute, 10, kStart);
  EXPECT_FALSE(over.allowed);
  EXPECT_EQ(over.used, 11u);
  EXPECT_TRUE(limits.charge("ip:a", 1, minute, 10, over.resets).allowed);
  limits.set_strictness(5);
  EXPECT_FALSE(limits.charge("ip:a", 2, minute, 10, over.resets).allowed);
  limits.ban("ip:a", kStart + minute);
  EXPECT_EQ(limits.banned_until("ip:a", kStart), kStart + minute);
  EXPECT_FALSE(limits.banned_until("ip:a", kStart + minute));
  EXPECT_FALSE(limits.banned_until("ip:b", kStart));
}

TEST(Faults, AreTakenInOrderForMatchingRequestsAndUsedUp) {
  Faults faults;
  const auto control = json::parse(R"({"history_lag_ms": 500, "clock_skew_ms": -2000, "add": [
      {"kind": "drop-after", "method": "POST", "path": "/order", "count": 1, "skip": 1},
      {"kind": "latency", "count": -1, "delay_ms": 20}]})");
  ASSERT_TRUE(apply_faults(*control, &faults));
  EXPECT_EQ(faults.history_lag, Millis{500});
  EXPECT_EQ(faults.clock_skew, Millis{-2000});
  HttpRequest request;
  request.method = "POST";
  request.path = "/order/test";
  EXPECT_EQ(faults.take(request)->kind, Fault::Kind::kLatency) << "the first is skipped";
  EXPECT_EQ(faults.take(request)->kind, Fault::Kind::kDropAfter);
  EXPECT_EQ(faults.take(request)->kind, Fault::Kind::kLatency);
  faults.clear();
  EXPECT_FALSE(faults.take(request));
}

TEST(Faults, AWrongControlChangesNothing) {
  Faults faults;
  for (const char* text :
       {"[]", R"({"clock_skew_ms": 5, "add": {}})", R"({"clock_skew_ms": 5, "add": [{}]})",
        R"({"clock_skew_ms": 5, "add": [{"kind": "latency", "delay_ms": -1}]})",
        R"({"clock_skew_ms": "x"})"}) {
    EXPECT_EQ(code(apply_faults(*json::parse(text), &faults)), "faults.format") << text;
    EXPECT_EQ(faults.clock_skew, Millis{0});
  }
}

TEST_F(VenueTest, LaggingHistoriesHideWhatIsNew) {
  venue->faults().history_lag = Millis{500};
  const Order* order = venue->engine().submit(master, market_buy("0.1")).value();
  EXPECT_FALSE(venue->shows(*order));
  EXPECT_TRUE(venue->visible(venue->engine().fills(master)).empty());
  venue->advance(kStart + Millis{500});
  EXPECT_TRUE(venue->shows(*order));
  EXPECT_EQ(venue->visible(venue->engine().fills(master)).size(), 1u);
}

}  // namespace
}  // namespace keystile::sandbox
