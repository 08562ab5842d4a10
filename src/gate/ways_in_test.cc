#include "gate/ways_in.h"

#include <gtest/gtest.h>

namespace keystile::gate {
namespace {

Listener listener(WayIn way, bool production) {
  Listener made;
  made.way = way;
  made.production = production;
  return made;
}

struct NameCase {
  const char* name;
  WayIn way;
  bool production;
  std::string tunnel, server_name, host;
  std::string exchange;  // empty: refused
};

class ByName : public testing::TestWithParam<NameCase> {};

TEST_P(ByName, ConnectSniAndHostMustAgree) {
  const NameCase& wanted = GetParam();
  net::Peer peer{"127.0.0.1", 1};
  peer.tunnel = wanted.tunnel;
  peer.server_name = wanted.server_name;
  HttpRequest request = request_to("GET", "/okx/api/v5/public/time");
  if (!wanted.host.empty()) request.headers.push_back({"Host", wanted.host});
  const auto exchange = exchange_of(listener(wanted.way, wanted.production), peer, &request);
  if (wanted.exchange.empty()) {
    ASSERT_FALSE(exchange);
    EXPECT_EQ(exchange.error().code, "gate.misdirected");
    return;
  }
  ASSERT_TRUE(exchange) << exchange.error().message;
  EXPECT_EQ((*exchange)->name(), wanted.exchange);
  EXPECT_EQ(request.path, "/okx/api/v5/public/time") << "a name leaves the path alone";
}

constexpr WayIn kProxy = WayIn::kProxy, kHosts = WayIn::kHosts;
const std::string kApi = "api.binance.com", kOkx = "www.okx.com", kTest = "testnet.binance.vision";

INSTANTIATE_TEST_SUITE_P(
    Table, ByName,
    testing::Values(NameCase{"Proxy", kProxy, true, kApi, kApi, kApi, "binance"},
                    NameCase{"ProxyWithPort", kProxy, true, kApi, kApi, kApi + ":443", "binance"},
                    NameCase{"ProxyUpperHost", kProxy, true, kOkx, kOkx, "WWW.OKX.com", "okx"},
                    NameCase{"ProxyOtherSni", kProxy, true, kApi, kOkx, kApi, ""},
                    NameCase{"ProxyOtherHost", kProxy, true, kApi, kApi, kOkx, ""},
                    NameCase{"ProxyAllButConnect", kProxy, true, kApi, kOkx, kOkx, ""},
                    NameCase{"ProxyNoSni", kProxy, true, kApi, "", kApi, ""},
                    NameCase{"ProxyOtherPort", kProxy, true, kApi, kApi, kApi + ":80", ""},
                    NameCase{"ProxyTrailingDot", kProxy, true, kApi, kApi, kApi + ".", ""},
                    NameCase{"Hosts", kHosts, true, "", kOkx, kOkx, "okx"},
                    NameCase{"HostsNoSni", kHosts, true, "", "", kOkx, ""},
                    NameCase{"HostsUnknown", kHosts, true, "", "example.com", "example.com", ""},
                    NameCase{"HostsOtherHost", kHosts, true, "", kOkx, kApi, ""},
                    NameCase{"HostsNoHost", kHosts, true, "", kOkx, "", ""},
                    NameCase{"TestNameAtATestRealm", kHosts, false, "", kTest, kTest, "binance"},
                    NameCase{"RealNameAtATestRealm", kHosts, false, "", kApi, kApi, "binance"},
                    NameCase{"TestNameAtARealOne", kHosts, true, "", kTest, kTest, ""}),
    [](const auto& one) { return one.param.name; });

TEST(WaysIn, TunnelsLeadToExchangesOnly) {
  const Listener real = listener(kProxy, true), test = listener(kProxy, false);
  EXPECT_EQ(refuse_tunnel(real, "fapi.binance.com"), "");
  EXPECT_EQ(refuse_tunnel(real, "api.bybit.com"), "");
  for (const char* host :
       {"example.com", "binance.com", "127.0.0.1", "[::1]", "10.0.0.1", "169.254.169.254",
        "metadata.google.internal", "localhost", "2130706433", "api.binance.com.", ""}) {
    EXPECT_NE(refuse_tunnel(real, host).find("NO_PROXY"), std::string::npos) << host;
    EXPECT_NE(refuse_tunnel(test, host), "") << host;
  }
  EXPECT_NE(refuse_tunnel(real, kTest).find("test network"), std::string::npos);
  EXPECT_EQ(refuse_tunnel(test, kTest), "");
}

TEST(WaysIn, BasePathsNameTheExchange) {
  const Listener all = listener(WayIn::kBaseUrl, true);
  HttpRequest request = request_to("GET", "/okx/api/v5/public/time");
  EXPECT_EQ((*exchange_of(all, {}, &request))->name(), "okx");
  EXPECT_EQ(request.path, "/api/v5/public/time");
  EXPECT_EQ(exchange_of(all, {}, &request).error().code, "gate.base_path");
}

}  // namespace
}  // namespace keystile::gate
