#include "store/proposal_history.h"

#include <gtest/gtest.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <filesystem>
#include <fstream>

#include "base/temp_folder_for_test.h"
#include "ledger/ledger.h"
#include "quorum/approvers_for_test.h"
#include "quorum/events.h"
#include "quorum/proposals_for_test.h"

namespace keystile::store {
namespace {

namespace fs = std::filesystem;
using quorum::Decision;
using quorum::State;

const quorum::KeyForTest kAlice{"alice"};

class ProposalHistoryTest : public ::testing::Test {
 protected:
  void SetUp() override { make_ledger(folder_); }

  void make_ledger(const std::string& folder) {
    ledger_.reset();
    fs::create_directories(folder);
    ledger::Ledger::Options options;
    options.folder = folder;
    options.origin = "keystile/desk";
    key_ = crypto::SigningKey::open(
        crypto::KeyAlgorithm::kEd25519,
        crypto::generate_key_pair(crypto::KeyAlgorithm::kEd25519)->private_pem);
    ASSERT_TRUE(ledger::Ledger::create(options, *key_, system_clock()));
    auto opened = ledger::Ledger::open(options, *key_, system_clock());
    ASSERT_TRUE(opened) << opened.error().message;
    ledger_ = std::move(*opened);
  }

  void write(const json::Value& entry) {
    ASSERT_TRUE(ledger_->append(entry, ledger::Priority::kOrdinary));
  }
  void write(const quorum::Event& event) { write(to_json(event)); }
  void step(uint64_t id, State to, std::string detail = "") {
    const bool timed = to == State::kHeld || to == State::kExecuting;
    const quorum::Clocks clocks{system_clock().wall(), {}};
    write(quorum::Step{id, to, std::move(detail), timed ? std::optional(clocks) : std::nullopt});
  }
  // A withdrawal that is done, a transfer, and something else in between.
  void write_some() {
    quorum::Proposal withdrawal = quorum::proposal_of(quorum::a_withdrawal());
    withdrawal.id = 1;
    write(quorum::Proposed{withdrawal});
    write(quorum::Signed{1, Decision::kApprove, kAlice.sign(withdrawal).signature});
    write(json::object({{"type", "gate.started"}}));
    step(1, State::kExecuting);
    step(1, State::kDone, "exchange id W7; confirmed");
    quorum::Proposal transfer = quorum::proposal_of(quorum::a_transfer());
    transfer.id = 2;
    transfer.created += std::chrono::hours{1};
    write(quorum::Proposed{transfer});
  }

  // "id action state amount…" of each row; "REBUILT: why" before them.
  std::string shown(const HistoryFilter& filter = {}) {
    const auto history = ProposalHistory::open(file_, folder_);
    if (!history) return history.error().message;
    std::string text = history->rebuilt().empty() ? "" : "REBUILT\n";
    const auto rows = history->find(filter);
    if (!rows) return rows.error().message;
    for (const HistoryRow& row : *rows) {
      text += std::to_string(row.id) + " " + row.action + " " + row.state + " " + row.amount + " " +
              row.asset + " to " + row.to + "\n";
    }
    return text;
  }
  void edit(const std::string& sql) { soci::session(soci::sqlite3, "dbname=" + file_) << sql; }

  TempFolder temp_;
  std::string folder_ = temp_.path() + "/ledger", file_ = temp_.path() + "/proposals.db";
  Result<crypto::SigningKey> key_ = fail("test", "not made yet");
  std::unique_ptr<ledger::Ledger> ledger_;
};

constexpr const char* kSome =
    "1 withdraw done 1500.25 USDT to cold-wallet\n"
    "2 transfer proposed 0.5 BTC to funding of storage-1\n";

TEST_F(ProposalHistoryTest, HasARowForEachProposalAsItStands) {
  EXPECT_EQ(shown(), "");
  write_some();
  EXPECT_EQ(shown(), kSome);
  const auto history = ProposalHistory::open(file_, folder_);
  const HistoryRow row = history->find({})->front();
  EXPECT_EQ(row.account, "binance-main");
  EXPECT_EQ(row.value + " " + row.currency, "1500.25 USD");
  EXPECT_EQ(row.asked_by, "client payouts");
  EXPECT_EQ(row.exchange_id, "W7");
  EXPECT_EQ(row.detail, "exchange id W7; confirmed");
  EXPECT_EQ(row.created, "2026-11-21T06:30:00.123Z");
  EXPECT_NE(row.updated, "");
  step(2, State::kCancelled, "by client payouts");
  EXPECT_EQ(ProposalHistory::open(file_, folder_)->find({})->back().state, "cancelled");
  EXPECT_EQ(history->rebuilt(), "");
}

TEST_F(ProposalHistoryTest, IsSearchedByAnyOfItsFacts) {
  write_some();
  const std::string both = kSome, first = both.substr(0, both.find('\n') + 1),
                    second = both.substr(first.size());
  HistoryFilter filter;
  filter.asset = "BTC";
  EXPECT_EQ(shown(filter), second);
  filter.account = "binance-main";
  EXPECT_EQ(shown(filter), "");
  filter = {};
  filter.state = "done";
  filter.action = "withdraw";
  EXPECT_EQ(shown(filter), first);
  filter = {};
  filter.since = parse_iso8601("2026-11-21T07:30:00.123Z").value();
  EXPECT_EQ(shown(filter), second);
  filter.until = filter.since;
  filter.since.reset();
  EXPECT_EQ(shown(filter), first);
  filter.asset = "' OR 1 = 1 --";
  EXPECT_EQ(shown(filter), "");
}

TEST_F(ProposalHistoryTest, WhatSomebodyEditedIsMadeAnew) {
  write_some();
  ASSERT_EQ(shown(), kSome);
  for (const char* sql :
       {"UPDATE proposal SET amount = '1' WHERE id = 1", "UPDATE step SET detail = 'x'",
        "UPDATE proposal SET state = 'done' WHERE id = 2", "DELETE FROM proposal WHERE id = 2",
        "DELETE FROM step", "UPDATE meta SET value = '0' WHERE name = 'size'",
        "UPDATE meta SET value = 'x' WHERE name = 'last'", "DELETE FROM meta",
        "UPDATE proposal SET amount = 1 WHERE id = 1", "DROP TABLE step", "DROP TABLE meta",
        ("INSERT INTO proposal SELECT 3, created, updated, action, state, account, asset, amount, "
         "value, currency, receiver, asked_by, exchange_id, detail, digest FROM proposal WHERE "
         "id = 1")}) {
    edit(sql);
    EXPECT_EQ(shown(), "REBUILT\n" + std::string(kSome)) << sql;
    EXPECT_EQ(shown(), kSome) << sql;
  }
}

TEST_F(ProposalHistoryTest, WhatIsDamagedOrLostIsMadeAnew) {
  write_some();
  ASSERT_EQ(shown(), kSome);
  fs::resize_file(file_, fs::file_size(file_) / 2);
  EXPECT_EQ(shown(), "REBUILT\n" + std::string(kSome));
  std::ofstream(file_) << "this is no database, and longer than its magic number";
  EXPECT_EQ(shown(), "REBUILT\n" + std::string(kSome));
  fs::remove(file_);
  EXPECT_EQ(shown(), kSome);
  EXPECT_EQ(fs::status(file_).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(ProposalHistoryTest, WhatIsOfAnotherLedgerIsMadeAnew) {
  write_some();
  ASSERT_EQ(shown(), kSome);
  folder_ += "-2";
  make_ledger(folder_);
  EXPECT_EQ(shown(), "REBUILT\n");
  EXPECT_EQ(shown(), "");
}

// As after a loss of power: the ledger lost its last entries, and has others since.
TEST_F(ProposalHistoryTest, WhatIsAheadOfTheLedgerIsMadeAnew) {
  write_some();
  ASSERT_TRUE(ledger_->sync());
  fs::copy(folder_, folder_ + "-before", fs::copy_options::recursive);
  step(2, State::kCancelled, "by client payouts");
  EXPECT_NE(shown(), kSome);
  folder_ += "-before";
  EXPECT_EQ(shown(), "REBUILT\n" + std::string(kSome));
}

TEST_F(ProposalHistoryTest, StandsWhereItIsSaidTo) {
  const std::string folder = folder_ + "/a realm, with spaces";
  fs::create_directories(folder);
  write_some();
  ASSERT_TRUE(ledger_->sync());
  const std::string file = folder + "/proposals.db";
  const auto history = ProposalHistory::open(file, folder_);
  ASSERT_TRUE(history) << history.error().message;
  EXPECT_GT(fs::file_size(file), 0u);
  EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_FALSE(ProposalHistory::open(folder + "/\".db", folder_));
}

TEST_F(ProposalHistoryTest, IsNotThrownAwayForWhatIsNoDamage) {
  write_some();
  EXPECT_EQ(shown(), kSome);
  const auto before = fs::last_write_time(file_);
  // A folder where SQLite's journal must be: what it says then is no word about the file.
  fs::create_directories(file_ + "-journal/x");
  step(2, State::kCancelled);
  const auto history = ProposalHistory::open(file_, folder_);
  ASSERT_FALSE(history);
  EXPECT_EQ(history.error().code, "history.database");
  EXPECT_EQ(fs::last_write_time(file_), before);
  fs::remove_all(file_ + "-journal");
}

TEST_F(ProposalHistoryTest, StopsWhenItIsTold) {
  write_some();
  std::stop_source stop;
  stop.request_stop();
  const auto history = ProposalHistory::open(file_, folder_, stop.get_token());
  ASSERT_FALSE(history);
  EXPECT_EQ(history.error().code, "history.stopped");
  EXPECT_EQ(shown().find("REBUILT"), std::string::npos);
}

}  // namespace
}  // namespace keystile::store
