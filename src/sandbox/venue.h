// One simulated exchange: everything that a front end needs and that has no protocol in it. Sans
// I/O and single-threaded; time and randomness are passed in, so the same calls give the same
// results. See README.md for how a front end uses it.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "base/random.h"
#include "sandbox/accounts.h"
#include "sandbox/engine.h"
#include "sandbox/faults.h"
#include "sandbox/funding.h"
#include "sandbox/market.h"
#include "sandbox/model.h"
#include "sandbox/rate_limits.h"
#include "sandbox/wallets.h"

namespace keystile::sandbox {

struct VenueOptions {
  std::string exchange;  // "binance"
  EngineOptions engine;
  FundingOptions funding;
};

class Venue {
 public:
  Venue(VenueOptions options, Random& random, WallTime start);
  Venue(const Venue&) = delete;
  Venue& operator=(const Venue&) = delete;

  const std::string& exchange() const { return exchange_; }
  WallTime now() const { return now_; }
  // Call first for every request: sets the time that everything below is stamped with, moves
  // withdrawals on and refills the house's quotes. Time never goes back: an earlier now is ignored.
  void advance(WallTime now);

  Accounts& accounts() { return accounts_; }
  const Accounts& accounts() const { return accounts_; }
  Wallets& wallets() { return wallets_; }
  Engine& engine() { return engine_; }
  Market& market() { return market_; }
  Funding& funding() { return funding_; }
  RateLimits& rate_limits() { return rate_limits_; }
  Faults& faults() { return faults_; }

  // Adds an instrument to the engine and opens its market.
  void open(Instrument instrument);

  // What a history may show now: records (pointers to anything with `time` or `created`) without
  // those that injected lag still hides. Use it on every list and single look-up that answers a
  // query; cancel and amend never lag.
  template <class Record>
  std::vector<const Record*> visible(std::vector<const Record*> records) const {
    std::erase_if(records, [this](const Record* record) { return !shows(*record); });
    return records;
  }
  template <class Record>
  bool shows(const Record& record) const {
    if constexpr (requires { record.time; }) {
      return record.time + faults_.history_lag <= now_;
    } else {
      return record.created + faults_.history_lag <= now_;
    }
  }

 private:
  std::string exchange_;
  WallTime now_;
  Accounts accounts_;
  Wallets wallets_;
  Engine engine_;
  Market market_;
  Funding funding_;
  RateLimits rate_limits_;
  Faults faults_;
};

}  // namespace keystile::sandbox
