// An executor's view of a realm's log.
#pragma once

#include "executor/chain.h"
#include "executor/realm_for_test.h"

namespace keystile::executor {

// Reads the realm's log by clocks of its own.
struct Reader {
  explicit Reader(const RealmForTest& followed, std::string pinned = bundle_of().hash())
      : realm(followed), chain(RealmForTest::kOrigin, std::move(pinned)), clocks(followed.clocks) {}

  // Asks for what is new. The code of the first error; "early" where it must wait; empty: all is
  // taken.
  std::string catch_up() {
    if (!waits) since = std::exchange(asked, clocks.wall);
    const std::string end = take_all();
    waits = end == "early";
    return end;
  }
  std::string take_all() {
    for (; next < realm.texts.size(); ++next) {
      const Line line = realm.line(next);
      if (line.entry.text("type") == "gate.started") continue;
      if (const auto hash = chain.needs(line)) {
        EXPECT_TRUE(chain.provide(realm.bundles.at(*hash)));
      }
      const auto taken = chain.take(line, {clocks, since}, from);
      if (!taken) return taken.error().code;
      if (*taken == Chain::Taken::kTooEarly) return "early";
    }
    return "";
  }
  std::string may_send(uint64_t id) {
    const Status may = chain.may_send(id, {clocks, Records(), worth});
    return may ? "" : may.error().code;
  }
  void pass(Millis time) {
    clocks.wall += time;
    for (auto& [name, clock] : clocks.exchanges) clock += time;
  }

  const RealmForTest& realm;
  Chain chain;
  quorum::Clocks clocks;
  std::optional<Decimal> worth;  // by a price of its own
  size_t next = 0;
  bool waits = false;
  WallTime asked{}, since{};
  Chain::From from = Chain::From::kRealm;
};

}  // namespace keystile::executor
