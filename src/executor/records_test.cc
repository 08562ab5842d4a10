#include "executor/records.h"

#include <gtest/gtest.h>

namespace keystile::executor {
namespace {

using quorum::State;

Status take(Records& records, const char* text) { return records.take(json::parse(text).value()); }

TEST(Records, TellWhatWasSentAndHowItEnded) {
  Records records;
  EXPECT_FALSE(records.sending(7));
  EXPECT_FALSE(records.end(7));
  ASSERT_TRUE(take(records, R"({"type":"sending","time":"2026-11-21T06:30:00.000Z","id":7})"));
  EXPECT_EQ(records.sending(7), parse_iso8601("2026-11-21T06:30:00.000Z").value());
  ASSERT_TRUE(take(  // as an earlier version wrote it
      records, R"({"type":"sending","time":"2026-11-21T06:30:00.000Z","id":8,"alone":true})"));
  EXPECT_FALSE(records.end(7));
  ASSERT_TRUE(take(records, R"({"type":"ended","time":"2026-11-21T06:30:01.000Z","id":7,
                                "to":"unknown","detail":"","exchange_id":""})"));
  EXPECT_EQ(records.end(7)->state, State::kUnknown);
  EXPECT_TRUE(records.exchange_ids().empty());
  ASSERT_TRUE(take(records, R"({"type":"ended","time":"2026-11-21T06:30:02.000Z","id":7,
                                "to":"done","detail":"exchange id W1","exchange_id":"W1"})"));
  EXPECT_EQ(records.end(7)->state, State::kDone);
  EXPECT_EQ(records.end(7)->detail, "exchange id W1");
  EXPECT_EQ(records.exchange_ids(), std::vector<std::string>{"W1"});
}

TEST(Records, WhatCannotBeReadIsFatal) {
  for (const char* text :
       {R"({"type":"sending","time":"2026-11-21T06:30:00.000Z"})", R"({"type":"sending","id":7})",
        R"({"type":"ended","time":"2026-11-21T06:30:00.000Z","id":7})",
        R"({"type":"ended","time":"2026-11-21T06:30:00.000Z","id":7,
                               "to":"executing"})"}) {
    Records records;
    const Status taken = take(records, text);
    ASSERT_FALSE(taken) << text;
    EXPECT_EQ(taken.error().code, "executor.ledger") << text;
    EXPECT_EQ(taken.error().kind, ErrorClass::kFatal) << text;
  }
}

}  // namespace
}  // namespace keystile::executor
