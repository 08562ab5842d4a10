#include <gtest/gtest.h>

#include "sandbox/bybit/client_for_test.h"

namespace keystile::sandbox::bybit {
namespace {

std::string code(const json::Value& body) { return std::string(body.text("retCode")); }

std::string uid(World& world, std::string_view name) {
  return std::to_string(number(world.venue().accounts().find_name(name)->id));
}

std::string transfer_body(std::string_view id, std::string_view more) {
  return R"({"transferId":")" + std::string(id) + R"(","coin":"USDT","amount":"5",)" +
         std::string(more) + "}";
}

TEST(BybitFunds, TransfersBetweenWallets) {
  World world;
  constexpr const char* kPath = "/v5/asset/transfer/inter-transfer";
  const std::string body =
      transfer_body("t-1", R"("fromAccountType":"UNIFIED","toAccountType":"FUND")");
  const json::Value done = world.post(kPath, body);
  EXPECT_EQ(done.find("result")->text("status"), "SUCCESS");
  EXPECT_EQ(code(world.post(kPath, body)), "131214");
  const json::Value list = world.get("/v5/asset/transfer/query-inter-transfer-list", "coin=USDT");
  ASSERT_EQ(rows_of(list).size(), 1u);
  EXPECT_EQ(rows_of(list)[0].text("toAccountType"), "FUND");
  EXPECT_EQ(code(world.post(kPath, transfer_body("t-2", R"("fromAccountType":"SPOT",)"
                                                        R"("toAccountType":"FUND")"))),
            "131002");
}

// A sub-account's key may only send to its master; a master's moves everything of the family.
TEST(BybitFunds, TransfersBetweenAccounts) {
  World world;
  const auto move = [&](const std::string& key, const char* id, std::string_view from,
                        std::string_view to) {
    return code(world.ask(key, "POST", "/v5/asset/transfer/universal-transfer",
                          transfer_body(id, "\"fromMemberId\":" + uid(world, from) +
                                                ",\"toMemberId\":" + uid(world, to) +
                                                R"(,"fromAccountType":"UNIFIED",)"
                                                R"("toAccountType":"UNIFIED")")));
  };
  EXPECT_EQ(move("subKey", "u-1", "sub", "master"), "0");
  EXPECT_EQ(move("subKey", "u-2", "master", "sub"), "131208");
  EXPECT_EQ(move("fullKey", "u-3", "master", "sub"), "0");
  EXPECT_EQ(move("fullKey", "u-4", "master", "other"), "131208");
  EXPECT_EQ(move("fullKey", "u-5", "other", "master"), "131208");
  EXPECT_EQ(
      rows_of(world.get("/v5/asset/transfer/query-universal-transfer-list", "coin=USDT")).size(),
      2u);
}

TEST(BybitFunds, AWithdrawalGoesItsWay) {
  World world;
  const json::Value address =
      world.get("/v5/asset/deposit/query-address", "coin=USDT&chainType=TRX");
  const std::string to(
      (*address.find("result")->find("chains")->if_array())[0].text("addressDeposit"));
  const json::Value made =
      world.post("/v5/asset/withdraw/create", R"({"coin":"USDT","chain":"TRX","address":")" + to +
                                                  R"(","amount":"50","timestamp":1700000000000,)"
                                                  R"("accountType":"FUND","requestId":"r1"})");
  ASSERT_EQ(code(made), "0") << json::dump(made);
  const auto status = [&] {
    return std::string(
        rows_of(world.get("/v5/asset/withdraw/query-record", "coin=USDT"), "rows")[0].text(
            "status"));
  };
  EXPECT_EQ(status(), "Pending");
  world.pass(Millis{60'000});
  EXPECT_EQ(status(), "success");
  const std::string id(made.find("result")->text("id"));
  const json::Value late = world.post("/v5/asset/withdraw/cancel", R"({"id":")" + id + "\"}");
  EXPECT_EQ(late.find("result")->text("status"), "0");
}

TEST(BybitFunds, AWithdrawalCanBeRefusedAndCancelled) {
  World world;
  const auto withdraw = [&](std::string_view more) {
    return world.post("/v5/asset/withdraw/create",
                      R"({"coin":"ETH","chain":"ETH","timestamp":1700000000000,)"
                      R"("address":"0x00000000219ab540356cbb839cbe05303d7705fa",)" +
                          std::string(more) + "}");
  };
  EXPECT_EQ(code(withdraw(R"("amount":"900","accountType":"FUND")")), "131212");
  EXPECT_EQ(code(withdraw(R"("amount":"1","accountType":"CARD")")), "131002");
  EXPECT_EQ(code(withdraw(R"("amount":"1","accountType":"FUND","forceChain":2)")), "131002");
  const json::Value made = withdraw(R"("amount":"1","accountType":"FUND,UTA")");
  ASSERT_EQ(code(made), "0") << json::dump(made);
  const std::string id(made.find("result")->text("id"));
  const json::Value done = world.post("/v5/asset/withdraw/cancel", R"({"id":")" + id + "\"}");
  EXPECT_EQ(done.find("result")->text("status"), "1");
}

TEST(BybitFunds, CoinsAndBalances) {
  World world;
  const json::Value coins = world.get("/v5/asset/coin/query-info", "coin=USDT");
  ASSERT_EQ(rows_of(coins, "rows").size(), 1u);
  EXPECT_EQ(rows_of(coins, "rows")[0].find("chains")->if_array()->size(), 2u);
  const json::Value wallet =
      world.get("/v5/account/wallet-balance", "accountType=UNIFIED&coin=BTC,USDT");
  EXPECT_EQ(rows_of(wallet)[0].find("coin")->if_array()->size(), 2u);
  EXPECT_EQ(code(world.get("/v5/account/wallet-balance", "accountType=SPOT")), "10001");
}

}  // namespace
}  // namespace keystile::sandbox::bybit
