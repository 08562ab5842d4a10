#include "signer/realm.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/audit.h"
#include "ledger/folder.h"
#include "signer/adopted.h"
#include "signer/exchange_ca.h"

namespace keystile::signer {
namespace {

constexpr const char* kVaultOpened = "vault.opened";

// What the ledger knows of it; of epoch 0 where it knows nothing.
VaultState last_state(const Books& books, const std::string& vault) {
  const auto known = books.vaults().find(vault);
  return known == books.vaults().end() ? VaultState{} : known->second;
}

Result<json::Value> parse_entry(ledger::Index index, std::string_view bytes) {
  auto entry = json::parse(bytes);
  if (entry) return entry;
  return fail("ledger.corrupt", fmt::format("ledger entry {} is not JSON", index),
              ErrorClass::kFatal);
}

}  // namespace

Result<vault::Unlock> find_unlock(const Layout& layout, const NodeSettings& settings,
                                  const std::string& vault, const AskPassphrase& ask) {
  const auto source = settings.unlock.find(vault);
  if (source == settings.unlock.end()) {
    return fail("unlock.missing",
                fmt::format("{} has no [unlock.{}]: add how the vault is unlocked",
                            layout.settings(), vault));
  }
  switch (source->second.kind) {
    case UnlockSource::Kind::kKeyFile:
      return vault::unlock_from_file(layout.resolve(source->second.value));
    case UnlockSource::Kind::kCredential:
      return vault::unlock_from_systemd_credential(source->second.value);
    case UnlockSource::Kind::kPassphrase:
      break;
  }
  KS_TRY(SecretBytes passphrase, ask(vault));
  return vault::unlock_from_passphrase(std::move(passphrase));
}

json::Value to_json(const Adopted& adopted) {
  json::Array changes, warnings;
  for (const policy::Change& change : adopted.changes) {
    changes.push_back(json::object({{"widens", change.widens}, {"text", change.text}}));
  }
  for (const policy::Finding& finding : adopted.findings) warnings.push_back(to_string(finding));
  return json::object({{"version", adopted.version},
                       {"hash", adopted.hash},
                       {"changes", std::move(changes)},
                       {"warnings", std::move(warnings)}});
}

Realm::~Realm() { ledger_.reset(); }

Result<std::unique_ptr<Realm>> Realm::open(const std::string& folder, const AskPassphrase& ask,
                                           const Clock& clock, ledger::Disk& disk) {
  auto realm = std::unique_ptr<Realm>(new Realm(Layout(folder), clock, disk));
  KS_TRY(realm->settings_, load_settings(realm->layout_));
  KS_CHECK(realm->open_vaults(ask));
  const vault::Vault& node = realm->vaults_.at(kNodeVault);
  const crypto::SigningKey* key = node.signing_key("ledger");
  if (!key) {
    return fail("realm.ledger_key",
                "the node's vault holds no ledger key; was this realm made by "
                "`keystile init`?",
                ErrorClass::kFatal);
  }
  ledger::Ledger::Options options;
  options.folder = realm->layout_.ledger();
  options.origin = realm->settings_.ledger_origin;
  KS_TRY(realm->ledger_, ledger::Ledger::open_proven(
                             options, *key, clock, disk,
                             [&realm](ledger::Index index, std::string_view text, bool aside) {
                               return realm->replay_text(index, text, aside);
                             }));
  realm->note_gap(realm->ledger_->size());
  realm->witnesses_ =
      std::make_unique<Witnesses>(realm->settings_.witnesses, realm->layout_.ledger(), disk);
  KS_CHECK(realm->load_adopted());
  KS_CHECK(realm->note_vaults(ledger::Priority::kOrdinary));
  return realm;
}

Status Realm::open_vaults(const AskPassphrase& ask) {
  if (!settings_.unlock.contains(kNodeVault)) {
    return fail("unlock.missing",
                fmt::format("{} has no [unlock.{}]", layout_.settings(), kNodeVault));
  }
  for (const auto& [name, source] : settings_.unlock) {
    KS_TRY(vault::Unlock unlock, find_unlock(layout_, settings_, name, ask));
    unlocks_.insert_or_assign(name, std::move(unlock));
  }
  return reopen_vaults();
}

Status Realm::reopen_vaults() {
  std::map<std::string, vault::Vault> opened;
  for (const auto& [name, unlock] : unlocks_) {
    KS_TRY(vault::Vault vault, vault::Vault::open(layout_.vault(name), name, unlock));
    KS_CHECK(check_vault(layout_.vault(name), vault, last_state(books_, name)));
    opened.emplace(name, std::move(vault));
  }
  // The ledger signs with the node's key for as long as it is open: that vault stays.
  if (const auto node = vaults_.find(kNodeVault); node != vaults_.end()) {
    opened.erase(kNodeVault);
    opened.emplace(kNodeVault, std::move(node->second));
  }
  vaults_ = std::move(opened);
  return {};
}

Status Realm::replay_text(ledger::Index index, std::string_view text, bool aside) {
  note_gap(index);
  next_ = index + 1;
  KS_TRY(const json::Value entry, parse_entry(index, text));
  KS_TRY(const WallTime time, parse_iso8601(entry.text("time")));
  if (aside) return replay_aside(index, time, entry);
  KS_CHECK(replay(index, time, entry));
  note_policy(entry);
  return {};
}

// Each step of a proposal is judged by the policy of its day.
Status Realm::replay(ledger::Index index, WallTime time, const json::Value& entry) {
  KS_TRY(const auto freeze, quorum::read_freeze_event(entry));
  if (freeze) return replay(index, time, *freeze);
  KS_TRY(const auto event, quorum::read_event(entry));
  if (!event) {
    KS_CHECK(listings_.apply(entry));
    return books_.apply(index, time, entry);
  }
  KS_CHECK(load_adopted());
  const Status applied = proposals_.replay(index, time, *event, rules());
  if (applied || has_gap_)
    return {};  // behind a gap it need not follow, and nothing follows from it
  return fail("ledger.entry",
              fmt::format("ledger entry {} says of a proposal what cannot have been: {}", index,
                          applied.error().message),
              ErrorClass::kFatal);
}

Status Realm::replay(ledger::Index index, WallTime time, const quorum::FreezeEvent& event) {
  KS_CHECK(load_adopted());
  const Status applied = freezes_.apply(time, event, proposals_, rules());
  if (applied) return {};
  if (has_gap_) {  // what stops is taken in all the same, and what would let go is not
    if (std::holds_alternative<quorum::Begun>(event)) freezes_.trust(time, event);
    return {};
  }
  return fail("ledger.entry",
              fmt::format("ledger entry {} says of a freeze what cannot have been: {}", index,
                          applied.error().message),
              ErrorClass::kFatal);
}

Status Realm::load_adopted() {
  if (policy_version() == loaded_) return {};
  KS_TRY(const policy::Bundle bundle, read_adopted(layout_, *books_.adoption()));
  policy::Loaded loaded = policy::load(bundle);
  if (!loaded.ok()) {
    return fail("policy.adopted",
                "the adopted policy no longer loads: " + to_string(loaded.findings.front()),
                ErrorClass::kFatal);
  }
  policy_ = std::move(loaded.policy);
  loaded_ = policy_version();
  keep_space(layout_, disk_, bundle);
  return {};
}

Status Realm::note_vaults(ledger::Priority priority) {
  for (const auto& [name, vault] : vaults_) {
    const VaultState last = last_state(books_, name);
    KS_CHECK(check_vault(layout_.vault(name), vault, last));
    if (whole() && (vault.epoch() > last.epoch || last.digest.empty())) {
      KS_CHECK(record(json::object({{"type", kVaultOpened},
                                    {"environment", name},
                                    {"epoch", vault.epoch()},
                                    {"digest", vault.digest()}}),
                      priority));
    }
  }
  return {};
}

uint64_t Realm::policy_version() const {
  return books_.adoption() ? books_.adoption()->version : 0;
}

const vault::Vault* Realm::vault(const std::string& environment) const {
  const auto at = vaults_.find(environment);
  return at == vaults_.end() || environment == kNodeVault ? nullptr : &at->second;
}

const crypto::SigningKey* Realm::ca_key() const {
  return vaults_.at(kNodeVault).signing_key(kCaKey);
}

template <class Entry>
Result<ledger::Index> Realm::append(const Entry& entry, ledger::Priority priority,
                                    ledger::When when) {
  text_.clear();
  write(entry, &text_);
  return ledger_->append_text(text_, priority, when);
}

Result<ledger::Index> Realm::record(const RequestEntry& entry, ledger::Priority priority) {
  const WallTime now = clock_.wall();
  KS_TRY(const ledger::Index index, append(entry, priority));
  books_.apply(index, now, entry);
  return index;
}

Result<ledger::Index> Realm::record(const RefusalEntry& entry) {
  return append(entry, ledger::Priority::kOrdinary);
}

// Lost, it leaves an order whose end is asked for.
Result<ledger::Index> Realm::record(const OutcomeEntry& entry) {
  KS_TRY(const ledger::Index index, append(entry, ledger::Priority::kReserve, ledger::When::kSoon));
  books_.apply(entry);
  return index;
}

Result<ledger::Index> Realm::record(const OrderEntry& entry) {
  KS_TRY(const ledger::Index index, append(entry, ledger::Priority::kReserve));
  books_.apply(index, entry);
  return index;
}

Result<ledger::Index> Realm::record(const json::Value& entry, ledger::Priority priority) {
  const WallTime now = clock_.wall();
  KS_TRY(const ledger::Index index, ledger_->append(entry, priority));
  KS_CHECK(books_.apply(index, now, entry));
  KS_CHECK(listings_.apply(entry));
  return index;
}

Result<ledger::Index> Realm::record(const quorum::Event& event) {
  KS_CHECK(whole());
  const WallTime now = clock_.wall();
  KS_CHECK(proposals_.check(event, now, rules()));
  KS_TRY(const ledger::Index index, ledger_->append(to_json(event),
                                                    std::holds_alternative<quorum::Proposed>(event)
                                                        ? ledger::Priority::kOrdinary
                                                        : ledger::Priority::kReserve,
                                                    now));
  KS_CHECK(proposals_.apply(index, now, event, rules()));
  KS_CHECK(on_disk(index));
  return index;
}

Status Realm::may_widen() const {
  KS_CHECK(ledger_->condition());
  return witnesses_->fresh(clock_.wall());
}

// From the reserve where it stops something: neither a full disk nor what was damaged under the
// running gate stands in the way of that. What lets it go on adds power. Where the ledger was
// damaged when it was opened, neither: the number might be one that is lost.
Result<ledger::Index> Realm::record(const quorum::FreezeEvent& event) {
  const WallTime now = clock_.wall();
  KS_CHECK(whole());
  KS_CHECK(freezes_.check(event, proposals_, rules()));
  const bool stops = std::holds_alternative<quorum::Begun>(event);
  if (!stops) {
    KS_CHECK(may_widen());
  }
  KS_TRY(const ledger::Index index,
         ledger_->append(to_json(event),
                         stops ? ledger::Priority::kReserve : ledger::Priority::kOrdinary, now));
  KS_CHECK(freezes_.apply(now, event, proposals_, rules()));
  KS_CHECK(on_disk(index));
  return index;
}

// On a full disk there is no checkpoint, but the journal has it.
Status Realm::on_disk(ledger::Index index) {
  const Status synced = ledger_->sync();
  if (ledger_->durable() > index) return {};
  Error error =
      synced ? Error{"ledger.io", "the ledger could not be written to disk"} : synced.error();
  error.kind = ErrorClass::kOutcomeUnknown;
  return tl::unexpected<Error>(std::move(error));
}

quorum::InForce Realm::rules() const {
  return {policy_version(), books_.adoption() ? std::string_view(books_.adoption()->hash) : "",
          policy_.currency, policy_.approvers,
          policy_.quorums,  policy_.accounts,
          &freezes_};
}

Result<quorum::Proposal> Realm::draft(quorum::Facts facts, quorum::Asker asker) const {
  const quorum::InForce in_force = rules();
  const WallTime now = clock_.wall();
  quorum::Proposal proposal;
  proposal.realm = settings_.ledger_origin;
  proposal.id = proposals_.next_id(now);
  proposal.facts = std::move(facts);
  proposal.asker = std::move(asker);
  proposal.created = now;
  proposal.policy_version = in_force.version;
  proposal.policy_hash = in_force.hash;
  const policy::Rule* rule = in_force.rule_for(proposal);
  if (!rule) {
    return fail("proposal.no_rule",
                fmt::format("the policy has no quorum for {}: add one, so that it can be approved",
                            policy::to_string(proposal.action())));
  }
  proposal.expires = now + rule->open_for;
  return proposal;
}

namespace {

// Into books, the entry, where it is of this type.
Status take_entry(ledger::Index index, std::string_view bytes, std::string_view type,
                  Books* books) {
  if (bytes.find(json::quoted(type)) == bytes.npos) return {};
  KS_TRY(const json::Value entry, parse_entry(index, bytes));
  return entry.text("type") == type ? books->apply(index, WallTime{}, entry) : Status();
}

// Those of this type alone, read without any lock or key.
Status read_entries(const Layout& layout, std::string_view type, Books* books) {
  Status status;
  KS_CHECK(ledger::read(layout.ledger(), 0, [&](ledger::Index index, std::string_view bytes) {
    status = take_entry(index, bytes, type, books);
    return status.has_value();
  }));
  return status;
}

// The same of a damaged ledger, as far as what is left of it can be proven.
Status read_proven(const Layout& layout, std::string_view type, Books* books) {
  const ledger::Folder folder(layout.ledger());
  KS_TRY(const ledger::NoteKey key, folder.key());
  KS_TRY(const ledger::Audit audited,
         ledger::audit(folder, key, [&](ledger::Index index, std::string_view bytes, bool) {
           return take_entry(index, bytes, type, books);
         }));
  (void)audited;
  return {};
}

tl::unexpected<Error> damaged(const Status& read, std::string_view what) {
  return fail(read.error().code,
              fmt::format("{}. {}: `keystile ledger fsck` says what is damaged, and what to do",
                          read.error().message, what),
              read.error().kind);
}

}  // namespace

Result<InForce> policy_in_force(const Layout& layout) {
  Books books;
  const Status read = read_entries(layout, "policy.adopted", &books);
  if (!read && read.error().code == "ledger.corrupt") {
    return damaged(read, "Which policy is in force cannot be told");
  }
  KS_CHECK(read);
  if (!books.adoption()) return InForce{};
  KS_TRY(policy::Bundle bundle, read_adopted(layout, *books.adoption()));
  return InForce{books.adoption()->version, std::move(bundle)};
}

// Where the ledger is damaged, what of it is proven still tells an old file, as it does to a gate
// that is started so: a leaked key must not stay because the ledger waits to be mended.
Result<VaultState> vault_in_ledger(const Layout& layout, const std::string& vault) {
  Books books;
  const Status read = read_entries(layout, kVaultOpened, &books);
  if (read) return last_state(books, vault);
  if (read.error().code == "ledger.missing") return VaultState{};
  Books proven;
  if (!read_proven(layout, kVaultOpened, &proven)) {
    return damaged(read, "Whether the vault's file is the newest cannot be told");
  }
  return last_state(proven, vault);
}

Status check_vault(const std::string& path, const vault::Vault& vault, const VaultState& last) {
  const bool is_older = vault.epoch() < last.epoch;
  const bool is_other =
      vault.epoch() == last.epoch && !last.digest.empty() && vault.digest() != last.digest;
  if (!is_older && !is_other) return {};
  const std::string what =
      is_older ? fmt::format(
                     "is older than what this realm last used (epoch {}, not {}): an old "
                     "file was put back",
                     vault.epoch(), last.epoch)
               : fmt::format(
                     "is not the file of epoch {} that this realm last used (sha256 {}, not "
                     "{}): an old file was put back, and changed since",
                     last.epoch, vault.digest(), last.digest);
  return fail("vault.rolled_back",
              fmt::format("{} {}. What was removed from it could be used again. docs/vault.md says "
                          "what to do",
                          path, what),
              ErrorClass::kFatal);
}

}  // namespace keystile::signer
