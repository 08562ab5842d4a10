// When a request may be sent to one exchange of one environment, so that the exchange never has to
// turn us away, and what one program uses is not taken from the others (RateWindow says how). Pure:
// time is passed in, on the exchange's clock.
//
// Who shares: on an account's budgets its clients; on the address's budgets all clients and, as one
// of them, everybody who asks without a key. Among these each source address has a share.
// Keystile's own errands are one more sharer of the address.
#pragma once

#include <boost/container/small_vector.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "exchanges/rate_limits.h"
#include "policy/model.h"
#include "policy/network.h"
#include "signer/rate_window.h"

namespace keystile::signer {

class Pacing {
 public:
  explicit Pacing(const exchanges::Exchange& exchange);

  // How many share what, and how much of the limits is ours. Call after each change of policy.
  void adopt(const policy::Policy& policy, std::string_view environment);

  struct Request {
    const exchanges::Route* route = nullptr;
    std::string_view query;
    const exchanges::Intent* intent = nullptr;  // null where it places and cancels nothing
    std::string_view account;                   // whose key signs; empty: none
    // Who asks: a client's place in the policy, or for one without a key his address; neither for
    // our own errands.
    std::optional<size_t> client;
    const policy::Address* stranger = nullptr;
    bool may_use_reserve = false;  // cancels, what only reduces, errands but balances
  };

  // What was counted for a request, until its answer. Goes back once, to settle().
  struct Receipt {
    struct Part {
      RateWindow* window = nullptr;
      uint16_t budget = 0;
      RateWindow::Sent sent;
    };
    boost::container::small_vector<Part, 2 * exchanges::Cost::kMost> parts;
  };

  struct Decision {
    uint32_t who = 0;  // any number that stands for who asks: all strangers are one
    bool may_go = true;
    Millis wait{0};  // may_go: send after so long; else: worth trying again after so long
    Receipt receipt;
    // Where it may not go:
    std::string_view rule;    // "rate.paused", "rate.account", "rate.address"
    std::string_view budget;  // by name
  };
  // patience: the longest wait before sending; also never more than kMostWait, nor for more than
  // kMostQueued requests at a time, of which no sharer has more than kMostQueuedOfOne.
  Decision ask(const Request& request, WallTime now, Millis patience);
  static constexpr Millis kMostWait{400};
  static constexpr size_t kMostQueued = 64;
  static constexpr size_t kMostQueuedOfOne = kMostQueued / 4;

  // Once for every Decision that may go. answer: null where none came.
  void settle(const Receipt& receipt, const exchanges::Route& route, const HttpResponse* answer,
              WallTime now);

  // What is used, for people and metrics: budgets in use, and those that are paused.
  struct Standing {
    std::string_view budget;
    std::string_view account;  // empty: the address's
    uint32_t used = 0, size = 0;
    std::optional<WallTime> paused_until;
  };
  std::vector<Standing> standings(WallTime now);

 private:
  // The counts of the address, of one account, or of those without a key.
  struct Counts {
    std::string account;
    uint32_t sharers = 1;
    std::vector<std::unique_ptr<RateWindow>> whole;  // by budget; null: never used
    std::unordered_map<uint64_t, std::unique_ptr<RateWindow>> apart;
  };
  struct Wanted {
    RateWindow* window = nullptr;
    uint16_t budget = 0;
    RateWindow::Ask ask;
  };
  struct Queued {
    uint32_t who = 0;
    WallTime goes;
  };
  // More only for a batch over several instruments.
  using WantedList = boost::container::small_vector<Wanted, 2 * exchanges::Cost::kMost>;

  WantedList wanted(const Request& request, WallTime now);
  Counts& counts_of(std::string_view account);
  static void sweep(Counts& counts, WallTime now);
  RateWindow* window(Counts& counts, uint16_t budget, uint64_t part);
  Decision refuse(const Wanted& by, const RateWindow::Answer& answer) const;
  bool queue_has_room(uint32_t who, WallTime now);

  const exchanges::RateLimits& limits_;
  const exchanges::Exchange& exchange_;
  uint32_t percent_ = 100;
  Counts address_, strangers_;
  std::map<std::string, Counts, std::less<>> accounts_;
  std::vector<Queued> queued_;
};

}  // namespace keystile::signer
