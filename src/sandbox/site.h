// One exchange as the outside meets it: the front end, the faults round it, and the routes by which
// a test controls it. Sans I/O.
//
// Control routes, answered only to loopback:
//   POST /__sandbox__/faults    see faults.h; also "rate_divisor" (RateLimits::set_strictness)
//   POST /__sandbox__/tick      {"steps": 5}, or {"instrument": "BTC/USDT", "price": "59000"};
//                               answers {"prices": {"BTC/USDT": "59000", …}}
//   POST /__sandbox__/deposit   {"account": "master", "asset": "BTC", "network": "BTC",
//                               "amount": "1"}
//   GET  /__sandbox__/trades    every fill of every account, oldest first
//   GET  /__sandbox__/orders    every order of every account, oldest first
#pragma once

#include <string>

#include "sandbox/frontend.h"

namespace keystile::sandbox {

struct Reply {
  HttpResponse response;
  Millis delay{0};    // answer only after this
  bool drop = false;  // close the connection instead of answering
};

class Site {
 public:
  // Both must outlive it.
  Site(Venue& venue, Frontend& frontend) : venue_(venue), frontend_(frontend) {}
  Reply serve(const HttpRequest& request, const std::string& peer_address, WallTime now);

 private:
  Venue& venue_;
  Frontend& frontend_;
};

}  // namespace keystile::sandbox
