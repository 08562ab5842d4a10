#include "quorum/freeze.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "quorum/plain_text.h"
#include "quorum/proposal.h"

namespace keystile::quorum {
namespace {

constexpr std::string_view kPrefix = "freeze.";

constexpr struct {
  FreezeTarget::Kind kind;
  std::string_view name, stopped;
} kTargets[] = {
    {FreezeTarget::Kind::kClient, "client",
     "every request of this program, and what it has asked people for"},
    {FreezeTarget::Kind::kAccount, "account",
     "orders that may add, settings, transfers and withdrawals of this account"},
    {FreezeTarget::Kind::kAll, "all",
     "orders that may add, settings, transfers and withdrawals of every account"},
};

const auto& row_of(const FreezeTarget& target) {
  return kTargets[static_cast<size_t>(target.kind)];
}

tl::unexpected<Error> unreadable(std::string_view what) {
  return fail("ledger.entry", fmt::format("a freeze's entry cannot be understood: {}", what),
              ErrorClass::kFatal);
}

struct EntryOf {
  json::Value operator()(const Begun& event) const {
    const Freeze& freeze = event.freeze;
    return json::object({{"type", "freeze.begun"},
                         {"realm", event.realm},
                         {"id", freeze.id},
                         {"target", to_string(freeze.target)},
                         {"by", freeze.by},
                         {"reason", freeze.reason}});
  }
  json::Value operator()(const Lifted& event) const {
    json::Value entry = json::object({{"type", "freeze.lifted"},
                                      {"realm", event.realm},
                                      {"id", event.id},
                                      {"target", to_string(event.target)},
                                      {"by", event.by},
                                      {"reason", event.reason}});
    if (event.proposal != 0) entry.set("proposal", event.proposal);
    return entry;
  }
};

}  // namespace

std::string to_string(const FreezeTarget& target) {
  const std::string_view kind = row_of(target).name;
  return target.name.empty() ? std::string(kind) : fmt::format("{} {}", kind, target.name);
}

std::optional<FreezeTarget> parse_freeze_target(std::string_view text) {
  const size_t space = std::min(text.find(' '), text.size());
  const std::string_view name = text.substr(std::min(space + 1, text.size()));
  for (const auto& each : kTargets) {
    const bool is_all = each.kind == FreezeTarget::Kind::kAll;
    if (each.name != text.substr(0, space) || name.empty() != is_all) continue;
    return FreezeTarget{each.kind, std::string(name)};
  }
  return std::nullopt;
}

std::string_view stopped_by(const FreezeTarget& target) { return row_of(target).stopped; }

std::string to_string(const Freeze& freeze) {
  return fmt::format("{} is frozen since {} (freeze {} by {}: {})",
                     plain_text(to_string(freeze.target)), iso8601(freeze.since), freeze.id,
                     plain_text(freeze.by), plain_text(freeze.reason));
}

json::Value to_json(const Freeze& freeze) {
  return json::object({{"id", freeze.id},
                       {"target", to_string(freeze.target)},
                       {"since", iso8601(freeze.since)},
                       {"by", freeze.by},
                       {"reason", freeze.reason}});
}

json::Value to_json(const FreezeEvent& event) { return std::visit(EntryOf{}, event); }

Result<std::optional<FreezeEvent>> read_freeze_event(const json::Value& entry) {
  const std::string_view type = entry.text("type");
  if (!type.starts_with(kPrefix)) return std::nullopt;
  const uint64_t id = parse_uint64(entry.text("id")).value_or(0);
  const auto target = parse_freeze_target(entry.text("target"));
  if (id == 0 || id > kMaxProposalId || !target) return unreadable("its id or its target");
  std::string realm(entry.text("realm")), by(entry.text("by")), reason(entry.text("reason"));
  if (type == "freeze.begun") {
    return FreezeEvent{
        Begun{std::move(realm), {id, *target, std::move(by), std::move(reason), {}}}};
  }
  // Not skipped as other kinds of entries are: it might stop something.
  if (type != "freeze.lifted") return unreadable("this version knows no such thing");
  const json::Value* proposal = entry.find("proposal");
  const auto number = proposal ? parse_uint64(proposal->text()) : std::optional<uint64_t>(0);
  if (!number) return unreadable("its proposal");
  return FreezeEvent{
      Lifted{std::move(realm), id, *target, std::move(by), std::move(reason), *number}};
}

}  // namespace keystile::quorum
