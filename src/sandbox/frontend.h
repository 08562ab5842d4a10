// An exchange's own protocol on top of a Venue. One subclass per exchange, in its own folder, found
// by make_frontend() in registry.cc.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/http.h"
#include "base/time.h"
#include "sandbox/market_stream.h"

namespace keystile::sandbox {

class Frontend {
 public:
  virtual ~Frontend() = default;
  virtual std::string_view exchange() const = 0;
  // Answers every request, unknown paths and nonsense too, as the exchange would. now is the
  // exchange's clock, injected skew included; the venue has been advanced to the true time.
  virtual HttpResponse handle(const HttpRequest& request, const std::string& peer_address,
                              WallTime now) = 0;
  // A WebSocket that begins with this request; null: there is none here.
  virtual std::unique_ptr<MarketStream> open_stream(const HttpRequest&) { return nullptr; }
};

// The exchanges that have a front end in this build: "binance", "okx", "bybit", "deribit".
std::vector<std::string_view> frontends();
// The venue must outlive it. "sandbox.exchange" if there is none of that name.
Result<std::unique_ptr<Frontend>> make_frontend(std::string_view exchange, Venue& venue);

}  // namespace keystile::sandbox
