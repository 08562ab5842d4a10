// What a wallet holds of an asset, asked with the read key. Sans I/O.
#pragma once

#include <string_view>

#include "base/http.h"
#include "base/result.h"
#include "exchanges/exchange.h"

namespace keystile::exchanges {

struct Held {
  Decimal total;  // also what orders and positions have locked
  Decimal free;   // that could be moved away now, at most
  bool operator==(const Held&) const = default;
};

class Balances {
 public:
  virtual ~Balances() = default;

  // Unsigned. wallet: as the exchange's transfers call it. "balance.wallet": none whose balance can
  // be asked for.
  virtual Result<HttpRequest> query(std::string_view wallet, std::string_view asset) const = 0;
  // The answer to it; an asset that it does not name is not held. "upstream.answer"
  virtual Result<Held> read(std::string_view wallet, std::string_view asset,
                            const HttpResponse& response) const = 0;
};

// In registry.cc.
const Balances& balances_of(const Exchange& exchange);

}  // namespace keystile::exchanges
