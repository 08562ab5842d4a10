#include "signer/evidence.h"

#include <fmt/format.h>

#include <optional>

#include "base/encoding.h"
#include "ledger/note.h"
#include "ledger/verify.h"
#include "quorum/policy_change.h"

namespace keystile::signer {
namespace {

constexpr std::string_view kKind = "keystile evidence 1";
constexpr size_t kMostBytes = size_t{64} << 20;

tl::unexpected<Error> malformed() {
  return fail("evidence.format",
              "this is no evidence as `keystile proposal show ID --proof FILE` writes it");
}

// The list of that name; null where there is none.
const json::Array* list_in(const json::Value& value, std::string_view name) {
  const json::Value* member = value.find(name);
  return member ? member->if_array() : nullptr;
}

Result<Evidence::Entry> read_entry(const json::Value& value) {
  const json::Value* text = value.find("entry");
  const json::Value* proof = value.find("proof");
  if (!text || !text->if_string() || !proof || !proof->if_string() ||
      value.if_object()->size() != 2) {
    return malformed();
  }
  return Evidence::Entry{*text->if_string(), *proof->if_string()};
}

// Follows the entries as the gate and the executor do.
class Follower {
 public:
  Follower(const Evidence& evidence, std::string vkey)
      : evidence_(evidence), vkey_(std::move(vkey)) {}

  Status take(const Evidence::Entry& entry) {
    const auto index = ledger::verify_proof(entry.proof, entry.text, vkey_);
    if (!index) return refuse("evidence.proof", "is not proven: " + index.error().message);
    const auto value = json::parse(entry.text);
    const auto time = value ? parse_iso8601(value->text("time"))
                            : Result<WallTime>(tl::unexpected<Error>(value.error()));
    if (!time || value->text("index") != std::to_string(*index)) {
      return refuse("evidence.entry", "is no entry of a ledger");
    }
    if (last_ && *index <= *last_) return refuse("evidence.entry", "is not in the ledger's order");
    last_ = *index;
    if (value->text("type") == "policy.adopted") return adopt(*value);
    const auto freeze = quorum::read_freeze_event(*value);
    if (freeze && *freeze) return apply(*time, **freeze);
    return apply(*index, *time, *value);
  }

  Result<Proven> finish(std::string realm) {
    if (proposals_.all().size() != 1) {
      return fail("evidence.entry", "the entries propose nothing");
    }
    if (next_policy_ != evidence_.policies.size()) {
      return fail("evidence.policy", "it holds a policy that no entry adopts");
    }
    Proven proven{std::move(realm), proposals_.all().begin()->second, std::move(signatures_)};
    if (proven.what.proposal.realm == proven.realm) return proven;
    return fail("evidence.entry", "the proposal is one of another realm than the key's");
  }

 private:
  static tl::unexpected<Error> refuse(std::string code, std::string_view what) {
    return fail(std::move(code), fmt::format("an entry {}", what));
  }

  Status adopt(const json::Value& entry) {
    const auto version = parse_uint64(entry.text("version"));
    if (!version || (version_ != 0 && *version != version_ + 1)) {
      return refuse("evidence.policy", "adopts a version that does not follow the one before it");
    }
    if (next_policy_ == evidence_.policies.size() ||
        evidence_.policies[next_policy_].hash() != entry.text("hash")) {
      return refuse("evidence.policy", "adopts a policy whose text is not here, or not as it was");
    }
    policy::Loaded loaded = policy::load(evidence_.policies[next_policy_++]);
    if (!loaded.ok()) {
      return refuse("evidence.policy", "adopts a policy that this version cannot load");
    }
    for (const auto& [id, one] : proposals_.all()) {
      const auto* told = std::get_if<quorum::PolicyChange>(&one.proposal.facts);
      if (!told || entry.text("proposal") != std::to_string(id)) continue;
      const auto real = quorum::policy_change(policy_, loaded.policy, *version, told->hash);
      if (quorum::tells(*told, real)) continue;
      return refuse("evidence.policy", "adopts a policy that is not what people were told");
    }
    policy_ = std::move(loaded.policy);
    version_ = *version;
    hash_ = entry.text("hash");
    return {};
  }

  Status apply(WallTime time, const quorum::FreezeEvent& event) {
    if (!freezes_.apply(time, event, proposals_, in_force())) {
      return refuse("evidence.steps", "says of a freeze what cannot have been");
    }
    return {};
  }

  Status apply(ledger::Index index, WallTime time, const json::Value& entry) {
    const auto read = quorum::read_event(entry);
    const std::optional<quorum::Event> event = read ? *read : std::nullopt;
    if (!event || version_ == 0) {
      return refuse("evidence.entry", "is about something else than this proposal");
    }
    const Status applied = proposals_.replay(index, time, *event, in_force());
    if (!applied) {
      return fail("evidence.steps", fmt::format("entry {} says what cannot have been: {}", index,
                                                applied.error().message));
    }
    if (const auto* mark = std::get_if<quorum::Signed>(&*event)) {
      const policy::Approver* by = policy::find_approver(policy_.approvers, mark->signature.key);
      signatures_.push_back(
          {by ? by->name : "", quorum::Received{mark->decision, mark->signature, time}});
    }
    return {};
  }

  quorum::InForce in_force() const {
    return {version_,         hash_,    policy_.currency, policy_.approvers, policy_.quorums,
            policy_.accounts, &freezes_};
  }

  const Evidence& evidence_;
  std::string vkey_;
  std::optional<ledger::Index> last_;
  size_t next_policy_ = 0;
  uint64_t version_ = 0;
  std::string hash_;
  policy::Policy policy_;
  quorum::Freezes freezes_;
  quorum::Proposals proposals_;
  std::vector<Proven::Signature> signatures_;
};

}  // namespace

json::Value to_json(const Evidence& evidence) {
  json::Array policies, entries;
  for (const policy::Bundle& bundle : evidence.policies) {
    policies.push_back(policy::dump_bundle(bundle));
  }
  for (const Evidence::Entry& entry : evidence.entries) {
    entries.push_back(json::object({{"entry", entry.text}, {"proof", entry.proof}}));
  }
  return json::object(
      {{"kind", kKind}, {"policies", std::move(policies)}, {"entries", std::move(entries)}});
}

Result<Evidence> read_evidence(std::string_view text) {
  json::Limits limits;
  limits.bytes = kMostBytes;
  KS_TRY(const json::Value read, json::parse(text, limits));
  const json::Array* policies = list_in(read, "policies");
  const json::Array* entries = list_in(read, "entries");
  if (!policies || !entries || read.text("kind") != kKind || read.if_object()->size() != 3) {
    return malformed();
  }
  Evidence evidence;
  for (const json::Value& each : *policies) {
    if (!each.if_string()) return malformed();
    KS_TRY(policy::Bundle bundle, policy::parse_bundle(*each.if_string()));
    evidence.policies.push_back(std::move(bundle));
  }
  for (const json::Value& each : *entries) {
    KS_TRY(Evidence::Entry entry, read_entry(each));
    evidence.entries.push_back(std::move(entry));
  }
  return evidence;
}

Result<Proven> verify_evidence(const Evidence& evidence, const std::string& vkey) {
  KS_TRY(const ledger::NoteKey key, ledger::parse_vkey(vkey));
  Follower follower(evidence, vkey);
  for (const Evidence::Entry& entry : evidence.entries) {
    KS_CHECK(follower.take(entry));
  }
  return follower.finish(key.name);
}

}  // namespace keystile::signer
