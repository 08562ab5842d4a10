// The executor: follows a realm's ledger, and sends what its people have approved. Sans I/O: next()
// says what is to be done, then() of it takes how it went. Everything that it must not forget
// stands in its own ledger first; from that it begins again after a restart.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "executor/action.h"
#include "executor/chain.h"
#include "executor/exchange_clocks.h"
#include "executor/follower.h"
#include "executor/payout.h"
#include "executor/prices.h"
#include "executor/records.h"

namespace keystile::executor {

struct RunnerSettings {
  ledger::NoteKey realm;       // its ledger's key; the name is its origin
  std::string policy;          // the hash of the policy that is trusted
  Millis follow_every{1'000};  // how often new entries are asked for
  PayoutSettings payout;
};

// Reads back what was given to be kept. "executor.policy": it is not there, or was changed.
using FindPolicy = std::function<Result<policy::Bundle>(const std::string& hash)>;

class Runner {
 public:
  Runner(RunnerSettings settings, FindKey find_key, Random& random);

  // One entry of its own ledger, from the first to the last, before anything else.
  // "executor.ledger" if it is none, or the errors of Chain::take().
  Status remember(const json::Value& entry, const FindPolicy& find_policy);

  // What stands in its own ledger last, whatever ended it: what people decide while it is off may
  // reach it late.
  json::Value farewell() const;

  // The next thing to do; next() must not be called again before its then(). An error ends it: the
  // realm's ledger says what cannot be, see Chain::take().
  Result<Action> next(Moment now);

  // What it waits for, for people: withdrawals that are approved and cannot be sent, and a realm or
  // an exchange that does not answer. As of the last next().
  std::vector<std::string> troubles() const;
  const Chain& chain() const { return chain_; }
  uint64_t followed() const { return follower_.proven().size; }
  // When the realm last told its ledger.
  WallTime answered() const { return answered_; }
  const Records& records() const { return records_; }
  // How many approved withdrawals a rule has kept from being sent, by its code.
  const std::map<std::string, uint64_t>& refusals() const { return refusals_; }

 private:
  Status remember_followed(const json::Value& entry, const FindPolicy& find_policy);
  Result<std::optional<Action>> take_lines(Moment now);
  void note_asked(std::vector<json::Value>* taken);
  WallTime asked_for_all() const;
  std::optional<Action> note(std::vector<json::Value> entries);
  std::optional<Action> ask_for_policy(const std::string& hash);
  std::optional<Action> keep_policy(const policy::Bundle& bundle);
  std::optional<Action> follow(Moment now);
  std::optional<Action> read_clocks(Moment now);
  std::optional<Action> read_prices(Moment now);
  std::optional<Action> ask_prices(const Place& place, const exchanges::MarketQuery& query,
                                   Moment now);
  std::optional<Action> pay(Moment now);
  void keep_payouts();
  Payout resume(const quorum::Case& one) const;
  void remember_with(Note* note);

  RunnerSettings settings_;
  FindKey find_key_;
  Random& random_;
  Follower follower_;
  Chain chain_;
  ExchangeClocks clocks_;
  Prices prices_;
  MonoTime follow_due_{}, policy_due_{};
  std::optional<policy::Bundle> given_;  // asked for, not kept yet
  std::vector<Line> lines_;              // proven, not taken in yet; from at_ on
  size_t at_ = 0;
  WallTime asked_{};          // when the newest of what the realm has told was asked for
  WallTime since_{};          // and when before, and those lines were not told
  WallTime noted_asked_{};    // asked_for_all() as it stands in our ledger
  bool waits_ = false;        // that line is too early by our clocks
  uint64_t noted_lines_ = 0;  // lines before this index stand in our ledger
  uint64_t noted_size_ = 0;   // the position that stands there
  std::map<uint64_t, std::unique_ptr<Payout>> payouts_;
  Records records_;
  WallTime answered_{};
  std::optional<MonoTime> heard_;  // the same moment
  std::map<std::string, uint64_t> refusals_;
  std::string realm_trouble_, clock_trouble_, price_trouble_;
};

}  // namespace keystile::executor
