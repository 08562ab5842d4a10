// Proposals on a real realm: who may stop what, how a policy comes into force under a quorum, and
// what is left of it after a restart.
#include "signer/desk.h"

#include <fcntl.h>
#include <fmt/format.h>

#include "quorum/approvers_for_test.h"
#include "quorum/proposals_for_test.h"
#include "signer/signed_command.h"
#include "signer/signer_for_test.h"

namespace keystile::signer {
namespace {

using quorum::Asker;
using quorum::Decision;
using quorum::KeyForTest;
using quorum::State;

const KeyForTest kAlice{"alice"}, kBob{"bob"}, kCarol{"carol"}, kMallory{"mallory"};

std::string approver_toml(const std::string& name, const KeyForTest& key) {
  return "[[approver]]\nname = \"" + name + "\"\ngroups = [\"treasury\"]\nkeys = [\"" +
         key.key().line() + "\"]\n";
}

std::string quorum_toml(const std::string& hold) {
  return "[[quorum]]\nactions = [\"policy\", \"approvers\"]\napprovals = { treasury = 2 }\nhold = "
         "\"" +
         hold + "\"\n";
}

class DeskTest : public SignerTest {
 protected:
  void SetUp() override {
    SignerTest::SetUp();
    adopt_quorum("0s");
  }

  void adopt_quorum(const std::string& hold) {
    write_people(approver_toml("alice", kAlice) + approver_toml("bob", kBob) +
                 approver_toml("carol", kCarol) + quorum_toml(hold));
    const auto adopted = realm_->adopt("genesis");
    ASSERT_TRUE(adopted) << adopted.error().message;
  }

  void write_people(const std::string& text) {
    write(Layout(root_).policy() + "/people.toml", text);
  }

  // The policy folder, with more for the bot.
  policy::Bundle more(const std::string& limit) {
    std::string text = kPolicy;
    const std::string was = "max_order_notional = \"1000\"";
    text.replace(text.find(was), was.size(), "max_order_notional = \"" + limit + "\"");
    write(Layout(root_).policy() + "/desk.toml", text);
    return policy::read_bundle(Layout(root_).policy()).value();
  }

  uint64_t propose(const policy::Bundle& bundle, const KeyForTest& asker = kCarol) {
    Desk desk(*realm_, clock_);
    const auto made =
        desk.propose_policy(bundle, {Asker::Kind::kPerson, "carol", asker.key().fingerprint()});
    EXPECT_TRUE(made) << made.error().message;
    return made ? parse_uint64(made->text("id")).value_or(0) : 0;
  }

  // The state afterwards, or the code of the refusal.
  std::string sign(uint64_t id, const KeyForTest& key, Decision decision = Decision::kApprove) {
    const quorum::Proposal& proposal = realm_->proposals().find(id)->proposal;
    const auto signature =
        key.sign(quorum::name_space(proposal.action()), approval_text(proposal, decision));
    return control(json::object({{"do", "proposal.sign"},
                                 {"id", id},
                                 {"decision", to_string(decision)},
                                 {"signature", signature.armored()}}));
  }

  std::string control(const json::Value& command) {
    const auto done = signer_->control(command);
    return done ? std::string(done->text("state")) : done.error().code;
  }

  std::string state(uint64_t id) {
    return control(json::object({{"do", "proposal.show"}, {"id", id}}));
  }

  void pass(Millis time) {
    clock_.advance(time);
    answer_errands();  // what the exchange's clock says counts the next time
    clock_.advance(std::chrono::seconds{1});
    answer_errands();
  }

  std::string limit() { return realm_->policy().client("bot")->grant.max_order_notional->str(); }
};

TEST_F(DeskTest, WhatWidensNeedsPeopleAndWhatNarrowsDoesNot) {
  const policy::Bundle wider = more("5000");
  const auto refused = realm_->adopt("operator", &wider);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "policy.quorum");
  EXPECT_EQ(limit(), "1000");
  const policy::Bundle narrower = more("500");
  EXPECT_TRUE(realm_->adopt("operator", &narrower));
  EXPECT_EQ(limit(), "500");
  write_people(approver_toml("alice", kAlice) + approver_toml("bob", kBob) +
               approver_toml("carol", kCarol) + approver_toml("mallory", kMallory) +
               quorum_toml("0s"));
  EXPECT_EQ(realm_->adopt("operator").error().code, "policy.quorum");
}

TEST_F(DeskTest, AQuorumIsNeverGivenUpAndTheSamePolicyIsNoNewVersion) {
  const uint64_t version = realm_->policy_version();
  EXPECT_TRUE(realm_->adopt("operator"));
  EXPECT_EQ(realm_->policy_version(), version) << "it would void what people decide about";
  write_people("");
  const policy::Bundle none = policy::read_bundle(Layout(root_).policy()).value();
  EXPECT_EQ(realm_->adopt("operator", &none).error().code, "policy.refused");
  EXPECT_EQ(realm_->change_to(none).error().code, "policy.refused");
}

TEST_F(DeskTest, TwoApprovalsPutItInForceAndTheAskersOwnDoesNotCount) {
  const uint64_t id = propose(more("5000"));
  EXPECT_EQ(state(id), "proposed");
  EXPECT_EQ(sign(id, kCarol), "tally.asker");
  EXPECT_EQ(sign(id, kMallory), "tally.stranger");
  EXPECT_EQ(sign(id, kAlice), "proposed");
  EXPECT_EQ(sign(id, kAlice), "tally.repeated");
  EXPECT_EQ(limit(), "1000");
  EXPECT_EQ(sign(id, kBob), "approved");
  EXPECT_EQ(state(id), "done");
  EXPECT_EQ(limit(), "5000");
  EXPECT_EQ(realm_->policy_version(), 3u);
  const auto all = entries();
  const auto adopted = std::find_if(all.rbegin(), all.rend(), [](const json::Value& entry) {
    return entry.text("type") == "policy.adopted";
  });
  EXPECT_EQ(adopted->text("proposal"), std::to_string(id));
  EXPECT_EQ(adopted->text("by"), "person carol " + kCarol.key().fingerprint());
}

TEST_F(DeskTest, WhatWidensStaysApprovedWhileTheLedgerIsDamaged) {
  const uint64_t id = propose(more("5000"));
  EXPECT_EQ(sign(id, kAlice), "proposed");
  std::filesystem::remove(Layout(root_).ledger() + "/journal");
  (void)realm_->ledger().sync();
  EXPECT_EQ(sign(id, kBob), "approved");
  pass(std::chrono::minutes{1});
  EXPECT_EQ(state(id), "approved");
  EXPECT_EQ(limit(), "1000");
  ASSERT_TRUE(signer_->control(json::object({{"do", "ledger.mend"}})));
  pass(std::chrono::minutes{1});
  EXPECT_EQ(state(id), "done");
  EXPECT_EQ(limit(), "5000");
}

TEST_F(DeskTest, AStrangerLearnsOfNoProposal) {
  const uint64_t id = propose(more("5000"));
  const quorum::Proposal& proposal = realm_->proposals().find(id)->proposal;
  const std::string armored = kMallory.sign(proposal, Decision::kApprove).signature.armored();
  for (const uint64_t asked : {id, id + 1}) {
    EXPECT_EQ(control(json::object({{"do", "proposal.sign"},
                                    {"id", asked},
                                    {"decision", "approve"},
                                    {"signature", armored}})),
              "tally.stranger");
  }
}

TEST_F(DeskTest, OnePersonDoesNotFillTheDiskWithProposals) {
  Desk desk(*realm_, clock_);
  const Asker carol{Asker::Kind::kPerson, "carol", kCarol.key().fingerprint()};
  const auto wider = [&](int by) { return more(std::to_string(5000 + by)); };
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(desk.propose_policy(wider(i), carol)) << i;
  const auto refused = desk.propose_policy(wider(50), carol);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "proposal.busy");
  clock_.advance(std::chrono::hours{24});
  EXPECT_TRUE(desk.propose_policy(wider(50), carol));
}

// Such ones nobody counts, so a stolen key could bring them for ever.
TEST_F(DeskTest, APolicyThatIsNotPutBeforePeopleIsNotStored) {
  const auto stored = [&] {
    const fs::directory_iterator all(Layout(root_).adopted());
    return std::distance(begin(all), end(all));
  };
  policy::Bundle bundle = more("5000");
  std::string& text = bundle.files.front().text;
  for (int i = 0; i < 300; ++i) {
    text += fmt::format(
        "[[account]]\nname = \"account-{}\"\nexchange = \"bybit\"\nenvironment = \"test\"\n"
        "kind = \"trading\"\n",
        i);
  }
  const auto before = stored();
  const auto proposed =
      Desk(*realm_, clock_)
          .propose_policy(bundle, {Asker::Kind::kPerson, "carol", kCarol.key().fingerprint()});
  ASSERT_FALSE(proposed);
  EXPECT_EQ(proposed.error().code, "proposal.invalid");
  EXPECT_EQ(stored(), before);
}

TEST_F(DeskTest, OneVetoRejects) {
  const uint64_t id = propose(more("5000"));
  sign(id, kAlice);
  EXPECT_EQ(sign(id, kBob, Decision::kReject), "rejected");
  EXPECT_EQ(sign(id, kBob), "proposal.state");
  EXPECT_EQ(limit(), "1000");
}

TEST_F(DeskTest, OfTwoProposalsTheSecondWasReadAgainstAnotherPolicy) {
  const uint64_t first = propose(more("5000")), second = propose(more("7000"));
  sign(second, kAlice);
  sign(first, kAlice);
  sign(first, kBob);
  EXPECT_EQ(limit(), "5000");
  sign(second, kBob);
  EXPECT_EQ(state(second), "failed");
  EXPECT_EQ(limit(), "5000");
}

TEST_F(DeskTest, AnOlderPolicyFileIsNotAWayBack) {
  const policy::Bundle old = policy::read_bundle(Layout(root_).policy()).value();
  const uint64_t id = propose(more("500"));
  sign(id, kAlice);
  sign(id, kBob);
  ASSERT_EQ(limit(), "500");
  EXPECT_EQ(realm_->adopt("operator", &old).error().code, "policy.quorum");
  restart();
  EXPECT_EQ(limit(), "500");
}

TEST_F(DeskTest, AfterARestartEverythingIsAsItWas) {
  const uint64_t id = propose(more("5000"));
  sign(id, kAlice);
  restart();
  EXPECT_EQ(state(id), "proposed");
  EXPECT_EQ(sign(id, kAlice), "tally.repeated");
  sign(id, kBob);
  EXPECT_EQ(state(id), "done");
  restart();
  EXPECT_EQ(state(id), "done");
  EXPECT_EQ(limit(), "5000");
}

TEST_F(DeskTest, ItExpiresAndCanBeCancelled) {
  const uint64_t id = propose(more("5000")), other = propose(more("6000"));
  EXPECT_EQ(control(json::object({{"do", "proposal.cancel"}, {"id", other}, {"by", "dave@host"}})),
            "cancelled");
  pass(std::chrono::hours{25});
  EXPECT_EQ(state(id), "expired");
  EXPECT_EQ(sign(id, kAlice), "proposal.state");
  restart();
  EXPECT_EQ(state(id), "expired");
  EXPECT_EQ(state(other), "cancelled");
}

class HoldTest : public DeskTest {
 protected:
  void SetUp() override {
    SignerTest::SetUp();
    adopt_quorum("48h");
  }
};

TEST_F(HoldTest, WhatWidensWaitsByTheExchangesClock) {
  const uint64_t id = propose(more("5000"));
  sign(id, kAlice);
  EXPECT_EQ(sign(id, kBob), "held");
  pass(std::chrono::hours{47});
  EXPECT_EQ(state(id), "held");
  behind_ = std::chrono::hours{2};  // our clock was set forward: the exchange's was not
  pass(std::chrono::hours{2});
  EXPECT_EQ(state(id), "held");
  pass(std::chrono::hours{1});
  EXPECT_EQ(state(id), "done");
  EXPECT_EQ(limit(), "5000");
}

TEST_F(HoldTest, ALaterVetoStopsIt) {
  const uint64_t id = propose(more("5000"));
  sign(id, kAlice);
  sign(id, kBob);
  pass(std::chrono::hours{40});
  EXPECT_EQ(sign(id, kAlice, Decision::kReject), "rejected");
  pass(std::chrono::hours{40});
  EXPECT_EQ(limit(), "1000");
}

// Where the policy does not say how long, and an earlier build has proposed a change.
class EarlierBuildTest : public DeskTest {
 protected:
  void SetUp() override {
    SignerTest::SetUp();
    write_people(approver_toml("alice", kAlice) + approver_toml("bob", kBob) +
                 approver_toml("carol", kCarol) +
                 "[[quorum]]\nactions = [\"policy\", \"approvers\"]\n"
                 "approvals = { treasury = 2 }\nopen_for = \"48h\"\n");
    ASSERT_TRUE(realm_->adopt("genesis"));
    const policy::Bundle wider = more("5000");
    ASSERT_TRUE(realm_->keep(wider));
    auto made = realm_->draft(quorum::of_an_earlier_build(realm_->change_to(wider).value()),
                              {Asker::Kind::kPerson, "carol", kCarol.key().fingerprint()});
    id_ = made->id;
    ASSERT_TRUE(realm_->record(quorum::Event{quorum::Proposed{std::move(*made)}}));
    restart();
    pass(std::chrono::seconds{1});
    sign(id_, kAlice);
    ASSERT_EQ(sign(id_, kBob), "held");
  }
  uint64_t id_ = 0;
};

TEST_F(EarlierBuildTest, WhatIsOpenWaitsTheLongerHold) {
  pass(std::chrono::hours{71});
  restart();
  EXPECT_EQ(state(id_), "held");
  pass(std::chrono::hours{1});
  EXPECT_EQ(state(id_), "done");
  EXPECT_EQ(limit(), "5000");
}

TEST_F(EarlierBuildTest, WhatItCarriedOutSoonerStaysDone) {
  clock_.advance(std::chrono::hours{48});
  const quorum::Clocks then{clock_.wall(), {{"test/bybit", clock_.wall()}}};
  for (const quorum::Step& step : {quorum::Step{id_, State::kExecuting, "", then},
                                   quorum::Step{id_, State::kDone, "", std::nullopt}}) {
    ASSERT_TRUE(realm_->record(to_json(quorum::Event(step)), ledger::Priority::kReserve));
  }
  restart();
  EXPECT_EQ(state(id_), "done");
}

// The entries that say which policy came into force.
std::vector<json::Value> adoptions(const std::string& root) {
  std::vector<json::Value> all;
  EXPECT_TRUE(ledger::read(Layout(root).ledger(), 0, [&](ledger::Index, std::string_view text) {
    auto entry = json::parse(text);
    if (entry && entry->text("type") == "policy.adopted") all.push_back(std::move(*entry));
    return true;
  }));
  return all;
}

TEST_F(DeskTest, OnlyTheFirstQuorumIsWrittenAsGenesis) {
  const uint64_t id = propose(more("5000"));
  sign(id, kAlice);
  sign(id, kBob);
  ASSERT_EQ(state(id), "done");
  const auto all = adoptions(root_);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_FALSE(all[0].find("genesis"));
  EXPECT_TRUE(all[1].find("genesis") && *all[1].find("genesis")->if_bool());
  EXPECT_FALSE(all[1].find("proposal"));
  EXPECT_FALSE(all[2].find("genesis"));
  EXPECT_EQ(all[2].text("proposal"), std::to_string(id));
}

TEST_F(DeskTest, TheListHasAllThatIsOpenAndNotAllThatIsSettled) {
  const uint64_t open = propose(more("5000"));
  const quorum::PolicyChange change = realm_->change_to(more("6000")).value();
  uint64_t last = 0;
  for (int i = 0; i < 3; ++i) {
    clock_.advance(Millis{1});
    auto made = realm_->draft(change, {Asker::Kind::kPerson, "carol", kCarol.key().fingerprint()});
    ASSERT_TRUE(made);
    last = made->id;
    ASSERT_TRUE(realm_->record(quorum::Event{quorum::Proposed{std::move(*made)}}));
    ASSERT_TRUE(
        realm_->record(quorum::Event{quorum::Step{last, State::kCancelled, "", std::nullopt}}));
  }
  const auto listed =
      Desk(*realm_, clock_, 2)
          .command(json::object({{"do", "proposal.list"}}), quorum::Clocks{clock_.wall(), {}});
  ASSERT_TRUE(listed && *listed);
  const json::Array& rows = *(*listed)->find("proposals")->if_array();
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows.front().text("id"), std::to_string(open));
  EXPECT_EQ(rows.back().text("id"), std::to_string(last));
}

// Its rows are kept, and are those of now all the same.
TEST_F(DeskTest, TheListTellsOfSettledOnesWhatThePolicyInForceSays) {
  const uint64_t id = propose(more("5000"));
  sign(id, kAlice);
  ASSERT_EQ(sign(id, kBob, Decision::kReject), "rejected");
  Desk desk(*realm_, clock_);
  const quorum::Clocks clocks{clock_.wall(), {}};
  const auto in_list = [&] {
    const auto listed = desk.command(json::object({{"do", "proposal.list"}}), clocks);
    return json::dump((*listed)->find("proposals")->if_array()->front());
  };
  const std::string before = in_list();
  EXPECT_EQ(in_list(), before);
  EXPECT_EQ(before, json::dump(desk.describe(*realm_->proposals().find(id))));
  EXPECT_EQ(before.find("tally.stranger"), before.npos);
  more("1000");
  write_people(approver_toml("bob", kBob) + approver_toml("carol", kCarol) +
               approver_toml("dora", kMallory) + quorum_toml("0s"));
  const uint64_t without = propose(policy::read_bundle(Layout(root_).policy()).value());
  sign(without, kAlice);
  sign(without, kBob);
  ASSERT_EQ(state(without), "done");
  EXPECT_NE(in_list().find("tally.stranger"), before.npos) << "Alice is none any more";
  EXPECT_EQ(in_list(), json::dump(desk.describe(*realm_->proposals().find(id))));
}

TEST_F(DeskTest, AGroupWhoseNameCouldDeceiveIsNotPutBeforePeople) {
  write_people(approver_toml("alice", kAlice) + approver_toml("bob", kBob) +
               approver_toml("carol", kCarol) + quorum_toml("0s") +
               "[[quorum]]\nactions = [\"withdraw\"]\n"
               "approvals = { treasury = 2, \"x within 9 h\" = 1 }\n");
  const auto proposed = realm_->change_to(policy::read_bundle(Layout(root_).policy()).value());
  ASSERT_FALSE(proposed);
  EXPECT_EQ(proposed.error().code, "policy.refused");
  EXPECT_NE(proposed.error().message.find("people.toml:"), std::string::npos);
}

// Knows what a loss of power would leave of one file.
class DiskWithoutPower final : public ledger::Disk {
 public:
  explicit DiskWithoutPower(std::string path) : path_(std::move(path)) {}

  int open(const std::string& path, int flags) override {
    const std::lock_guard guard(mutex_);
    if (path == path_ && !ledger::exists(path)) named_ = false;
    const int fd = Disk::open(path, flags);
    open_[fd] = path;
    return fd;
  }
  int sync(int fd) override {
    const std::lock_guard guard(mutex_);
    if (open_[fd] == path_) kept_ = ledger::read_file(path_).value();
    if (open_[fd] == fs::path(path_).parent_path()) named_ = true;
    return Disk::sync(fd);
  }
  void lose_power() const {
    fs::remove(path_);
    if (named_) keystile::signer::write(path_, kept_);
  }

 private:
  const std::string path_;
  std::mutex mutex_;
  std::map<int, std::string> open_;
  std::string kept_;
  bool named_ = true;  // its folder has its name
};

class SignedDesk : public DeskTest {
 protected:
  json::Value signed_by(const KeyForTest& key, const json::Value& command) {
    clock_.advance(Millis{1});  // each command has a time of its own
    const std::string body = body_of(command, realm_->settings().ledger_origin, clock_.wall());
    return signed_command(body, key.sign(kRequestNamespace, body).armored());
  }
  std::string ask(const KeyForTest& key, const json::Value& command) {
    return control(signed_by(key, command));
  }
  // The id of the proposal.
  uint64_t propose_signed(const KeyForTest& key, const policy::Bundle& bundle) {
    const auto made = signer_->control(signed_by(
        key, json::object({{"do", "policy.propose"}, {"bundle", policy::dump_bundle(bundle)}})));
    EXPECT_TRUE(made) << made.error().message;
    return made ? parse_uint64(made->text("id")).value_or(0) : 0;
  }
  static json::Value of(const char* what, uint64_t id) {
    return json::object({{"do", what}, {"id", id}});
  }
};

// Signed by a clock that is half a minute fast, it is of now for a minute and a half.
TEST_F(SignedDesk, WhatOneProcessTookTheNextDoesNot) {
  const auto ahead = [&](Millis by) {
    const std::string body = body_of(json::object({{"do", "proposal.list"}}),
                                     realm_->settings().ledger_origin, clock_.wall() + by);
    return signed_command(body, kAlice.sign(kRequestNamespace, body).armored());
  };
  const json::Value taken = ahead(Millis{30'000});
  EXPECT_EQ(control(taken), "");
  EXPECT_EQ(control(ahead(Millis{10'000})), "");  // an older one does not lower it
  clock_.advance(Millis{5000});
  restart();
  EXPECT_EQ(control(taken), "signed.time");
  EXPECT_EQ(ask(kAlice, json::object({{"do", "proposal.list"}})), "signed.time");
  clock_.advance(Millis{25'000});
  EXPECT_EQ(ask(kAlice, json::object({{"do", "proposal.list"}})), "");
  EXPECT_EQ(control(taken), "signed.time");
}

class PowerLost : public SignedDesk {
 protected:
  void SetUp() override {
    disk_ = &without_power_;
    SignedDesk::SetUp();
  }
  json::Value ahead(const json::Value& command, Millis by) {
    const std::string body = body_of(command, realm_->settings().ledger_origin, clock_.wall() + by);
    return signed_command(body, kAlice.sign(kRequestNamespace, body).armored());
  }
  DiskWithoutPower without_power_{Layout(root_).last_command()};
};

TEST_F(PowerLost, WhatChangedAnythingServesNobodyAgain) {
  const json::Value freeze =
      json::object({{"do", "freeze"}, {"target", "client bot"}, {"reason", "a test"}});
  for (const int i : {0, 1}) {  // the mark's file is new, and it is not
    const json::Value taken = ahead(freeze, Millis{30'000});
    // One that only reads has no older one's time written for good.
    EXPECT_EQ(control(ahead(json::object({{"do", "proposal.list"}}), Millis{40'000})), "");
    EXPECT_EQ(control(taken), "") << i;
    without_power_.lose_power();
    restart();
    EXPECT_EQ(control(taken), "signed.time") << i;
    clock_.advance(Millis{60'000});
  }
}

// Has no room for another file.
class CrowdedDisk final : public ledger::Disk {
 public:
  int open(const std::string& path, int flags) override {
    if (!full || ledger::exists(path) || (flags & O_CREAT) == 0) return Disk::open(path, flags);
    errno = ENOSPC;
    return -1;
  }
  std::atomic<bool> full{false};
};

class DiskFull : public SignedDesk {
 protected:
  void SetUp() override {
    disk_ = &crowded_;
    SignedDesk::SetUp();
  }
  CrowdedDisk crowded_;
};

TEST_F(DiskFull, TheFirstCommandOfAllCanBeAFreeze) {
  crowded_.full = true;
  EXPECT_EQ(
      ask(kAlice, json::object({{"do", "freeze"}, {"target", "client bot"}, {"reason", "a test"}})),
      "");
  EXPECT_TRUE(realm_->freezes().of_client("bot"));
}

TEST_F(SignedDesk, WhereTheMarkIsUnreadableAMinuteMustPass) {
  write(Layout(root_).last_command(), "no time");
  restart();
  EXPECT_EQ(ask(kAlice, json::object({{"do", "proposal.list"}})), "signed.time");
  clock_.advance(kCommandWindow);
  EXPECT_EQ(ask(kAlice, json::object({{"do", "proposal.list"}})), "");
}

TEST_F(SignedDesk, WhatCannotBeMarkedIsNotCarriedOut) {
  const std::string mark = Layout(root_).last_command();
  fs::remove(mark);
  fs::create_directory(mark);
  EXPECT_EQ(ask(kAlice, json::object({{"do", "proposal.list"}})), "signed.disk");
  fs::remove(mark);
  EXPECT_EQ(ask(kAlice, json::object({{"do", "proposal.list"}})), "");
}

TEST_F(SignedDesk, AnApproverProposesAndOthersDecide) {
  const uint64_t id = propose_signed(kCarol, more("5000"));
  EXPECT_EQ(ask(kAlice, of("proposal.show", id)), "proposed");
  const auto all = signer_->control(signed_by(kAlice, json::object({{"do", "proposal.list"}})));
  ASSERT_TRUE(all);
  EXPECT_EQ(all->find("proposals")->if_array()->size(), 1u);
  EXPECT_EQ(sign(id, kAlice), "proposed");
  EXPECT_EQ(sign(id, kBob), "approved");
  EXPECT_EQ(limit(), "5000");
}

TEST_F(SignedDesk, AskedTwiceForTheSameItIsOneProposal) {
  const uint64_t id = propose_signed(kCarol, more("5000"));
  EXPECT_EQ(propose_signed(kCarol, more("5000")), id);
  EXPECT_NE(propose_signed(kCarol, more("6000")), id);
  EXPECT_NE(propose_signed(kBob, more("5000")), id) << "Carol could cancel it";
  EXPECT_EQ(ask(kCarol, of("proposal.cancel", id)), "cancelled");
  EXPECT_NE(propose_signed(kCarol, more("5000")), id);
}

TEST_F(SignedDesk, OnlyWhoAskedCancels) {
  const uint64_t id = propose_signed(kCarol, more("5000"));
  EXPECT_EQ(ask(kAlice, of("proposal.cancel", id)), "proposal.not_own");
  EXPECT_EQ(ask(kMallory, of("proposal.cancel", id)), "signed.key");
  EXPECT_EQ(ask(kCarol, of("proposal.cancel", id + 1)), "proposal.missing");
  EXPECT_EQ(ask(kCarol, of("proposal.cancel", id)), "cancelled");
  const auto shown = signer_->control(signed_by(kAlice, of("proposal.show", id)));
  ASSERT_TRUE(shown);
  EXPECT_EQ(shown->text("detail"), "by person carol " + kCarol.key().fingerprint());
}

TEST_F(SignedDesk, WhatIsTheOperatorsAlone) {
  for (const char* what : {"status", "adopt", "ledger.mend"}) {
    EXPECT_EQ(ask(kAlice, json::object({{"do", what}})), "signed.command") << what;
  }
  const json::Value command = signed_by(kAlice, json::object({{"do", "proposal.list"}}));
  EXPECT_TRUE(signer_->control(command));
  EXPECT_EQ(control(command), "signed.repeated");
}

}  // namespace
}  // namespace keystile::signer
