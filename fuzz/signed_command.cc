// A command from another machine, whole, and as the body that an approver's or the executor's key
// signs: whatever is taken was signed by that key, for this realm and time, and is in its table.
#include "signer/signed_command.h"

#include <set>

#include "fuzz/check.h"
#include "quorum/approvers_for_test.h"

using namespace keystile;
using signer::kRequestNamespace;

namespace {

constexpr const char* kRealm = "keystile/desk";
const WallTime kNow = parse_iso8601("2026-11-21T09:00:00.000Z").value();
const std::set<std::string_view> kApprovers = {
    "proposal.list",   "proposal.show",  "proposal.sign", "proposal.resolve",
    "proposal.cancel", "policy.propose", "withdraw",      "transfer",
    "proposal.policy", "freeze",         "freeze.list",   "unfreeze"};
const std::set<std::string_view> kExecutor = {"ledger.entries", "policy.bundle", "proposal.step"};

void check_signed(const quorum::KeyForTest& key, const policy::Policy& in_force,
                  const std::string& body, bool executor) {
  signer::SignedCommands commands(kRealm, kNow - std::chrono::seconds{60});
  const json::Value command =
      signer::signed_command(body, key.sign(kRequestNamespace, body).armored());
  const auto asked = commands.open(command, kNow, in_force);
  if (!asked) return;
  const auto said = json::parse(body);
  KS_HOLDS(said && said->text("realm") == kRealm);
  const auto time = parse_iso8601(said->text("time"));
  KS_HOLDS(time && *time >= kNow - signer::kCommandWindow &&
           *time <= kNow + signer::kCommandWindow);
  KS_HOLDS(asked->by_executor == executor && asked->asker.key == key.key().fingerprint());
  KS_HOLDS((executor ? kExecutor : kApprovers).contains(asked->command.text("do")));
  KS_HOLDS(!asked->command.find("realm") && !asked->command.find("time"));
  KS_HOLDS(!asked->command.find("by"));
  KS_HOLDS(commands.open(command, kNow, in_force).error().code == "signed.repeated");
}

}  // namespace

KS_FUZZ_TARGET(input) {
  static const quorum::KeyForTest alice("alice"), executor("executor"), stranger("stranger");
  policy::Policy in_force;
  in_force.approvers = {quorum::approver("alice", {&alice}, {"treasury"})};
  in_force.executor = executor.key();
  const std::string body(input);
  check_signed(alice, in_force, body, false);
  check_signed(executor, in_force, body, true);
  signer::SignedCommands commands(kRealm, kNow);
  const json::Value strange =
      signer::signed_command(body, stranger.sign(kRequestNamespace, body).armored());
  KS_HOLDS(commands.open(strange, kNow, in_force).error().code == "signed.key");
  // Nobody has signed the input itself.
  if (const auto whole = json::parse(input)) KS_HOLDS(!commands.open(*whole, kNow, in_force));
}
