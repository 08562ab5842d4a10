#include "feed/refused.h"

#include <gtest/gtest.h>

namespace keystile::feed {
namespace {

using Symbols = std::set<std::string, std::less<>>;

Connection connection(const char* product, std::vector<std::string> symbols) {
  return plan({product, std::move(symbols), {Channel::kTrade, Channel::kBook}})
      ->connections.front();
}

TEST(Refused, NamesItsSymbolWhole) {
  const Connection okx = connection("okx", {"BTC-USDT", "BTC-USDT-SWAP", "X"});
  EXPECT_EQ(
      symbols_refused("Wrong URL or channel:books,instId:BTC-USDT-SWAP doesn't exist. Please "
                      "use the correct URL, channel and parameters referring to API document.",
                      okx),
      Symbols{"BTC-USDT-SWAP"});
  EXPECT_EQ(symbols_refused("channel:books,instId:ETH-USDT doesn't exist", okx), Symbols{});
  EXPECT_EQ(symbols_refused("", okx), Symbols{});
  const Connection bybit = connection("bybit-linear", {"AUSDT", "BUSDT"});
  EXPECT_EQ(symbols_refused("error:handler not found,topic:orderbook.50.BUSDT", bybit),
            Symbols{"BUSDT"});
  const Connection options = connection("bybit-option", {"BTC-1-C", "BTC-2-C", "BTC-3-P"});
  EXPECT_EQ(symbols_refused("orderbook.25.BTC-1-C orderbook.25.BTC-3-P", options),
            (Symbols{"BTC-1-C", "BTC-3-P"}));
}

TEST(Refused, ARequestIsRepeatedWithoutTheStream) {
  EXPECT_EQ(stream_refused("error:handler not found,topic:orderbook.50.B"), "orderbook.50.B");
  EXPECT_EQ(stream_refused("Wrong URL or channel:books,instId:B doesn't exist"), "");
  const std::string request = R"({"op":"subscribe","args":["t.A","t.B","t.BB"]})";
  EXPECT_EQ(without_stream(request, "t.A"), R"({"op":"subscribe","args":["t.B","t.BB"]})");
  EXPECT_EQ(without_stream(request, "t.B"), R"({"op":"subscribe","args":["t.A","t.BB"]})");
  EXPECT_EQ(without_stream(request, "t.BB"), R"({"op":"subscribe","args":["t.A","t.B"]})");
  EXPECT_EQ(without_stream(request, "t.C"), std::nullopt);
  EXPECT_EQ(without_stream(request, ""), std::nullopt);
  EXPECT_EQ(without_stream(R"({"op":"subscribe","args":["t.A"]})", "t.A"), std::nullopt);
}

TEST(Refused, IsShownAsOneShortLine) {
  EXPECT_EQ(shown("no such channel: a.B"), "no such channel: a.B");
  EXPECT_EQ(shown("a\x1b[2J\nb\xC3\xA9\x7f"), "a?[2J?b???");
  EXPECT_EQ(shown(std::string(5000, 'x')), std::string(400, 'x') + "...");
}

TEST(Refused, AGoodbyeIsUnderstood) {
  EXPECT_TRUE(says_goodbye(
      R"({"event":"notice","code":"64008","msg":"The connection will soon be closed for a service upgrade. Please reconnect.","connId":"a4d3ae55"})"));
  EXPECT_TRUE(says_goodbye(R"({"event":{"e":"serverShutdown","E":1770123456789}})"));
  EXPECT_TRUE(says_goodbye(R"({"e":"serverShutdown","E":1770123456789})"));
  EXPECT_TRUE(says_goodbye(R"({"stream":"","data":{"e":"serverShutdown","E":1770123456789}})"));
  for (const char* other : {"", "64008", "[64008]", R"({"event":"error","code":"64008"})",
                            R"({"event":"notice","code":"1","msg":"64008"})",
                            R"({"e":"trade","s":"serverShutdown"})"}) {
    EXPECT_FALSE(says_goodbye(other)) << other;
  }
}

// As go-deribit's issue 16 has it: an empty result is all that Deribit says.
std::string answer(int id, const std::string& result) {
  return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"result":)" + result +
         R"(,"usIn":1561053224590810,"usOut":1561053224590859,"usDiff":49,"testnet":true})";
}

TEST(Refused, WhatDeribitLeavesOut) {
  const Connection asked = connection("deribit", {"BTC-PERPETUAL", "BTC-21JUN19-10000-C"});
  EXPECT_TRUE(asked.lists_taken);
  EXPECT_FALSE(connection("bybit-linear", {"BTCUSDT"}).lists_taken);
  Unanswered unanswered;
  unanswered.add(asked.requests.front());
  const std::string some =
      R"(["book.BTC-PERPETUAL.100ms","trades.BTC-PERPETUAL.100ms","trades.BTC-21JUN19-10000-C.100ms"])";
  EXPECT_EQ(unanswered.left_out_in(answer(7, some)), "") << "of another request";
  EXPECT_EQ(unanswered.left_out_in(answer(1, R"("ok")")), "");
  const std::string left_out = unanswered.left_out_in(answer(1, some));
  EXPECT_EQ(left_out, "book.BTC-21JUN19-10000-C.100ms");
  EXPECT_EQ(symbols_refused(left_out, asked), Symbols{"BTC-21JUN19-10000-C"});
  EXPECT_EQ(unanswered.left_out_in(answer(1, "[]")), "") << "it was answered";

  const Again again = book_again("deribit", "BTC-PERPETUAL", false, 2);
  for (const std::string& request : again.requests) unanswered.add(request);
  EXPECT_EQ(unanswered.left_out_in(answer(2, "[]")), "") << "it ended a subscription";
  EXPECT_EQ(unanswered.left_out_in(answer(3, "[]")), "book.BTC-PERPETUAL.100ms");
}

TEST(Refused, OnlySoManyAnswersAreWaitedFor) {
  Unanswered unanswered;
  constexpr int kAsked = Unanswered::kMost + 1;
  for (int id = 1; id <= kAsked; ++id) {
    unanswered.add(book_again("deribit", "X", false, static_cast<uint64_t>(id)).requests.front());
    unanswered.add(
        book_again("deribit", "X", false, static_cast<uint64_t>(id) - 1).requests.back());
  }
  EXPECT_EQ(unanswered.left_out_in(answer(1, "[]")), "") << "it was forgotten";
  EXPECT_EQ(unanswered.left_out_in(answer(kAsked, "[]")), "book.X.100ms");
  for (const char* nonsense : {"", "[]", "{", "pong", R"({"id":2})", R"({"id":{},"result":[]})",
                               R"({"id":2,"result":{}})", R"({"id":-2,"result":[]})"}) {
    EXPECT_EQ(unanswered.left_out_in(nonsense), "") << nonsense;
  }
  EXPECT_EQ(unanswered.left_out_in(answer(2, R"([1,null,"book.X.100ms"])")), "");
}

}  // namespace
}  // namespace keystile::feed
