#include "executor/exchange_clocks.h"

namespace keystile::executor {

std::optional<Place> ExchangeClocks::due(const policy::Policy& policy, MonoTime now) const {
  for (const policy::Account& account : policy.accounts) {
    Place place{account.environment, account.exchange};
    const auto answer = answers_.find(place);
    if (answer == answers_.end() || answer->second.due <= now) return place;
  }
  return std::nullopt;
}

void ExchangeClocks::heard(const Place& place, std::optional<WallTime> server, MonoTime now) {
  Answer& answer = answers_[place];
  // A time that cannot be written could not be read back from our own ledger.
  if (server && parse_iso8601(iso8601(*server)) != *server) server.reset();
  answer.due = now + (server ? kEvery : kAgain);
  if (!server) return;
  answer.server = server;
  answer.at = now;
}

std::optional<WallTime> ExchangeClocks::read(const Place& place, MonoTime now) const {
  const auto found = answers_.find(place);
  if (found == answers_.end() || !found->second.server) return std::nullopt;
  const auto age = std::chrono::duration_cast<Millis>(now - found->second.at);
  if (age > kFreshFor) return std::nullopt;
  return *found->second.server + age;
}

quorum::Clocks ExchangeClocks::read(WallTime wall, MonoTime now) const {
  quorum::Clocks clocks{wall, {}};
  for (const auto& [place, answer] : answers_) {
    const auto time = read(place, now);
    if (time) clocks.exchanges.emplace(place.environment + "/" + place.exchange, *time);
  }
  return clocks;
}

}  // namespace keystile::executor
