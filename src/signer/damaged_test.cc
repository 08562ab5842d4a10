// A realm that is started on a damaged ledger.
#include "ledger/tiles.h"
#include "signer/signer_for_test.h"

namespace keystile::signer {
namespace {

class DamagedRealm : public SignerTest {
 protected:
  // Stops, and changes a byte of the entry that holds all of these.
  void spoil(std::initializer_list<std::string_view> parts) {
    stop();
    for (const auto& each :
         fs::recursive_directory_iterator(Layout(root_).ledger() + "/tile/entries")) {
      if (!each.is_regular_file()) continue;
      file_ = each.path();
      kept_ = read_file(file_).value();
      const auto entries = ledger::split_bundle(kept_).value();
      for (const std::string_view entry : entries) {
        const bool is_it = std::all_of(parts.begin(), parts.end(), [&](std::string_view part) {
          return entry.find(part) != entry.npos;
        });
        if (!is_it) continue;
        std::string bytes = kept_;
        bytes[static_cast<size_t>(entry.data() - kept_.data()) + entry.find(*parts.begin())] ^= 1;
        write(file_, bytes);
        return;
      }
    }
    FAIL() << "there is no such entry";
  }
  void mend() {
    stop();
    write(file_, kept_);
    open();
    start();
  }

  std::string read_verdict() {
    return verdict(inbound("GET", "/v5/order/realtime", "category=spot&symbol=BTCUSDT", ""));
  }
  std::string read_verdict_of_other() {
    return verdict(inbound("GET", "/v5/order/realtime", "category=spot&symbol=BTCUSDT", "",
                           "virtualKEYofOTH002", kOtherSecret));
  }
  std::string cancel(std::string_view link) {
    return verdict(inbound(
        "POST", "/v5/order/cancel", "",
        R"({"category":"spot","symbol":"BTCUSDT","orderLinkId":")" + std::string(link) + "\"}"));
  }
  std::string adopt_error() {
    const auto adopted = signer_->control(json::object({{"do", "adopt"}, {"by", "test"}}));
    return adopted ? "" : adopted.error().code;
  }
  std::string message(Inbound request) {
    return std::get<Answer>(signer_->begin(std::move(request))).response.body;
  }

  std::string file_, kept_;
};

TEST_F(DamagedRealm, OnlyWhatMakesSaferGoesOnUntilItIsMended) {
  ASSERT_EQ(verdict(order("0.001", "lost")), "forwarded");
  ASSERT_EQ(verdict(order("0.001", "resting")), "forwarded");
  spoil({"\"client_order_id\":\"lost\"", "\"type\":\"request\""});
  open();
  start();
  ASSERT_FALSE(realm_->whole());
  EXPECT_TRUE(realm_->policy_is_known()) << "a later request tells it";
  EXPECT_EQ(verdict(order("0.001", "no")), "ledger.damaged");
  EXPECT_NE(message(order("0.001", "why")).find("is lost: tile/entries/000.p/"), std::string::npos);
  EXPECT_EQ(read_verdict(), "forwarded");
  EXPECT_EQ(read_verdict_of_other(), "ledger.damaged") << "it may have been frozen since";
  EXPECT_EQ(cancel("lost"), "order.not_own") << "whose it was is not known any more";
  EXPECT_EQ(cancel("resting"), "forwarded");
  EXPECT_EQ(adopt_error(), "ledger.damaged");
  EXPECT_EQ(signer_->control(json::object({{"do", "proposal.list"}})).error().code,
            "ledger.damaged");
  const json::Array missing = signer_->missing();
  ASSERT_EQ(missing.size(), 1u);
  EXPECT_NE(missing[0].text("reason").find("is lost"), std::string::npos);
  EXPECT_EQ(measured("keystile_ledger_writable"), "0");

  restart();
  EXPECT_EQ(verdict(order("0.001", "no")), "ledger.damaged");
  mend();
  EXPECT_TRUE(realm_->whole());
  EXPECT_EQ(verdict(order("0.001", "again")), "forwarded");
  EXPECT_EQ(cancel("lost"), "forwarded");
  size_t cancels = 0, lost = 0;
  for (const json::Value& entry : entries()) {
    const std::string text = json::dump(entry);
    cancels +=
        text.find("\"action\":\"cancel\"") != text.npos && text.find("\"resting\"") != text.npos;
    lost += text.find("\"no\"") != text.npos && entry.text("type") == "request";
  }
  EXPECT_EQ(cancels, 1u) << "what was recorded meanwhile stands in the ledger";
  EXPECT_EQ(lost, 0u);
  EXPECT_EQ(adopt_error(), "");
}

TEST_F(DamagedRealm, AClientThatPerhapsWasRevokedComesBackWithNothing) {
  ASSERT_EQ(verdict(order("0.001", "before")), "forwarded");
  std::string narrower = kPolicy;
  narrower.replace(narrower.find("name = \"other\""), 14, "name = \"other\"\nrevoked = true");
  write(Layout(root_).policy() + "/desk.toml", narrower);
  ASSERT_EQ(adopt_error(), "");
  ASSERT_EQ(verdict(order("0.001", "after")), "forwarded");
  spoil({"\"type\":\"policy.adopted\"", "\"version\":2"});
  open();
  start();
  EXPECT_EQ(realm_->policy_version(), 1u);
  EXPECT_FALSE(realm_->policy_is_known());
  EXPECT_EQ(read_verdict_of_other(), "ledger.damaged");
  EXPECT_EQ(read_verdict(), "ledger.damaged");
  EXPECT_EQ(cancel("before"), "ledger.damaged");
  // What a gate says of itself meanwhile tells nobody anything: not even where it says a version.
  ASSERT_TRUE(realm_->record(json::object({{"type", "gate.stopped"}, {"policy", 1}}),
                             ledger::Priority::kReserve));
  restart();
  EXPECT_EQ(read_verdict(), "ledger.damaged");
  EXPECT_EQ(read_verdict_of_other(), "ledger.damaged");
  mend();
  EXPECT_EQ(realm_->policy_version(), 2u);
  EXPECT_EQ(read_verdict(), "forwarded");
  EXPECT_EQ(read_verdict_of_other(), "client.revoked");
}

TEST_F(DamagedRealm, WithoutALaterWordTheLastPolicyIsNotBelieved) {
  ASSERT_EQ(verdict(order("0.001", "last")), "forwarded");
  spoil({"\"client_order_id\":\"last\"", "\"type\":\"request\""});
  open();
  start();
  EXPECT_EQ(read_verdict(), "ledger.damaged");
  mend();
  EXPECT_EQ(read_verdict(), "forwarded");
}

// An adoption supersedes whatever was before it.
TEST_F(DamagedRealm, WhatIsLostBeforeTheLastAdoptionLeavesNoDoubt) {
  ASSERT_EQ(verdict(order("0.001", "early")), "forwarded");
  write(Layout(root_).policy() + "/desk.toml", std::string(kPolicy) + "\n");
  ASSERT_EQ(adopt_error(), "");
  ASSERT_EQ(read_verdict(), "forwarded");
  spoil({"\"client_order_id\":\"early\"", "\"type\":\"request\""});
  open();
  start();
  EXPECT_EQ(read_verdict(), "forwarded");
  EXPECT_EQ(verdict(order("0.001", "no")), "ledger.damaged");
}

TEST_F(DamagedRealm, AClientThatPerhapsWasFrozenComesBackWithNothing) {
  ASSERT_EQ(read_verdict_of_other(), "forwarded");
  const auto freeze = [&] {
    return signer_->control(json::object(
        {{"do", "freeze"}, {"target", "client other"}, {"reason", "leaked"}, {"by", "test"}}));
  };
  const auto unfreeze = [&] {
    return signer_->control(
        json::object({{"do", "unfreeze"}, {"id", 1}, {"reason", "mended"}, {"by", "test"}}));
  };
  ASSERT_TRUE(freeze());
  ASSERT_EQ(read_verdict(), "forwarded");
  spoil({"\"leaked\""});
  open();
  start();
  EXPECT_EQ(read_verdict(), "forwarded");
  EXPECT_EQ(read_verdict_of_other(), "ledger.damaged");
  EXPECT_EQ(freeze().error().code, "ledger.damaged");
  EXPECT_EQ(unfreeze().error().code, "ledger.damaged");
  mend();
  EXPECT_EQ(read_verdict_of_other(), "client.frozen");
}

// Frozen, let go and frozen again, with the lifting lost: the last one stops it all the same.
TEST_F(DamagedRealm, AFreezeBehindAGapIsTakenInThoughItDoesNotFollow) {
  const auto freeze = [&](const char* reason) {
    return signer_->control(json::object(
        {{"do", "freeze"}, {"target", "client other"}, {"reason", reason}, {"by", "test"}}));
  };
  ASSERT_TRUE(freeze("first"));
  const auto lifted = signer_->control(
      json::object({{"do", "unfreeze"}, {"id", 1}, {"reason", "mended"}, {"by", "test"}}));
  ASSERT_TRUE(lifted) << lifted.error().message;
  ASSERT_EQ(read_verdict_of_other(), "forwarded");
  ASSERT_TRUE(freeze("second"));
  ASSERT_EQ(read_verdict(), "forwarded");
  spoil({"\"mended\""});
  open();
  start();
  EXPECT_EQ(read_verdict_of_other(), "client.frozen");
  EXPECT_EQ(read_verdict(), "forwarded");
  mend();
  EXPECT_EQ(read_verdict_of_other(), "client.frozen");
}

}  // namespace
}  // namespace keystile::signer
