#include "signer/evidence.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "base/temp_folder_for_test.h"
#include "ledger/ledger.h"
#include "ledger/note.h"
#include "ledger/test_data.h"
#include "ledger/verify.h"
#include "quorum/approvers_for_test.h"
#include "quorum/proposals_for_test.h"

namespace keystile::signer {
namespace {

using quorum::KeyForTest;
using quorum::State;

class SetClock final : public Clock {
 public:
  WallTime wall() const override { return now; }
  MonoTime mono() const override { return {}; }
  WallTime now = quorum::proposal_of(quorum::a_withdrawal()).created;
};

policy::Bundle bundle_of(const std::string& more = "") {
  const KeyForTest alice("alice"), bob("bob"), carol("carol");
  std::string text = "[realm]\nname = \"desk\"\n" + more;
  for (const auto& [name, key] : {std::pair{"alice", &alice}, {"bob", &bob}, {"carol", &carol}}) {
    text += std::string("[[approver]]\nname = \"") + name + "\"\nkeys = [\"" + key->key().line() +
            "\"]\ngroups = [\"treasury\"]\n";
  }
  text +=
      "[[quorum]]\nactions = [\"policy\", \"approvers\", \"withdraw\"]\n"
      "approvals = { treasury = 2 }\nhold = \"0s\"\n";
  return {{{"realm.toml", text}}};
}

// A ledger in which one withdrawal was approved by two and carried out, between other things.
class EvidenceTest : public testing::Test {
 protected:
  EvidenceTest() {
    options_.folder = folder_ / "ledger";
    options_.origin = "keystile.example/desk";
    options_.reserve_bytes = 64 << 10;
    vkey_ = ledger::note_key(options_.origin, key_).value().vkey();
    proposal_ = quorum::proposal_of(quorum::a_withdrawal());
    proposal_.policy_version = 3;
    proposal_.policy_hash = evidence_.policies[0].hash();
    fill();
    collect();
  }

  void fill() {
    EXPECT_TRUE(ledger::Ledger::create(options_, key_, clock_));
    const auto ledger = ledger::Ledger::open(options_, key_, clock_).value();
    const auto add = [&](const json::Value& entry, bool belongs = true) {
      const auto index = ledger->append(entry, ledger::Priority::kOrdinary);
      ASSERT_TRUE(index) << index.error().message;
      if (belongs) indexes_.push_back(*index);
    };
    const auto step = [&](State to, std::optional<quorum::Clocks> clocks = std::nullopt) {
      add(to_json(quorum::Event(quorum::Step{proposal_.id, to, "", std::move(clocks)})));
    };
    const auto sign = [&](const char* name) {
      auto signature = KeyForTest(name).sign(proposal_).signature;
      add(to_json(quorum::Event(
          quorum::Signed{proposal_.id, quorum::Decision::kApprove, std::move(signature)})));
    };
    add(json::object({{"type", "gate.started"}}), false);
    add(adopted(3, evidence_.policies[0]));
    add(to_json(quorum::Event(quorum::Proposed{proposal_})));
    sign("alice");
    add(json::object({{"type", "gate.stopped"}}), false);
    sign("bob");
    step(State::kApproved);
    add(adopted(4, evidence_.policies[1]));
    step(State::kExecuting, quorum::Clocks{clock_.now, {}});
    step(State::kDone);
    EXPECT_TRUE(ledger->sync());
  }

  static json::Value adopted(uint64_t version, const policy::Bundle& bundle) {
    return json::object(
        {{"type", "policy.adopted"}, {"version", version}, {"hash", bundle.hash()}});
  }

  void collect() {
    ASSERT_TRUE(ledger::read(options_.folder, 0, [&](ledger::Index at, std::string_view text) {
      if (std::find(indexes_.begin(), indexes_.end(), at) == indexes_.end()) return true;
      evidence_.entries.push_back({std::string(text), ledger::prove(options_.folder, at).value()});
      return true;
    }));
    ASSERT_EQ(evidence_.entries.size(), 8u);
  }

  // The error's code after such a change; "" if it still holds.
  std::string code(const std::function<void(Evidence*)>& change) const {
    Evidence changed = evidence_;
    change(&changed);
    const auto proven = verify_evidence(changed, vkey_);
    return proven ? "" : proven.error().code;
  }

  std::string entry_at(ledger::Index index) const {
    std::string found;
    EXPECT_TRUE(ledger::read(options_.folder, index, [&](ledger::Index, std::string_view text) {
      found = text;
      return false;
    }));
    return found;
  }

  TempFolder folder_;
  SetClock clock_;
  crypto::SigningKey key_ = ledger::key_from_seed(std::string(32, 'k'));
  ledger::Ledger::Options options_;
  std::string vkey_;
  quorum::Proposal proposal_;
  std::vector<ledger::Index> indexes_;
  Evidence evidence_{{bundle_of(), bundle_of("currency = \"EUR\"\n")}, {}};
};

TEST_F(EvidenceTest, ProvesWhatHappenedAndWhoSigned) {
  const std::string text = json::dump(to_json(evidence_));
  const auto read = read_evidence(text);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(json::dump(to_json(*read)), text);
  const auto proven = verify_evidence(*read, vkey_);
  ASSERT_TRUE(proven) << proven.error().message;
  EXPECT_EQ(proven->realm, "keystile.example/desk");
  EXPECT_EQ(proven->what.proposal, proposal_);
  EXPECT_EQ(proven->what.state, State::kDone);
  ASSERT_EQ(proven->signatures.size(), 2u);
  EXPECT_EQ(proven->signatures[0].approver, "alice");
  EXPECT_EQ(proven->signatures[1].approver, "bob");
}

TEST_F(EvidenceTest, NoByteOfAnEntryCanBeChanged) {
  for (size_t i = 0; i < evidence_.entries.size(); ++i) {
    for (size_t at = 0; at < evidence_.entries[i].text.size(); at += 7) {
      EXPECT_EQ(code([&](Evidence* e) { e->entries[i].text[at] ^= 1; }), "evidence.proof");
    }
  }
  EXPECT_EQ(code([](Evidence* e) { e->entries[1].text += " "; }), "evidence.proof");
}

TEST_F(EvidenceTest, NoProofServesAnotherEntry) {
  for (size_t i = 1; i < evidence_.entries.size(); ++i) {
    EXPECT_EQ(code([&](Evidence* e) { e->entries[i].proof = e->entries[0].proof; }),
              "evidence.proof");
  }
  EXPECT_EQ(code([](Evidence* e) { e->entries[2].proof.clear(); }), "evidence.proof");
  const std::string other = ledger::note_key("keystile.example/other", key_).value().vkey();
  EXPECT_EQ(verify_evidence(evidence_, other).error().code, "evidence.proof");
  EXPECT_EQ(verify_evidence(evidence_, "no key").error().code, "note.key");
}

TEST_F(EvidenceTest, NothingCanBeLeftOut) {
  const char* kCodes[] = {
      "evidence.entry",   // the policy: then nothing says who may approve
      "evidence.steps",   // the proposal
      "evidence.steps",   // the first approval
      "evidence.steps",   // the second
      "evidence.steps",   // that it was approved
      "evidence.policy",  // the second policy
      "evidence.steps",   // that it was carried out
      "",                 // its end: then it is proven to be executing
  };
  for (size_t i = 0; i < evidence_.entries.size(); ++i) {
    EXPECT_EQ(code([&](Evidence* e) {
                e->entries.erase(e->entries.begin() + static_cast<std::ptrdiff_t>(i));
              }),
              kCodes[i])
        << i;
  }
  EXPECT_EQ(code([](Evidence* e) { *e = {}; }), "evidence.entry");
}

TEST_F(EvidenceTest, NothingCanBeMovedRepeatedOrAdded) {
  for (size_t i = 0; i + 1 < evidence_.entries.size(); ++i) {
    EXPECT_NE(code([&](Evidence* e) { std::swap(e->entries[i], e->entries[i + 1]); }), "") << i;
  }
  EXPECT_EQ(code([](Evidence* e) { e->entries.push_back(e->entries.back()); }), "evidence.entry");
  EXPECT_EQ(code([this](Evidence* e) {
              e->entries.insert(e->entries.begin(),
                                {entry_at(0), ledger::prove(options_.folder, 0).value()});
            }),
            "evidence.entry");
}

TEST_F(EvidenceTest, ThePoliciesAreThoseThatWereAdopted) {
  EXPECT_EQ(code([](Evidence* e) { e->policies[0].files[0].text += "\n"; }), "evidence.policy");
  EXPECT_EQ(code([](Evidence* e) { std::swap(e->policies[0], e->policies[1]); }),
            "evidence.policy");
  EXPECT_EQ(code([](Evidence* e) { e->policies.pop_back(); }), "evidence.policy");
  EXPECT_EQ(code([](Evidence* e) { e->policies.push_back(bundle_of()); }), "evidence.policy");
}

TEST_F(EvidenceTest, ReadStrictly) {
  for (const char* bad :
       {"", "{}", "[]", R"({"kind":"keystile evidence 1"})",
        R"({"kind":"keystile evidence 2","policies":[],"entries":[]})",
        R"({"kind":"keystile evidence 1","policies":[1],"entries":[]})",
        R"({"kind":"keystile evidence 1","policies":[],"entries":[{"entry":""}]})",
        R"({"kind":"keystile evidence 1","policies":[],"entries":[],"x":1})"}) {
    EXPECT_FALSE(read_evidence(bad)) << bad;
  }
}

}  // namespace
}  // namespace keystile::signer
