// The exchanges' server times, as we asked for them ourselves. Between two answers they are carried
// on by the monotonic clock, so that nobody turns them with the machine's. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "exchanges/exchange.h"
#include "policy/model.h"
#include "quorum/hold.h"

namespace keystile::executor {

// An exchange as an environment knows it.
struct Place {
  std::string environment, exchange;
  auto operator<=>(const Place&) const = default;
};

class ExchangeClocks {
 public:
  static constexpr Millis kEvery{60'000}, kAgain{5'000}, kFreshFor{300'000};

  // Where the policy has accounts and the time should be asked for now.
  std::optional<Place> due(const policy::Policy& policy, MonoTime now) const;
  // An answer came, or none.
  void heard(const Place& place, std::optional<WallTime> server, MonoTime now);

  // Of those that answered within the last five minutes; named "environment/exchange", as the gate
  // names them.
  quorum::Clocks read(WallTime wall, MonoTime now) const;
  std::optional<WallTime> read(const Place& place, MonoTime now) const;

 private:
  struct Answer {
    std::optional<WallTime> server;  // the last one that came,
    MonoTime at{};                   // and when
    MonoTime due{};
  };
  std::map<Place, Answer> answers_;
};

}  // namespace keystile::executor
