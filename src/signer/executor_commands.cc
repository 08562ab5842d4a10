#include "signer/executor_commands.h"

#include "base/encoding.h"
#include "ledger/folder.h"
#include "signer/adopted.h"

namespace keystile::signer {
namespace {

using quorum::State;

constexpr size_t kMostBytes = 2 << 20, kMostEntries = 2000;  // of one answer
constexpr size_t kHashDigits = 64;

tl::unexpected<Error> argument(std::string what) {
  return fail("control.argument", std::move(what));
}

Result<json::Value> entries(Realm& realm, const json::Value& command) {
  const auto from = parse_uint64(command.text("from"));
  if (!from) return argument("\"from\" must be an entry's index");
  const std::string folder = realm.layout().ledger();
  KS_TRY(const std::string note, ledger::Folder(folder).checkpoint_note());
  KS_TRY(const ledger::Checkpoint covered, ledger::unverified_checkpoint(note));
  json::Array texts;
  size_t bytes = 0;
  if (*from < covered.size) {
    KS_CHECK(ledger::read(folder, *from, [&](ledger::Index index, std::string_view text) {
      texts.push_back(text);
      bytes += text.size();
      return index + 1 < covered.size && bytes < kMostBytes && texts.size() < kMostEntries;
    }));
  }
  return json::object({{"entries", std::move(texts)}, {"checkpoint", note}});
}

Result<json::Value> bundle(Realm& realm, const json::Value& command) {
  const std::string hash(command.text("hash"));
  const auto bytes = hex_decode(hash);
  if (hash.size() != kHashDigits || !bytes || hex_encode(*bytes) != hash) {
    return argument("\"hash\" must be a SHA-256 in lower-case hex");
  }
  KS_TRY(const policy::Bundle found, read_adopted(realm.layout(), {0, hash, 0}));
  return json::object({{"bundle", policy::dump_bundle(found)}});
}

Result<State> state_to_come(std::string_view text) {
  for (const State state : {State::kExecuting, State::kDone, State::kFailed, State::kUnknown}) {
    if (to_string(state) == text) return state;
  }
  return argument("\"to\" must be executing, done, failed or unknown");
}

Result<json::Value> step(Realm& realm, const json::Value& command) {
  const auto id = parse_uint64(command.text("id"));
  const quorum::Case* one = id ? realm.proposals().find(*id) : nullptr;
  if (!one || !moved_by(one->proposal.facts)) {
    return argument("\"id\" must be the number of a withdrawal or transfer");
  }
  KS_TRY(const State to, state_to_come(command.text("to")));
  quorum::Step event{one->proposal.id, to, std::string(command.text("detail")), std::nullopt};
  if (to == State::kExecuting) {
    KS_CHECK(realm.may_widen());  // from here on it may leave
    const json::Value* clocks = command.find("clocks");
    if (!clocks) return argument("\"clocks\" is missing");
    KS_TRY(event.clocks, quorum::read_clocks(*clocks));
  }
  KS_CHECK(realm.record(event));
  return json::object({{"state", to_string(one->state)}});
}

}  // namespace

std::optional<Result<json::Value>> executor_command(Realm& realm, const json::Value& command) {
  const std::string_view what = command.text("do");
  if (what == "ledger.entries") return entries(realm, command);
  if (what == "policy.bundle") return bundle(realm, command);
  if (what == "proposal.step") return step(realm, command);
  return std::nullopt;
}

}  // namespace keystile::signer
