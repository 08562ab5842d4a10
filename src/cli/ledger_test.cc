#include "ledger/ledger.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/temp_folder_for_test.h"
#include "cli/commands.h"
#include "crypto/keys.h"
#include "ledger/verify.h"

namespace keystile::cli {
namespace {

class LedgerCommand : public testing::Test {
 protected:
  LedgerCommand() {
    const auto pair = crypto::generate_key_pair(crypto::KeyAlgorithm::kEd25519).value();
    const auto key =
        crypto::SigningKey::open(crypto::KeyAlgorithm::kEd25519, pair.private_pem).value();
    ledger::Ledger::Options options;
    options.folder = realm_ + "/ledger";
    options.origin = "keystile.example/desk";
    EXPECT_TRUE(ledger::Ledger::create(options, key, system_clock()));
    auto log = ledger::Ledger::open(options, key, system_clock()).value();
    for (const char* kind : {"start", "order sent", "outcome"}) {
      log->append(json::object({{"kind", kind}}), ledger::Priority::kOrdinary).value();
    }
  }

  // The command's exit code; out_ is what it printed.
  int run(std::vector<std::string> words) {
    words.insert(words.begin(), {"keystile", "--realm", realm_});
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    testing::internal::CaptureStdout();
    const int code = run_cli(static_cast<int>(argv.size()), argv.data(), {add_ledger});
    out_ = testing::internal::GetCapturedStdout();
    return code;
  }
  bool said(std::string_view text) const { return out_.find(text) != out_.npos; }

  TempFolder temp_;
  std::string realm_ = temp_.path(), out_;
};

TEST_F(LedgerCommand, TailShowAndExport) {
  EXPECT_EQ(run({"ledger", "tail", "-n", "2"}), kOk);
  EXPECT_FALSE(said("kind=start"));
  EXPECT_TRUE(said("kind=order sent"));
  EXPECT_TRUE(said("kind=outcome"));

  EXPECT_EQ(run({"ledger", "show", "1", "--json"}), kOk);
  EXPECT_EQ(json::parse(out_)->text("kind"), "order sent");
  EXPECT_EQ(run({"ledger", "show", "3"}), kFailed);
  EXPECT_EQ(run({"ledger", "show", "x"}), kFailed);

  EXPECT_EQ(run({"ledger", "export", "--from", "1", "--to", "1"}), kOk);
  EXPECT_TRUE(out_.starts_with("{\"index\":1,\"time\":\""));
  EXPECT_TRUE(out_.ends_with("\"kind\":\"order sent\"}\n"));
}

TEST_F(LedgerCommand, VerifySaysYesAndNo) {
  EXPECT_EQ(run({"ledger", "verify"}), kOk);
  EXPECT_TRUE(said("keystile.example/desk"));
  EXPECT_TRUE(said("3 entries"));

  const std::string bundle = realm_ + "/ledger/tile/entries/000.p/3";
  std::fstream(bundle, std::ios::in | std::ios::out).seekp(20).put('X');
  EXPECT_EQ(run({"ledger", "verify"}), kNo);
  EXPECT_TRUE(said("entry 0 was changed (tile/entries/000.p/3, hash tile/0/000.p/3)"));
  EXPECT_EQ(run({"ledger", "verify", "--json"}), kNo);
  EXPECT_FALSE(*json::parse(out_)->find("good")->if_bool());
}

TEST_F(LedgerCommand, FsckNamesFileByteAndEntry) {
  EXPECT_EQ(run({"ledger", "fsck"}), kOk);
  EXPECT_TRUE(said("whole: 3 entries"));
  const auto place = [&](const char* member) {
    EXPECT_EQ(run({"ledger", "fsck", "--json"}), kNo);
    const json::Value found = json::parse(out_).value();
    const auto& places = *found.find("places")->if_array();
    EXPECT_EQ(places.size(), 1u) << out_;
    return places.empty() ? std::string() : std::string(places[0].text(member));
  };
  // Entry 1 begins after the first one and two bytes of its own length.
  std::string entry;
  const auto keep_first = [&entry](ledger::Index, std::string_view text) {
    entry = text;
    return false;
  };
  ASSERT_TRUE(ledger::read(realm_ + "/ledger", 0, keep_first));
  const std::string bundle = realm_ + "/ledger/tile/entries/000.p/3";
  const auto second = static_cast<std::streamoff>(2 + entry.size());
  std::fstream(bundle, std::ios::in | std::ios::out).seekp(second + 30).put('X');
  EXPECT_EQ(place("file"), "tile/entries/000.p/3");
  EXPECT_EQ(place("offset"), std::to_string(second));
  EXPECT_EQ(place("entry"), "1");
  EXPECT_TRUE(run({"ledger", "fsck"}) == kNo && said("to do"));

  std::filesystem::remove(bundle);
  EXPECT_EQ(place("file"), "tile/entries/000.p/3");
  EXPECT_EQ(place("offset"), "");
}

TEST_F(LedgerCommand, FsckNamesTheByteInAJournal) {
  std::ofstream(realm_ + "/ledger/journal", std::ios::binary) << std::string(60, 'x') << "{}";
  EXPECT_EQ(run({"ledger", "fsck", "--json"}), kNo);
  EXPECT_TRUE(said(R"("file": "journal")"));
  EXPECT_TRUE(said(R"("offset": 0)"));
}

TEST_F(LedgerCommand, VerifyProofSaysYesAndNo) {
  const std::string proof = realm_ + "/p", entry = realm_ + "/e", other = realm_ + "/o";
  const std::string vkey = ledger::verify(realm_ + "/ledger")->vkey;
  EXPECT_EQ(run({"ledger", "prove", "1", "-o", proof}), kOk);
  EXPECT_EQ(run({"ledger", "export", "--from", "1", "--to", "1"}), kOk);
  std::ofstream(entry) << out_;
  std::ofstream(other) << "{}";
  EXPECT_EQ(run({"ledger", "verify-proof", proof, "--entry", entry, "--vkey", vkey}), kOk);
  EXPECT_TRUE(said("this is entry 1"));
  EXPECT_EQ(run({"ledger", "verify-proof", proof, "--entry", other, "--vkey", vkey}), kNo);
  EXPECT_EQ(run({"ledger", "verify-proof", proof, "--entry", entry, "--vkey", "x"}), kFailed);
}

TEST_F(LedgerCommand, ProveWritesWhatOthersCanCheck) {
  const std::string path = realm_ + "/entry.tlog-proof";
  EXPECT_EQ(run({"ledger", "prove", "1", "-o", path}), kOk);
  std::ifstream file(path);
  const std::string proof{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(run({"ledger", "export", "--from", "1", "--to", "1"}), kOk);
  out_.pop_back();
  const auto vkey = ledger::verify(realm_ + "/ledger")->vkey;
  EXPECT_EQ(ledger::verify_proof(proof, out_, vkey).value(), 1u);
  EXPECT_EQ(run({"ledger", "prove", "3"}), kFailed);
}

TEST_F(LedgerCommand, SaysWhenThereIsNoLedger) {
  std::filesystem::remove_all(realm_ + "/ledger");
  for (const char* command : {"tail", "verify", "export"}) {
    EXPECT_EQ(run({"ledger", command, "--json"}), kFailed);
    EXPECT_TRUE(said("ledger.missing"));
  }
}

}  // namespace
}  // namespace keystile::cli
