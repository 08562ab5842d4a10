#include "sandbox/funding.h"

#include <gtest/gtest.h>

#include "sandbox/money.h"
#include "sandbox/venue_world_for_test.h"

namespace keystile::sandbox {
namespace {

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

}  // namespace
}  // namespace keystile::sandbox
