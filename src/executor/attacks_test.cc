// One approval is there, a second is needed. Whatever somebody without a second approver's key
// tries, the gate refuses it by name; and if the gate is taken over and writes it nevertheless,
// with all that would follow, the executor reads on no further and sends nothing.
#include <gtest/gtest.h>

#include <functional>

#include "executor/reader_for_test.h"

namespace keystile::executor {
namespace {

using quorum::Decision;
using quorum::Event;
using quorum::Proposal;
using quorum::Signed;
using quorum::SshSignature;
using quorum::State;
using quorum::Step;
using std::chrono::hours;

constexpr uint64_t kId = 7;

Event approval(SshSignature signature) {
  return Signed{kId, Decision::kApprove, std::move(signature)};
}

SshSignature by(const quorum::KeyForTest& key, const Proposal& proposal,
                Decision decision = Decision::kApprove) {
  return key.sign(proposal, decision).signature;
}

// Bob's approval of another proposal: this one with something changed.
Event of_another(Proposal proposal, const std::function<void(Proposal*)>& change) {
  change(&proposal);
  return approval(by(kBob, proposal));
}

quorum::Withdrawal& facts(Proposal* proposal) {
  return std::get<quorum::Withdrawal>(proposal->facts);
}

// Ed25519 (RFC 8032 section 5.1.7): S + L verifies where a verifier does not insist on S < L.
SshSignature with_other_s(SshSignature signature) {
  static constexpr unsigned char kOrder[] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,
                                             0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
                                             0,    0,    0,    0,    0,    0,    0,    0,
                                             0,    0,    0,    0,    0,    0,    0,    0x10};
  unsigned carry = 0;
  char* s = signature.signature.data() + signature.signature.size() - 32;
  for (int i = 0; i < 32; ++i) {
    carry += static_cast<unsigned char>(s[i]) + kOrder[i];
    s[i] = static_cast<char>(carry);
    carry >>= 8;
  }
  return signature;
}

struct Attack {
  const char* what;
  const char* refusal;  // of the gate
  std::function<Event(RealmForTest*, const Proposal&)> try_it;
};

const Attack kAttacks[] = {
    {"a stranger signs", "tally.stranger",
     [](auto*, auto& it) { return approval(by(kMallory, it)); }},
    {"a stranger signs in an approver's name", "sshsig.signature",
     [](auto*, auto& it) {
       SshSignature forged = by(kMallory, it);
       forged.key = kBob.key();
       return approval(forged);
     }},
    {"the same approval again", "tally.repeated",
     [](auto*, auto& it) { return approval(by(kAlice, it)); }},
    {"the same approval, encoded otherwise", "sshsig.signature",
     [](auto*, auto& it) { return approval(with_other_s(by(kAlice, it))); }},
    {"whoever asked for it approves", "tally.asker",
     [](auto*, auto& it) { return approval(by(kCarol, it)); }},
    {"a signature that is cut", "sshsig.format",
     [](auto*, auto& it) {
       SshSignature cut = by(kBob, it);
       cut.signature.pop_back();
       return approval(cut);
     }},
    {"a signature with one bit changed", "sshsig.signature",
     [](auto*, auto& it) {
       SshSignature changed = by(kBob, it);
       changed.signature.back() ^= 1;
       return approval(changed);
     }},
    {"a rejection passed off as an approval", "sshsig.signature",
     [](auto*, auto& it) { return approval(by(kBob, it, Decision::kReject)); }},
    {"an approval of the same text for another action", "sshsig.namespace",
     [](auto*, auto& it) {
       return approval(kBob.sign("policy@keystile", quorum::approval_text(it, Decision::kApprove)));
     }},
    {"an approval for another proposal", "sshsig.signature",
     [](auto*, auto& it) { return of_another(it, [](Proposal* p) { p->id = kId + 1; }); }},
    {"for another realm", "sshsig.signature",
     [](auto*, auto& it) { return of_another(it, [](Proposal* p) { p->realm = "keystile/x"; }); }},
    {"under another policy version", "sshsig.signature",
     [](auto*, auto& it) { return of_another(it, [](Proposal* p) { ++p->policy_version; }); }},
    {"under another policy", "sshsig.signature",
     [](auto*, auto& it) {
       return of_another(it, [](Proposal* p) { p->policy_hash = std::string(64, '0'); });
     }},
    {"of another amount", "sshsig.signature",
     [](auto*, auto& it) {
       return of_another(it, [](Proposal* p) { facts(p).amount = Decimal(10); });
     }},
    {"to another address", "sshsig.signature",
     [](auto*, auto& it) {
       return of_another(
           it, [](Proposal* p) { facts(p).address = "TJCnKsPa7y5okkXvQAidZBzqx3QyQ6sxMW"; });
     }},
    {"to an address of a name that looks the same", "sshsig.signature",
     [](auto*, auto& it) {  // a Cyrillic o
       return of_another(it, [](Proposal* p) { facts(p).address_name = "c\xD0\xBEld-wallet"; });
     }},
    {"an approval that comes too late", "tally.late",
     [](RealmForTest* realm, auto& it) {
       realm->pass(hours{25});
       return approval(by(kBob, it));
     }},
    {"an approval after a rejection", "proposal.state",
     [](RealmForTest* realm, auto& it) {
       realm->sign(it, kBob, Decision::kReject);
       return approval(by(kBob, it));
     }},
    {"an approval by somebody who was removed", "tally.stranger",
     [](RealmForTest* realm, auto& it) {
       realm->adopt(bundle_of("", approver_toml("alice", kAlice) + approver_toml("carol", kCarol) +
                                      approver_toml("dora", kMallory)));
       return approval(by(kBob, it));
     }},
    {"approved without a second signature", "proposal.no_quorum",
     [](auto*, auto&) {
       return Step{kId, State::kApproved, "", {}};
     }},
    {"sent without a second signature", "proposal.state",
     [](RealmForTest* realm, auto&) {
       return Step{kId, State::kExecuting, "", realm->clocks};
     }},
};

TEST(Attacks, OneApprovalIsNeverTwo) {
  for (const Attack& attack : kAttacks) {
    SCOPED_TRACE(attack.what);
    RealmForTest realm;
    const Proposal it = realm.propose(withdrawal(), kId);
    realm.sign(it, kAlice);
    const Event event = attack.try_it(&realm, it);
    const Status said = realm.event(event);
    EXPECT_EQ(said ? "taken" : said.error().code, attack.refusal);
    realm.settle();
    const State state = realm.proposals.find(kId)->state;
    EXPECT_TRUE(state == State::kProposed || state == State::kRejected || state == State::kExpired)
        << to_string(state);
    realm.write(quorum::to_json(event));
    Reader reader(realm);
    EXPECT_NE(reader.catch_up(), "") << "the executor took what a gate that was taken over wrote";
    EXPECT_NE(reader.may_send(kId), "");
  }
  RealmForTest realm;
  const Proposal it = realm.propose(withdrawal(), kId);
  realm.sign(it, kAlice);
  realm.sign(it, kBob);  // and this is no attack
  Reader reader(realm);
  EXPECT_EQ(reader.catch_up(), "");
  EXPECT_EQ(reader.may_send(kId), "");
}

// The files in which a signature comes, read before anything else.
TEST(Attacks, SignaturesHaveOneSpelling) {
  RealmForTest realm;
  const Proposal it = realm.propose(withdrawal(), kId);
  const std::string good = by(kBob, it).armored();
  ASSERT_TRUE(SshSignature::parse(good));
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    const size_t at = text.find(from);
    if (at == text.npos) ADD_FAILURE() << from;
    return text.replace(at, from.size(), to);
  };
  for (const std::string& bad :
       {good.substr(0, good.size() / 2), good.substr(1), good + good, good + "x", " " + good,
        changed("SSH SIGNATURE", "PGP SIGNATURE"), changed("BEGIN", "begin"),
        changed("U1NIU0lH", "U1NIU0l"), changed("U1NIU0lH", "U1NIU0l-"),
        changed("U1NIU0lH", " U1NIU0lH"), changed("-----END", "=\n-----END"),
        changed("-----END", "AAAA\n-----END")}) {
    EXPECT_FALSE(SshSignature::parse(bad)) << bad;
  }
}

TEST(Attacks, NumbersHaveOneSpelling) {
  RealmForTest realm;
  const auto limit = [](const std::string& value) {
    return policy::load(bundle_of("[[quorum]]\nactions = [\"transfer\"]\nup_to = \"" + value +
                                  "\"\napprovals = { treasury = 2 }\n[[quorum]]\nactions = "
                                  "[\"transfer\"]\napprovals = { treasury = 2 }\n"));
  };
  ASSERT_TRUE(limit("1000").ok()) << to_string(limit("1000").findings.front());
  const std::string amount = "\"amount\":\"100\"";
  const std::string entry =
      json::dump(quorum::to_json(quorum::Proposed{realm.propose(withdrawal(), kId)}));
  ASSERT_NE(entry.find(amount), entry.npos);
  for (const std::string spelling :
       {"1e3", "01", "+1", "1.0", "1,000", "1 000", "1'000", "1_000", "-1", "0", "", ".1", "1.",
        "0x64", "NaN", "inf", "1\xEF\xBC\x90",  // a full-width nought
        "\xD9\xA1"}) {                          // an Arabic one
    std::string changed = entry;
    changed.replace(changed.find(amount), amount.size(), "\"amount\":\"" + spelling + "\"");
    EXPECT_FALSE(quorum::read_event(json::parse(changed).value())) << "proposal: " << spelling;
    // People write policies, and mean by these what they say.
    if (spelling != "1.0" && spelling != "01" && spelling != "0") {
      EXPECT_FALSE(limit(spelling).ok()) << "policy: " << spelling;
    }
  }
}

// People are known by their keys; a name that only looks like another is none that can be written.
TEST(Attacks, ApproversAreTheirKeysAndHavePlainNames) {
  const auto load = [](const std::string& name, const quorum::KeyForTest& key) {
    const auto loaded =
        policy::load(bundle_of("", approver_toml("alice", kAlice) + approver_toml("bob", kBob) +
                                       approver_toml("carol", kCarol) + approver_toml(name, key)));
    for (const policy::Finding& finding : loaded.findings) {
      if (finding.level == policy::Finding::Level::kError) return finding.rule;
    }
    return std::string();
  };
  EXPECT_EQ(load("dora", kMallory), "");
  EXPECT_EQ(load("dora", kAlice), "approver.key_repeated");
  EXPECT_EQ(load("alice", kMallory), "name.repeated");
  for (const char* name : {"\xD0\xB0lice", "alice\xE2\x80\x8B",
                           "ali\xCC\x81"
                           "ce",
                           "Alice ", "a\\nb", ""}) {
    EXPECT_NE(load(name, kMallory), "") << name;
  }
}

// Three must agree; two of them propose that two shall be enough, and approve it.
TEST(Attacks, AThresholdIsNotLoweredByItself) {
  const auto bundle = [](const std::string& count) {
    policy::Bundle made =
        bundle_of("", approver_toml("alice", kAlice) + approver_toml("bob", kBob) +
                          approver_toml("carol", kCarol) + approver_toml("dora", kMallory));
    std::string& text = made.files.front().text;
    const std::string was = "approvals = { treasury = 2 }\nhold = \"48h\"";
    text.replace(text.find(was), was.size(),
                 "approvals = { treasury = " + count + " }\nhold = \"0s\"");
    return made;
  };
  RealmForTest realm(bundle("3"));
  const policy::Bundle lower = bundle("2");
  const auto change = quorum::policy_change(policy::load(bundle("3")).policy,
                                            policy::load(lower).policy, 2, lower.hash());
  const Proposal it = realm.propose(change, kId);
  realm.sign(it, kAlice);
  realm.sign(it, kBob);
  EXPECT_EQ(realm.proposals.find(kId)->state, State::kProposed);
  realm.adopt(lower, kId);  // by a gate that was taken over
  Reader reader(realm, bundle("3").hash());
  EXPECT_NE(reader.catch_up(), "");
  EXPECT_EQ(reader.chain.version(), 1u);
}

TEST(Attacks, AWallClockSetForwardEndsNoHold) {
  RealmForTest realm;
  const Proposal it = realm.approved(withdrawal("20000"), kId);  // above the tier that is not held
  ASSERT_EQ(realm.proposals.find(kId)->state, State::kHeld);
  Reader reader(realm);
  EXPECT_EQ(reader.catch_up(), "");
  realm.clocks.wall += hours{30};
  reader.clocks.wall += hours{30};
  realm.settle();
  EXPECT_EQ(realm.proposals.find(kId)->state, State::kHeld);
  EXPECT_NE(reader.may_send(kId), "");
  reader.clocks.wall -= hours{30};
  reader.pass(hours{24});  // and this does end it
  EXPECT_EQ(reader.may_send(kId), "");
}

}  // namespace
}  // namespace keystile::executor
