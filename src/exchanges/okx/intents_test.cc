#include "exchanges/okx/intents.h"

#include <gtest/gtest.h>

#include "exchanges/okx/okx_test_support.h"

namespace keystile::exchanges::okx {
namespace {

OrderLeg only_leg(std::string_view name, std::string_view body) {
  const auto intent = meaning(name, body);
  if (!intent) {
    ADD_FAILURE() << body << ": " << intent.error().message;
    return {};
  }
  EXPECT_EQ(intent->act, Act::kOrders);
  EXPECT_EQ(intent->legs.size(), 1u);
  EXPECT_FALSE(intent->summary.empty());
  return intent->legs.empty() ? OrderLeg{} : intent->legs.front();
}

std::string text(const std::optional<Decimal>& value) { return value ? value->str() : "-"; }

// A leg in one line: everything that decides about it.
std::string describe(const OrderLeg& leg) {
  std::string line = std::string(to_string(leg.product)) + " " + std::string(to_string(leg.side)) +
                     " " + std::string(to_string(leg.type)) + " qty=" + text(leg.quantity) +
                     " quote=" + text(leg.quote_quantity) + " px=" + text(leg.price) +
                     " trigger=" + text(leg.trigger_price);
  if (leg.reduce_only) line += " reduces";
  if (leg.close_position) line += " closes";
  if (leg.borrows) line += " borrows";
  if (leg.post_only) line += " post-only";
  return line;
}

struct Row {
  const char* body;
  const char* meaning;
};

TEST(OkxIntents, Orders) {
  const Row rows[] = {
      {R"({"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"limit","px":"2.15","sz":"2"})",
       "spot buy limit qty=2 quote=- px=2.15 trigger=-"},
      {R"({"instId":"BTC-USDT","tdMode":"cash","side":"sell","ordType":"post_only","px":2.15,"sz":2})",
       "spot sell limit qty=2 quote=- px=2.15 trigger=- post-only"},
      // A spot market buy counts quote currency unless it says otherwise.
      {R"({"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"market","sz":"100"})",
       "spot buy market qty=- quote=100 px=- trigger=-"},
      {R"({"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"market","sz":"1","tgtCcy":"base_ccy"})",
       "spot buy market qty=1 quote=- px=- trigger=-"},
      {R"({"instId":"BTC-USDT","tdMode":"cash","side":"sell","ordType":"market","sz":"1"})",
       "spot sell market qty=1 quote=- px=- trigger=-"},
      {R"({"instId":"BTC-USDT","tdMode":"cash","side":"sell","ordType":"market","sz":"50","tgtCcy":"quote_ccy"})",
       "spot sell market qty=- quote=50 px=- trigger=-"},
      // Any margin mode may borrow, and reduceOnly says nothing there, nor on spot.
      {R"({"instId":"BTC-USDT","tdMode":"cross","side":"buy","ordType":"ioc","px":"2","sz":"1","reduceOnly":true})",
       "margin buy limit qty=1 quote=- px=2 trigger=- borrows"},
      {R"({"instId":"BTC-USDT","tdMode":"isolated","side":"buy","ordType":"market","sz":"100"})",
       "margin buy market qty=- quote=100 px=- trigger=- borrows"},
      {R"({"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"limit","px":"2","sz":"1","reduceOnly":"true"})",
       "spot buy limit qty=1 quote=- px=2 trigger=-"},
      // Futures count contracts. Only the reducing combinations are taken for reducing.
      {R"({"instId":"BTC-USDT-SWAP","tdMode":"cross","side":"sell","ordType":"market","sz":"3"})",
       "linear sell market qty=3 quote=- px=- trigger=-"},
      {R"({"instId":"BTC-USDT-SWAP","tdMode":"cross","side":"sell","ordType":"market","sz":"3","reduceOnly":true})",
       "linear sell market qty=3 quote=- px=- trigger=- reduces"},
      {R"({"instId":"BTC-USD-SWAP","tdMode":"isolated","posSide":"long","side":"sell","ordType":"fok","px":"9","sz":"1"})",
       "inverse sell limit qty=1 quote=- px=9 trigger=- reduces"},
      {R"({"instId":"BTC-USD-SWAP","tdMode":"isolated","posSide":"short","side":"buy","ordType":"fok","px":"9","sz":"1"})",
       "inverse buy limit qty=1 quote=- px=9 trigger=- reduces"},
      {R"({"instId":"BTC-USD-SWAP","tdMode":"isolated","posSide":"short","side":"sell","ordType":"fok","px":"9","sz":"1","reduceOnly":true})",
       "inverse sell limit qty=1 quote=- px=9 trigger=-"},
      {R"({"instId":"BTC-USD_UM-SWAP","tdMode":"cross","side":"buy","ordType":"optimal_limit_ioc","sz":"1"})",
       "linear buy market qty=1 quote=- px=- trigger=-"},
      {R"({"instId":"BTC-USDC-250808","tdMode":"cross","side":"buy","ordType":"limit","px":"1","sz":"1"})",
       "linear buy limit qty=1 quote=- px=1 trigger=-"},
      // Options: a price in dollars or volatility is none that could be judged.
      {R"({"instId":"BTC-USD-250808-60000-C","tdMode":"cash","side":"buy","ordType":"limit","px":"0.01","sz":"1","reduceOnly":true})",
       "option buy limit qty=1 quote=- px=0.01 trigger=-"},
      {R"({"instId":"BTC-USD-250808-60000-P","tdMode":"cross","side":"sell","ordType":"mmp","pxVol":"0.7","sz":"1"})",
       "option sell limit qty=1 quote=- px=- trigger=-"},
      // python-okx sends what it does not use as "" or null.
      {R"({"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"limit","sz":"2","ccy":"","clOrdId":"","tag":"","posSide":"","px":"2.15","reduceOnly":"","tgtCcy":"","stpMode":"","pxUsd":"","pxVol":"","banAmend":"","attachAlgoOrds":null})",
       "spot buy limit qty=2 quote=- px=2.15 trigger=-"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(describe(only_leg("trade/order", row.body)), row.meaning) << row.body;
  }
}

constexpr std::string_view kOrderStart =
    R"({"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"limit","px":"2","sz":"1",)";

TEST(OkxIntents, RefusesWhatIsUnknownRepeatedOrContradictory) {
  const std::string start(kOrderStart);
  const std::pair<std::string, const char*> rows[] = {
      {start + R"("surprise":"1"})", "parameter.unknown"},
      {start + R"("sz":"1000"})", "parameter.repeated"},
      {start + R"("\u0073z":"1000"})", "parameter.repeated"},
      {start + R"("SZ":"1000"})", "parameter.unknown"},
      {start + R"("instIdCode":10458})", "parameter.value"},
      {start + R"("attachAlgoOrds":[{"slTriggerPx":"1","slOrdPx":"-1"}]})", "parameter.value"},
      {start + R"("posSide":"long"})", "parameter.value"},
      {start + R"("reduceOnly":"True"})", "parameter.value"},
      {start + R"("ccy":{"sz":"9"}})", "parameter.unknown"},
      {start + R"("banAmend":["x"]})", "parameter.unknown"},
      {start + R"("tgtCcy":"quote_ccy"})", "parameter.value"},
      {start + R"("tradeQuoteCcy":"EUR"})", "parameter.value"},
      {start + R"("pxUsd":"2"})", "parameter.value"},
      {start + R"("clOrdId":"with-dash"})", "parameter.value"},
      {start + R"("outcome":"yes"})", "parameter.unknown"},
      {R"({"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"limit","sz":"1"})",
       "parameter.missing"},
      {R"({"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"market","px":"1","sz":"1"})",
       "parameter.value"},
      {R"({"instId":"BTC-USDT","tdMode":"cross","side":"buy","ordType":"market","sz":"1","tgtCcy":"base_ccy"})",
       "parameter.value"},
      {R"({"instId":"BTC-USDT","tdMode":"cash","side":"hold","ordType":"limit","px":"1","sz":"1"})",
       "parameter.value"},
      {R"({"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"limit","px":"1e9","sz":"1"})",
       "parameter.value"},
      {R"({"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"limit","px":"1","sz":"-1"})",
       "parameter.value"},
      {R"({"instId":"btc-usdt","tdMode":"cash","side":"buy","ordType":"limit","px":"1","sz":"1"})",
       "parameter.value"},
      {R"({"instId":"BTC-USDT_BTC-USDT-SWAP","tdMode":"cash","side":"buy","ordType":"limit","px":"1","sz":"1"})",
       "parameter.value"},
      {R"({"instId":"BTC-USDT-SWAP","tdMode":"cash","side":"buy","ordType":"limit","px":"1","sz":"1"})",
       "parameter.value"},
      {R"([{"instId":"BTC-USDT"}])", "parameter.value"},
      {"", "parameter.value"},
  };
  for (const auto& [body, code] : rows) EXPECT_EQ(refused("trade/order", body), code) << body;
  HttpRequest split = post("/api/v5/trade/order", start + R"("tag":"x"})");
  ASSERT_TRUE(meaning(split));
  split.has_query = true;
  split.query = "sz=1000";
  EXPECT_EQ(meaning(split).error().code, "parameter.unknown");
}

TEST(OkxIntents, BatchesHaveALegPerOrder) {
  const std::string order = std::string(kOrderStart) + R"("clOrdId":"a1"})";
  const auto batch = meaning("trade/batch-orders", "[" + order + "," + order + "]");
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->legs.size(), 2u);
  EXPECT_FALSE(batch->one_fills);
  EXPECT_EQ(refused("trade/batch-orders", order), "parameter.value");
  EXPECT_EQ(refused("trade/batch-orders", "[]"), "parameter.value");
  std::string many = "[" + order;
  for (int i = 0; i < 20; ++i) many += "," + order;
  EXPECT_EQ(refused("trade/batch-orders", many + "]"), "parameter.value");
  EXPECT_TRUE(only_leg("trade/order-precheck", order).test_only);
}

TEST(OkxIntents, AmendAndCancelNameOneOrder) {
  OrderLeg leg = only_leg("trade/amend-order",
                          R"({"instId":"BTC-USDT","clOrdId":"a1","newSz":"2","newPx":"3"})");
  EXPECT_EQ(leg.action, LegAction::kAmend);
  EXPECT_EQ(leg.client_order_id, "a1");
  EXPECT_EQ(text(leg.quantity) + text(leg.price), "23");
  leg = only_leg("trade/cancel-order", R"({"instId":"BTC-USDT","ordId":"12","clOrdId":"other"})");
  EXPECT_EQ(leg.action, LegAction::kCancel);
  EXPECT_EQ(leg.order_id, "12");
  EXPECT_EQ(leg.client_order_id, "");  // OKX goes by ordId, so ownership must too
  leg = only_leg("trade/cancel-algos", R"([{"instId":"BTC-USDT","algoId":"7"}])");
  EXPECT_EQ(leg.order_id, "7");
  EXPECT_EQ(refused("trade/cancel-order", R"({"instId":"BTC-USDT"})"), "parameter.missing");
  EXPECT_EQ(refused("trade/amend-order", R"({"instId":"BTC-USDT","ordId":"1"})"),
            "parameter.missing");
  EXPECT_EQ(refused("trade/amend-order", R"({"instId":"BTC-USDT","ordId":"1","newPxVol":"1"})"),
            "parameter.value");
  EXPECT_EQ(refused("trade/amend-order",
                    R"({"instId":"BTC-USDT","ordId":"1","newSz":"1","attachAlgoOrds":[{}]})"),
            "parameter.value");
}

// okx-api labels every body that it sends.
TEST(OkxIntents, ATagIsPassedOverEverywhere) {
  for (const auto& [name, body] : std::initializer_list<std::pair<const char*, const char*>>{
           {"trade/cancel-order", R"({"instId":"BTC-USDT","ordId":"1","tag":"t"})"},
           {"trade/amend-order", R"({"instId":"BTC-USDT","ordId":"1","newSz":"2","tag":"t"})"},
           {"account/set-leverage", R"({"instId":"BTC-USDT","lever":"2","tag":"t"})"},
           {"asset/transfer", R"({"ccy":"USDT","amt":"1","from":"6","to":"18","tag":"t"})"}}) {
    EXPECT_EQ(refused(name, body), "accepted") << body;
  }
  EXPECT_EQ(refused("trade/cancel-order", R"({"instId":"BTC-USDT","ordId":"1","tag":{}})"),
            "parameter.unknown");
}

TEST(OkxIntents, ClosePosition) {
  const OrderLeg leg = only_leg(
      "trade/close-position", R"({"instId":"BTC-USDT-SWAP","mgnMode":"cross","posSide":"short"})");
  EXPECT_EQ(describe(leg), "linear buy market qty=- quote=- px=- trigger=- reduces closes");
  EXPECT_EQ(refused("trade/close-position",
                    R"({"instId":"BTC-USDT-SWAP","mgnMode":"cross","autoCxl":true})"),
            "parameter.value");
}

TEST(OkxIntents, AlgoOrders) {
  const std::string spot = R"({"instId":"BTC-USDT","tdMode":"cash","side":"sell","sz":"2",)";
  const std::string swap = R"({"instId":"BTC-USDT-SWAP","tdMode":"cross","side":"buy",)";
  EXPECT_EQ(
      describe(only_leg("trade/order-algo",
                        spot + R"("ordType":"conditional","slTriggerPx":"15","slOrdPx":"14"})")),
      "spot sell stop-limit qty=2 quote=- px=14 trigger=15");
  EXPECT_EQ(describe(only_leg("trade/order-algo",
                              spot + R"("ordType":"trigger","triggerPx":"15","orderPx":"-1"})")),
            "spot sell stop-market qty=2 quote=- px=- trigger=15");
  EXPECT_EQ(
      describe(only_leg("trade/order-algo",
                        swap + R"("sz":"1","ordType":"move_order_stop","callbackRatio":"0.05"})")),
      "linear buy trailing-stop qty=1 quote=- px=- trigger=-");
  EXPECT_EQ(
      describe(only_leg("trade/order-algo",
                        swap + R"("closeFraction":"1","reduceOnly":true,"ordType":"conditional",)"
                               R"("tpTriggerPx":"15","tpOrdPx":"-1"})")),
      "linear buy stop-market qty=- quote=- px=- trigger=15 reduces closes");
  // As ccxt sends it.
  EXPECT_EQ(
      describe(only_leg(
          "trade/order-algo",
          R"({"instId":"BTC-USDT","tdMode":"cash","side":"buy","sz":"2","tgtCcy":"base_ccy",)"
          R"("ordType":"trigger","triggerPx":"15","orderPx":"16","clOrdId":"b1","tag":"b"})")),
      "spot buy stop-limit qty=2 quote=- px=16 trigger=15");
  // Spot market buys of a conditional order count quote currency, as OKX says.
  EXPECT_EQ(describe(only_leg("trade/order-algo",
                              R"({"instId":"BTC-USDT","tdMode":"cash","side":"buy","sz":"2",)"
                              R"("ordType":"conditional","slTriggerPx":"15","slOrdPx":"-1"})")),
            "spot buy stop-market qty=- quote=2 px=- trigger=15");
}

TEST(OkxIntents, TakeProfitAndStopLossAreTwoLegsOfWhichOneFills) {
  const auto intent = meaning(
      "trade/order-algo",
      R"({"instId":"BTC-USDT","tdMode":"cash","side":"sell","sz":"2","ordType":"oco","tpTriggerPx":"20",)"
      R"("tpOrdPx":"19","slTriggerPx":"10","slOrdPx":"-1","algoClOrdId":"x1"})");
  ASSERT_TRUE(intent) << intent.error().message;
  ASSERT_EQ(intent->legs.size(), 2u);
  EXPECT_TRUE(intent->one_fills);
  EXPECT_TRUE(intent->one_order);
  EXPECT_EQ(describe(intent->legs[0]), "spot sell stop-limit qty=2 quote=- px=19 trigger=20");
  EXPECT_EQ(describe(intent->legs[1]), "spot sell stop-market qty=2 quote=- px=- trigger=10");
  for (const OrderLeg& leg : intent->legs) {
    EXPECT_EQ(leg.client_order_id, "x1");
    EXPECT_TRUE(leg.conditional);
  }
}

TEST(OkxIntents, AlgoOrdersThatCannotBeJudgedAreRefused) {
  const std::string spot = R"({"instId":"BTC-USDT","tdMode":"cash","side":"buy","sz":"2",)";
  for (const char* rest :
       {R"("ordType":"twap"})", R"("ordType":"smart_iceberg"})", R"("ordType":"iceberg"})",
        R"("ordType":"chase"})", R"("ordType":"oco","slTriggerPx":"1","slOrdPx":"1"})",
        R"("ordType":"conditional","slTriggerPx":"1"})",
        R"("ordType":"conditional","slTriggerPx":"1","slOrdPx":"-2"})",
        R"("ordType":"conditional","slTriggerPx":"1","slOrdPx":"1","tpOrdKind":"limit"})",
        R"("ordType":"trigger","triggerPx":"15","orderPx":"-1"})",
        R"("ordType":"trigger","triggerPx":"15","orderPx":"1","advanceOrdType":"chase"})",
        R"("ordType":"trigger","triggerPx":"15","orderPx":"1","slTriggerPx":"1"})",
        R"("ordType":"conditional","closeFraction":"1","slTriggerPx":"1","slOrdPx":"-1"})"}) {
    EXPECT_NE(refused("trade/order-algo", spot + rest), "accepted") << rest;
  }
  EXPECT_NE(refused("trade/amend-algos", R"({"instId":"BTC-USDT","algoId":"1","newSlOrdPx":"-1"})"),
            "accepted");
  const OrderLeg amend = only_leg(
      "trade/amend-algos",
      R"({"instId":"BTC-USDT","algoId":"1","newSz":"3","newTriggerPx":"5","newOrdPx":"6"})");
  EXPECT_EQ(text(amend.quantity) + text(amend.trigger_price) + text(amend.price), "356");
  EXPECT_TRUE(amend.conditional);
}

TEST(OkxIntents, WholeAccountActs) {
  EXPECT_EQ(meaning("trade/cancel-all-after", R"({"timeOut":"30"})")->act, Act::kCancelAll);
  EXPECT_EQ(
      meaning("trade/mass-cancel", R"({"instType":"OPTION","instFamily":"BTC-USD"})")->product,
      Product::kOption);
  const auto leverage = meaning("account/set-leverage",
                                R"({"instId":"BTC-USDT-SWAP","lever":"5","mgnMode":"cross"})");
  EXPECT_EQ(leverage->act, Act::kAccountSetting);
  EXPECT_EQ(leverage->scope, Scope::kTrade);
  EXPECT_EQ(leverage->instrument, "BTC-USDT-SWAP");
  EXPECT_EQ(meaning("account/set-position-mode", R"({"posMode":"net_mode"})")->scope,
            Scope::kAccount);
  EXPECT_EQ(refused("account/set-leverage", R"({"lever":"5","x":"1"})"), "parameter.unknown");
}

TEST(OkxIntents, Transfers) {
  const std::string start = R"({"ccy":"USDT","amt":"1.5","from":"6","to":"18")";
  auto intent = meaning("asset/transfer", start + "}");
  ASSERT_TRUE(intent);
  EXPECT_EQ(intent->act, Act::kTransfer);
  EXPECT_EQ(intent->summary, "transfer 1.5 USDT from funding to trading");
  EXPECT_FALSE(intent->transfer->leaves_account);
  intent = meaning("asset/transfer", start + R"(,"type":"4","subAcct":"mini"})");
  EXPECT_TRUE(intent->transfer->leaves_account);
  EXPECT_EQ(intent->transfer->to_account, "mini");
  EXPECT_TRUE(meaning("asset/transfer", start + R"(,"type":"3"})")->transfer->leaves_account);
  intent =
      meaning("asset/subaccount/transfer", start + R"(,"fromSubAccount":"a","toSubAccount":"b"})");
  EXPECT_TRUE(intent->transfer->leaves_account);
  EXPECT_EQ(intent->transfer->from_account, "a");
  for (const char* rest :
       {R"(,"subAcct":"mini"})", R"(,"type":"1"})", R"(,"type":"9"})", R"(,"loanTrans":true})",
        R"(,"omitPosRisk":"true"})", R"(,"toInstId":"BTC-USDT"})"}) {
    EXPECT_NE(refused("asset/transfer", start + rest), "accepted") << rest;
  }
}

TEST(OkxIntents, Withdrawals) {
  const auto intent =
      meaning("asset/withdrawal",
              R"({"ccy":"XRP","amt":"10","dest":"4","toAddr":"rAddress:1234","chain":"XRP-Ripple",)"
              R"("fee":"0.1","clientId":"w1"})");
  ASSERT_TRUE(intent) << intent.error().message;
  EXPECT_EQ(intent->scope, Scope::kWithdraw);
  EXPECT_EQ(intent->withdrawal->address, "rAddress");
  EXPECT_EQ(intent->withdrawal->tag, "1234");
  EXPECT_EQ(intent->withdrawal->network, "XRP-Ripple");
  EXPECT_FALSE(intent->withdrawal->internal);
  const auto own_colon =
      meaning("asset/withdrawal",
              R"({"ccy":"BCH","amt":"1","dest":"4","toAddr":"bitcoincash:qpm2","chain":"B",)"
              R"("rcvrInfo":{"walletType":"private"}})");
  ASSERT_TRUE(own_colon) << own_colon.error().message;
  EXPECT_EQ(own_colon->withdrawal->address, "bitcoincash:qpm2");
  EXPECT_EQ(own_colon->withdrawal->tag, "");
  EXPECT_EQ(own_colon->withdrawal->receiver, R"({"rcvrInfo":{"walletType":"private"}})");
  EXPECT_EQ(refused("asset/withdrawal",
                    R"({"ccy":"A","amt":"1","dest":"4","toAddr":"x","rcvrInfo":[1]})"),
            "parameter.value");
  const auto internal = meaning(
      "asset/withdrawal", R"({"ccy":"USDT","amt":"1","dest":"3","toAddr":"123","toAddrType":"2"})");
  EXPECT_TRUE(internal->withdrawal->internal);
  EXPECT_EQ(internal->withdrawal->network, "OKX user id");
  EXPECT_EQ(refused("asset/withdrawal", R"({"ccy":"USDT","amt":"1","dest":"5","toAddr":"x"})"),
            "parameter.value");
  EXPECT_EQ(refused("asset/withdrawal", R"({"ccy":"USDT","amt":"1","dest":"4"})"),
            "parameter.missing");
  EXPECT_EQ(meaning("asset/cancel-withdrawal", R"({"wdId":"1"})")->scope, Scope::kWithdraw);
  const auto fiat =
      meaning("fiat/create-withdrawal",
              R"({"ccy":"EUR","amt":"5","paymentAcctId":"9","paymentMethod":"SEPA"})");
  EXPECT_EQ(fiat->summary, "withdraw 5 EUR to 9 on SEPA");
}

TEST(OkxIntents, KeysOfSubAccounts) {
  const auto intent =
      meaning("users/subaccount/apikey",
              R"({"subAcct":"mini","label":"x","passphrase":"P4ss-word!","perm":"trade","ip":""})");
  ASSERT_TRUE(intent) << intent.error().message;
  EXPECT_EQ(intent->act, Act::kKeyAdmin);
  EXPECT_EQ(intent->scope, Scope::kAccount);
  EXPECT_EQ(intent->summary, "key-admin: POST /api/v5/users/subaccount/apikey");
  EXPECT_EQ(refused("users/subaccount/delete-apikey", R"({"subAcct":"a","apiKey":"b","x":"1"})"),
            "parameter.unknown");
}

TEST(OkxIntents, ReadsAreNotJudged) {
  const auto intent = meaning(get("/api/v5/trade/orders-pending?anything=1&anything=2"));
  ASSERT_TRUE(intent);
  EXPECT_EQ(intent->act, Act::kRead);
  EXPECT_EQ(intent->scope, Scope::kRead);
}

}  // namespace
}  // namespace keystile::exchanges::okx
