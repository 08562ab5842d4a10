// What a client was seen to do, and the least grant that covers it. Built in two rounds over the
// same requests: see() finds what is used, from where and when; measure(), under the grant that
// this makes, how much (the price band that orders are judged by is only known after the first).
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>

#include "policy/decide.h"

namespace keystile::policy {

// Where a request stands in the ledger.
struct Sighting {
  uint64_t entry = 0;
  WallTime time{};
  std::string source;  // address
};

struct Tally {
  uint64_t count = 0;
  uint64_t first_entry = 0, last_entry = 0;
  WallTime first{}, last{};
  void add(const Sighting& sighting);
};

// The largest of something, and the entry that it was seen in.
template <class T>
struct Largest {
  std::optional<T> value;
  uint64_t entry = 0;
  void add(const T& other, const Sighting& sighting) {
    if (value && !(*value < other)) return;
    value = other;
    entry = sighting.entry;
  }
};

struct Behaviour {
  Tally requests, orders, cancels, account_wide, transfers_out;
  std::map<exchanges::Scope, Tally> scopes;
  std::map<std::string, Tally> sources, routes, instruments, transfer_assets;
  std::map<std::string, Tally> transfer_pairs;
  bool unclear_pair = false;  // one that an older version recorded without its accounts
  std::map<exchanges::Product, Tally> products;
  std::map<exchanges::OrderType, Tally> order_types;
  // Of what hours are asked for, in UTC: by weekday ([0] = Monday), and the earliest and latest
  // hour.
  std::array<Tally, 7> days;
  std::optional<int> first_hour, last_hour;
  Largest<Decimal> losing_side;           // how far a limit price was there, as a fraction
  std::optional<uint64_t> unpriced;       // an entry with a limit order and no reference price
  Largest<Decimal> order, day, transfer;  // in the realm's currency
  Largest<uint32_t> per_second, open, reads;
  // By rule: what was refused then, and what was allowed then and no grant can cover.
  std::map<std::string, Tally> refused, uncovered;

  // A request that some grant could allow. False, and not taken in, if it has a name that a grant
  // would take for a pattern.
  bool see(const Sighting& sighting, const Question& question);
  // The same, as judged under unlimited_grant().
  void measure(const Sighting& sighting, const Question& question, const Verdict& verdict);

 private:
  void see_transfer(const Sighting& sighting, const exchanges::Transfer& moved);
  void see_orders(const Sighting& sighting, const Question& question);
  void see_price(const Sighting& sighting, const Question& question,
                 const exchanges::OrderLeg& order);
  void see_time(const Sighting& sighting);
};

// Covers what see() saw and, as far as grants can say it, nothing else, but for the limits of size
// and speed: it has none. The price band is rounded up to a tenth of a percent.
Grant unlimited_grant(const Behaviour& behaviour);
// The same with those limits; amounts are rounded up to two digits.
Grant least_grant(const Behaviour& behaviour);

// least_grant() as a [[client]] table that replaces the client's own, each line with its evidence.
// client: whose identity (name, account, virtual key, expiry) the table has.
std::string grant_toml(const Behaviour& behaviour, const Client& client, std::string_view currency);

}  // namespace keystile::policy
