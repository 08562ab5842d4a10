#include "sandbox/binance/frontend.h"
#include "sandbox/bybit/frontend.h"
#include "sandbox/deribit/frontend.h"
#include "sandbox/frontend.h"
#include "sandbox/okx/frontend.h"

namespace keystile::sandbox {
namespace {

struct Entry {
  std::string_view exchange;
  std::unique_ptr<Frontend> (*make)(Venue&);
};

std::vector<Entry> entries() {
  return {
      {"binance", binance::make_frontend},
      {"okx", okx::make_frontend},
      {"bybit", bybit::make_frontend},
      {"deribit", deribit::make_frontend},
  };
}

}  // namespace

std::vector<std::string_view> frontends() {
  std::vector<std::string_view> names;
  for (const Entry& entry : entries()) names.push_back(entry.exchange);
  return names;
}

Result<std::unique_ptr<Frontend>> make_frontend(std::string_view exchange, Venue& venue) {
  for (const Entry& entry : entries()) {
    if (entry.exchange == exchange) return entry.make(venue);
  }
  return fail("sandbox.exchange",
              "the sandbox has no such exchange; it has binance, okx, bybit and deribit");
}

}  // namespace keystile::sandbox
