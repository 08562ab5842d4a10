#include "signer/signed_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "crypto/digest.h"
#include "quorum/sshsig.h"

namespace keystile::signer {
namespace {

// Of one key within two windows: a stolen one must not silence the others, nor hold up programs
// with what takes long to judge.
constexpr size_t kMostReads = 4096, kMostChanges = 256;

struct Allowed {
  std::string_view name;
  bool approvers, executor, changes;
};
constexpr std::array kCommands = {
    Allowed{"proposal.list", true, false, false},   Allowed{"proposal.show", true, false, false},
    Allowed{"proposal.sign", true, false, true},    Allowed{"proposal.cancel", true, false, true},
    Allowed{"policy.propose", true, false, true},   Allowed{"withdraw", true, false, true},
    Allowed{"proposal.resolve", true, false, true}, Allowed{"ledger.entries", false, true, false},
    Allowed{"policy.bundle", false, true, false},   Allowed{"proposal.step", false, true, true},
    Allowed{"transfer", true, false, true},         Allowed{"proposal.policy", true, false, false},
    Allowed{"freeze", true, false, true},           Allowed{"freeze.list", true, false, false},
    Allowed{"unfreeze", true, false, true},
};

// Of any kind that the policy may name; each quorum says for itself what approves.
crypto::SshKeyRules any_key() {
  using crypto::SshKeyType;
  return {{SshKeyType::kEd25519, SshKeyType::kSkEd25519, SshKeyType::kSkEcdsaP256,
           SshKeyType::kEcdsaP256, SshKeyType::kRsa},
          crypto::Presence::kNone};
}

// A member that must be a string; null where it is not.
const std::string* string_of(const json::Value& object, std::string_view name) {
  const json::Value* member = object.find(name);
  return member ? member->if_string() : nullptr;
}

Result<Asked> find_asker(const crypto::SshKey& key, const policy::Policy& in_force) {
  Asked asked;
  asked.asker = {quorum::Asker::Kind::kPerson, "executor", key.fingerprint()};
  asked.by_executor = in_force.executor == key;
  if (asked.by_executor) return asked;
  const policy::Approver* person = policy::find_approver(in_force.approvers, key);
  if (!person) {
    return fail("signed.key",
                fmt::format("{} is neither an approver's key nor the executor's, by the policy in "
                            "force",
                            key.fingerprint()));
  }
  asked.asker.name = person->name;
  return asked;
}

Result<bool> changes_anything(std::string_view name, bool by_executor) {
  const auto at = std::find_if(kCommands.begin(), kCommands.end(),
                               [&](const Allowed& each) { return each.name == name; });
  if (at != kCommands.end() && (by_executor ? at->executor : at->approvers)) return at->changes;
  return fail("signed.command",
              fmt::format("{} may not ask for this", by_executor ? "the executor" : "an approver"));
}

// The body without what only says for whom and when it is.
Result<json::Value> command_in(const json::Value& body) {
  json::Value command{json::Object{}};
  for (const json::Member& member : *body.if_object()) {
    if (member.name == "by") {
      return fail("signed.format", "leave \"by\" out: who asks is told by the key");
    }
    if (member.name != "realm" && member.name != "time") command.set(member.name, member.value);
  }
  return command;
}

}  // namespace

std::string body_of(json::Value command, const std::string& realm, WallTime now) {
  command.set("realm", realm);
  command.set("time", iso8601(now));
  return json::dump(command);
}

json::Value signed_command(std::string body, std::string armored) {
  return json::object(
      {{"do", "signed"}, {"body", std::move(body)}, {"signature", std::move(armored)}});
}

Result<Asked> SignedCommands::open(const json::Value& command, WallTime now,
                                   const policy::Policy& in_force) {
  const std::string* body = string_of(command, "body");
  const std::string* armored = string_of(command, "signature");
  if (!body || !armored || command.text("do") != "signed" || command.if_object()->size() != 3) {
    return fail("signed.format",
                "a signed command is {\"do\":\"signed\",\"body\":…,\"signature\":…}");
  }
  KS_TRY(const quorum::SshSignature signature, quorum::SshSignature::parse(*armored));
  KS_TRY(Asked asked, find_asker(signature.key, in_force));
  KS_CHECK(quorum::verify(signature, signature.key, kRequestNamespace, *body, any_key()));
  KS_TRY(const json::Value said, json::parse(*body));
  const std::string* name = string_of(said, "do");
  const std::string* realm = string_of(said, "realm");
  if (!name || !realm) {
    return fail("signed.format", "the body is an object with \"do\", \"realm\" and \"time\"");
  }
  if (*realm != realm_) {
    return fail("signed.realm", fmt::format("it is for another realm: this one is {}", realm_));
  }
  KS_TRY(asked.time, check_time(said.text("time"), now));
  KS_TRY(asked.changes, changes_anything(*name, asked.by_executor));
  KS_TRY(asked.command, command_in(said));
  const bool is_dear = asked.changes && !asked.by_executor;
  KS_CHECK(remember({signature.key.blob(), is_dear}, *body, now));
  return asked;
}

Result<WallTime> SignedCommands::check_time(std::string_view text, WallTime now) const {
  const auto time = parse_iso8601(text);
  if (!time)
    return fail("signed.time", "the body's \"time\" is no time in ISO 8601 with milliseconds");
  if (*time < now - kCommandWindow || *time > now + kCommandWindow) {
    return fail("signed.time",
                fmt::format("it was signed at {}, and here it is {}: sign it anew, with a clock "
                            "that is right",
                            iso8601(*time), iso8601(now)));
  }
  if (*time < since_) {
    return fail("signed.time",
                fmt::format("what was signed before {} may have been carried out before the gate "
                            "was started: sign it anew{}",
                            iso8601(since_), since_ > now ? ", after that" : ""));
  }
  return *time;
}

Status SignedCommands::remember(const Sort& sort, const std::string& body, WallTime now) {
  auto& served = served_[sort];
  std::erase_if(served, [&](const auto& each) {
    if (each.second >= now) return false;
    // What is forgotten is too old, also where the clock is set back later.
    since_ = std::max(since_, each.second - kCommandWindow + Millis{1});
    return true;
  });
  if (served.size() >= (sort.is_dear ? kMostChanges : kMostReads)) {
    return fail("signed.busy", "too many commands by this key within two minutes: wait",
                ErrorClass::kRetryable);
  }
  // Within twice the window its time can be right; then it is refused for that.
  if (served.emplace(crypto::sha256(body), now + 2 * kCommandWindow).second) return {};
  return fail("signed.repeated", "this very command was carried out before: sign a new one");
}

}  // namespace keystile::signer
