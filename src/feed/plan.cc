#include "feed/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/encoding.h"
#include "base/json.h"
#include "feed/products.h"
#include "market/reader.h"

namespace keystile::feed {
namespace {

constexpr size_t kStreamsPerConnection = 100;  // far below any exchange's most
constexpr size_t kStreamsPerRequest = 10;      // Bybit's most (spot)

constexpr std::array<std::pair<std::string_view, Channel>, kChannels> kNames{
    {{"trade", Channel::kTrade},
     {"book", Channel::kBook},
     {"book_ticker", Channel::kBookTicker},
     {"derivative_ticker", Channel::kDerivativeTicker},
     {"liquidation", Channel::kLiquidation},
     {"option_summary", Channel::kOptionSummary}}};

// It goes into JSON and URLs as it is.
bool is_symbol(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
           c == '_' || c == '.';
  });
}

// But for "d" in Deribit's prices they are capitals, and what is told of them is found by that.
bool is_spelt_so(Dialect dialect, std::string_view symbol) {
  return std::none_of(symbol.begin(), symbol.end(), [dialect](char c) {
    return c >= 'a' && c <= 'z' && !(c == 'd' && dialect == Dialect::kDeribit);
  });
}

std::string filled(std::string_view pattern, std::string_view symbol) {
  std::string out(pattern);
  const size_t at = out.find("{}");
  return at == out.npos ? out : out.replace(at, 2, symbol);
}

std::string_view okx_kind(std::string_view symbol) {
  switch (market::venue_of("okx", symbol).value_or(market::Venue::kOkxSpot)) {
    case market::Venue::kOkxSwap:
      return "SWAP";
    case market::Venue::kOkxFutures:
      return "FUTURES";
    case market::Venue::kOkxOption:
      return "OPTION";
    default:
      return "MARGIN";
  }
}

// "BTC-USD_UM" of BTC-USD_UM-261225-50000-C
std::string_view okx_family(std::string_view symbol) {
  return symbol.substr(0, symbol.find('-', symbol.find('-') + 1));
}

std::string_view named_after(StreamScope scope, std::string_view symbol) {
  switch (scope) {
    case StreamScope::kSymbol:
      break;
    case StreamScope::kKind:
      return okx_kind(symbol);
    case StreamScope::kFamily:
      return okx_family(symbol);
    case StreamScope::kIndex:
      return okx_family(symbol).substr(0, okx_family(symbol).find('_'));
    case StreamScope::kBase:
      return symbol.substr(0, symbol.find('-'));
    case StreamScope::kAll:
      return "";
  }
  return symbol;
}

// As it stands in a request's list.
std::string listed(Dialect dialect, const ProductStream& stream, std::string_view symbol,
                   bool deep_books) {
  const std::string_view named = named_after(stream.scope, symbol);
  if (dialect == Dialect::kOkx) {
    const std::string_view member = stream.scope == StreamScope::kKind     ? "instType"
                                    : stream.scope == StreamScope::kFamily ? "instFamily"
                                                                           : "instId";
    return fmt::format(R"({{"channel":"{}","{}":"{}"}})", stream.name_of(deep_books), member,
                       named);
  }
  const std::string spelt =
      dialect == Dialect::kBinance ? to_lower_ascii(named) : std::string(named);
  return '"' + filled(stream.name_of(deep_books), spelt) + '"';
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
  std::vector<std::string> listed, books, states;
  std::vector<std::pair<std::string, Channel>> streams;

  void add(const ProductStream& stream, const std::string& symbol) {
    if (stream.only_states) return states.push_back(symbol);
    const std::pair brought(symbol, stream.channel);
    const bool is_there = std::find(streams.begin(), streams.end(), brought) != streams.end();
    if (!is_there) streams.push_back(brought);
  }
};

Connection connection(const LiveProduct& product, std::string_view target, const Asked& asked) {
  Connection made;
  made.target = target;
  made.most_requests = limits_of(product.dialect).requests;
  made.books = asked.books;
  made.streams = asked.streams;
  made.states = asked.states;
  made.lists_taken = product.dialect == Dialect::kDeribit;
  made.ping = ping_of(product.dialect);
  for (size_t from = 0; from < asked.listed.size(); from += kStreamsPerRequest) {
    const size_t to = std::min(from + kStreamsPerRequest, asked.listed.size());
    std::string list;
    for (size_t i = from; i < to; ++i) list += (i > from ? "," : "") + asked.listed[i];
    made.requests.push_back(request(product.dialect, true, list, made.requests.size() + 1));
  }
  return made;
}

bool is_wanted(const Wanted& wanted, Channel channel) {
  const auto& channels = wanted.channels;
  return channels.empty() || std::find(channels.begin(), channels.end(), channel) != channels.end();
}

// What it tells is gathered with what other streams tell of the same symbol.
bool is_of_parts(const ProductStream& stream) {
  return stream.scope == StreamScope::kSymbol || stream.scope == StreamScope::kFamily ||
         stream.scope == StreamScope::kIndex;
}

// The connection that brings this stream already, for another channel or, of a stream that tells
// of others as well, for another symbol; null: none does.
Asked* find_asked(std::vector<Asked>* parts, const ProductStream& stream, const std::string& name) {
  const auto has_it = [&name](const Asked& part) {
    return std::find(part.listed.begin(), part.listed.end(), name) != part.listed.end();
  };
  if (is_of_parts(stream)) {
    return !parts->empty() && has_it(parts->back()) ? &parts->back() : nullptr;
  }
  const auto found = std::find_if(parts->begin(), parts->end(), has_it);
  return found == parts->end() ? nullptr : &*found;
}

// What several streams tell in parts of one market (OKX: a contract's mark price, its open
// interest) is gathered by the connection that brings it: there all of them must be.
void make_room(size_t streams, std::vector<Asked>* parts) {
  const bool is_full =
      !parts->empty() && parts->back().listed.size() + streams > kStreamsPerConnection;
  if (is_full) parts->emplace_back();
}

void ask(std::string name, const ProductStream& stream, const std::string& symbol,
         std::vector<Asked>* parts) {
  if (Asked* asked = find_asked(parts, stream, name)) {
    asked->add(stream, symbol);
    return;
  }
  if (parts->empty() || parts->back().listed.size() == kStreamsPerConnection) {
    parts->emplace_back();
  }
  Asked& part = parts->back();
  part.listed.push_back(std::move(name));
  part.add(stream, symbol);
  if (stream.channel == Channel::kBook) part.books.push_back(symbol);
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
  return "trade, book, book_ticker, derivative_ticker, liquidation, option_summary";
}

Result<Plan> plan(const Wanted& wanted) {
  const LiveProduct* product = find_product(wanted.product);
  if (!product) {
    std::string names;
    for (const LiveProduct& one : products())
      names += (names.empty() ? "" : ", ") + std::string(one.name);
    return fail("feed.product",
                fmt::format("there is no live product {}; there are {}", wanted.product, names));
  }
  std::map<std::string_view, std::vector<Asked>> by_target;
  std::set<std::string_view> seen;
  for (const std::string& symbol : wanted.symbols) {
    // Two connections' changes of one book would be told as one book's.
    if (!seen.insert(symbol).second) continue;
    if (!is_symbol(symbol) || !is_spelt_so(product->dialect, symbol)) {
      return fail("feed.symbol", "the exchange spells no symbol so: " + symbol);
    }
    std::map<std::string_view, std::vector<const ProductStream*>> asked;  // by target
    for (const ProductStream& stream : product->streams) {
      if (stream.is_of(symbol) && is_wanted(wanted, stream.channel)) {
        asked[stream.target].push_back(&stream);
      }
    }
    for (const auto& [target, streams] : asked) {
      std::vector<Asked>& parts = by_target[target];
      make_room(streams.size(), &parts);
      for (const ProductStream* stream : streams) {
        ask(listed(product->dialect, *stream, symbol, wanted.deep_books), *stream, symbol, &parts);
      }
    }
  }
  Plan made{wanted.stream_origin,
            wanted.rest_origin,
            wanted.stream_origin.empty() == wanted.rest_origin.empty(),
            limits_of(product->dialect).connections,
            {}};
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

Again book_again(std::string_view product_name, std::string_view symbol, bool deep_books,
                 uint64_t id) {
  const LiveProduct* product = find_product(product_name);
  if (!product) return {};
  if (!product->depth.empty()) return {filled(product->depth, symbol), {}};
  for (const ProductStream& stream : product->streams) {
    if (stream.channel != Channel::kBook) continue;
    const std::string list = listed(product->dialect, stream, symbol, deep_books);
    return {"",
            {request(product->dialect, false, list, id),
             request(product->dialect, true, list, id + 1)}};
  }
  return {};
}

std::string_view stream_in(std::string_view product_name, std::string_view message) {
  const LiveProduct* product = find_product(product_name);
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
  const LiveProduct* product = find_product(product_name);
  if (!product) return std::nullopt;
  for (const ProductStream& known : product->streams) {
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

std::vector<std::pair<std::string, Channel>> missed_with(std::string_view product,
                                                         std::string_view message,
                                                         const Connection& connection) {
  const auto is_deed = [](Channel channel) {
    return channel == Channel::kTrade || channel == Channel::kLiquidation;
  };
  const auto told = channel_of(product, stream_in(product, message));
  if (told && !is_deed(*told)) return {};
  constexpr size_t kFront = 64 * 1024;
  std::string front(message.substr(0, kFront));
  for (char& c : front) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  std::vector<std::pair<std::string, Channel>> all, named;
  for (const auto& stream : connection.streams) {
    if (!is_deed(stream.second)) continue;
    all.push_back(stream);
    if (front.find(stream.first) != front.npos) named.push_back(stream);
  }
  return named.empty() ? all : named;
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
  if (refused) return std::string(message->text("ret_msg"));
  const json::Value* data = message->find("data");  // Bybit's options
  const json::Value* failed = data ? data->find("failTopics") : nullptr;
  std::string why;
  if (!failed || !failed->if_array()) return why;
  for (const json::Value& stream : *failed->if_array()) {
    if (const std::string* name = stream.if_string()) why += (why.empty() ? "" : " ") + *name;
  }
  return why;
}

}  // namespace keystile::feed
