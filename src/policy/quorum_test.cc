#include <gtest/gtest.h>

#include "policy/names.h"

namespace keystile::policy {
namespace {

// Of OpenSSH's own tests, and throw-away ones.
constexpr const char* kAlice =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMJ8pcb8BHTJFvEefKUOTTNSz0sUEW1NuMViy1aNosum";
constexpr const char* kBob =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN456tQVmf8wTDARKva4+IVrShI26xiaoCXJJzOzDi0s";
constexpr const char* kCarol =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIlizSIN3DQV78VPNjVvvwjgf+P5HqbPYCYu3BOMdjAE";
constexpr const char* kExecutor =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDjypSF2d7TDig8r6wzyyQAK9kksZtRgf+hK+5TPkEhX";
constexpr const char* kHardware =
    "sk-ssh-ed25519@openssh.com "
    "AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAID6JG0YO698JQQYsmNjMY2lk6WMcSNsYKE6GU/"
    "Blp5DZAAAABHNzaDo=";
constexpr const char* kHardwareOther =
    "sk-ssh-ed25519@openssh.com "
    "AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAID6JG0YO698JQQYsmNjMY2lk6WMcSNsYKE6GU/"
    "Blp5DZAAAAC3NzaDpnYXRld2F5";

std::string approver(const std::string& name, const std::string& key,
                     const std::string& groups = "\"treasury\"") {
  return "[[approver]]\nname = \"" + name + "\"\nkeys = [\"" + key + "\"]\ngroups = [" + groups +
         "]\n";
}

std::string quorum(const std::string& actions, const std::string& rest) {
  return "[[quorum]]\nactions = [" + actions + "]\n" + rest + "\n";
}

const std::string kRealm = "[realm]\nname = \"desk\"\n";
const std::string kPeople =
    approver("alice", kAlice) + approver("bob", kBob) + approver("carol", kCarol);
const std::string kRoots = quorum("\"policy\", \"approvers\"", "approvals = { treasury = 2 }");

Loaded load_text(const std::string& text) { return load({{{"a.toml", kRealm + text}}}, {}); }

// The rules of its findings, errors first.
std::string rules(const std::string& text) {
  std::string out;
  for (const Finding& finding : load_text(text).findings) {
    out += (out.empty() ? "" : " ") + finding.rule;
  }
  return out;
}

TEST(Quorums, Loaded) {
  const Loaded loaded = load_text(
      kPeople + kRoots + quorum("\"withdraw\"", "up_to = \"1000\"\napprovals = { treasury = 2 }") +
      quorum("\"withdraw\"",
             "approvals = { treasury = 2 }\nhold = \"90m\"\nvetoes = 2\nopen_for = \"2d\"\n"
             "key_types = [\"ssh-ed25519\"]"));
  for (const Finding& finding : loaded.findings) ADD_FAILURE() << to_string(finding);
  const Policy& policy = loaded.policy;
  ASSERT_EQ(policy.approvers.size(), 3u);
  EXPECT_EQ(policy.approvers[0].keys[0], crypto::SshKey::parse(kAlice).value());
  ASSERT_EQ(policy.quorums.size(), 3u);
  EXPECT_EQ(policy.quorums[0].action, Action::kPolicy);
  EXPECT_EQ(policy.quorums[0].tiers[0].rule.hold, std::chrono::hours{48});
  EXPECT_EQ(policy.quorums[0].tiers[0].rule.withdrawal_power_hold, std::chrono::hours{72});
  EXPECT_EQ(policy.quorums[1].tiers[0].rule.hold, std::chrono::hours{72});
  EXPECT_EQ(policy.quorums[1].tiers[0].rule.withdrawal_power_hold, std::chrono::hours{72});
  const Quorum& withdraw = policy.quorums[2];
  ASSERT_EQ(withdraw.tiers.size(), 2u);
  EXPECT_EQ(withdraw.tiers[0].up_to, Decimal(1000));
  EXPECT_EQ(withdraw.tiers[0].rule.hold, Millis{0});
  EXPECT_EQ(withdraw.tiers[0].rule.open_for, std::chrono::hours{24});
  EXPECT_EQ(withdraw.tiers[1].rule.hold, std::chrono::minutes{90});
  EXPECT_EQ(withdraw.tiers[1].rule.vetoes, 2u);
  EXPECT_EQ(withdraw.tiers[1].rule.open_for, std::chrono::hours{48});
  EXPECT_EQ(withdraw.tiers[1].rule.keys.types, std::set{crypto::SshKeyType::kEd25519});
}

TEST(Quorums, AHoldThatThePolicySaysIsForAllThatWidens) {
  const Policy policy = load_text(kPeople + quorum("\"policy\", \"approvers\"",
                                                   "approvals = { treasury = 2 }\nhold = \"24h\""))
                            .policy;
  ASSERT_EQ(policy.quorums.size(), 2u);
  for (const Quorum& quorum : policy.quorums) {
    EXPECT_EQ(quorum.tiers[0].rule.hold, std::chrono::hours{24});
    EXPECT_EQ(quorum.tiers[0].rule.withdrawal_power_hold, std::chrono::hours{24});
  }
}

TEST(Quorums, NoneIsNeededWithoutApprovers) { EXPECT_EQ(rules(""), ""); }

TEST(Quorums, OneKeyIsOnePersons) {
  EXPECT_EQ(rules(kPeople + approver("dave", kAlice) + kRoots), "approver.key_repeated");
  EXPECT_EQ(rules(kPeople + approver("dave", std::string(kAlice) + " another comment") + kRoots),
            "approver.key_repeated");
  // The same key pair for two FIDO applications.
  EXPECT_EQ(rules(kPeople + approver("dave", kHardware) + approver("eve", kHardwareOther) + kRoots),
            "approver.key_repeated");
  EXPECT_EQ(rules(kPeople + approver("alice", kHardware) + kRoots), "name.repeated");
  EXPECT_EQ(rules(kPeople + approver("dave", "ssh-ed25519 AAAA") + kRoots),
            "approver.no_keys field.value");
  EXPECT_EQ(rules(kPeople + approver("dave", kHardware, "") + kRoots), "approver.no_groups");
}

TEST(Quorums, TheExecutorIsNoApprover) {
  const auto executor = [](const std::string& key) {
    return "[executor]\nkey = \"" + key + "\"\n";
  };
  const std::string text = kPeople + kRoots;
  EXPECT_EQ(rules(text + executor(kExecutor)), "");
  EXPECT_EQ(load_text(text + executor(kExecutor)).policy.executor,
            crypto::SshKey::parse(kExecutor).value());
  EXPECT_EQ(rules(text + executor(kAlice)), "executor.key_repeated");
  EXPECT_EQ(rules(text + executor(kHardware)), "field.value");
  EXPECT_EQ(rules(text + executor("ssh-ed25519 AAAA")), "field.value");
  EXPECT_EQ(rules(text + "[executor]\n"), "field.missing field.value");
  EXPECT_EQ(rules(text + executor(kExecutor) + "vault = \"x\"\n"), "field.unknown");
  const Bundle twice{{{"a.toml", kRealm + executor(kExecutor)}, {"b.toml", executor(kExecutor)}}};
  ASSERT_EQ(load(twice, {}).findings.size(), 1u);
  EXPECT_EQ(load(twice, {}).findings[0].rule, "executor.repeated");
}

TEST(Quorums, FewerThanTwoIsNone) {
  const auto with = [](const std::string& actions, const std::string& approvals) {
    return rules(kPeople + kRoots + quorum(actions, "approvals = " + approvals));
  };
  for (const char* action : {"withdraw", "transfer", "unfreeze"}) {
    const std::string quoted = "\"" + std::string(action) + "\"";
    EXPECT_EQ(with(quoted, "{ treasury = 1 }"), "quorum.too_few");
    EXPECT_EQ(with(quoted, "{}"), "quorum.too_few");
    EXPECT_EQ(with(quoted, "{ treasury = 2 }"), "");
    EXPECT_EQ(with(quoted, "{ treasury = 0 }"), "quorum.too_few field.value");
  }
  for (const char* none : {"\"address\"", "\"key\"", "\"freeze\""}) {
    EXPECT_TRUE(with(none, "{ treasury = 2 }").starts_with("field.value")) << none;
  }
}

TEST(Quorums, ToUnfreezeHasOneOfItsOwnOrThatOfThePolicy) {
  const std::string own = quorum("\"unfreeze\"", "approvals = { treasury = 3 }");
  const auto people = [](const std::string& text) {
    const Policy policy = load_text(text).policy;
    const Quorum* found = policy.quorum(Action::kUnfreeze);
    const Rule* rule = found ? found->rule_for(std::nullopt) : nullptr;
    return rule ? rule->people() : 0;
  };
  EXPECT_EQ(people(""), 0u);
  EXPECT_EQ(people(kPeople + kRoots), 2u);
  EXPECT_EQ(people(kPeople + kRoots + own), 3u);
  const auto with = [](const std::string& rest) {
    return rules(kPeople + kRoots +
                 quorum("\"unfreeze\"", "approvals = { treasury = 2 }\n" + rest));
  };
  EXPECT_EQ(with(""), "");
  EXPECT_EQ(with("hold = \"1h\""), "field.value") << "it waits for people alone";
  EXPECT_EQ(with("up_to = \"1\""), "quorum.tiers");
}

TEST(Quorums, ThatNobodyCanMeet) {
  const auto with = [](const std::string& rest) {
    return rules(kPeople + kRoots + quorum("\"withdraw\"", rest));
  };
  EXPECT_EQ(with("approvals = { treasury = 4 }"),
            "quorum.unreachable quorum.stronger_than_approvers");
  EXPECT_EQ(with("approvals = { security = 2 }"), "quorum.unreachable");
  EXPECT_EQ(with("approvals = { treasury = 2 }\npresence = \"touch\""), "quorum.unreachable");
  EXPECT_EQ(with("approvals = { treasury = 2 }\nkey_types = [\"ssh-rsa\"]"), "quorum.unreachable");
  EXPECT_EQ(with("approvals = { treasury = 2 }\nvetoes = 4"), "quorum.vetoes");
  // One person in both groups is counted for one of them.
  const std::string two =
      approver("alice", kAlice, "\"a\", \"b\"") + approver("bob", kBob, "\"c\"");
  EXPECT_EQ(rules(two + quorum("\"policy\", \"approvers\"", "approvals = { a = 1, b = 1 }")),
            "quorum.unreachable quorum.unreachable");
}

TEST(Quorums, WarnsWhereOneLossLocksTheRealm) {
  const std::string two = approver("alice", kAlice) + approver("bob", kBob);
  EXPECT_EQ(rules(two + kRoots), "quorum.one_loss_locks quorum.one_loss_locks");
  EXPECT_EQ(rules(kPeople + kRoots), "");
  EXPECT_TRUE(load_text(two + kRoots).ok());
}

// Who could never approve what they ask for themselves.
TEST(Quorums, AProposerWhoIsTheOnlyApprover) {
  const auto with = [](const std::string& approvals) {
    return rules(kPeople + approver("dave", kHardware, "\"night\"") + kRoots +
                 quorum("\"withdraw\"", "approvals = " + approvals));
  };
  EXPECT_EQ(with("{ night = 1 }"), "quorum.too_few");
  EXPECT_EQ(with("{ night = 2 }"), "quorum.unreachable");
}

TEST(Quorums, TheApproversAndThePolicyNeedOne) {
  EXPECT_EQ(rules(kPeople), "quorum.missing quorum.missing");
  EXPECT_EQ(rules(kPeople + quorum("\"policy\"", "approvals = { treasury = 2 }")),
            "quorum.missing");
  EXPECT_EQ(rules(kPeople + kRoots + quorum("\"withdraw\"", "approvals = { treasury = 3 }")),
            "quorum.one_loss_locks quorum.stronger_than_approvers");
}

TEST(Quorums, TiersRise) {
  const auto tiers = [](const std::string& first, const std::string& second) {
    return rules(kPeople + kRoots + quorum("\"withdraw\"", first + "approvals = { treasury = 2 }") +
                 quorum("\"withdraw\"", second + "approvals = { treasury = 2 }"));
  };
  EXPECT_EQ(tiers("up_to = \"10\"\n", ""), "");
  EXPECT_EQ(tiers("", "up_to = \"10\"\n"), "quorum.tiers quorum.tiers");
  EXPECT_EQ(tiers("", ""), "quorum.tiers");
  EXPECT_EQ(tiers("up_to = \"10\"\n", "up_to = \"20\"\n"), "quorum.tiers");
  EXPECT_EQ(tiers("up_to = \"10\"\n", "up_to = \"10\"\n"), "quorum.tiers quorum.tiers");
  EXPECT_EQ(tiers("up_to = \"10\"\nhold = \"2h\"\n", "hold = \"1h\"\n"), "quorum.tier_weaker");
  EXPECT_EQ(rules(kPeople + quorum("\"policy\", \"approvers\"",
                                   "up_to = \"1\"\napprovals = { treasury = 2 }")),
            "quorum.tiers quorum.tiers");
}

TEST(Quorums, FieldsAreReadStrictly) {
  const auto with = [](const std::string& rest) {
    return rules(kPeople + kRoots +
                 quorum("\"withdraw\"", "approvals = { treasury = 2 }\n" + rest));
  };
  for (const char* bad : {"hold = \"72\"", "hold = \"h\"", "hold = \"\"", "hold = \"-1h\"",
                          "hold = \"1.5h\"", "hold = \"367d\"", "hold = \"99999999999999999999s\"",
                          "open_for = \"0s\"", "presence = \"maybe\"", "vetoes = 0"}) {
    EXPECT_EQ(with(bad), "field.value") << bad;
  }
  EXPECT_EQ(with("holds = \"72h\""), "field.unknown");
  EXPECT_EQ(with("hold = 72"), "field.type");
  EXPECT_EQ(with("key_types = []"), "quorum.unreachable field.value");
  EXPECT_TRUE(rules(kPeople + kRoots + quorum("\"withdrawal\"", "approvals = { treasury = 2 }"))
                  .starts_with("field.value"));
}

std::string plan_text(const std::string& before, const std::string& after) {
  std::string out;
  for (const Change& change : plan(load_text(before).policy, load_text(after).policy)) {
    out += (change.widens ? "+ " : "- ") + change.text + "\n";
  }
  return out;
}

TEST(Quorums, ThePlanSaysWhatChanges) {
  const std::string before = kPeople + kRoots;
  EXPECT_EQ(plan_text(before, before), "");
  EXPECT_EQ(plan_text(before, approver("alice", kHardware) + approver("bob", kBob) +
                                  approver("carol", kCarol, "\"treasury\", \"security\"") + kRoots),
            "+ approver alice: may now sign with sk-ssh-ed25519@openssh.com "
            "SHA256:tVHCpYgQVwXOyuA4eIP0yfZlPzd2YWHOsuujCWrPK+E\n"
            "+ approver carol: may now approve for security\n"
            "- approver alice: may no longer sign with ssh-ed25519 "
            "SHA256:MIlp1uibwUDNNvqGTMOj0b4Jlie0bZxrIdIt5zX5vMg\n");
  EXPECT_EQ(plan_text(before, before + quorum("\"withdraw\"",
                                              "approvals = { treasury = 2 }\n"
                                              "key_types = [\"ssh-ed25519\"]")),
            "+ quorum for withdraw: nobody → 2 of treasury within 24 h, 1 vetoes reject, hold 0 h, "
            "keys ssh-ed25519\n");
  const std::string people = kPeople + quorum("\"approvers\"", "approvals = { treasury = 2 }");
  const auto roots = [&](const std::string& hold) {
    return people + quorum("\"policy\"", "approvals = { treasury = 2 }\n" + hold);
  };
  EXPECT_NE(plan_text(roots(""), roots("hold = \"48h\""))
                .find("1 vetoes reject, hold 48 h, 72 h where it may add power over withdrawals, "),
            std::string::npos);
  EXPECT_TRUE(plan_text(before + quorum("\"withdraw\"", "approvals = { treasury = 2 }"), before)
                  .starts_with("+ quorum for withdraw: "));
  EXPECT_TRUE(plan_text(before, before + quorum("\"unfreeze\"", "approvals = { treasury = 2 }"))
                  .starts_with("+ quorum for unfreeze: as for policy → 2 of treasury"));
  const std::string executor = std::string("[executor]\nkey = \"") + kExecutor + "\"\n";
  EXPECT_TRUE(plan_text(before, before + executor).starts_with("+ executor: SHA256:"));
  EXPECT_TRUE(plan_text(before + executor, before).starts_with("- executor: SHA256:"));
}

TEST(Quorums, TwoRulesNeverReadAlike) {
  const std::string before = kPeople + kRoots;
  const std::string two = before + quorum("\"withdraw\"", "approvals = { a = 2, b = 2 }");
  const std::string one = before + quorum("\"withdraw\"", "approvals = { \"a and 2 of b\" = 2 }");
  EXPECT_NE(plan_text(two, one).find("→ 2 of \"a and 2 of b\" within 24 h"), std::string::npos)
      << plan_text(two, one);
  EXPECT_TRUE(touches_approvers(load_text(two).policy, load_text(one).policy));
  const std::string dave = approver("dave", kHardware, "\"a\", \"b for c\"");
  EXPECT_NE(plan_text(before, before + dave).find("may now approve for \"b for c\"\n"),
            std::string::npos);
}

// What an earlier build took stays in force, and comes no more.
TEST(Quorums, NamesOfGroupsAreNames) {
  const std::string before = kPeople + kRoots;
  const std::string odd = before + approver("dave", kHardware, "\"treasury\", \"a and 2 of b\"") +
                          quorum("\"withdraw\"", "approvals = { treasury = 2, \"1 of a\" = 1 }");
  EXPECT_EQ(rules(approver("dave", kHardware, "\"a.b-c_9\", \"d\"") + before), "");
  const Policy good = load_text(before).policy;
  const Loaded next = load_text(odd);
  const Status refused = check_group_names(good, next);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "policy.refused");
  for (const char* part :
       {"a.toml:21: warning: the name of a group may have letters",
        "not be \"a and 2 of b\" (quorum.group_name)", "not be \"1 of a\" (quorum.group_name)"}) {
    EXPECT_NE(refused.error().message.find(part), std::string::npos) << refused.error().message;
  }
  EXPECT_TRUE(check_group_names(next.policy, next));
  EXPECT_TRUE(check_group_names(next.policy, load_text(before)));
}

TEST(Quorums, WhatOnlyTheApproversMayChange) {
  const auto touches = [](const std::string& before, const std::string& after) {
    return touches_approvers(load_text(before).policy, load_text(after).policy);
  };
  const std::string before = kPeople + kRoots;
  EXPECT_FALSE(touches(before, before + "[[environment]]\nname = \"x\"\ntier = \"test\"\n"));
  EXPECT_TRUE(touches(before, before + quorum("\"transfer\"", "approvals = { treasury = 2 }")));
  EXPECT_TRUE(touches(before, before + approver("dave", kHardware)));
  EXPECT_TRUE(touches(before, before + "[executor]\nkey = \"" + kExecutor + "\"\n"));
}

}  // namespace
}  // namespace keystile::policy
