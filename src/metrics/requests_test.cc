#include "metrics/requests.h"

#include <gtest/gtest.h>

#include <map>

namespace keystile::metrics {
namespace {

// label values in their order, joined → count
std::map<std::string, double> series_of(const Requests& requests) {
  Family family = counter("x_total", "");
  requests.collect({{"exchange", "okx"}}, &family);
  std::map<std::string, double> out;
  for (const auto& series : family.metric) {
    std::string name;
    for (const auto& label : series.label) name += "/" + label.value;
    EXPECT_TRUE(out.emplace(name, series.counter.value).second) << name << " stands there twice";
  }
  return out;
}

TEST(Requests, CountsByClientScopeVerdictAndRule) {
  Requests requests;
  requests.count("bot", "trade", Verdict::kAllow, "grant.scope trade");
  requests.count("bot", "trade", Verdict::kAllow, "grant.scope trade");
  requests.count("bot", "read", Verdict::kAllow, "grant.scope read");
  requests.count("bot", "trade", Verdict::kDeny, "grant.hours");
  requests.count("bot", "withdraw", Verdict::kHold, "quorum");
  requests.count("new", "trade", Verdict::kWouldDeny, "grant.instrument");
  requests.count("", "", Verdict::kDeny, "route.unknown");
  EXPECT_EQ(series_of(requests), (std::map<std::string, double>{
                                     {"/okx/bot/trade/allow/grant.scope", 2},
                                     {"/okx/bot/read/allow/grant.scope", 1},
                                     {"/okx/bot/trade/deny/grant.hours", 1},
                                     {"/okx/bot/withdraw/hold/quorum", 1},
                                     {"/okx/new/trade/would_deny/grant.instrument", 1},
                                     {"/okx///deny/route.unknown", 1},
                                 }));
}

TEST(Requests, TextThatIsNoRuleIsNoSeries) {
  Requests requests;
  for (const std::string& rule :
       {std::string("BTCUSDT"), std::string("a\"b"), std::string(65, 'a')})
    requests.count("bot", "trade", Verdict::kDeny, rule);
  EXPECT_EQ(series_of(requests),
            (std::map<std::string, double>{{"/okx/bot/trade/deny/(others)", 3}}));
}

TEST(Requests, SeriesAreBounded) {
  Requests requests;
  for (size_t i = 0; i < Requests::kMaxClients + 50; ++i)
    requests.count("client" + std::to_string(i), "read", Verdict::kAllow, "grant.scope");
  for (size_t i = 0; i < Requests::kMaxRules + 50; ++i)
    requests.count("client0", "read", Verdict::kDeny, "rule." + std::to_string(i));
  const auto series = series_of(requests);
  EXPECT_EQ(series.size(), Requests::kMaxClients + 1 + Requests::kMaxRules);
  EXPECT_EQ(series.at("/okx/(others)/read/allow/grant.scope"), 50);
  EXPECT_EQ(series.at("/okx/client0/read/deny/(others)"), 51);  // one place went to the allowed one
}

}  // namespace
}  // namespace keystile::metrics
