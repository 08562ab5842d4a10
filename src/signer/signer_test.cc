#include "signer/signer.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "signer/signer_for_test.h"

namespace keystile::signer {
namespace {

TEST_F(SignerTest, SendsAnAllowedOrderWithTheRealKeyAndRecordsItFirst) {
  Step step = signer_->begin(order("0.01", "first"));
  const Forward* forward = std::get_if<Forward>(&step);
  ASSERT_NE(forward, nullptr);
  EXPECT_EQ(*find_header(forward->request.headers, "X-BAPI-API-KEY"), kRealKeyId);
  const auto key =
      crypto::SigningKey::open(crypto::KeyAlgorithm::kHmacSha256, secret_of(kRealSecret));
  const std::string payload =
      *find_header(forward->request.headers, "X-BAPI-TIMESTAMP") + std::string(kRealKeyId) +
      *find_header(forward->request.headers, "X-BAPI-RECV-WINDOW") + forward->request.body;
  EXPECT_EQ(*find_header(forward->request.headers, "X-BAPI-SIGN"), hex_encode(*key->sign(payload)));

  const json::Value request = entries().back();
  EXPECT_EQ(request.text("type"), "request");
  EXPECT_EQ(request.text("client"), "bot");
  EXPECT_EQ(request.text("reserved"), "500");
  const HttpResponse answer = signer_->finish(forward->ticket, accepted("1001", "first"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(entries().back().text("type"), "outcome");
  EXPECT_EQ(entries().back().text("outcome"), "accepted");
}

TEST_F(SignerTest, RefusesEachThingByItsRule) {
  EXPECT_EQ(verdict(order("0.01", "a", "virtualKEYofBOT001", "not-the-secret")), "unauthenticated");
  EXPECT_EQ(verdict(order("0.01", "a", "virtualKEYofNOBODY", kBotSecret)), "unauthenticated");
  Inbound elsewhere = order("0.01", "a");
  elsewhere.source = *policy::parse_address("10.1.2.3");
  EXPECT_EQ(verdict(elsewhere), "grant.networks");
  Inbound late = order("0.01", "a");
  clock_.advance(Millis{5001});
  answer_errands();
  EXPECT_EQ(verdict(late), "time.late");
  EXPECT_EQ(verdict(order("0.0201", "a")), "grant.max_order_notional");
  EXPECT_EQ(
      verdict(inbound("POST", "/v5/asset/withdraw/create", "", R"({"coin":"BTC"})")).substr(0, 9),
      "parameter");
  EXPECT_EQ(verdict(inbound("POST", "/v5/nothing", "", "{}")), "route.unknown");
  EXPECT_EQ(verdict(inbound("GET", "/v5/order//realtime", "category=spot", "")), "route.unknown");
  Inbound other_environment = order("0.01", "a");
  other_environment.environment = "staging";
  EXPECT_EQ(verdict(other_environment), "unauthenticated");
  EXPECT_EQ(verdict(order("0.01", "a")), "forwarded");
}

TEST_F(SignerTest, WhatAnObservedClientWouldBeRefusedIsSentAndRecorded) {
  std::string policy = kPolicy;
  policy.replace(policy.find("networks ="), 0, "observe_until = 2026-06-01T00:00:00Z\n");
  write(Layout(root_).policy() + "/desk.toml", policy);
  ASSERT_TRUE(signer_->control(json::object({{"do", "adopt"}, {"by", "test"}})));
  EXPECT_EQ(verdict(order("1", "large")), "forwarded");
  std::vector<json::Value> all = entries();
  const json::Value request = all[all.size() - 2];
  ASSERT_TRUE(request.find("would_refuse") && request.find("would_refuse")->if_array());
  const json::Array& noted = *request.find("would_refuse")->if_array();
  ASSERT_EQ(noted.size(), 2u);
  EXPECT_EQ(noted[0].text("rule"), "grant.max_order_notional");
  EXPECT_EQ(noted[0].text("message"),
            "order of 50000 USD is above the 1000 USD limit of one order");
  EXPECT_EQ(noted[1].text("rule"), "grant.daily_exposure");
  EXPECT_EQ(json::dump(*request.find("market")),
            R"([{"product":"spot","instrument":"BTCUSDT","quote":"USDT","price":"50000"}])");

  // Not observed, it is refused, with all that the grant was asked; and so is the observed one
  // later.
  EXPECT_EQ(verdict(order("1", "o", "virtualKEYofOTH002", kOtherSecret)),
            "grant.max_order_notional");
  EXPECT_EQ(entries().back().text("act"), "orders");
  EXPECT_TRUE(entries().back().find("market"));
  clock_.advance(std::chrono::hours(24 * 4));
  answer_errands();
  EXPECT_EQ(verdict(order("1", "later")), "grant.max_order_notional");
}

TEST_F(SignerTest, AWriteIsAcceptedOnceAndAReadABoundedNumberOfTimes) {
  const Inbound once = order("0.01", "once");
  EXPECT_EQ(verdict(once), "forwarded");
  EXPECT_EQ(verdict(once), "replay.used");
  Inbound upper = once;  // the same signature bytes on another route
  upper.request.path = "/v5/order/amend";
  EXPECT_EQ(verdict(upper), "replay.other_route");
  const Inbound read = inbound("GET", "/v5/order/realtime", "category=spot", "");
  for (int i = 0; i < 64; ++i) ASSERT_EQ(verdict(read), "forwarded");
  EXPECT_EQ(verdict(read), "replay.used");
}

TEST_F(SignerTest, AFastClockOfOursOpensNoWayForAReplay) {
  behind_ = std::chrono::minutes{10};
  restart();
  const Inbound once = order("0.001", "once");
  EXPECT_EQ(verdict(once), "forwarded");
  EXPECT_EQ(verdict(order("0.001", "two")), "forwarded");
  EXPECT_EQ(verdict(once), "replay.used");
}

TEST_F(SignerTest, AClockThatIsSetBackOpensNoWayForAReplay) {
  const Inbound once = order("0.001", "once");
  EXPECT_EQ(verdict(once), "forwarded");
  clock_.advance(Millis{20000});
  answer_errands();
  EXPECT_EQ(verdict(order("0.001", "two")), "forwarded");
  clock_.advance(Millis{-18000});
  answer_errands();
  EXPECT_EQ(verdict(once), "replay.used");
}

TEST_F(SignerTest, AWindowWithoutEndIsCut) {
  window_ = "999999999999999";
  Step step = signer_->begin(order("0.001", "wide"));
  const Forward* forward = std::get_if<Forward>(&step);
  ASSERT_NE(forward, nullptr);
  EXPECT_EQ(*find_header(forward->request.headers, "X-BAPI-RECV-WINDOW"), "60000");
  // Else the memory of used signatures would wait for its end, and grow.
  EXPECT_EQ(entries().back().text("until"), std::to_string(epoch_ms(clock_.wall()) + 60000));
}

TEST_F(SignerTest, ABatchMayNotAmendOneOrderTwice) {
  EXPECT_EQ(verdict(order("0.001", "a")), "forwarded");
  const std::string twice =
      R"({"category":"spot","request":[{"symbol":"BTCUSDT","orderLinkId":"a","qty":"0.01"},)"
      R"({"symbol":"BTCUSDT","orderLinkId":"a","price":"60000"}]})";
  EXPECT_EQ(verdict(inbound("POST", "/v5/order/amend-batch", "", twice)), "order.amended_twice");
}

TEST_F(SignerTest, ARefusalTooLongForTheLedgerIsStillRecorded) {
  const std::string symbol(70000, 'B');
  EXPECT_EQ(verdict(inbound("POST", "/v5/order/create", "",
                            R"({"category":"spot","symbol":")" + symbol +
                                R"(","side":"Buy","orderType":"Limit","price":"1","qty":"1"})")),
            "grant.instrument");
  EXPECT_EQ(entries().back().text("rule"), "grant.instrument");
}

TEST_F(SignerTest, OneSignatureMayServeTwoReadsButNeverAReadAndAWrite) {
  const Inbound key = inbound("GET", "/v5/user/query-api", "", "");
  Inbound account = key;  // ccxt sends both within a millisecond, and the path is not signed
  account.request.path = "/v5/account/info";
  EXPECT_EQ(verdict(key), "forwarded");
  EXPECT_EQ(verdict(account), "forwarded");
  Inbound write = key;
  write.request.method = "POST";
  write.request.path = "/v5/order/cancel-all";
  EXPECT_EQ(verdict(write), "replay.other_route");
}

TEST_F(SignerTest, ForgetsNothingOverARestart) {
  const Inbound once = order("0.01", "once");
  EXPECT_EQ(verdict(once), "forwarded");
  EXPECT_EQ(verdict(order("0.02", "two")), "forwarded");
  EXPECT_EQ(verdict(order("0.02", "three")), "forwarded");
  EXPECT_EQ(verdict(order("0.0001", "four")), "grant.daily_exposure");
  restart();
  EXPECT_EQ(verdict(once), "replay.used");
  EXPECT_EQ(verdict(order("0.0001", "five")), "grant.daily_exposure");
  const std::string cancel = R"({"category":"spot","symbol":"BTCUSDT","orderLinkId":"two"})";
  EXPECT_EQ(
      verdict(inbound("POST", "/v5/order/cancel", "", cancel, "virtualKEYofOTH002", kOtherSecret)),
      "order.not_own");
  EXPECT_EQ(verdict(inbound("POST", "/v5/order/cancel", "", cancel)), "forwarded");
  clock_.advance(std::chrono::hours{24});
  answer_errands();
  EXPECT_EQ(verdict(order("0.0001", "six")), "forwarded");
}

TEST_F(SignerTest, NoOneMayTakeTheIdOfAnothersOpenOrder) {
  EXPECT_EQ(verdict(order("0.01", "mine")), "forwarded");
  EXPECT_EQ(verdict(order("0.01", "mine", "virtualKEYofOTH002", kOtherSecret)), "order.id_taken");
}

TEST_F(SignerTest, ARejectedOrderGivesItsLimitBackAndALostOneDoesNot) {
  const auto send = [&](std::string_view quantity, std::string_view link) {
    Step step = signer_->begin(order(quantity, link));
    const Forward* forward = std::get_if<Forward>(&step);
    return forward ? forward->ticket : 0;
  };
  const uint64_t rejected = send("0.02", "one");
  ASSERT_NE(rejected, 0u);
  (void)signer_->finish(
      rejected,
      HttpResponse{
          200,
          {},
          R"({"retCode":170131,"retMsg":"Balance insufficient.","result":{},"retExtInfo":{},"time":1})"});
  const uint64_t unsent = send("0.02", "two");
  ASSERT_NE(unsent, 0u);
  const HttpResponse answer =
      signer_->finish(unsent, fail("net.connect", "no", ErrorClass::kRetryable));
  EXPECT_EQ(find_header(answer.headers, "X-Keystile-Reason")->substr(0, 11), "net.connect");
  EXPECT_EQ(realm_->books().usage("bot", clock_.wall()).exposure_24h.str(), "0");
  const uint64_t lost = send("0.02", "three");
  ASSERT_NE(lost, 0u);
  (void)signer_->finish(lost, fail("net.lost", "no", ErrorClass::kOutcomeUnknown));
  EXPECT_EQ(realm_->books().usage("bot", clock_.wall()).exposure_24h.str(), "1000");
  EXPECT_EQ(entries().back().text("outcome"), "unknown");
  // Its fate is asked for by its client order id, signed with the read key.
  clock_.advance(Millis{2000});
  answer_errands();
  ASSERT_FALSE(seen_errands_.empty());
  EXPECT_NE(seen_errands_.front().request.query.find("orderLinkId=three"), std::string::npos);
  EXPECT_EQ(*find_header(seen_errands_.front().request.headers, "X-BAPI-API-KEY"), kReadKeyId);
}

TEST_F(SignerTest, NoAnswerShowsTheRealKey) {
  Step step = signer_->begin(order("0.01", "leak"));
  const Forward* forward = std::get_if<Forward>(&step);
  ASSERT_NE(forward, nullptr);
  HttpResponse leaking{200,
                       {{"X-Echo", "key=" + std::string(kRealKeyId)}, {"Set-Cookie", "a=b"}},
                       R"({"retCode":10004,"retMsg":"error sign! origin_string[1780000000000)" +
                           std::string(kRealKeyId) +
                           R"(5000{}]","result":{},"retExtInfo":{},"time":1})"};
  const HttpResponse answer = signer_->finish(forward->ticket, std::move(leaking));
  EXPECT_EQ(answer.body.find(kRealKeyId), std::string::npos);
  EXPECT_NE(answer.body.find("virtualKEYofBOT001"), std::string::npos);
  for (const Header& header : answer.headers)
    EXPECT_EQ(header.value.find(kRealKeyId), std::string::npos);
  EXPECT_EQ(find_header(answer.headers, "Set-Cookie"), nullptr);
}

TEST_F(SignerTest, ACompressedAnswerIsNotPassedOn) {
  Step step = signer_->begin(order("0.01", "zip"));
  HttpResponse zipped{200, {{"Content-Encoding", "gzip"}}, "\x1f\x8b"};
  const HttpResponse answer = signer_->finish(std::get<Forward>(step).ticket, std::move(zipped));
  EXPECT_EQ(find_header(answer.headers, "X-Keystile-Reason")->substr(0, 14), "answer.encoded");
}

TEST_F(SignerTest, WithoutAPriceNothingIsPlacedButCancelsGo) {
  EXPECT_EQ(verdict(order("0.01", "before")), "forwarded");
  clock_.advance(Millis{6000});  // no errand was answered: the price is too old
  EXPECT_EQ(verdict(market_sell()), "notional.unknown");
  EXPECT_EQ(verdict(order("0.001", "a-limit-buy")), "notional.unknown");
  EXPECT_EQ(verdict(inbound("POST", "/v5/order/cancel", "",
                            R"({"category":"spot","symbol":"BTCUSDT","orderLinkId":"before"})")),
            "forwarded");
}

// A cache, or a server of the exchange that hears nothing any more, would go on telling old prices.
TEST_F(SignerTest, APriceIsAsOldAsTheExchangeSays) {
  const auto verdict_at = [this](Millis age) {
    price_age_ = age;
    clock_.advance(std::chrono::seconds{30});
    answer_errands();
    return verdict(market_sell());
  };
  EXPECT_EQ(verdict_at(Millis{0}), "forwarded");
  EXPECT_EQ(verdict_at(Millis{5000}), "forwarded");
  EXPECT_EQ(verdict_at(Millis{5001}), "notional.unknown");
  EXPECT_EQ(verdict_at(Millis{-1000}), "forwarded") << "clocks differ a little";
  EXPECT_EQ(verdict_at(Millis{-1001}), "notional.unknown");
  behind_ = std::chrono::minutes{10};  // its age is told by the exchange's clock, not by ours
  restart();
  EXPECT_EQ(verdict_at(Millis{5000}), "forwarded");
}

TEST_F(SignerTest, AnOlderPriceReplacesNoNewerOne) {
  clock_.advance(Millis{2000});
  price_age_ = Millis{60'000};
  answer_errands();
  EXPECT_EQ(verdict(market_sell()), "forwarded") << "by the price of two seconds ago";
  clock_.advance(Millis{3001});
  answer_errands();
  EXPECT_EQ(verdict(market_sell()), "notional.unknown");
}

// By a cache's time a cache's prices would be new.
TEST_F(SignerTest, ATimeThatWasToldBeforeItWasAskedForIsNotBelieved) {
  const std::string offset =
      R"(keystile_clock_offset_seconds{environment="test",exchange="bybit"})";
  const auto measured_after = [&](Millis time) {
    clock_.advance(time);
    answer_errands();
    return measured(offset);
  };
  EXPECT_EQ(measured_after(Millis{30'000}), "0");
  behind_ = Millis{30'000};
  EXPECT_EQ(measured_after(Millis{30'000}), "0");
  EXPECT_EQ(measured_after(Millis{269'000}), "0");
  EXPECT_EQ(measured_after(Millis{2000}), "-30") << "the exchange has set its clock back";
}

TEST_F(SignerTest, WhatIsNotListedAnyMoreIsNotTradedThoughItHasAPrice) {
  EXPECT_EQ(verdict(order("0.001", "listed")), "forwarded");
  clock_.advance(std::chrono::seconds{131});
  for (const Errand& errand : signer_->errands()) {
    if (errand.request.path != "/v5/market/tickers") continue;
    const std::string prices =
        R"({"retCode":0,"result":{"list":[{"symbol":"BTCUSDT","lastPrice":"50000"}]},"time":)" +
        std::to_string(epoch_ms(exchange_time())) + "}";
    signer_->errand_done(errand.id, HttpResponse{200, {}, prices});
  }
  EXPECT_EQ(verdict(order("0.001", "gone")), "notional.unknown");
}

TEST_F(SignerTest, AnEditedPolicyFileChangesNothingUntilItIsAdopted) {
  write(Layout(root_).policy() + "/desk.toml", "[realm]\nname = 7\n");
  EXPECT_EQ(verdict(order("0.01", "a")), "forwarded");
  const auto refused = signer_->control(json::object({{"do", "adopt"}, {"by", "test"}}));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("desk.toml:2"), std::string::npos)
      << refused.error().message;
  EXPECT_EQ(verdict(order("0.01", "b")), "forwarded");
}

TEST_F(SignerTest, APolicyThatAStartCouldNotReadIsNotAdopted) {
  write(Layout(root_).policy() + "/a\xff.toml", "# no UTF-8 in its name\n");
  const uint64_t version = realm_->policy_version();
  const auto refused = signer_->control(json::object({{"do", "adopt"}, {"by", "test"}}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "policy.bundle");
  restart();
  EXPECT_EQ(realm_->policy_version(), version);
}

TEST_F(SignerTest, AChangeOfAPolicyUndoesNothingThatWasAdoptedMeanwhile) {
  const std::string first = realm_->books().adoption()->hash;
  const policy::Bundle made = policy::read_bundle(Layout(root_).policy()).value();
  write(Layout(root_).policy() + "/later.toml", "# another\n");
  ASSERT_TRUE(signer_->control(json::object({{"do", "adopt"}, {"by", "test"}})));
  const std::string second = realm_->books().adoption()->hash;
  const auto put = [&](const std::string& made_from) {
    return signer_->control(json::object({{"do", "adopt"},
                                          {"by", "test"},
                                          {"bundle", policy::dump_bundle(made)},
                                          {"made_from", made_from}}));
  };
  const auto refused = put(first);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "policy.moved");
  EXPECT_EQ(realm_->books().adoption()->hash, second);
  ASSERT_TRUE(put(second));
  EXPECT_EQ(realm_->books().adoption()->hash, first);
}

TEST_F(SignerTest, AStoredPolicyThatWasChangedStopsTheRealm) {
  const std::string hash = realm_->books().adoption()->hash;
  stop();
  write(Layout(root_).adopted() + "/" + hash + ".json", "{}");
  const auto realm = Realm::open(root_, nullptr, clock_);
  ASSERT_FALSE(realm);
  EXPECT_EQ(realm.error().code, "policy.adopted");
}

TEST_F(SignerTest, AnOldVaultFilePutBackIsNoticed) {
  put_old_vault_back([&] { restart(); });
  stop();
  const auto realm = Realm::open(root_, nullptr, clock_);
  ASSERT_FALSE(realm);
  EXPECT_EQ(realm.error().code, "vault.rolled_back");
}

// The next honest change counts it up to where the newer one was.
TEST_F(SignerTest, AnOldVaultFilePutBackAndChangedIsNoticed) {
  put_old_vault_back([&] { ASSERT_TRUE(realm_->adopt("test")); });
  add_secret("test", "key/other", "other", crypto::KeyAlgorithm::kHmacSha256,
             secret_of("other-secret"));
  const auto adopted = signer_->control(json::object({{"do", "adopt"}, {"by", "test"}}));
  ASSERT_FALSE(adopted);
  EXPECT_EQ(adopted.error().code, "vault.rolled_back") << adopted.error().message;
  EXPECT_NE(realm_->vault("test")->find("key/later"), nullptr);
  stop();
  const auto realm = Realm::open(root_, nullptr, clock_);
  ASSERT_FALSE(realm);
  EXPECT_EQ(realm.error().code, "vault.rolled_back");
}

TEST_F(SignerTest, AnOldVaultFilePutBackIsNotTakenInWhileServing) {
  put_old_vault_back([&] { ASSERT_TRUE(realm_->adopt("test")); });
  const auto adopted = signer_->control(json::object({{"do", "adopt"}, {"by", "test"}}));
  ASSERT_FALSE(adopted);
  EXPECT_EQ(adopted.error().code, "vault.rolled_back");
  EXPECT_NE(realm_->vault("test")->find("key/later"), nullptr);
}

TEST_F(SignerTest, ADamagedVaultFileStopsNoRevocation) {
  const Layout layout(root_);
  policy::Bundle bundle = policy::read_bundle(layout.policy()).value();
  std::string& text = bundle.files.front().text;
  const std::string name = "name = \"bot\"\n";
  text.insert(text.find(name) + name.size(), "revoked = true\n");
  write(layout.vault("test"), "damaged");
  EXPECT_EQ(verdict(order("0.01", "before")), "forwarded");
  EXPECT_FALSE(signer_->control(json::object({{"do", "adopt"}, {"by", "test"}})));
  const auto revoked = signer_->control(
      json::object({{"do", "adopt"}, {"by", "test"}, {"bundle", policy::dump_bundle(bundle)}}));
  ASSERT_TRUE(revoked) << revoked.error().message;
  EXPECT_EQ(verdict(order("0.01", "after")), "client.revoked");
}

TEST_F(SignerTest, NoAnswerShowsAnotherKeyOfTheAccount) {
  Step step = signer_->begin(inbound("GET", "/v5/user/query-api", "", ""));
  HttpResponse list{
      200, {}, "{\"keys\":[\"" + std::string(kRealKeyId) + "\",\"REALKEYrealkey0001\"]}"};
  const HttpResponse answer = signer_->finish(std::get<Forward>(step).ticket, std::move(list));
  EXPECT_EQ(answer.body, R"({"keys":["virtualKEYofBOT001","virtualKEYofBOT001"]})");
}

TEST_F(SignerTest, ManyOpenOrdersAreAskedAboutSlowly) {
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(verdict(order("0.0001", "open" + std::to_string(i))), "forwarded");
  }
  for (int tick = 0; tick < 20; ++tick) {  // two seconds
    clock_.advance(Millis{100});
    answer_errands();
    for (const Errand& errand : std::exchange(seen_errands_, {})) {
      ++asked_;
      signer_->errand_done(errand.id, fail("net.lost", "no", ErrorClass::kOutcomeUnknown));
    }
  }
  EXPECT_LE(asked_, 10);
  EXPECT_GE(asked_, 1);
}

TEST_F(SignerTest, ATimestampMayBeAheadByLessThanASecond) {
  const auto made_ahead = [&](Millis ahead, std::string_view link) {
    clock_.advance(ahead);
    Inbound request = order("0.001", link);
    clock_.advance(-ahead);
    return request;
  };
  EXPECT_EQ(verdict(made_ahead(Millis{1000}, "far")), "time.ahead");
  EXPECT_EQ(verdict(made_ahead(Millis{999}, "near")), "forwarded");
}

TEST_F(SignerTest, ATransferWaitsForTheDiskAndATradeDoesNot) {
  add_secret("test", "key/main/transfer", "realkeyTRANSFER003", crypto::KeyAlgorithm::kHmacSha256,
             secret_of(kRealSecret));
  add_secret("test", "client/mover", "virtualKEYofMOV003", crypto::KeyAlgorithm::kHmacSha256,
             secret_of(kBotSecret));
  write(Layout(root_).policy() + "/mover.toml", R"(
[[client]]
name = "mover"
account = "main"
key_id = "virtualKEYofMOV003"
vault = "client/mover"
scopes = ["read", "transfer"]
networks = ["127.0.0.1"]
transfer_assets = ["USDT"]
max_transfer = "100"
)");
  std::string policy = kPolicy;
  const std::string_view trade = "vault = \"key/main/trade\"\n";
  policy.insert(policy.find(trade) + trade.size(),
                "[[account.key]]\nrole = \"transfer\"\nvault = \"key/main/transfer\"\n");
  write(Layout(root_).policy() + "/desk.toml", policy);
  const auto adopted = signer_->control(json::object({{"do", "adopt"}, {"by", "test"}}));
  ASSERT_TRUE(adopted) << adopted.error().message;

  const std::string body =
      R"({"transferId":"42c0cfb0-6bca-c242-bc76-4e6df6cbab16","coin":"USDT","amount":"10",)"
      R"("fromAccountType":"UNIFIED","toAccountType":"FUND"})";
  Step moved = signer_->begin(inbound("POST", "/v5/asset/transfer/inter-transfer", "", body,
                                      "virtualKEYofMOV003", kBotSecret));
  const Forward* transfer = std::get_if<Forward>(&moved);
  ASSERT_NE(transfer, nullptr);
  ASSERT_TRUE(transfer->after);
  EXPECT_EQ(std::to_string(*transfer->after), entries().back().text("index"));
  Step placed = signer_->begin(order("0.001", "trade"));
  ASSERT_NE(std::get_if<Forward>(&placed), nullptr);
  EXPECT_FALSE(std::get<Forward>(placed).after);
}

TEST_F(SignerTest, AFloodOfRefusalsIsCountedNotRecorded) {
  const auto recorded = [&] {
    const auto all = entries();
    return std::count_if(all.begin(), all.end(),
                         [](const json::Value& entry) { return entry.text("type") == "refusal"; });
  };
  for (int i = 0; i < 150; ++i) {
    EXPECT_EQ(verdict(order("1", "big" + std::to_string(i))), "grant.max_order_notional");
  }
  EXPECT_EQ(recorded(), 100);
  clock_.advance(Millis{1000});
  EXPECT_EQ(verdict(order("1", "later")), "grant.max_order_notional");
  EXPECT_EQ(recorded(), 101);
  EXPECT_EQ(entries().back().text("unrecorded_before"), "50");
}

TEST_F(SignerTest, AnExchangeThatSaysTooManyIsLeftInPeace) {
  EXPECT_EQ(verdict(order("0.0001", "open")), "forwarded");
  for (int tick = 0; tick < 100; ++tick) {  // ten seconds
    clock_.advance(Millis{100});
    answer_errands();
    for (const Errand& errand : std::exchange(seen_errands_, {})) {
      ++asked_;
      signer_->errand_done(errand.id, HttpResponse{429, {{"Retry-After", "30"}}, ""});
    }
  }
  EXPECT_EQ(asked_, 1);
}

TEST_F(SignerTest, CountsRequestsByClientScopeVerdictAndRule) {
  const auto requests = [&](const std::string& client, const std::string& rest) {
    return measured("keystile_requests_total{environment=\"test\",exchange=\"bybit\",client=\"" +
                    client + "\"," + rest + "}");
  };
  for (const char* link : {"a", "b"}) EXPECT_EQ(verdict(order("0.01", link)), "forwarded");
  EXPECT_EQ(verdict(order("0.0201", "c")), "grant.max_order_notional");
  EXPECT_EQ(verdict(order("0.01", "d", "virtualKEYofBOT001", "wrong")), "unauthenticated");
  EXPECT_EQ(verdict(inbound("GET", "/v5/none", "", "")), "route.unknown");
  EXPECT_EQ(verdict(inbound("GET", "/v5/market/tickers", "category=spot", "")), "forwarded");
  EXPECT_EQ(requests("bot", R"(scope="trade",verdict="allow",rule="grant.scope")"), "2");
  EXPECT_EQ(requests("bot", R"(scope="trade",verdict="deny",rule="grant.max_order_notional")"),
            "1");
  EXPECT_EQ(requests("", R"(scope="trade",verdict="deny",rule="signature.wrong")"), "1");
  EXPECT_EQ(requests("bot", R"(scope="",verdict="deny",rule="route.unknown")"), "1");
  EXPECT_EQ(requests("", R"(scope="market",verdict="allow",rule="public")"), "1");
}

TEST_F(SignerTest, APublicRequestHasNoBody) {
  for (const char* path : {"/v5/market/tickers", "/v5/market/time"}) {
    const Step step = signer_->begin(inbound("GET", path, "category=spot", "{}"));
    const Answer* answer = std::get_if<Answer>(&step);
    ASSERT_NE(answer, nullptr) << path;
    EXPECT_NE(answer->response.body.find("10001"), std::string::npos) << answer->response.body;
  }
  EXPECT_EQ(measured("keystile_requests_total{environment=\"test\",exchange=\"bybit\",client=\"\","
                     "scope=\"market\",verdict=\"deny\",rule=\"parameter.value\"}"),
            "2");
}

TEST_F(SignerTest, TimesEachStageOfAForwardedRequest) {
  const auto stage = [&](const std::string& name, const std::string& what) {
    return measured("keystile_stage_duration_seconds" + what +
                    "{environment=\"test\",exchange=\"bybit\",stage=\"" + name + "\"}");
  };
  Step step = signer_->begin(order("0.01", "timed"));
  clock_.advance(Millis{40});
  signer_->finish(std::get<Forward>(step).ticket, accepted("1", "timed"));
  for (const char* name :
       {"authenticate", "interpret", "decide", "sign", "record", "outcome", "upstream", "total"}) {
    EXPECT_EQ(stage(name, "_count"), "1") << name;
  }
  EXPECT_EQ(stage("upstream", "_sum"), "0.04");
  EXPECT_EQ(stage("total", "_sum"), "0.04");
  EXPECT_EQ(stage("sign", "_sum"), "0");  // this clock stands still
  EXPECT_EQ(verdict(order("0.0201", "refused")), "grant.max_order_notional");
  EXPECT_EQ(stage("interpret", "_count"), "2");
  EXPECT_EQ(stage("total", "_count"), "1");
}

TEST_F(SignerTest, ABusySignerTimesOnlySomeRequestsOfARound) {
  const std::string count =
      "keystile_stage_duration_seconds_count{environment=\"test\",exchange=\"bybit\",stage=\"";
  const auto ask = [&](int times) {
    for (int i = 0; i < times; ++i) {
      verdict(inbound("GET", "/v5/order/realtime", "category=spot&n=" + std::to_string(i), ""));
      clock_.advance(Millis{1});
    }
  };
  ask(130);
  EXPECT_EQ(measured(count + "authenticate\"}"), "100");
  EXPECT_EQ(measured(count + "total\"}"), measured(count + "record\"}"));
  answer_errands();
  ask(3);
  EXPECT_EQ(measured(count + "authenticate\"}"), "103");
}

TEST_F(SignerTest, MeasuresLedgerClockPricesAndOutcomes) {
  const std::string venue = R"(environment="test",exchange="bybit")";
  behind_ = Millis{800};
  clock_.advance(Millis{31000});
  answer_errands();
  EXPECT_EQ(measured("keystile_clock_offset_seconds{" + venue + "}"), "-0.8");
  EXPECT_EQ(measured("keystile_clock_known{" + venue + "}"), "1");
  EXPECT_EQ(measured("keystile_upstream_last_answer_timestamp_seconds{" + venue + "}"),
            "1780000031");
  clock_.advance(Millis{2000});
  const std::string age = "keystile_reference_price_age_seconds{" + venue + ",product=\"spot\"}";
  EXPECT_EQ(measured(age), "2");

  Step step = signer_->begin(order("0.01", "lost"));
  EXPECT_EQ(measured("keystile_requests_in_flight"), "1");
  signer_->finish(std::get<Forward>(step).ticket,
                  fail("net.lost", "gone", ErrorClass::kOutcomeUnknown));
  EXPECT_EQ(measured("keystile_outcomes_total{" + venue + ",outcome=\"unknown\"}"), "1");
  EXPECT_EQ(measured("keystile_requests_in_flight"), "0");
  const std::string count = std::to_string(entries().size());  // syncs
  EXPECT_EQ(measured("keystile_ledger_entries_total"), count);
  EXPECT_EQ(measured("keystile_ledger_waiting_entries"), "0");
  EXPECT_EQ(measured("keystile_ledger_lag_seconds"), "0");
  EXPECT_EQ(measured("keystile_ledger_uncovered_entries"), "0");
  EXPECT_EQ(measured("keystile_ledger_writable"), "1");
  EXPECT_EQ(measured("keystile_policy_version"), "1");
  EXPECT_EQ(measured("keystile_clock_known{environment=\"staging\",exchange=\"okx\"}"),
            "absent");  // nobody uses it
}

TEST_F(SignerTest, MeasuresTheRateLimitsInUse) {
  const std::string address =
      R"({environment="test",exchange="bybit",budget="address",account=""})";
  const std::string before = measured("keystile_rate_limit_used" + address);
  EXPECT_EQ(verdict(order("0.01", "one")), "forwarded");
  EXPECT_EQ(std::stoi(measured("keystile_rate_limit_used" + address)), std::stoi(before) + 1);
  EXPECT_GT(std::stoi(measured("keystile_rate_limit_size" + address)), 1);
  EXPECT_EQ(measured("keystile_rate_limit_paused" + address), "0");
}

TEST_F(SignerTest, SaysWhatItLacksToBeReady) {
  EXPECT_TRUE(signer_->missing().empty());
  stop();
  open();
  signer_ = make_signer(*realm_, clock_, system_random());
  EXPECT_EQ(json::dump(signer_->missing()),
            R"([{"missing":"clock","environment":"test","exchange":"bybit"}])");
  answer_errands();
  EXPECT_TRUE(signer_->missing().empty());
}

}  // namespace
}  // namespace keystile::signer
