#include "gate/source.h"

#include <gtest/gtest.h>

namespace keystile::gate {
namespace {

Proxies proxies() {
  return {{*policy::parse_network("10.0.0.0/8"), *policy::parse_network("fd00::/8")},
          "X-Forwarded-For"};
}

struct Case {
  const char* name;
  std::string peer;
  Headers headers;
  std::string source;  // empty: refused
};

class Source : public testing::TestWithParam<Case> {};

TEST_P(Source, IsThePeerOrWhomATrustedProxyNames) {
  const auto source = source_of(proxies(), net::Peer{GetParam().peer, 1}, GetParam().headers);
  if (GetParam().source.empty()) {
    ASSERT_FALSE(source);
    EXPECT_EQ(source.error().code, "gate.source");
  } else {
    ASSERT_TRUE(source) << source.error().message;
    EXPECT_EQ(to_string(*source), GetParam().source);
  }
}

Headers forwarded(std::string list) { return {{"x-forwarded-for", std::move(list)}}; }

INSTANTIATE_TEST_SUITE_P(
    Table, Source,
    testing::Values(
        Case{"Direct", "192.0.2.1", {}, "192.0.2.1"},
        Case{"DirectWithAClaim", "192.0.2.1", forwarded("198.51.100.7"), "192.0.2.1"},
        Case{"DirectWithGarbage", "192.0.2.1", forwarded("garbage"), "192.0.2.1"},
        Case{"Proxied", "10.0.0.1", forwarded("198.51.100.7"), "198.51.100.7"},
        Case{"ProxiedV6", "fd00::1", forwarded("2001:db8::7"), "2001:db8::7"},
        Case{"ProxiedMapped", "::ffff:10.0.0.1", forwarded("198.51.100.7"), "198.51.100.7"},
        Case{"ClaimBehindTheTruth", "10.0.0.1", forwarded("127.0.0.1, 198.51.100.7"),
             "198.51.100.7"},
        Case{"GarbageBehindTheTruth", "10.0.0.1", forwarded("x,198.51.100.7"), "198.51.100.7"},
        Case{"ChainOfProxies", "10.0.0.1", forwarded("1.1.1.1,198.51.100.7\t, 10.9.9.9"),
             "198.51.100.7"},
        Case{"TwoHeaders",
             "10.0.0.1",
             {{"X-Forwarded-For", "1.1.1.1"}, {"X-Forwarded-For", "198.51.100.7"}},
             "198.51.100.7"},
        Case{"ChainOverTwoHeaders",
             "10.0.0.1",
             {{"X-Forwarded-For", "198.51.100.7"}, {"A", "b"}, {"X-Forwarded-For", "10.2.2.2"}},
             "198.51.100.7"},
        Case{"NoHeader", "10.0.0.1", {}, ""}, Case{"Empty", "10.0.0.1", forwarded(""), ""},
        Case{"OnlyProxies", "10.0.0.1", forwarded("10.0.0.2, 10.0.0.3"), ""},
        Case{"Garbage", "10.0.0.1", forwarded("198.51.100.7, x"), ""},
        Case{"TrailingComma", "10.0.0.1", forwarded("198.51.100.7,"), ""},
        Case{"WithPort", "10.0.0.1", forwarded("198.51.100.7:80"), ""},
        Case{"Brackets", "10.0.0.1", forwarded("[2001:db8::7]"), ""},
        Case{"Unknown", "10.0.0.1", forwarded("unknown"), ""}, Case{"NoPeer", "", {}, ""}),
    [](const auto& test) { return test.param.name; });

TEST(SourceOf, WithoutProxiesNoHeaderIsRead) {
  const auto source = source_of({}, net::Peer{"10.0.0.1", 1}, forwarded("198.51.100.7"));
  ASSERT_TRUE(source);
  EXPECT_EQ(to_string(*source), "10.0.0.1");
}

TEST(SourceOf, UserOfAUnixSocketMustBeNamed) {
  net::Peer peer;
  peer.uid = 1000;
  const auto source = source_of(proxies(), peer, forwarded("198.51.100.7"));
  ASSERT_TRUE(source);
  EXPECT_EQ(to_string(*source), "unix:1000");
  const Proxies nginx{{*policy::parse_network("unix:1000")}, "X-Forwarded-For"};
  EXPECT_EQ(to_string(*source_of(nginx, peer, forwarded("198.51.100.7"))), "198.51.100.7");
  EXPECT_FALSE(source_of(nginx, peer, forwarded("unix:0")));
}

}  // namespace
}  // namespace keystile::gate
