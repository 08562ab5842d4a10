#include "sandbox/binance/streams.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/json.h"
#include "sandbox/binance/handlers.h"
#include "sandbox/money.h"

namespace keystile::sandbox::binance {
namespace {

constexpr size_t kWholeBook = 5000;
constexpr std::string_view kFunding = "0.00010000";
constexpr int64_t kFundingPeriod = 8 * 3600 * 1000;

json::Value levels(const std::vector<Level>& side) {
  json::Array out;
  for (const Level& level : side) {
    out.push_back(json::array({fixed(level.price), fixed(level.quantity)}));
  }
  return out;
}

// What follows the symbol in a stream's name, without its rate.
enum class Kind { kTrade, kAggTrade, kBookTicker, kDepth, kPartialDepth, kMarkPrice };

struct Topic {
  Kind kind;
  const Instrument* instrument;
  BookWatch book;
  TradeWatch trades;
  Decimal mark{};
};

class Stream final : public MarketStream {
 public:
  Stream(Venue& venue, Product product, bool combined)
      : venue_(venue), product_(product), combined_(combined) {}

  std::vector<std::string> receive(std::string_view text, WallTime) override {
    const auto message = json::parse(text);
    const std::string_view method = message ? message->text("method") : "";
    const json::Value* params = message ? message->find("params") : nullptr;
    const bool adds = method == "SUBSCRIBE";
    if ((!adds && method != "UNSUBSCRIBE") || !params || !params->if_array()) {
      return {R"({"error":{"code":2,"msg":"Invalid request: unknown variant"},"id":null})"};
    }
    for (const json::Value& name : *params->if_array()) {
      if (!name.if_string()) continue;
      adds ? add(*name.if_string()) : remove(*name.if_string());
    }
    json::Value answer = json::object({{"result", json::Value()}});
    if (const json::Value* id = message->find("id")) answer.set("id", *id);
    return {json::dump(answer)};
  }

  std::vector<std::string> pump(WallTime now) override {
    std::vector<std::string> out;
    for (auto& [name, topic] : topics_) {
      const auto tell = [&, &stream = name](const json::Value& event) {
        out.push_back(
            json::dump(combined_ ? json::object({{"stream", stream}, {"data", event}}) : event));
      };
      tell_of(topic, now, tell);
    }
    return out;
  }

  // A name that is none is taken and brings nothing, as at the exchange.
  void add(const std::string& name) {
    const size_t at = name.find('@');
    if (at == name.npos) return;
    const auto kind = kind_of(std::string_view(name).substr(at + 1));
    const Instrument* instrument = find(std::string_view(name).substr(0, at));
    if (!kind || !instrument) return;
    const size_t depth = kind->first == Kind::kBookTicker ? 1 : kind->second;
    Topic topic{kind->first, instrument, BookWatch(instrument->id, depth),
                TradeWatch(instrument->id, venue_.market())};
    if (kind->first == Kind::kDepth) topic.book.start(venue_.engine());
    topics_.insert_or_assign(name, std::move(topic));
  }
  void remove(const std::string& name) { topics_.erase(name); }

 private:
  // Names are in lower case here.
  const Instrument* find(std::string_view symbol) const {
    for (const Instrument* one : venue_.engine().instruments()) {
      if (one->product == product_ && to_lower_ascii(one->symbol) == symbol) return one;
    }
    return nullptr;
  }

  // With how deep a book it shows.
  std::optional<std::pair<Kind, size_t>> kind_of(std::string_view name) const {
    const std::string_view stem = name.substr(0, name.find('@'));
    if (stem == "trade") return {{Kind::kTrade, 0}};  // of futures too, though not documented
    if (stem == "aggTrade") return {{Kind::kAggTrade, 0}};
    if (stem == "bookTicker") return {{Kind::kBookTicker, 1}};
    if (stem == "depth") return {{Kind::kDepth, kWholeBook}};
    if (stem == "markPrice" && product_ == Product::kLinear) return {{Kind::kMarkPrice, 0}};
    for (const auto& [text, depth] : {std::pair{"depth5", 5}, {"depth10", 10}, {"depth20", 20}}) {
      if (stem == text) return {{Kind::kPartialDepth, static_cast<size_t>(depth)}};
    }
    return std::nullopt;
  }

  template <class Tell>
  void tell_of(Topic& topic, WallTime now, const Tell& tell) {
    switch (topic.kind) {
      case Kind::kTrade:
      case Kind::kAggTrade:
        for (const PublicTrade& trade : topic.trades.next(venue_.market())) {
          tell(trade_event(topic, trade, now));
        }
        return;
      case Kind::kMarkPrice:
        return tell_mark(topic, now, tell);
      case Kind::kBookTicker:
      case Kind::kDepth:
      case Kind::kPartialDepth:
        break;
    }
    const auto change = topic.book.next(venue_.engine());
    if (!change) return;
    if (topic.kind == Kind::kDepth) {
      tell(depth_event(topic, *change, now));
    } else if (topic.kind == Kind::kPartialDepth) {
      tell(partial_event(topic, *change, now));
    } else if (!change->bids.empty() || !change->asks.empty()) {
      tell(ticker_event(topic, now));
    }
  }

  bool is_futures() const { return product_ == Product::kLinear; }

  json::Value trade_event(const Topic& topic, const PublicTrade& trade, WallTime now) const {
    const bool aggregate = topic.kind == Kind::kAggTrade;
    json::Value event = json::object({{"e", aggregate ? "aggTrade" : "trade"},
                                      {"E", epoch_ms(now)},
                                      {"s", topic.instrument->symbol},
                                      {aggregate ? "a" : "t", number(trade.id)},
                                      {"p", fixed(trade.price)},
                                      {"q", fixed(trade.quantity)}});
    if (aggregate) {
      event.set("f", number(trade.id));
      event.set("l", number(trade.id));
    }
    event.set("T", epoch_ms(trade.time));
    event.set("m", trade.taker == Side::kSell);
    if (!is_futures()) {
      event.set("M", true);
    } else if (!aggregate) {
      event.set("X", "MARKET");
    }
    return event;
  }

  json::Value depth_event(const Topic& topic, const BookChange& change, WallTime now) const {
    json::Value event = json::object({{"e", "depthUpdate"}, {"E", epoch_ms(now)}});
    if (is_futures()) event.set("T", epoch_ms(now));
    event.set("s", topic.instrument->symbol);
    event.set("U", change.before + 1);
    event.set("u", change.after);
    if (is_futures()) event.set("pu", change.before);
    event.set("b", levels(change.bids));
    event.set("a", levels(change.asks));
    return event;
  }

  json::Value partial_event(const Topic& topic, const BookChange& change, WallTime now) const {
    const BookSnapshot& book = topic.book.last();
    if (!is_futures()) {
      return json::object({{"lastUpdateId", book.sequence},
                           {"bids", levels(book.bids)},
                           {"asks", levels(book.asks)}});
    }
    json::Value event = depth_event(topic, change, now);
    event.set("b", levels(book.bids));
    event.set("a", levels(book.asks));
    return event;
  }

  json::Value ticker_event(const Topic& topic, WallTime now) const {
    const BookSnapshot& book = topic.book.last();
    json::Value event = json::object({});
    if (is_futures()) event.set("e", "bookTicker");
    event.set("u", book.sequence);
    event.set("s", topic.instrument->symbol);
    const auto side = [&](const char* price, const char* quantity, const auto& of) {
      event.set(price, fixed(of.empty() ? Decimal() : of.front().price));
      event.set(quantity, fixed(of.empty() ? Decimal() : of.front().quantity));
    };
    side("b", "B", book.bids);
    side("a", "A", book.asks);
    if (!is_futures()) return event;
    event.set("T", epoch_ms(now));
    event.set("E", epoch_ms(now));
    return event;
  }

  template <class Tell>
  void tell_mark(Topic& topic, WallTime now, const Tell& tell) {
    const Decimal mark = venue_.market().ticker(topic.instrument->id).mark;
    if (mark == topic.mark) return;
    topic.mark = mark;
    tell(json::object({{"e", "markPriceUpdate"},
                       {"E", epoch_ms(now)},
                       {"s", topic.instrument->symbol},
                       {"p", fixed(mark)},
                       {"i", fixed(mark)},
                       {"P", fixed(mark)},
                       {"r", kFunding},
                       {"T", (epoch_ms(now) / kFundingPeriod + 1) * kFundingPeriod}}));
  }

  Venue& venue_;
  Product product_;
  bool combined_;
  std::map<std::string, Topic> topics_;
};

struct Entrance {
  std::string_view prefix;
  Product product;
};
constexpr Entrance kEntrances[] = {
    {"/public", Product::kLinear}, {"/market", Product::kLinear}, {"", Product::kSpot}};

}  // namespace

// "/ws/btcusdt@trade/btcusdt@depth" or "/stream?streams=btcusdt@trade/…"; both may name none yet.
std::unique_ptr<MarketStream> open_stream(Venue& venue, const HttpRequest& request) {
  const auto* entrance =
      std::find_if(std::begin(kEntrances), std::end(kEntrances),
                   [&](const Entrance& one) { return request.path.starts_with(one.prefix); });
  const std::string_view path = std::string_view(request.path).substr(entrance->prefix.size());
  const bool combined = path == "/stream" || path == "/stream/";
  std::string_view names;
  if (combined && request.query.starts_with("streams=")) {
    names = std::string_view(request.query).substr(8);
  } else if (path.starts_with("/ws/")) {
    names = path.substr(4);
  } else if (!combined && path != "/ws") {
    return nullptr;
  }
  auto stream = std::make_unique<Stream>(venue, entrance->product, combined);
  while (!names.empty()) {
    const size_t end = std::min(names.find('/'), names.size());
    stream->add(std::string(names.substr(0, end)));
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  return stream;
}

}  // namespace keystile::sandbox::binance
