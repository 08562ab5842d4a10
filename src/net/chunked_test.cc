#include "net/chunked.h"

#include <gtest/gtest.h>

#include <optional>
#include <string_view>

namespace keystile::net {
namespace {

using State = ChunkedBody::State;
using namespace std::string_literals;

constexpr size_t kLimit = 20;

// What becomes of a body that comes whole, and of one that comes byte by byte: the same.
struct Read {
  State state;
  std::string body, rest;
  bool operator==(const Read&) const = default;
};

Read read_whole(std::string text) {
  ChunkedBody body(kLimit);
  const State state = body.feed(&text);
  return {state, state == State::kDone ? body.take() : "", state == State::kDone ? text : ""};
}

Read read_bytes(const std::string& text) {
  ChunkedBody body(kLimit);
  std::string unread;
  State state = State::kMore;
  size_t at = 0;
  while (state == State::kMore && at < text.size()) {
    unread += text[at++];
    state = body.feed(&unread);
  }
  const bool done = state == State::kDone;
  return {state, done ? body.take() : "", done ? unread + text.substr(at) : ""};
}

Read read(const std::string& text) {
  const Read whole = read_whole(text);
  EXPECT_EQ(whole, read_bytes(text)) << text;
  return whole;
}

TEST(ChunkedBody, ReadsPlainChunks) {
  EXPECT_EQ(read("5\r\nhello\r\n0\r\n\r\n"), (Read{State::kDone, "hello", ""}));
  EXPECT_EQ(read("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\nGET "), (Read{State::kDone, "hello", "GET "}));
  EXPECT_EQ(read("A\r\n0123456789\r\na\r\n0123456789\r\n00\r\n\r\n"),
            (Read{State::kDone, "01234567890123456789", ""}));
  EXPECT_EQ(read("0\r\n\r\n"), (Read{State::kDone, "", ""}));
  EXPECT_EQ(read("00000002\r\n\r\n\r\n0\r\n\r\n"), (Read{State::kDone, "\r\n", ""}));
}

TEST(ChunkedBody, WaitsForTheRest) {
  const std::string whole = "5\r\nhello\r\n0\r\n\r\n";
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(read(whole.substr(0, size)).state, State::kMore) << size;
  }
}

TEST(ChunkedBody, RefusesEveryOtherForm) {
  for (const std::string& text : {"5;name=value\r\nhello\r\n0\r\n\r\n"s,
                                  "5;\r\n"s,
                                  "0;x\r\n\r\n"s,
                                  "0x5\r\nhello\r\n"s,
                                  "+5\r\nhello\r\n"s,
                                  "-5\r\nhello\r\n"s,
                                  " 5\r\nhello\r\n"s,
                                  "5 \r\nhello\r\n"s,
                                  "5\t\r\nhello\r\n"s,
                                  "5\nhello\r\n"s,
                                  "5\rhello\r\n"s,
                                  "\r\nhello\r\n"s,
                                  "g\r\n"s,
                                  "5\0\r\n"s,
                                  "000000005\r\nhello\r\n"s,
                                  "10000000000000005\r\nhello"s,
                                  "5\r\nhelloX\r\n0\r\n\r\n"s,
                                  "6\r\nhello\r\n0\r\n\r\n"s,
                                  "5\r\nhello\n0\r\n\r\n"s,
                                  "0\r\nX: y\r\n\r\n"s,
                                  "0\r\n\n"s,
                                  "0\n\n"s,
                                  "0\r\n\rX"s}) {
    EXPECT_EQ(read(text).state, State::kMalformed) << text;
  }
}

TEST(ChunkedBody, RefusesWhatIsTooLargeBeforeItComes) {
  EXPECT_EQ(read("14\r\n01234567890123456789\r\n0\r\n\r\n").state, State::kDone);
  EXPECT_EQ(read("15\r\n").state, State::kTooLarge);
  EXPECT_EQ(read("ffffffff\r\n").state, State::kTooLarge);
  EXPECT_EQ(read("13\r\n0123456789012345678\r\n2\r\n").state, State::kTooLarge);
}

}  // namespace
}  // namespace keystile::net
