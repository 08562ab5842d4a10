// A realm whose ledger was damaged when it was opened. The entries that can still be proven are
// believed, one by one; what moves power waits until the others are back.
//
// Which policy is in force only the ledger tells: the folder of adopted texts has each by its hash,
// those that people refused among them, and nobody who can change files there must bring an old one
// back. An adoption that can be read is superseded by a later one only. So where nothing is lost
// after it, it counts. Where something is, that may have been an adoption, unless an entry behind
// it says which version was in force when it was written (each request, refusal, start and stop of
// the gate does): versions only go forward. If none does, or it says another version than the one
// whose text is known, a client that was revoked might come back; then no request with a key
// passes.
//
// A client may also have been frozen by an entry that is lost. One that was let through later was
// not. The others wait; so does whoever would freeze somebody now, since the numbers of freezes
// follow each other. (A freeze of accounts or of all stops only what is refused here anyway.)
#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "signer/realm.h"

namespace keystile::signer {

Status Realm::whole() const {
  if (!ledger_ || ledger_->damage().empty()) return {};
  return ledger_->condition();
}

Status Realm::policy_is_known() const {
  if (whole() || policy_is_told_) return {};
  return fail("ledger.damaged",
              fmt::format("{}. No request with a key passes until then: an entry that is lost may "
                          "have put another policy in force than version {}, and revoked a client",
                          whole().error().message, policy_version()),
              ErrorClass::kFatal);
}

Status Realm::client_is_known(const std::string& client) const {
  KS_CHECK(policy_is_known());
  if (whole() || !has_gap_ || heard_.contains(client)) return {};
  return fail("ledger.damaged",
              fmt::format("{}. Client {} may do nothing until then: an entry that is lost may have "
                          "frozen it",
                          whole().error().message, client),
              ErrorClass::kFatal);
}

// Only what is taken while the ledger is damaged; and it tells nothing of what was in force before,
// since it was written by whoever did not know.
Status Realm::replay_aside(ledger::Index index, WallTime time, const json::Value& entry) {
  constexpr std::string_view kKinds[] = {"request",        "outcome",       "order",
                                         "gate.started",   "gate.stopped",  "ledger.stopped",
                                         "ledger.resumed", "ledger.witness"};
  if (std::find(std::begin(kKinds), std::end(kKinds), entry.text("type")) != std::end(kKinds)) {
    return replay(index, time, entry);
  }
  return fail("ledger.corrupt",
              fmt::format("entry {} in journal.aside is of a kind that is not recorded there: take "
                          "that file away",
                          index),
              ErrorClass::kFatal);
}

void Realm::note_gap(ledger::Index index) {
  if (index == next_) return;
  heard_.clear();
  has_gap_ = true;
  policy_is_told_ = false;
}

void Realm::note_policy(const json::Value& entry) {
  const std::string_view type = entry.text("type");
  if (type == "policy.adopted") policy_is_told_ = true;
  if (type != "request" && type != "refusal" && !type.starts_with("gate.")) return;
  if (has_gap_ && type == "request") heard_.emplace(entry.text("client"));
  const auto version = parse_uint64(entry.text("policy"));
  if (version) policy_is_told_ = *version == policy_version();
}

}  // namespace keystile::signer
