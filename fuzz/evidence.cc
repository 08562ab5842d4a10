// The evidence of a proposal. Input: changes to a good one (edits.h), or a whole file of its own.
// Whatever still holds proves nothing else than the good one does: at most that it came less far.
#include "signer/evidence.h"

#include "fuzz/check.h"
#include "fuzz/edits.h"
#include "fuzz/input.h"
#include "fuzz/ledger_key.h"
#include "ledger/verify.h"
#include "quorum/approvers_for_test.h"
#include "quorum/proposals_for_test.h"

using namespace keystile;
using namespace keystile::ledger;
using quorum::KeyForTest;
using quorum::State;

namespace {

policy::Bundle bundle() {
  std::string text = "[realm]\nname = \"desk\"\n";
  for (const char* name : {"alice", "bob", "carol"}) {
    text += std::string("[[approver]]\nname = \"") + name + "\"\nkeys = [\"" +
            KeyForTest(name).key().line() + "\"]\ngroups = [\"treasury\"]\n";
  }
  return {{{"realm.toml", text + "[[quorum]]\nactions = [\"policy\", \"approvers\", \"withdraw\"]\n"
                                 "approvals = { treasury = 2 }\nhold = \"0s\"\n"}}};
}

quorum::Proposal proposal() {
  quorum::Proposal made = quorum::proposal_of(quorum::a_withdrawal());
  made.realm = fuzz::kOrigin;
  made.policy_version = 1;
  made.policy_hash = bundle().hash();
  return made;
}

std::vector<json::Value> entries() {
  const quorum::Proposal made = proposal();
  const auto signed_by = [&](const char* name) {
    return to_json(quorum::Event(quorum::Signed{made.id, quorum::Decision::kApprove,
                                                KeyForTest(name).sign(made).signature}));
  };
  const auto step = [&](State to, std::optional<quorum::Clocks> clocks = std::nullopt) {
    return to_json(quorum::Event(quorum::Step{made.id, to, "", std::move(clocks)}));
  };
  return {json::object({{"type", "policy.adopted"}, {"version", 1}, {"hash", bundle().hash()}}),
          to_json(quorum::Event(quorum::Proposed{made})),
          signed_by("alice"),
          signed_by("bob"),
          step(State::kApproved),
          step(State::kExecuting, quorum::Clocks{made.created, {}}),
          step(State::kDone)};
}

// As the ledger writes them.
std::vector<std::string> texts() {
  std::vector<std::string> all;
  for (const json::Value& entry : entries()) {
    json::Value text = json::object(
        {{"index", static_cast<uint64_t>(all.size())}, {"time", iso8601(proposal().created)}});
    for (const json::Member& member : *entry.if_object()) text.set(member.name, member.value);
    all.push_back(json::dump(text));
  }
  return all;
}

signer::Evidence good_evidence() {
  const std::vector<std::string> all = texts();
  std::vector<Hash> leaves;
  for (const std::string& text : all) leaves.push_back(leaf_hash(text));
  const SubtreeReader read = [&](int height, uint64_t at) -> Result<Hash> {
    const size_t from = at << height;
    return root_of(std::span(leaves).subspan(from, size_t{1} << height));
  };
  const Checkpoint checkpoint{fuzz::kOrigin, all.size(), root_of(leaves)};
  const std::string note = *sign_note(checkpoint.text(), fuzz::ledger_name(), fuzz::ledger_key());
  signer::Evidence evidence{{bundle()}, {}};
  for (size_t i = 0; i < all.size(); ++i) {
    std::string proof = "c2sp.org/tlog-proof@v1\nindex " + std::to_string(i) + "\n";
    const Proof hashes = *inclusion_proof(i, all.size(), read);
    for (const Hash& hash : hashes) proof += base64_encode(bytes_of(hash)) + "\n";
    evidence.entries.push_back({all[i], proof + "\n" + note});
  }
  return evidence;
}

// The state that is proven; nothing if it does not hold.
std::optional<State> judged(std::string_view text) {
  static const std::string vkey = fuzz::ledger_name().vkey();
  const auto evidence = signer::read_evidence(text);
  if (!evidence) return std::nullopt;
  const std::string again = json::dump(to_json(*evidence));
  const auto same = signer::read_evidence(again);
  KS_HOLDS(same && json::dump(to_json(*same)) == again);
  const auto proven = signer::verify_evidence(*evidence, vkey);
  if (!proven) return std::nullopt;
  KS_HOLDS(proven->realm == fuzz::kOrigin && proven->what.proposal == proposal());
  const bool decided = proven->what.state != State::kProposed;
  KS_HOLDS(!decided ||
           (proven->signatures.size() == 2 && proven->signatures[0].approver == "alice" &&
            proven->signatures[1].approver == "bob"));
  return proven->what.state;
}

}  // namespace

KS_FUZZ_TARGET(input) {
  static const std::string good = json::dump(to_json(good_evidence()));
  KS_HOLDS(judged(good) == State::kDone);
  judged(input);
  std::string changed = good;
  for (int i = 0; !input.empty() && i < 16; ++i) fuzz::edit(fuzz::take_line(&input), &changed);
  judged(changed);
}
