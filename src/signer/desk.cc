#include "signer/desk.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "signer/adopted.h"
#include "signer/freezing.h"

namespace keystile::signer {
namespace {

using quorum::Case;
using quorum::State;

constexpr size_t kMaxDetail = 300;
constexpr auto kProposalsPerDay = 50;

std::string cut(std::string_view text) {
  std::string out(text.substr(0, kMaxDetail));
  // A character cut in half is no UTF-8.
  while (!out.empty() && text.size() > out.size() && (text[out.size()] & 0xC0) == 0x80) {
    out.pop_back();
  }
  return out;
}

json::Value describe_signatures(const Case& one, const quorum::Tally& tally) {
  json::Array all;
  for (size_t i = 0; i < one.signatures.size(); ++i) {
    const quorum::Received& received = one.signatures[i];
    const quorum::Tally::Judged& judged = tally.judged[i];
    json::Value each = json::object({{"approver", judged.approver},
                                     {"key", received.signature.key.fingerprint()},
                                     {"decision", to_string(received.decision)},
                                     {"time", iso8601(received.at)}});
    if (judged.ignored) each.set("ignored", judged.ignored->code);
    all.push_back(std::move(each));
  }
  return json::Value(std::move(all));
}

json::Value describe_resolutions(const Case& one, const std::vector<policy::Approver>& approvers) {
  json::Array all;
  for (const quorum::Resolved& each : one.resolutions) {
    const policy::Approver* by = policy::find_approver(approvers, each.signature.key);
    all.push_back(json::object({{"approver", by ? by->name : ""},
                                {"key", each.signature.key.fingerprint()},
                                {"exchange_id", each.what.exchange_id}}));
  }
  return json::Value(std::move(all));
}

// By keys: names are only for reading.
bool is_same_person(const quorum::Asker& a, const quorum::Asker& b,
                    const std::vector<policy::Approver>& approvers) {
  if (a.kind != quorum::Asker::Kind::kPerson || b.kind != a.kind) return false;
  const auto holds = [](const policy::Approver& person, const quorum::Asker& asker) {
    return std::any_of(person.keys.begin(), person.keys.end(),
                       [&](const crypto::SshKey& key) { return key.fingerprint() == asker.key; });
  };
  return std::any_of(approvers.begin(), approvers.end(), [&](const policy::Approver& person) {
    return holds(person, a) && holds(person, b);
  });
}

}  // namespace

json::Value Desk::describe(const Case& one) const {
  const quorum::Tally tally = tally_of(one, clock_.wall(), realm_.rules());
  json::Array groups, entries;
  for (const quorum::Tally::Group& group : tally.groups) {
    groups.push_back(
        json::object({{"name", group.name}, {"have", group.have}, {"need", group.need}}));
  }
  for (const uint64_t entry : one.entries) entries.push_back(entry);
  json::Value out = json::object({{"id", one.proposal.id},
                                  {"state", to_string(one.state)},
                                  {"action", policy::to_string(one.proposal.action())},
                                  {"proposal", to_json(one.proposal)},
                                  {"groups", std::move(groups)},
                                  {"vetoes", tally.vetoes},
                                  {"signatures", describe_signatures(one, tally)},
                                  {"detail", one.detail},
                                  {"entries", std::move(entries)}});
  if (one.held) out.set("held", to_json(*one.held));
  const bool may_leave = one.is_waiting() || one.state == State::kExecuting;
  if (const quorum::Freeze* freeze = may_leave ? realm_.rules().stops(one.proposal) : nullptr) {
    out.set("frozen", to_string(*freeze));
  }
  if (!one.resolutions.empty()) {
    out.set("resolutions", describe_resolutions(one, realm_.policy().approvers));
  }
  return out;
}

std::optional<Result<json::Value>> Desk::command(const json::Value& command,
                                                 const quorum::Clocks& clocks) {
  const std::string_view what = command.text("do");
  if (what == "proposal.list") return list();
  if (what == "proposal.show") {
    const auto one = find(command);
    if (!one) return tl::unexpected<Error>(one.error());
    return describe(**one);
  }
  if (what == "proposal.policy") return policy_texts(command);
  if (what == "proposal.sign") return sign(command, clocks);
  if (what == "proposal.resolve") return resolve(command, clocks);
  if (what == "proposal.cancel") return cancel(command);
  return std::nullopt;
}

std::optional<Result<json::Value>> Desk::command(const Asked& asked, const quorum::Clocks& clocks) {
  const std::string_view what = asked.command.text("do");
  if (what == "proposal.cancel") return cancel_own(asked);
  if (what == "unfreeze") return propose_unfreeze(asked.command, asked.asker);
  if (what != "policy.propose") return command(asked.command, clocks);
  const auto bundle = policy::parse_bundle(asked.command.text("bundle"));
  if (!bundle) return tl::unexpected<Error>(bundle.error());
  return propose_policy(*bundle, asked.asker);
}

json::Value Desk::list() const {
  std::vector<const Case*> listed;
  size_t settled = 0;
  const auto& all = realm_.proposals().all();
  for (auto at = all.rbegin(); at != all.rend(); ++at) {
    if (!quorum::is_settled(at->second.state) || ++settled <= settled_listed_) {
      listed.push_back(&at->second);
    }
  }
  json::Array rows;
  for (auto at = listed.rbegin(); at != listed.rend(); ++at) {
    rows.push_back(quorum::is_settled((*at)->state) ? settled_row(**at) : describe(**at));
  }
  while (settled_.size() > settled_listed_) settled_.erase(settled_.begin());
  return json::object({{"proposals", std::move(rows)}});
}

const json::Value& Desk::settled_row(const Case& one) const {
  Row& row = settled_[one.proposal.id];
  const uint64_t policy = realm_.policy_version();
  if (row.entries != one.entries.size() || row.policy != policy) {
    row = {one.entries.size(), policy, describe(one)};
  }
  return row.text;
}

Result<const Case*> Desk::find(const json::Value& command) const {
  const auto id = parse_uint64(command.text("id"));
  if (!id) return fail("control.argument", "\"id\" must be a proposal's number");
  if (const Case* one = realm_.proposals().find(*id)) return one;
  return fail("proposal.missing", fmt::format("there is no proposal {}", *id));
}

// So that an approver's machine can tell by itself what changes.
Result<json::Value> Desk::policy_texts(const json::Value& command) const {
  KS_TRY(const Case* one, find(command));
  const auto* change = std::get_if<quorum::PolicyChange>(&one->proposal.facts);
  if (!change) return fail("control.argument", "it is no change of the policy");
  const Layout& layout = realm_.layout();
  KS_TRY(const policy::Bundle before, read_adopted(layout, {0, one->proposal.policy_hash, 0}));
  KS_TRY(const policy::Bundle after, read_adopted(layout, {change->version, change->hash, 0}));
  return json::object(
      {{"before", policy::dump_bundle(before)}, {"after", policy::dump_bundle(after)}});
}

Result<json::Value> Desk::sign(const json::Value& command, const quorum::Clocks& clocks) {
  const auto decision = quorum::parse_decision(command.text("decision"));
  if (!decision) return fail("control.argument", "\"decision\" must be approve or reject");
  KS_TRY(quorum::SshSignature signature, quorum::SshSignature::parse(command.text("signature")));
  // Before anything is told of any proposal.
  if (!policy::find_approver(realm_.policy().approvers, signature.key)) {
    return fail("tally.stranger", "the key is no approver's, or stands under two names");
  }
  KS_TRY(const Case* one, find(command));
  KS_CHECK(realm_.record(quorum::Signed{one->proposal.id, *decision, std::move(signature)}));
  settle(one->proposal.id, clocks);
  return describe(*one);
}

Result<json::Value> Desk::resolve(const json::Value& command, const quorum::Clocks& clocks) {
  const json::Value* exchange_id = command.find("exchange_id");
  if (!exchange_id || !exchange_id->if_string()) {
    return fail("control.argument", "\"exchange_id\" must be a text, empty if it was not sent");
  }
  KS_TRY(quorum::SshSignature signature, quorum::SshSignature::parse(command.text("signature")));
  if (!policy::find_approver(realm_.policy().approvers, signature.key)) {
    return fail("tally.stranger", "the key is no approver's, or stands under two names");
  }
  KS_TRY(const Case* one, find(command));
  KS_CHECK(realm_.record(
      quorum::Resolved{one->proposal.id, {*exchange_id->if_string()}, std::move(signature)}));
  settle(one->proposal.id, clocks);
  return describe(*one);
}

Result<json::Value> Desk::cancel(const json::Value& command) {
  KS_TRY(const Case* one, find(command));
  KS_CHECK(realm_.record(quorum::Step{one->proposal.id, State::kCancelled,
                                      cut("by " + std::string(command.text("by"))), std::nullopt}));
  return describe(*one);
}

Result<json::Value> Desk::cancel_own(const Asked& asked) {
  KS_TRY(const Case* one, find(asked.command));
  if (!is_same_person(one->proposal.asker, asked.asker, realm_.policy().approvers)) {
    return fail("proposal.not_own",
                fmt::format("proposal {} was not asked for by you: `keystile reject` stops it too",
                            one->proposal.id));
  }
  json::Value command = asked.command;
  command.set("by", to_string(asked.asker));
  return cancel(command);
}

// One key alone, perhaps stolen, must not fill the disk with what others have to reject.
Status Desk::has_room(const quorum::Asker& asker) const {
  const auto& all = realm_.proposals().all();
  const auto recent = std::count_if(all.begin(), all.end(), [&](const auto& each) {
    const quorum::Proposal& made = each.second.proposal;
    return made.asker == asker && clock_.wall() < made.created + std::chrono::hours{24};
  });
  if (recent < kProposalsPerDay) return {};
  return fail("proposal.busy",
              fmt::format("{} proposals within a day are as many as one person may "
                          "make",
                          kProposalsPerDay));
}

// Twice the same would split the people's signatures, and the second could only fail. Not where
// another has asked: who asked can cancel it, also when it has waited for long.
Result<json::Value> Desk::propose(quorum::Facts facts, const quorum::Asker& asker,
                                  const policy::Bundle* text) {
  KS_TRY(quorum::Proposal proposal, realm_.draft(std::move(facts), asker));
  for (const auto& [id, one] : realm_.proposals().all()) {
    const quorum::Proposal& earlier = one.proposal;
    if (one.is_waiting() && earlier.asker == asker && earlier.facts == proposal.facts &&
        earlier.policy_hash == proposal.policy_hash) {
      return describe(one);
    }
  }
  const uint64_t id = proposal.id;
  const quorum::Event event = quorum::Proposed{std::move(proposal)};
  // What is refused leaves nothing on the disk, however often it is tried: nobody counts that.
  KS_CHECK(realm_.proposals().check(event, clock_.wall(), realm_.rules()));
  if (text) {
    KS_CHECK(realm_.keep(*text));
  }
  KS_CHECK(realm_.record(event));
  return describe(*realm_.proposals().find(id));
}

Result<json::Value> Desk::propose_policy(const policy::Bundle& bundle, const quorum::Asker& asker) {
  KS_CHECK(has_room(asker));
  KS_TRY(quorum::PolicyChange change, realm_.change_to(bundle));
  return propose(std::move(change), asker, &bundle);
}

Result<json::Value> Desk::propose_unfreeze(const json::Value& command, const quorum::Asker& asker) {
  KS_CHECK(has_room(asker));
  KS_TRY(const quorum::Freeze* freeze, find_freeze(realm_, command));
  return propose(quorum::Unfreeze{*freeze, std::string(command.text("reason"))}, asker);
}

bool Desk::advance(const quorum::Clocks& clocks) {
  std::vector<uint64_t> open;
  for (const auto& [id, one] : realm_.proposals().all()) {
    const bool is_ours = !moved_by(one.proposal.facts);
    const bool may_move = one.is_waiting() || one.state == State::kUnknown;
    if (may_move || (is_ours && one.state == State::kExecuting)) open.push_back(id);
  }
  bool changed = false;
  for (const uint64_t id : open) {
    settle(id, clocks);
    changed |= carry_out(id, clocks);
  }
  return changed;
}

void Desk::settle(uint64_t id, const quorum::Clocks& clocks) {
  const Case& one = *realm_.proposals().find(id);
  while (const auto step = realm_.proposals().due(one, clocks, realm_.rules())) {
    if (!realm_.record(*step)) return;
  }
}

bool Desk::carry_out(uint64_t id, const quorum::Clocks& clocks) {
  const Case& one = *realm_.proposals().find(id);
  if (moved_by(one.proposal.facts)) return false;
  if (std::holds_alternative<quorum::Unfreeze>(one.proposal.facts)) return lift(one, clocks);
  if (one.state == State::kExecuting) {
    finish(one, "the gate ended before it came into force");
    return false;
  }
  // What could not come into force now would be voided by trying.
  const bool widens = std::get<quorum::PolicyChange>(one.proposal.facts).widens;
  if (widens && !realm_.may_widen()) return false;
  if (!realm_.record(quorum::Step{id, State::kExecuting, "", clocks})) return false;  // not yet
  const auto adopted = realm_.adopt(one);
  finish(one, adopted ? "" : adopted.error().message);
  return true;
}

// One that a gate began and did not end is gone on with. The policy stays.
bool Desk::lift(const Case& one, const quorum::Clocks& clocks) {
  const auto& facts = std::get<quorum::Unfreeze>(one.proposal.facts);
  const uint64_t id = one.proposal.id;
  if (!realm_.may_widen()) return false;  // it stays approved, and may expire
  const bool begun = one.state == State::kExecuting ||
                     realm_.record(quorum::Step{id, State::kExecuting, "", clocks});
  if (!begun) return false;
  const auto lifted = realm_.record(
      quorum::Lifted{realm_.settings().ledger_origin, facts.freeze.id, facts.freeze.target,
                     to_string(one.proposal.asker), facts.reason, id});
  finish(one, lifted ? "" : lifted.error().message);
  return false;
}

// Whether it had its effect the ledger tells, whatever happened in between.
void Desk::finish(const Case& one, std::string_view trouble) {
  const auto* change = std::get_if<quorum::PolicyChange>(&one.proposal.facts);
  const auto* ended = std::get_if<quorum::Unfreeze>(&one.proposal.facts);
  const bool done =
      change ? realm_.policy_version() == change->version && realm_.rules().hash == change->hash
             : realm_.freezes().was_lifted_by(ended->freeze.id, one.proposal.id);
  (void)realm_.record(quorum::Step{one.proposal.id, done ? State::kDone : State::kFailed,
                                   done ? "" : cut(trouble), std::nullopt});
}

}  // namespace keystile::signer
