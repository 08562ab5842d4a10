#include "quorum/events.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "crypto/digest.h"

namespace keystile::quorum {
namespace {

constexpr std::string_view kPrefix = "proposal.";

struct StateName {
  State state;
  std::string_view name;
  std::string_view entry;  // of the step that leads there
};
constexpr StateName kStates[] = {
    {State::kProposed, "proposed", "reopened"},
    {State::kApproved, "approved", "approved"},
    {State::kHeld, "held", "held"},
    {State::kExecuting, "executing", "executing"},
    {State::kDone, "done", "done"},
    {State::kRejected, "rejected", "rejected"},
    {State::kExpired, "expired", "expired"},
    {State::kCancelled, "cancelled", "cancelled"},
    {State::kFailed, "failed", "failed"},
    {State::kUnknown, "unknown", "unknown"},
};

const StateName& named(State state) { return kStates[static_cast<size_t>(state)]; }

bool has_clocks(State state) { return state == State::kHeld || state == State::kExecuting; }

tl::unexpected<Error> unreadable(std::string_view what) {
  return fail("ledger.entry", fmt::format("a proposal's entry cannot be understood: {}", what),
              ErrorClass::kFatal);
}

std::string digest(const Proposal& proposal) {
  return hex_encode(crypto::sha256(approval_text(proposal, Decision::kApprove)));
}

json::Value entry_of(std::string_view kind, uint64_t id) {
  return json::object({{"type", std::string(kPrefix) + std::string(kind)}, {"id", id}});
}

struct EntryOf {
  json::Value operator()(const Proposed& event) const {
    json::Value entry = entry_of("proposed", event.proposal.id);
    entry.set("text", digest(event.proposal));
    entry.set("proposal", to_json(event.proposal));
    return entry;
  }
  json::Value operator()(const Signed& event) const {
    json::Value entry = entry_of("signed", event.id);
    entry.set("decision", to_string(event.decision));
    entry.set("key", event.signature.key.fingerprint());
    entry.set("signature", event.signature.armored());
    return entry;
  }
  json::Value operator()(const Resolved& event) const {
    json::Value entry = entry_of("resolved", event.id);
    entry.set("exchange_id", event.what.exchange_id);
    entry.set("key", event.signature.key.fingerprint());
    entry.set("signature", event.signature.armored());
    return entry;
  }
  json::Value operator()(const Step& event) const {
    json::Value entry = entry_of(named(event.to).entry, event.id);
    if (!event.detail.empty()) entry.set("detail", event.detail);
    if (event.clocks) entry.set("clocks", to_json(*event.clocks));
    return entry;
  }
};

Result<Event> read_proposed(uint64_t id, const json::Value& entry) {
  const json::Value* facts = entry.find("proposal");
  if (!facts) return unreadable("it has no proposal");
  KS_TRY(Proposal proposal, read_proposal(*facts));
  if (proposal.id != id) return unreadable("its two ids differ");
  if (entry.text("text") != digest(proposal)) {
    return unreadable("approvers were shown another text than this version would show");
  }
  return Event{Proposed{std::move(proposal)}};
}

Result<Event> read_signed(uint64_t id, const json::Value& entry) {
  const auto decision = parse_decision(entry.text("decision"));
  if (!decision) return unreadable("its decision");
  auto signature = SshSignature::parse(entry.text("signature"));
  if (!signature) return unreadable(signature.error().message);
  return Event{Signed{id, *decision, std::move(*signature)}};
}

Result<Event> read_resolved(uint64_t id, const json::Value& entry) {
  const json::Value* exchange_id = entry.find("exchange_id");
  if (!exchange_id || !exchange_id->if_string()) return unreadable("its exchange_id");
  auto signature = SshSignature::parse(entry.text("signature"));
  if (!signature) return unreadable(signature.error().message);
  return Event{Resolved{id, {*exchange_id->if_string()}, std::move(*signature)}};
}

Result<Event> read_step(uint64_t id, std::string_view kind, const json::Value& entry) {
  for (const StateName& each : kStates) {
    if (each.entry != kind) continue;
    Step step{id, each.state, std::string(entry.text("detail")), std::nullopt};
    if (has_clocks(step.to)) {
      const json::Value* clocks = entry.find("clocks");
      if (!clocks) return unreadable("its clocks");
      KS_TRY(step.clocks, read_clocks(*clocks));
    }
    return Event{std::move(step)};
  }
  // Not skipped as other kinds of entries are: what it means might be a veto.
  return unreadable(fmt::format("this version knows no \"{}{}\"", kPrefix, kind));
}

}  // namespace

std::string_view to_string(State state) { return named(state).name; }

bool is_settled(State state) {
  return state == State::kDone || state == State::kRejected || state == State::kExpired ||
         state == State::kCancelled || state == State::kFailed;
}

uint64_t id_of(const Event& event) {
  struct IdOf {
    uint64_t operator()(const Proposed& event) const { return event.proposal.id; }
    uint64_t operator()(const Signed& event) const { return event.id; }
    uint64_t operator()(const Step& event) const { return event.id; }
    uint64_t operator()(const Resolved& event) const { return event.id; }
  };
  return std::visit(IdOf{}, event);
}

json::Value to_json(const Event& event) { return std::visit(EntryOf{}, event); }

Result<std::optional<Event>> read_event(const json::Value& entry) {
  std::string_view kind = entry.text("type");
  if (!kind.starts_with(kPrefix)) return std::nullopt;
  kind.remove_prefix(kPrefix.size());
  const uint64_t id = parse_uint64(entry.text("id")).value_or(0);
  if (id == 0 || id > kMaxProposalId) return unreadable("its id");
  auto event = kind == "proposed"   ? read_proposed(id, entry)
               : kind == "signed"   ? read_signed(id, entry)
               : kind == "resolved" ? read_resolved(id, entry)
                                    : read_step(id, kind, entry);
  if (!event) return tl::unexpected<Error>(std::move(event.error()));
  return std::optional<Event>(std::move(*event));
}

}  // namespace keystile::quorum
