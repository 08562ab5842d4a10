#include "signer/signed_command.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "quorum/approvers_for_test.h"

namespace keystile::signer {
namespace {

using quorum::KeyForTest;
using std::chrono::seconds;

constexpr const char* kRealm = "keystile/desk";
const WallTime kNow = parse_iso8601("2026-11-21T09:00:00.000Z").value();

class SignedCommand : public testing::Test {
 protected:
  SignedCommand() {
    in_force_.approvers = {quorum::approver("alice", {&alice_, &token_}, {"treasury"}),
                           quorum::approver("bob", {&bob_}, {"treasury"})};
    in_force_.executor = executor_.key();
  }

  static json::Value list() { return json::object({{"do", "proposal.list"}}); }

  static json::Value signed_by(const KeyForTest& key, const std::string& body,
                               std::string_view name_space = kRequestNamespace) {
    return signed_command(body, key.sign(name_space, body).armored());
  }
  static json::Value signed_by(const KeyForTest& key, const json::Value& command,
                               WallTime time = kNow, const std::string& realm = kRealm) {
    return signed_by(key, body_of(command, realm, time));
  }

  // The error's code, or "" if it is taken.
  std::string code(const json::Value& command) {
    const auto asked = commands_.open(command, kNow, in_force_);
    return asked ? "" : asked.error().code;
  }

  KeyForTest alice_{"alice"}, bob_{"bob"}, executor_{"executor"}, stranger_{"stranger"};
  KeyForTest token_{"token", true};
  policy::Policy in_force_;
  SignedCommands commands_{kRealm, kNow - seconds{30}};
};

TEST_F(SignedCommand, SaysWhoAsksAndForWhat) {
  const auto asked = commands_.open(
      signed_by(alice_, json::object({{"do", "proposal.show"}, {"id", uint64_t{7}}})), kNow,
      in_force_);
  ASSERT_TRUE(asked) << asked.error().message;
  EXPECT_EQ(json::dump(asked->command), R"({"do":"proposal.show","id":7})");
  EXPECT_EQ(to_string(asked->asker), "person alice " + alice_.key().fingerprint());
  EXPECT_FALSE(asked->by_executor);
  EXPECT_EQ(code(signed_by(token_, list())), "");
}

TEST_F(SignedCommand, EachMayAskOnlyForItsOwn) {
  const struct {
    const char* name;
    bool approver, executor;
  } kCases[] = {
      {"proposal.list", true, false},    {"proposal.show", true, false},
      {"proposal.sign", true, false},    {"proposal.cancel", true, false},
      {"proposal.resolve", true, false}, {"policy.propose", true, false},
      {"withdraw", true, false},         {"ledger.entries", false, true},
      {"policy.bundle", false, true},    {"proposal.step", false, true},
      {"freeze", true, false},           {"unfreeze", true, false},
      {"freeze.list", true, false},      {"ledger.mend", false, false},
      {"status", false, false},          {"adopt", false, false},
      {"signed", false, false},          {"", false, false},
  };
  for (const auto& each : kCases) {
    const json::Value command = json::object({{"do", each.name}});
    EXPECT_EQ(code(signed_by(alice_, command)), each.approver ? "" : "signed.command") << each.name;
    EXPECT_EQ(code(signed_by(executor_, command)), each.executor ? "" : "signed.command")
        << each.name;
  }
}

TEST_F(SignedCommand, TheExecutorIsKnownByItsKey) {
  const auto asked = commands_.open(
      signed_by(executor_, json::object({{"do", "ledger.entries"}, {"from", 0}})), kNow, in_force_);
  ASSERT_TRUE(asked) << asked.error().message;
  EXPECT_TRUE(asked->by_executor);
  EXPECT_EQ(to_string(asked->asker), "person executor " + executor_.key().fingerprint());
  in_force_.executor.reset();
  EXPECT_EQ(code(signed_by(executor_, json::object({{"do", "ledger.entries"}, {"from", 1}}))),
            "signed.key");
}

TEST_F(SignedCommand, StrangersAndThoseWhoWereRemoved) {
  EXPECT_EQ(code(signed_by(stranger_, list())), "signed.key");
  in_force_.approvers.erase(in_force_.approvers.begin());
  EXPECT_EQ(code(signed_by(alice_, list())), "signed.key");
  EXPECT_EQ(code(signed_by(bob_, list())), "");
}

TEST_F(SignedCommand, ForThisRealmAndPurposeOnly) {
  EXPECT_EQ(code(signed_by(alice_, list(), kNow, "keystile/other")), "signed.realm");
  EXPECT_EQ(code(signed_by(alice_, list(), kNow, "")), "signed.realm");
  const std::string body = body_of(list(), kRealm, kNow);
  for (const char* other : {"withdraw@keystile", "git", "request@keystile2"}) {
    EXPECT_EQ(code(signed_by(alice_, body, other)), "sshsig.namespace") << other;
  }
}

TEST_F(SignedCommand, OfNowOnly) {
  EXPECT_EQ(code(signed_by(alice_, list(), kNow + seconds{60})), "");
  EXPECT_EQ(code(signed_by(alice_, list(), kNow + seconds{60} + Millis{1})), "signed.time");
  EXPECT_EQ(code(signed_by(alice_, list(), kNow - seconds{30})), "");
  // By the clock it would do, but the process that may have served it is gone.
  EXPECT_EQ(code(signed_by(alice_, list(), kNow - seconds{30} - Millis{1})), "signed.time");
  SignedCommands older(kRealm, kNow - seconds{3600});
  EXPECT_TRUE(older.open(signed_by(alice_, list(), kNow - seconds{60}), kNow, in_force_));
  EXPECT_FALSE(
      older.open(signed_by(alice_, list(), kNow - seconds{60} - Millis{1}), kNow, in_force_));
  for (const char* time : {"", "\"time\":\"2026-11-21T09:00:00Z\"", "\"time\":1795251600000"}) {
    const std::string body =
        fmt::format(R"({{"do":"proposal.list","realm":"{}"{}{}}})", kRealm, *time ? "," : "", time);
    EXPECT_EQ(code(signed_by(alice_, body)), "signed.time") << body;
  }
}

TEST_F(SignedCommand, ServesOnce) {
  const json::Value command = signed_by(alice_, list());
  EXPECT_EQ(code(command), "");
  EXPECT_EQ(code(command), "signed.repeated");
  // Another signature of the same key over the same body is the same command.
  const std::string body = body_of(list(), kRealm, kNow);
  EXPECT_EQ(code(signed_command(body, token_.sign(kRequestNamespace, body).armored())), "");
  EXPECT_EQ(code(signed_command(
                body, token_.sign(kRequestNamespace, body, crypto::Presence::kPin).armored())),
            "signed.repeated");
  EXPECT_EQ(code(signed_by(bob_, list())), "");
  // It is forgotten only when its time is over.
  const WallTime later = kNow + 2 * kCommandWindow + Millis{1};
  ASSERT_TRUE(commands_.open(signed_by(bob_, list(), later), later, in_force_));
  EXPECT_EQ(commands_.open(command, later, in_force_).error().code, "signed.time");
}

// One that was forgotten while the clock was ahead is not new when it is right again.
TEST_F(SignedCommand, ServesOnceThoughTheClockIsSetBack) {
  const json::Value command = signed_by(alice_, list(), kNow + kCommandWindow);
  ASSERT_EQ(code(command), "");
  const WallTime ahead = kNow + seconds{3600};
  ASSERT_TRUE(commands_.open(signed_by(alice_, list(), ahead), ahead, in_force_));
  EXPECT_EQ(code(command), "signed.time");
  const WallTime later = kNow + kCommandWindow + Millis{1};
  EXPECT_TRUE(commands_.open(signed_by(alice_, list(), later), later, in_force_));
}

TEST_F(SignedCommand, OneKeyDoesNotSilenceTheOthers) {
  const auto ask = [&](const KeyForTest& key, int number, const char* what = "proposal.show") {
    return code(signed_by(key, json::object({{"do", what}, {"id", number}})));
  };
  int served = 0;
  while (served < 70000 && ask(alice_, served) == "") ++served;
  EXPECT_EQ(served, 4096);
  EXPECT_EQ(ask(alice_, served), "signed.busy");
  EXPECT_EQ(ask(bob_, 0), "");
  // What is longer to judge, less often.
  int changed = 0;
  while (changed < 70000 && ask(alice_, changed, "proposal.cancel") == "") ++changed;
  EXPECT_EQ(changed, 256);
  EXPECT_EQ(ask(alice_, changed, "proposal.cancel"), "signed.busy");
  EXPECT_EQ(ask(bob_, 0, "proposal.cancel"), "");
  for (int i = 0; i < 300; ++i) EXPECT_EQ(ask(executor_, i, "proposal.step"), "") << i;
  EXPECT_EQ(code(signed_by(executor_, json::object({{"do", "ledger.entries"}, {"from", "0"}}))),
            "");
}

TEST_F(SignedCommand, WhatIsChangedOnTheWayDoesNotHold) {
  const std::string body = body_of(list(), kRealm, kNow);
  const std::string armored = alice_.sign(kRequestNamespace, body).armored();
  for (size_t i = 0; i < body.size(); ++i) {
    std::string changed = body;
    changed[i] ^= 1;
    EXPECT_EQ(code(signed_command(changed, armored)), "sshsig.signature");
  }
  EXPECT_EQ(code(signed_command(body + " ", armored)), "sshsig.signature");
  EXPECT_EQ(code(signed_command(body, bob_.sign(kRequestNamespace, body + "x").armored())),
            "sshsig.signature");
  EXPECT_EQ(code(signed_command(body, "")), "sshsig.format");
}

TEST_F(SignedCommand, ReadStrictly) {
  const std::string body = body_of(list(), kRealm, kNow);
  const std::string armored = alice_.sign(kRequestNamespace, body).armored();
  for (const json::Value& bad :
       {json::Value("signed"), json::object({}), json::object({{"do", "signed"}, {"body", body}}),
        json::object({{"do", "signed"}, {"body", 1}, {"signature", armored}}),
        json::object({{"do", "other"}, {"body", body}, {"signature", armored}}),
        json::object({{"do", "signed"}, {"body", body}, {"signature", armored}, {"by", "me"}})}) {
    EXPECT_EQ(code(bad), "signed.format") << json::dump(bad);
  }
  const auto of_body = [&](const std::string& text) { return code(signed_by(alice_, text)); };
  EXPECT_EQ(of_body("[]"), "signed.format");
  EXPECT_EQ(of_body("{}"), "signed.format");
  EXPECT_EQ(of_body("no JSON"), "json.syntax");
  EXPECT_EQ(of_body(R"({"do":"proposal.list","do":"proposal.list"})"), "json.repeated");
  EXPECT_EQ(of_body(R"({"do":["proposal.list"],"realm":"keystile/desk"})"), "signed.format");
  EXPECT_EQ(code(signed_by(alice_, json::object({{"do", "proposal.cancel"}, {"by", "bob"}}))),
            "signed.format");
}

}  // namespace
}  // namespace keystile::signer
