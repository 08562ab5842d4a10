#include "feed/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/encoding.h"
#include "base/json.h"

namespace keystile::feed {
namespace {

constexpr size_t kStreamsPerConnection = 100;  // far below any exchange's most
constexpr size_t kStreamsPerRequest = 10;      // Bybit's most (spot)

constexpr std::array<std::pair<std::string_view, Channel>, 5> kNames{
    {{"trade", Channel::kTrade},
     {"book", Channel::kBook},
     {"book_ticker", Channel::kBookTicker},
     {"derivative_ticker", Channel::kDerivativeTicker},
     {"liquidation", Channel::kLiquidation}}};

// The form in which an exchange is asked.
enum class Dialect : uint8_t { kBinance, kOkx, kBybit, kDeribit };

// "{}" is the symbol.
struct Stream {
  Channel channel;
  std::string_view target, name;
  std::string_view deep = {};  // the name where books are to be deep; empty: the same

  std::string_view name_of(bool deep_books) const {
    return deep_books && !deep.empty() ? deep : name;
  }
};

struct Product {
  std::string_view name;
  Dialect dialect;
  std::string_view stream_origin, rest_origin;
  std::string_view depth = {};  // by REST, where the streams bring no snapshot
  std::vector<Stream> streams;
};

const std::vector<Product>& products() {
  using enum Channel;
  using enum Dialect;
  static const std::vector<Product> all = {
      {"binance-spot",
       kBinance,
       "https://stream.binance.com:9443",
       "https://api.binance.com",
       "/api/v3/depth?symbol={}&limit=1000",
       {{kTrade, "/stream", "{}@trade"},
        {kBook, "/stream", "{}@depth@100ms"},
        {kBookTicker, "/stream", "{}@bookTicker"}}},
      // Streams of futures are routed by their kind since 2026: the wrong path brings nothing.
      {"binance-usdm",
       kBinance,
       "https://fstream.binance.com",
       "https://fapi.binance.com",
       "/fapi/v1/depth?symbol={}&limit=1000",
       {{kTrade, "/market/stream", "{}@aggTrade"},
        {kBook, "/public/stream", "{}@depth@100ms"},
        {kBookTicker, "/public/stream", "{}@bookTicker"},
        {kDerivativeTicker, "/market/stream", "{}@markPrice@1s"},
        {kLiquidation, "/market/stream", "{}@forceOrder"}}},
      {"binance-coinm",
       kBinance,
       "https://dstream.binance.com",
       "https://dapi.binance.com",
       "/dapi/v1/depth?symbol={}&limit=1000",
       {{kTrade, "/stream", "{}@aggTrade"},
        {kBook, "/stream", "{}@depth@100ms"},
        {kBookTicker, "/stream", "{}@bookTicker"},
        {kDerivativeTicker, "/stream", "{}@markPrice@1s"},
        {kLiquidation, "/stream", "{}@forceOrder"}}},
      {"okx",
       kOkx,
       "https://ws.okx.com:8443",
       "https://www.okx.com",
       "",
       {{kTrade, "/ws/v5/public", "trades"},
        {kBook, "/ws/v5/public", "books"},
        {kBookTicker, "/ws/v5/public", "bbo-tbt"},
        {kDerivativeTicker, "/ws/v5/public", "mark-price"},
        {kDerivativeTicker, "/ws/v5/public", "funding-rate"},
        {kDerivativeTicker, "/ws/v5/public", "open-interest"}}},
      {"bybit-spot",
       kBybit,
       "https://stream.bybit.com",
       "https://api.bybit.com",
       "",
       {{kTrade, "/v5/public/spot", "publicTrade.{}"},
        {kBook, "/v5/public/spot", "orderbook.50.{}", "orderbook.1000.{}"},
        {kBookTicker, "/v5/public/spot", "orderbook.1.{}"}}},
      {"bybit-linear",
       kBybit,
       "https://stream.bybit.com",
       "https://api.bybit.com",
       "",
       {{kTrade, "/v5/public/linear", "publicTrade.{}"},
        {kBook, "/v5/public/linear", "orderbook.50.{}", "orderbook.1000.{}"},
        {kBookTicker, "/v5/public/linear", "orderbook.1.{}"},
        {kDerivativeTicker, "/v5/public/linear", "tickers.{}"},
        {kLiquidation, "/v5/public/linear", "allLiquidation.{}"}}},
      {"bybit-inverse",
       kBybit,
       "https://stream.bybit.com",
       "https://api.bybit.com",
       "",
       {{kTrade, "/v5/public/inverse", "publicTrade.{}"},
        {kBook, "/v5/public/inverse", "orderbook.50.{}", "orderbook.1000.{}"},
        {kBookTicker, "/v5/public/inverse", "orderbook.1.{}"},
        {kDerivativeTicker, "/v5/public/inverse", "tickers.{}"},
        {kLiquidation, "/v5/public/inverse", "allLiquidation.{}"}}},
      {"deribit",
       kDeribit,
       "https://www.deribit.com",
       "https://www.deribit.com",
       "",
       {{kTrade, "/ws/api/v2", "trades.{}.100ms"},
        {kBook, "/ws/api/v2", "book.{}.100ms"},
        {kBookTicker, "/ws/api/v2", "ticker.{}.100ms"},
        {kDerivativeTicker, "/ws/api/v2", "ticker.{}.100ms"}}}};
  return all;
}

const Product* find(std::string_view name) {
  for (const Product& one : products()) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

// It goes into JSON and URLs as it is.
bool is_symbol(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
           c == '_' || c == '.';
  });
}

std::string filled(std::string_view pattern, std::string_view symbol) {
  std::string out(pattern);
  const size_t at = out.find("{}");
  return at == out.npos ? out : out.replace(at, 2, symbol);
}

// As it stands in a request's list.
std::string listed(Dialect dialect, std::string_view name, std::string_view symbol) {
  if (dialect == Dialect::kOkx) {
    return fmt::format(R"({{"channel":"{}","instId":"{}"}})", name, symbol);
  }
  const std::string spelt =
      dialect == Dialect::kBinance ? to_lower_ascii(symbol) : std::string(symbol);
  return '"' + filled(name, spelt) + '"';
}

std::string request(Dialect dialect, bool subscribe, std::string_view list, uint64_t id) {
  switch (dialect) {
    case Dialect::kBinance:
      return fmt::format(R"({{"method":"{}","params":[{}],"id":{}}})",
                         subscribe ? "SUBSCRIBE" : "UNSUBSCRIBE", list, id);
    case Dialect::kOkx:
    case Dialect::kBybit:
      return fmt::format(R"({{"op":"{}","args":[{}]}})", subscribe ? "subscribe" : "unsubscribe",
                         list);
    case Dialect::kDeribit:
      break;
  }
  return fmt::format(
      R"({{"jsonrpc":"2.0","id":{},"method":"public/{}","params":{{"channels":[{}]}}}})", id,
      subscribe ? "subscribe" : "unsubscribe", list);
}

std::string_view ping_of(Dialect dialect) {
  switch (dialect) {
    case Dialect::kOkx:
      return "ping";
    case Dialect::kBybit:
      return R"({"op":"ping"})";
    case Dialect::kDeribit:
      return R"({"jsonrpc":"2.0","id":0,"method":"public/test","params":{}})";
    case Dialect::kBinance:
      break;  // it pings, and takes pongs
  }
  return "";
}

// What each exchange's documents allow, and a little less. Binance: 5 messages a second on a
// connection, pings among them, and 300 connections in 5 minutes. OKX: 480 subscriptions an hour on
// a connection, 3 connections a second. Bybit: 500 connections in 5 minutes. Deribit: by credits.
struct Limits {
  Allowance::Limit requests, connections;
};
Limits limits_of(Dialect dialect) {
  constexpr Millis kSecond{1000}, kMinutes{300'000}, kHour{3'600'000};
  switch (dialect) {
    case Dialect::kBinance:
      return {{3, kSecond}, {250, kMinutes}};
    case Dialect::kOkx:
      return {{450, kHour}, {2, kSecond}};
    case Dialect::kBybit:
      return {{4, kSecond}, {400, kMinutes}};
    case Dialect::kDeribit:
      break;
  }
  return {{4, kSecond}, {2, kSecond}};
}

struct Asked {
  std::vector<std::string> listed, books;
  std::vector<std::pair<std::string, Channel>> streams;
};

Connection connection(const Product& product, std::string_view target, const Asked& asked) {
  Connection made;
  made.target = target;
  made.most_requests = limits_of(product.dialect).requests;
  made.books = asked.books;
  made.streams = asked.streams;
  made.ping = ping_of(product.dialect);
  for (size_t from = 0; from < asked.listed.size(); from += kStreamsPerRequest) {
    const size_t to = std::min(from + kStreamsPerRequest, asked.listed.size());
    std::string list;
    for (size_t i = from; i < to; ++i) list += (i > from ? "," : "") + asked.listed[i];
    made.requests.push_back(request(product.dialect, true, list, made.requests.size() + 1));
  }
  return made;
}

}  // namespace

std::optional<Channel> parse_channel(std::string_view name) {
  for (const auto& [text, channel] : kNames) {
    if (text == name) return channel;
  }
  return std::nullopt;
}

std::string_view name_of(Channel channel) {
  for (const auto& [text, each] : kNames) {
    if (each == channel) return text;
  }
  return "";
}

std::string_view channel_names() {
  return "trade, book, book_ticker, derivative_ticker, liquidation";
}

Result<Plan> plan(const Wanted& wanted) {
  const Product* product = find(wanted.product);
  if (!product) {
    std::string names;
    for (const Product& one : products())
      names += (names.empty() ? "" : ", ") + std::string(one.name);
    return fail("feed.product",
                fmt::format("there is no live product {}; there are {}", wanted.product, names));
  }
  std::map<std::string_view, std::vector<Asked>> by_target;
  for (const std::string& symbol : wanted.symbols) {
    if (!is_symbol(symbol)) return fail("feed.symbol", "no exchange spells a symbol so: " + symbol);
    for (const Stream& stream : product->streams) {
      const auto& channels = wanted.channels;
      const bool is_wanted = channels.empty() || std::find(channels.begin(), channels.end(),
                                                           stream.channel) != channels.end();
      if (!is_wanted) continue;
      std::vector<Asked>& parts = by_target[stream.target];
      if (parts.empty() || parts.back().listed.size() == kStreamsPerConnection)
        parts.emplace_back();
      std::string name = listed(product->dialect, stream.name_of(wanted.deep_books), symbol);
      std::vector<std::string>& names = parts.back().listed;
      parts.back().streams.emplace_back(symbol, stream.channel);
      if (!names.empty() && names.back() == name) continue;  // one stream tells both
      names.push_back(std::move(name));
      if (stream.channel == Channel::kBook) parts.back().books.push_back(symbol);
    }
  }
  Plan made{wanted.stream_origin, wanted.rest_origin, limits_of(product->dialect).connections, {}};
  if (made.stream_origin.empty()) made.stream_origin = product->stream_origin;
  if (made.rest_origin.empty()) made.rest_origin = product->rest_origin;
  for (const auto& [target, parts] : by_target) {
    for (const Asked& asked : parts) {
      made.connections.push_back(connection(*product, target, asked));
    }
  }
  if (made.connections.empty()) {
    return fail("feed.nothing", fmt::format("name symbols, and channels that {} has (of {})",
                                            wanted.product, channel_names()));
  }
  return made;
}

Again book_again(std::string_view product_name, std::string_view symbol, bool deep_books) {
  const Product* product = find(product_name);
  if (!product) return {};
  if (!product->depth.empty()) return {filled(product->depth, symbol), {}};
  for (const Stream& stream : product->streams) {
    if (stream.channel != Channel::kBook) continue;
    const std::string list = listed(product->dialect, stream.name_of(deep_books), symbol);
    return {"",
            {request(product->dialect, false, list, 1), request(product->dialect, true, list, 2)}};
  }
  return {};
}

std::string_view stream_in(std::string_view product_name, std::string_view message) {
  const Product* product = find(product_name);
  if (!product) return "";
  std::string_view member = R"("channel":")";  // OKX, Deribit
  if (product->dialect == Dialect::kBinance) member = R"("stream":")";
  if (product->dialect == Dialect::kBybit) member = R"("topic":")";
  constexpr size_t kFront = 256;  // it stands before the data
  const size_t found = message.substr(0, kFront).find(member);
  if (found == message.npos) return "";
  const size_t from = found + member.size();
  const size_t to = message.find('"', from);
  return to == message.npos ? "" : message.substr(from, to - from);
}

std::optional<Channel> channel_of(std::string_view product_name, std::string_view stream) {
  const Product* product = find(product_name);
  if (!product) return std::nullopt;
  for (const Stream& known : product->streams) {
    for (const bool deep : {false, true}) {
      const std::string_view name = known.name_of(deep);
      const size_t at = name.find("{}");  // none at OKX, which names the symbol apart
      const std::string_view front = name.substr(0, at);
      const std::string_view back = at == name.npos ? name : name.substr(at + 2);
      if (stream.starts_with(front) && stream.ends_with(back)) return known.channel;
    }
  }
  return std::nullopt;
}

std::string refusal_in(std::string_view text) {
  constexpr size_t kMostAnswer = 4096;
  if (text.size() > kMostAnswer) return "";
  const auto message = json::parse(text);
  if (!message || !message->if_object()) return "";
  if (const json::Value* error = message->find("error")) {  // Binance, Deribit
    return std::string(error->text(error->find("msg") ? "msg" : "message"));
  }
  if (message->text("event") == "error") return std::string(message->text("msg"));  // OKX
  const json::Value* success = message->find("success");                            // Bybit
  const bool refused = success && success->if_bool() && !*success->if_bool();
  return refused ? std::string(message->text("ret_msg")) : "";
}

}  // namespace keystile::feed
