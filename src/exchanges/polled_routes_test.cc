#include "exchanges/polled_routes.h"

#include <gtest/gtest.h>

#include "exchanges/exchange.h"

namespace keystile::exchanges {
namespace {

// What is shared is public, or one program would be told what is another's.
TEST(PolledRoutes, ArePublicOnesOfTheirExchange) {
  size_t found = 0;
  for (const Exchange* exchange : all_exchanges()) {
    for (const Route& route : exchange->routes().all()) {
      if (!shared_for(exchange->name(), route.path)) continue;
      if (route.method != "GET") continue;
      EXPECT_EQ(route.access, Access::kPublic) << exchange->name() << " " << route.path;
      ++found;
    }
  }
  EXPECT_EQ(found, kPolledRoutes);
  EXPECT_FALSE(shared_for("binance", "/api/v3/time"));
  EXPECT_FALSE(shared_for("okx", "/api/v3/depth"));
}

}  // namespace
}  // namespace keystile::exchanges
