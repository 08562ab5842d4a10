#include "gate/open_files.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace keystile::gate {
namespace {

TEST(OpenFiles, AllThatTheSystemAllowsAreTakenAndTooFewAreRefused) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit low = before;
  low.rlim_cur = 100;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);

  EXPECT_TRUE(allow_open_files(1));
  rlimit now{};
  EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &now), 0);
  EXPECT_EQ(now.rlim_cur, before.rlim_max);

  const Status refused = allow_open_files(before.rlim_max);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "settings.limits");
  EXPECT_NE(refused.error().message.find("LimitNOFILE"), std::string::npos);
  EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
}

}  // namespace
}  // namespace keystile::gate
