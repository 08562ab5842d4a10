#include "sandbox/frontend.h"
#if __has_include("sandbox/binance/frontend.h")
#include "sandbox/binance/frontend.h"
#endif
#if __has_include("sandbox/okx/frontend.h")
#include "sandbox/okx/frontend.h"
#endif
#if __has_include("sandbox/bybit/frontend.h")
#include "sandbox/bybit/frontend.h"
#endif

namespace keystile::sandbox {
namespace {

struct Entry {
  std::string_view exchange;
  std::unique_ptr<Frontend> (*make)(Venue&);
};

std::vector<Entry> entries() {
  return {
#if __has_include("sandbox/binance/frontend.h")
    {"binance", binance::make_frontend},
#endif
#if __has_include("sandbox/okx/frontend.h")
        {"okx", okx::make_frontend},
#endif
#if __has_include("sandbox/bybit/frontend.h")
        {"bybit", bybit::make_frontend},
#endif
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
              "the sandbox has no such exchange; it has binance, okx and bybit");
}

}  // namespace keystile::sandbox
