#include "exchanges/params.h"

#include <gtest/gtest.h>

#include "exchanges/scope.h"

namespace keystile::exchanges {
namespace {

TEST(Params, ReadsInOrderWithRawSpans) {
  const auto params = parse_params("a=1&b=%41%20x&c", ParamSource::kQuery, false);
  ASSERT_TRUE(params);
  ASSERT_EQ(params->size(), 3u);
  EXPECT_EQ((*params)[1].value, "A x");
  EXPECT_EQ((*params)[1].begin, 4u);
  EXPECT_EQ((*params)[1].end, 13u);
  EXPECT_EQ((*params)[2].value, "");
}

TEST(Params, RefusesWhatIsAmbiguous) {
  for (const char* text : {"&", "a=1&", "a=1&&b=2", "=1", "a=%4", "a=%zz", "a=%00", "a=%0a",
                           "a=%c0%80", "a=%ed%a0%80", "a=%ff"}) {
    const auto params = parse_params(text, ParamSource::kBody, true);
    ASSERT_FALSE(params) << text;
    EXPECT_EQ(params.error().code, "parameter.encoding") << text;
  }
}

TEST(Params, EveryOneMustBeTakenOnce) {
  ParamReader reader(*parse_params("symbol=BTC&qty=1&x=2", ParamSource::kQuery, false));
  EXPECT_TRUE(reader.check_unique());
  EXPECT_EQ(*reader.require("symbol"), "BTC");
  EXPECT_EQ((*reader.take_decimal("qty"))->str(), "1");
  EXPECT_EQ(reader.check_all_taken().error().code, "parameter.unknown");
  reader.ignore({"x"});
  EXPECT_TRUE(reader.check_all_taken());
  EXPECT_EQ(reader.require("nothing").error().code, "parameter.missing");
  ParamReader twice(*parse_params("a=1&%61=2", ParamSource::kQuery, false));
  EXPECT_EQ(twice.check_unique().error().code, "parameter.repeated");
}

TEST(Routes, AreFoundByTheirExactBytesOnly) {
  const RouteTable table(
      "# comment\nGET\t/a\tread\tsigned\t-\nPOST\t/a\ttrade\tsigned\tdescribed\n"
      "GET\t/b\tmarket\tpublic\t-\n");
  ASSERT_TRUE(table.find("POST", "/a"));
  EXPECT_EQ(table.find("POST", "/a")->scope, Scope::kTrade);
  EXPECT_EQ(table.find("GET", "/b")->access, Access::kPublic);
  for (const char* path : {"/A", "/a/", "//a", "/./a", "/%61", "/a?", "", "a"}) {
    EXPECT_EQ(table.find("GET", path), nullptr) << path;
  }
  EXPECT_EQ(table.find("get", "/a"), nullptr);
}

}  // namespace
}  // namespace keystile::exchanges
