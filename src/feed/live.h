// Market data as it happens: keeps the connections that a plan asks for, and tells every event.
// What is lost on the way is told as well, and made good.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>

#include "base/random.h"
#include "base/time.h"
#include "feed/plan.h"
#include "feed/renewal.h"
#include "feed/tap.h"
#include "market/succession.h"
#include "net/client.h"

namespace keystile::feed {

namespace asio = boost::asio;

struct LiveOptions {
  Millis connect_time{10000};
  // Without any message for so long a connection is taken for frozen, and made anew: where it
  // answers pings of ours, or brings books or tickers. Trades and liquidations may be seldom.
  Millis stale_after{30000};
  // So is one of books or tickers that goes on answering our pings and tells nothing for so long.
  Millis quiet_after{120000};
  RenewalTimes times = {};    // when it is made anew
  Millis snapshot_pace{600};  // between two books asked for by REST, over all connections
  Tap* tap = nullptr;         // sees each message before its events are told; must outlive it
};

// A Notice stands for what was missed: kGap for a book that is not whole until its next snapshot,
// kStale for a frozen connection.
using OnEvent = market::OnEvent;
// What went wrong and is being tried again, for people.
using OnTrouble = std::function<void(const Error&)>;

class Live {
 public:
  // All of them must outlive it. "market.product", and what plan() says.
  static Result<std::unique_ptr<Live>> make(asio::any_io_executor executor, net::Client& client,
                                            const Clock& clock, Random& random,
                                            const Wanted& wanted, LiveOptions options,
                                            OnEvent on_event, OnTrouble on_trouble);
  virtual ~Live() = default;
  virtual void start() = 0;
  // Asks for a book again, as after a gap: for one that was told and is wrong all the same.
  virtual void renew_book(const std::string& symbol) = 0;
  // Ends all connections; completes when they have ended.
  virtual asio::awaitable<void> stop() = 0;
};

}  // namespace keystile::feed
