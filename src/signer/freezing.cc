#include "signer/freezing.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "quorum/plain_text.h"
#include "signer/command_fields.h"
#include "signer/transfers.h"

namespace keystile::signer {
namespace {

using quorum::Freeze;
using quorum::FreezeTarget;

// One that is mistyped would stop nothing, and seem to.
Status check_known(const policy::Policy& policy, const FreezeTarget& target) {
  const bool known = target.kind == FreezeTarget::Kind::kAll ||
                     (target.kind == FreezeTarget::Kind::kClient && policy.client(target.name)) ||
                     (target.kind == FreezeTarget::Kind::kAccount && policy.account(target.name));
  if (known) return {};
  return fail("freeze.unknown",
              fmt::format("the policy in force has no {}: nothing is frozen by this",
                          quorum::plain_text(to_string(target))));
}

Result<json::Value> freeze(Realm& realm, const json::Value& command) {
  std::string text, reason, by;
  KS_CHECK(read_texts(command, {{"target", &text}, {"reason", &reason}, {"by", &by}},
                      "a freeze is \"target\" and \"reason\""));
  const auto target = quorum::parse_freeze_target(text);
  if (!target) {
    return fail("control.argument", "\"target\" must be client NAME, account NAME, or all");
  }
  KS_CHECK(check_known(realm.policy(), *target));
  const bool already = realm.freezes().of(*target);
  if (!already) {
    KS_CHECK(realm.record(quorum::Begun{realm.settings().ledger_origin,
                                        {realm.freezes().next_id(), *target, by, reason, {}}}));
  }
  return json::object({{"freeze", to_json(*realm.freezes().of(*target))},
                       {"already", already},
                       {"needs_people", !realm.policy().quorums.empty()}});
}

Result<json::Value> unfreeze(Realm& realm, const json::Value& command) {
  KS_TRY(const Freeze* found, find_freeze(realm, command));
  const Freeze freeze = *found;
  KS_CHECK(realm.record(quorum::Lifted{realm.settings().ledger_origin, freeze.id, freeze.target,
                                       std::string(command.text("by")),
                                       std::string(command.text("reason")), 0}));
  return json::object({{"freeze", to_json(freeze)}});
}

}  // namespace

json::Array list_freezes(const quorum::Freezes& freezes) {
  json::Array rows;
  for (const auto& [id, freeze] : freezes.in_force()) rows.push_back(to_json(freeze));
  return rows;
}

Result<const Freeze*> find_freeze(const Realm& realm, const json::Value& command) {
  const auto id = parse_uint64(command.text("id"));
  if (!id) return fail("control.argument", "\"id\" must be a freeze's number");
  return realm.freezes().find(*id);
}

std::optional<Result<json::Value>> freeze_command(Realm& realm, const json::Value& command) {
  const std::string_view what = command.text("do");
  if (what == "freeze") return freeze(realm, command);
  if (what == "freeze.list") return json::object({{"freezes", list_freezes(realm.freezes())}});
  if (what == "unfreeze") return unfreeze(realm, command);
  return std::nullopt;
}

std::optional<Result<json::Value>> freeze_command(Realm& realm, const Asked& asked) {
  if (asked.command.text("do") == "unfreeze") return std::nullopt;
  json::Value command = asked.command;
  if (command.text("do") == "freeze") command.set("by", to_string(asked.asker));
  return freeze_command(realm, command);
}

std::string frozen_text(const quorum::Freezes& freezes, std::span<const policy::Account> accounts,
                        const policy::Account& account, const exchanges::Intent& intent) {
  const Freeze* freeze = freezes.of_account(account.name);
  if (!freeze && intent.transfer) {
    freeze = freezes.stops(transfer_of(account, *intent.transfer, std::nullopt), accounts);
  }
  return freeze ? to_string(*freeze) : "";
}

}  // namespace keystile::signer
