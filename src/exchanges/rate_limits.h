// How an exchange counts requests, and what its answers say about the count. Sans I/O: whoever
// sends (signer/pacing.h) does the counting.
//
// Each exchange's facts are its limits.tsv, tab-separated, with three kinds of lines:
//
//   budget NAME BY SIZE WINDOW_MS fixed|rolling   a count that several routes share
//   *      PREFIX  TERMS                          what each route under the prefix costs
//   METHOD PATH    TERMS                          … and what this one costs, instead or besides
//
// A term, after which others may follow with a space between:
//   NAME=3        3 of that budget. With "x" (NAME=1x) for each order of the request. With a
//                 condition on the query (NAME=80?!symbol, ?limit>100, ?limit<51, ?side=BUY) only
//                 where it holds; the last that holds wins.
//   BY:60/2000    a budget of the route's own, 60 in 2000 ms; with "x" for each order.
// BY is "address" or "account"; "account+instrument" and "account+product" count each apart.
// A size of 0 has no limit: such a budget only knows bans.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/http.h"
#include "base/time.h"
#include "exchanges/exchange.h"

namespace keystile::exchanges {

enum class CountedBy : uint8_t { kAddress, kAccount };  // of the caller: its IP, or its key's owner
enum class CountedApart : uint8_t { kNo, kInstrument, kProduct };

struct Budget {
  std::string name;  // "api.weight"; of a route's own budget the route, "POST /v5/order/create"
  CountedBy by = CountedBy::kAddress;
  CountedApart apart = CountedApart::kNo;
  uint32_t size = 0;
  Millis window{60000};
  // Windows begin at multiples of their length on the exchange's clock; else the window is the
  // last `window` before each request.
  bool is_fixed = true;
};

struct Charge {
  uint16_t budget = 0;  // index into budgets()
  uint32_t weight = 1;
  bool per_order = false;  // it is so much for each order, all together
};

// What one request counts: at most one charge per budget.
class Cost {
 public:
  static constexpr size_t kMost = 4;
  void set(Charge charge);  // replaces one on the same budget
  std::span<const Charge> charges() const { return {charges_.data(), size_}; }

 private:
  std::array<Charge, kMost> charges_;
  uint8_t size_ = 0;
};

class LimitTable {
 public:
  // text: a limits.tsv. Aborts where it is malformed: the table is part of the program. routes must
  // outlive this.
  LimitTable(const RouteTable& routes, std::string_view text);

  std::span<const Budget> budgets() const { return budgets_; }
  // Aborts on a name that the table does not have.
  uint16_t budget(std::string_view name) const;
  // The budget that only this route has.
  std::optional<uint16_t> own_budget(const Route& route) const;
  // route: of the table's RouteTable. orders: how many the request places, changes or cancels.
  Cost cost(const Route& route, std::string_view query, size_t orders) const;

 private:
  struct Term {
    Charge charge;
    bool per_order = false;
    char condition = 0;  // '!', '<', '>', '=', or 0: always
    std::string parameter, operand;
    uint64_t number = 0;  // operand of '<' and '>'
  };
  struct RouteCost {
    std::vector<Term> terms;
    std::optional<uint16_t> own;
  };
  RouteCost& cost_of(const Route& route);
  void add_budget(std::string_view line);
  void add_terms(const Route& route, std::string_view terms);
  Term own_term(const Route& route, std::string_view term);
  Term shared_term(std::string_view term) const;
  static bool holds(const Term& term, std::string_view query);

  const RouteTable& routes_;
  std::vector<Budget> budgets_;
  std::vector<RouteCost> costs_;  // one per route, in the order of the table
};

// What an answer says about one budget.
struct Reading {
  uint16_t budget = 0;
  std::optional<uint32_t> used;  // in the window in which the exchange counted the request
  std::optional<uint32_t> size;
};

// The exchange turned the request away because of what was sent before it.
struct TurnedAway {
  uint16_t budget = 0;
  Millis pause{0};  // as it asks for; 0: it does not say
};

struct LimitSigns {
  std::array<Reading, 3> readings;
  uint8_t reading_count = 0;
  std::optional<TurnedAway> turned_away;

  void add(Reading reading);
};

class RateLimits {
 public:
  virtual ~RateLimits() = default;
  virtual const LimitTable& table() const = 0;
  // now: on the exchange's clock.
  virtual LimitSigns read(const Route& route, const HttpResponse& answer, WallTime now) const = 0;
};

// Of each exchange in all_exchanges().
const RateLimits& rate_limits_of(const Exchange& exchange);

// No answer holds anybody up for longer. Binance's longest ban is three days.
inline constexpr Millis kLongestPause = std::chrono::hours(7 * 24);

// Until the time that an answer names, in ms since 1970.
Millis pause_until(uint64_t epoch_ms, WallTime now);

// Whole seconds in a Retry-After header; empty where there is none.
std::optional<Millis> retry_after(const HttpResponse& answer);

}  // namespace keystile::exchanges
