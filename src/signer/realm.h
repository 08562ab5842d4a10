// One realm, opened: its vaults, its ledger, the policy in force, and the books. There is one
// writer at a time (the ledger's lock); a serving process takes commands through its control
// socket, otherwise the command line opens the realm itself. Both use the same functions.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/secret.h"
#include "ledger/disk.h"
#include "ledger/ledger.h"
#include "policy/loader.h"
#include "quorum/freezes.h"
#include "quorum/proposals.h"
#include "signer/books.h"
#include "signer/layout.h"
#include "signer/listings.h"
#include "signer/witnesses.h"
#include "vault/vault.h"

namespace keystile::signer {

// Asks a person for a vault's passphrase.
using AskPassphrase = std::function<Result<SecretBytes>(const std::string& vault)>;

// The unlock secret of one vault, by the settings. "unlock.missing" if the settings name none.
Result<vault::Unlock> find_unlock(const Layout& layout, const NodeSettings& settings,
                                  const std::string& vault, const AskPassphrase& ask);

// What a change of policy did.
struct Adopted {
  uint64_t version = 0;
  std::string hash;
  std::vector<policy::Change> changes;
  std::vector<policy::Finding> findings;  // warnings only
};

// For the control socket and --json: version, hash, changes, warnings.
json::Value to_json(const Adopted& adopted);

class Realm {
 public:
  // Takes the ledger's lock, opens every vault that the settings can unlock, rebuilds the books and
  // loads the adopted policy. "policy.adopted" if its stored text is missing or was changed,
  // "vault.rolled_back" if a vault file is older than the ledger remembers, or came from one. A
  // damaged ledger is opened as far as it can be (ledger::Ledger::open_proven()): see whole().
  // disk: the ledger's.
  static Result<std::unique_ptr<Realm>> open(const std::string& folder, const AskPassphrase& ask,
                                             const Clock& clock,
                                             ledger::Disk& disk = ledger::system_disk());
  ~Realm();

  const Layout& layout() const { return layout_; }
  ledger::Disk& disk() const { return disk_; }
  const NodeSettings& settings() const { return settings_; }
  const policy::Policy& policy() const { return policy_; }
  uint64_t policy_version() const;
  const vault::Vault* vault(const std::string& environment) const;
  // Of the CA for exchange names; null where this realm has none.
  const crypto::SigningKey* ca_key() const;
  Books& books() { return books_; }
  const Books& books() const { return books_; }
  ledger::Ledger& ledger() { return *ledger_; }
  const ledger::Ledger& ledger() const { return *ledger_; }
  Witnesses& witnesses() { return *witnesses_; }

  // "ledger.damaged" where the ledger was when it was opened: then the books hold what can still be
  // proven, and nothing is decided, adopted or proposed; see damaged.cc.
  Status whole() const;
  // The same where it is not even known whether the policy that was read last is in force: an
  // entry that is lost may have adopted another, which revoked a client. Then nobody is one.
  Status policy_is_known() const;
  // And whether that client may still ask: it may have been frozen by an entry that is lost.
  Status client_is_known(const std::string& client) const;

  // Appends an entry and applies it to the books: the only way anything is recorded.
  Result<ledger::Index> record(const RequestEntry& entry, ledger::Priority priority);
  Result<ledger::Index> record(const RefusalEntry& entry);
  Result<ledger::Index> record(const OutcomeEntry& entry);  // soon: nothing waits for it
  Result<ledger::Index> record(const OrderEntry& entry);
  Result<ledger::Index> record(const json::Value& entry, ledger::Priority priority);
  // On disk when it returns; the errors of quorum::Proposals::check() and the ledger's. If it was
  // appended and is not known to be on disk, the error is "ledger.io" and of unknown outcome.
  Result<ledger::Index> record(const quorum::Event& event);
  // The same; the errors of quorum::Freezes::check().
  Result<ledger::Index> record(const quorum::FreezeEvent& event);

  // Whether anything that adds power may be written now: "ledger.full", "ledger.damaged" and the
  // like, "ledger.witness".
  Status may_widen() const;

  // What people decide about, and by which rules.
  const quorum::Proposals& proposals() const { return proposals_; }
  const quorum::Freezes& freezes() const { return freezes_; }
  quorum::InForce rules() const;
  const Listings& listings() const { return listings_; }
  // A proposal of these facts, made now and open for as long as its rule says.
  // "proposal.no_rule".
  Result<quorum::Proposal> draft(quorum::Facts facts, quorum::Asker asker) const;

  // Puts the policy folder in force: checks it, opens the vaults afresh, stores and records it,
  // switches at once. If anything is wrong, nothing changes and the error lists what is.
  // bundle: what to put in force instead; made_from: the hash of the one that it is a change of,
  // so that it undoes nothing that was adopted meanwhile ("policy.moved"). A policy that allows
  // nothing new (a client revoked, a limit lowered) comes into force also on a full disk, out of
  // space kept for it, and without witnesses; any other needs those that the settings require
  // ("ledger.witness") and, where the policy in force has quorums, people: "policy.quorum".
  Result<Adopted> adopt(const std::string& by, const policy::Bundle* bundle = nullptr,
                        const std::string& made_from = "");
  // What people would be asked to approve. "policy.same": nothing would change.
  Result<quorum::PolicyChange> change_to(const policy::Bundle& bundle) const;
  // Stores its text, to be adopted when they have.
  Status keep(const policy::Bundle& bundle);
  // Puts the policy in force that was proposed so and approved; the caller has seen to that.
  // "policy.moved": another was adopted since, so it is no longer what people have read.
  Result<Adopted> adopt(const quorum::Case& approved);

 private:
  Realm(Layout layout, const Clock& clock, ledger::Disk& disk)
      : layout_(std::move(layout)), clock_(clock), disk_(disk) {}
  template <class Entry>
  Result<ledger::Index> append(const Entry& entry, ledger::Priority priority,
                               ledger::When when = ledger::When::kNow);
  Status replay_text(ledger::Index index, std::string_view text, bool aside);
  Status replay_aside(ledger::Index index, WallTime time, const json::Value& entry);
  void note_gap(ledger::Index index);
  void note_policy(const json::Value& entry);
  Status replay(ledger::Index index, WallTime time, const json::Value& entry);
  Status replay(ledger::Index index, WallTime time, const quorum::FreezeEvent& event);
  Status load_adopted();
  Status open_vaults(const AskPassphrase& ask);
  Status reopen_vaults();
  struct Candidate;  // in adoption.cc
  Result<Candidate> weigh(policy::Bundle bundle) const;
  Result<Adopted> put_in_force(Candidate candidate, const std::string& by, uint64_t proposal);
  Result<ledger::Index> record_adoption(const Candidate& candidate, const std::string& by,
                                        uint64_t proposal, ledger::Priority priority);
  Status on_disk(ledger::Index index);
  Status note_vaults(ledger::Priority priority);

  Layout layout_;
  const Clock& clock_;
  ledger::Disk& disk_;
  NodeSettings settings_;
  std::map<std::string, vault::Unlock> unlocks_;
  std::map<std::string, vault::Vault> vaults_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<Witnesses> witnesses_;
  Books books_;
  policy::Policy policy_;
  uint64_t loaded_ = 0;  // its version
  quorum::Freezes freezes_;
  quorum::Proposals proposals_;
  Listings listings_;
  // While the ledger is replayed.
  ledger::Index next_ = 0;
  bool has_gap_ = false;        // some entry before next_ is lost
  bool policy_is_told_ = true;  // since the last gap: an entry says which version was in force
  std::set<std::string, std::less<>> heard_;  // clients that were let through since the last gap
  std::string text_;                          // of the entry that is being written
};

// The policy in force, read without any lock or key (for `policy show`, `plan`, `explain`): the
// last adoption in the ledger and the stored text that matches it. Version 0 and an empty bundle
// where nothing was adopted yet.
struct InForce {
  uint64_t version = 0;
  policy::Bundle bundle;
};
Result<InForce> policy_in_force(const Layout& layout);

// As the gate last wrote it down, read without any lock or key; of epoch 0 where it never did. Of a
// damaged ledger, by what can still be proven; "ledger.corrupt" where nothing can.
Result<VaultState> vault_in_ledger(const Layout& layout, const std::string& vault);
// "vault.rolled_back" if the file at that path is older than what the ledger knows of it, or became
// what it is from an older one.
Status check_vault(const std::string& path, const vault::Vault& vault, const VaultState& last);

}  // namespace keystile::signer
