// The signer on a disk that fails: nothing is forwarded without its entry, whatever call fails; and
// on a full one what makes things safer goes on.
#include <gtest/gtest.h>

#include <cerrno>
#include <set>

#include "signer/signer_for_test.h"

namespace keystile::signer {
namespace {

// Fails one call after another, or refuses all that needs space.
class FailingDisk final : public ledger::Disk {
 public:
  int open(const std::string& path, int flags) override {
    return fails() ? -1 : Disk::open(path, flags);
  }
  ssize_t write(int fd, std::string_view bytes) override {
    if (fails()) return -1;
    if (!full) return Disk::write(fd, bytes);
    if (bytes.size() > kept) {
      errno = ENOSPC;
      return -1;
    }
    kept -= bytes.size();
    return Disk::write(fd, bytes);
  }
  int sync(int) override { return fails() ? -1 : 0; }
  int allocate(int fd, uint64_t bytes) override {
    if (fails() || full) return full ? ENOSPC : errno;
    return Disk::allocate(fd, bytes);
  }
  int truncate(int fd, uint64_t bytes) override { return fails() ? -1 : Disk::truncate(fd, bytes); }
  int rename(const std::string& from, const std::string& to) override {
    return fails() ? -1 : Disk::rename(from, to);
  }
  // What is given up is what there is to write with.
  int remove(const std::string& path) override {
    if (fails()) return -1;
    std::error_code gone;
    const uint64_t bytes = full ? fs::file_size(path, gone) : 0;
    if (full && !gone) kept += bytes;
    return Disk::remove(path);
  }

  std::atomic<uint64_t> calls{0}, failing{UINT64_MAX};
  std::atomic<bool> full{false};
  std::atomic<uint64_t> kept{0};

 private:
  bool fails() {
    if (calls++ != failing) return false;
    errno = EIO;
    return true;
  }
};

class LedgerFaults : public SignerTest {
 protected:
  void SetUp() override {
    disk_ = &failing_;
    SignerTest::SetUp();
  }
  std::string cancel(std::string_view link) {
    return verdict(inbound(
        "POST", "/v5/order/cancel", "",
        R"({"category":"spot","symbol":"BTCUSDT","orderLinkId":")" + std::string(link) + "\"}"));
  }
  // One that never rests, so that the number of open orders is no limit.
  std::string market_order(std::string_view link) {
    return verdict(
        inbound("POST", "/v5/order/create", "",
                R"({"category":"spot","symbol":"BTCUSDT","side":"Sell","orderType":"Market",)"
                R"("marketUnit":"baseCoin","qty":"0.0001","orderLinkId":")" +
                    std::string(link) + "\"}"));
  }
  std::multiset<std::string> recorded_orders() {
    std::multiset<std::string> out;
    for (const json::Value& entry : entries()) {
      const json::Value* legs = entry.find("legs");
      if (entry.text("type") != "request" || !legs) continue;
      for (const json::Value& leg : *legs->if_array())
        out.insert(std::string(leg.text("action")) + " " +
                   std::string(leg.text("client_order_id")));
    }
    return out;
  }
  FailingDisk failing_;
};

TEST_F(LedgerFaults, NoFailingCallEndsInAForwardWithoutItsEntry) {
  int number = 0, refused = 0;
  std::multiset<std::string> forwarded;
  ASSERT_EQ(verdict(order("0.0001", "resting")), "forwarded");
  for (uint64_t ahead = 0; ahead < 60; ++ahead) {  // each round fails a later call than the last
    failing_.failing = failing_.calls + ahead;
    for (int i = 0; i < 3; ++i) {
      const std::string link = "o" + std::to_string(++number);
      for (const auto& [what, met] :
           {std::pair("place " + link, market_order(link)),
            std::pair(std::string("cancel resting"), cancel("resting"))}) {
        if (met == "forwarded") {
          forwarded.insert(what);
        } else {
          EXPECT_TRUE(met.starts_with("ledger.")) << met;
          ++refused;
        }
      }
      clock_.advance(Millis{100});
      answer_errands();
    }
    failing_.failing = UINT64_MAX;
    for (int tries = 0; tries < 20 && !realm_->ledger().sync(); ++tries) {
    }
    ASSERT_TRUE(realm_->ledger().condition()) << ahead;  // it goes on without a restart
  }
  EXPECT_GT(refused, 0);
  EXPECT_GT(forwarded.size(), 100u);
  const auto recorded = recorded_orders();
  for (const std::string& one : forwarded)
    EXPECT_GE(recorded.count(one), forwarded.count(one)) << one;
  restart();
  EXPECT_EQ(recorded_orders(), recorded);
}

TEST_F(LedgerFaults, OnAFullDiskCancelsAndReducingOrdersGoOnAndNothingElse) {
  ASSERT_EQ(verdict(order("0.001", "resting")), "forwarded");
  ASSERT_TRUE(realm_->ledger().sync());
  failing_.full = true;
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(verdict(order("0.001", "no" + std::to_string(i))), "ledger.full");
  EXPECT_EQ(cancel("resting"), "forwarded");
  EXPECT_EQ(verdict(order("0.001", "still-not")), "ledger.full");
  const auto recorded = recorded_orders();
  EXPECT_TRUE(recorded.contains("cancel resting"));
  EXPECT_FALSE(recorded.contains("place no0"));
  failing_.full = false;
  ASSERT_TRUE(realm_->ledger().sync());
  EXPECT_EQ(verdict(order("0.001", "again")), "forwarded");
}

TEST_F(LedgerFaults, AClientIsRevokedOnAFullDiskAndNothingIsWidened) {
  failing_.full = true;
  std::string wider = kPolicy, narrower = kPolicy;
  wider.replace(wider.find("max_order_notional = \"1000\""), 27, "max_order_notional = \"2000\"");
  narrower.replace(narrower.find("name = \"bot\""), 12, "name = \"bot\"\nrevoked = true");
  const auto adopt = [&](const std::string& policy) {
    write(Layout(root_).policy() + "/desk.toml", policy);
    return signer_->control(json::object({{"do", "adopt"}, {"by", "test"}}));
  };
  EXPECT_EQ(adopt(wider).error().code, "ledger.full");
  const auto adopted = adopt(narrower);
  ASSERT_TRUE(adopted) << adopted.error().message;
  EXPECT_NE(verdict(order("0.001", "late")), "forwarded");
  failing_.full = false;
  restart();
  EXPECT_NE(verdict(order("0.001", "later")), "forwarded");
  EXPECT_EQ(realm_->policy_version(), 2u);
}

TEST_F(LedgerFaults, AJournalThatWasDeletedStopsOrdersAndStandsInTheLedger) {
  ASSERT_EQ(verdict(order("0.001", "resting")), "forwarded");
  fs::remove(Layout(root_).ledger() + "/journal");
  (void)realm_->ledger().sync();
  answer_errands();
  EXPECT_EQ(verdict(order("0.001", "no")), "ledger.damaged");
  EXPECT_EQ(cancel("resting"), "forwarded");
  EXPECT_EQ(verdict(inbound("GET", "/v5/order/realtime", "category=spot&symbol=BTCUSDT", "")),
            "forwarded");
  const auto mended = signer_->control(json::object({{"do", "ledger.mend"}}));
  ASSERT_TRUE(mended) << mended.error().message;
  answer_errands();
  EXPECT_EQ(verdict(order("0.001", "again")), "forwarded");
  std::vector<std::string> types;
  for (const json::Value& entry : entries()) types.emplace_back(entry.text("type"));
  EXPECT_EQ(std::count(types.begin(), types.end(), "ledger.stopped"), 1);
  EXPECT_EQ(std::count(types.begin(), types.end(), "ledger.resumed"), 1);
}

}  // namespace
}  // namespace keystile::signer
