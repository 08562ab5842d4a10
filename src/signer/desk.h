// Where proposals are dealt with: commands of people and their programs come in, steps that are due
// are written, and what was approved of policies and freezes takes effect. Withdrawals do not leave
// from here: their keys are with the executor.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/json.h"
#include "quorum/proposals.h"
#include "signer/realm.h"
#include "signer/signed_command.h"

namespace keystile::signer {

class Desk {
 public:
  // Of settled proposals so many are listed: who wants older ones asks for them by id, or reads the
  // ledger.
  static constexpr size_t kSettledListed = 100;

  explicit Desk(Realm& realm, const Clock& clock, size_t settled_listed = kSettledListed)
      : realm_(realm), clock_(clock), settled_listed_(settled_listed) {}

  //   proposal.list                       {"proposals": […]}: all that are not settled, and of the
  //                                       others the newest
  //   proposal.show   id                  one
  //   proposal.sign   id, decision,       one; whoever brings a signature needs no right, for it
  //                   signature           proves itself
  //   proposal.resolve id, exchange_id    one; what one approver says of its unknown end: the
  //                   (""), signature     exchange's id of it, or that it was not sent
  //   proposal.policy id                  {"before", "after"}: the texts of a policy change
  //   proposal.cancel id, by              one; stops what has not been executed
  // Nothing: no command of this kind. The errors are those of quorum::Proposals::check(), or
  // "control.argument".
  std::optional<Result<json::Value>> command(const json::Value& command,
                                             const quorum::Clocks& clocks);

  // The same of somebody who has signed the command; and
  //   policy.propose  bundle              one
  //   unfreeze        id, reason          one; asks people to end the freeze of that id
  // proposal.cancel then stops only what the same person has asked for ("proposal.not_own").
  std::optional<Result<json::Value>> command(const Asked& asked, const quorum::Clocks& clocks);

  // Whether this person may ask for one more thing today: "proposal.busy".
  Status has_room(const quorum::Asker& asker) const;

  // Puts a policy before the approvers. Where the same person has asked for the same, and that
  // still waits, it is that one.
  Result<json::Value> propose_policy(const policy::Bundle& bundle, const quorum::Asker& asker);

  // Asks them to end a freeze, likewise: "freeze.missing", "freeze.lifted".
  Result<json::Value> propose_unfreeze(const json::Value& command, const quorum::Asker& asker);

  // Writes what is due by itself, and puts approved policies in force. True: it has tried to, so
  // policy and vaults may have changed. What the ledger cannot take now is tried again the next
  // time.
  bool advance(const quorum::Clocks& clocks);

  // A proposal as commands show it.
  json::Value describe(const quorum::Case& one) const;

 private:
  json::Value list() const;
  const json::Value& settled_row(const quorum::Case& one) const;
  Result<json::Value> propose(quorum::Facts facts, const quorum::Asker& asker,
                              const policy::Bundle* text = nullptr);
  Result<const quorum::Case*> find(const json::Value& command) const;
  Result<json::Value> policy_texts(const json::Value& command) const;
  Result<json::Value> sign(const json::Value& command, const quorum::Clocks& clocks);
  Result<json::Value> resolve(const json::Value& command, const quorum::Clocks& clocks);
  Result<json::Value> cancel(const json::Value& command);
  Result<json::Value> cancel_own(const Asked& asked);
  void settle(uint64_t id, const quorum::Clocks& clocks);
  bool carry_out(uint64_t id, const quorum::Clocks& clocks);
  bool lift(const quorum::Case& one, const quorum::Clocks& clocks);
  void finish(const quorum::Case& one, std::string_view trouble);

  Realm& realm_;
  const Clock& clock_;
  size_t settled_listed_;
  // What describe() says of settled ones, which few things can change: to verify all their
  // signatures for each list would hold up what programs ask.
  struct Row {
    size_t entries = 0;   // of the ledger about it, and
    uint64_t policy = 0;  // the version by which it was judged
    json::Value text;
  };
  mutable std::map<uint64_t, Row> settled_;  // by id
};

}  // namespace keystile::signer
