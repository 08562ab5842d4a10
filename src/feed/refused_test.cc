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

}  // namespace
}  // namespace keystile::feed
