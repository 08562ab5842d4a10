// What a gate that lies can tell the executor, one JSON text a line: each is an answer of it, an
// entry of the realm's ledger, and an entry of the executor's own. Nobody has signed any of it, so
// nothing is proven, and nothing is approved.
#include "executor/chain.h"
#include "fuzz/check.h"
#include "fuzz/executor_policy.h"
#include "fuzz/input.h"

using namespace keystile;
using namespace keystile::executor;
using quorum::State;

namespace {

ledger::NoteKey log_key() {
  ledger::NoteKey key;
  key.name = "keystile.example/desk";
  key.id = "\x01\x02\x03\x04";
  key.public_key = std::string(32, '\x05');
  return key;
}

Line adoption(const std::string& hash) {
  return {0, WallTime{},
          json::object({{"type", "policy.adopted"}, {"version", 1}, {"hash", hash}})};
}

bool is_unapproved(State state) {
  return state == State::kProposed || state == State::kExpired || state == State::kCancelled;
}

}  // namespace

KS_FUZZ_TARGET(input) {
  static const policy::Bundle kPolicy = fuzz::executor_policy();
  static const std::string kHash = kPolicy.hash();
  const WallTime now = parse_iso8601("2026-11-21T12:00:00.000Z").value();
  const quorum::Clocks clocks{now, {{"production/binance", now}}};
  Follower follower(log_key());
  Chain chain(log_key().name, kHash);
  KS_HOLDS(chain.provide(kPolicy).has_value());
  KS_HOLDS(chain.take(adoption(kHash), {clocks, now}).has_value());
  bool ended = false;
  for (int i = 0; !input.empty() && i < 32; ++i) {
    const auto text = json::parse(fuzz::take_line(&input));
    if (!text) continue;
    const auto told = follower.take(*text);
    KS_HOLDS(!told && follower.proven() == Position{});
    if (const auto position = read_position(*text)) {
      KS_HOLDS(read_position(to_json(*position)).value() == *position);
    }
    const auto line = read_line(*text);
    if (!line || ended) continue;
    if (const auto needed = chain.needs(*line)) {
      KS_HOLDS(!chain.take(*line, {clocks, now}).has_value());  // has no text
    }
    ended = !chain.take(*line, {clocks, now}).has_value();
  }
  KS_HOLDS(chain.version() == 1 && chain.hash() == kHash);
  for (const auto& [id, one] : chain.proposals().all()) {
    KS_HOLDS(is_unapproved(one.state));
    KS_HOLDS(!chain.may_send(id, {clocks, Records(), std::nullopt}).has_value());
  }
}
