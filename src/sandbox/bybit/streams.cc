#include "sandbox/bybit/streams.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/json.h"
#include "sandbox/bybit/call.h"
#include "sandbox/money.h"

namespace keystile::sandbox::bybit {
namespace {

constexpr std::string_view kPrefix = "/v5/public/";
constexpr std::string_view kConnection = "cfj5tau8d2fk9a4vt3pg-18ts1";
constexpr uint64_t kFirstUpdate = 100;  // 1 would say that the service has just begun
constexpr size_t kNumberedDepth = 1000;

enum class Kind { kBook, kTrades, kTicker };

struct Topic {
  Kind kind;
  const Instrument* instrument;
  size_t depth;
  BookWatch book;
  TradeWatch trades;
  uint64_t update = 0;   // of the book; 0: no snapshot was sent yet
  json::Value ticker{};  // as it was last told
};

class Stream final : public MarketStream {
 public:
  Stream(Venue& venue, BookNumbers& numbers, Product product)
      : venue_(venue), numbers_(numbers), product_(product) {}

  std::vector<std::string> receive(std::string_view text, WallTime) override {
    const auto message = json::parse(text);
    if (!message) return {answer(false, "Invalid JSON", "", "")};
    const std::string_view op = message->text("op"), id = message->text("req_id");
    if (op == "ping") return {answer(true, "pong", "ping", id)};
    const json::Value* args = message->find("args");
    if ((op != "subscribe" && op != "unsubscribe") || !args || !args->if_array()) {
      return {answer(false, fmt::format("error:Invalid op, op={}", op), op, id)};
    }
    for (const json::Value& arg : *args->if_array()) {
      const std::string name(arg.if_string() ? *arg.if_string() : "");
      auto topic = make(name);
      if (!topic) {
        return {answer(false, fmt::format("error:handler not found,topic:{}", name), op, id)};
      }
      if (op == "subscribe") {
        topics_.insert_or_assign(name, std::move(*topic));
      } else {
        topics_.erase(name);
      }
    }
    return {answer(true, "", op, id)};
  }

  std::vector<std::string> pump(WallTime now) override {
    std::vector<std::string> out;
    for (auto& [name, topic] : topics_) {
      const auto tell = [&, &called = name](std::string_view type, json::Value data) {
        json::Value message =
            json::object({{"topic", called}, {"type", type}, {"ts", epoch_ms(now)}});
        message.set("data", std::move(data));
        message.set("cts", epoch_ms(now));
        out.push_back(json::dump(message));
      };
      tell_of(topic, now, tell);
    }
    return out;
  }

 private:
  static std::string answer(bool good, std::string_view message, std::string_view op,
                            std::string_view id) {
    return json::dump(json::object({{"success", good},
                                    {"ret_msg", message},
                                    {"conn_id", kConnection},
                                    {"req_id", id},
                                    {"op", op}}));
  }

  // "orderbook.50.BTCUSDT", "publicTrade.BTCUSDT", "tickers.BTCUSDT".
  std::optional<Topic> make(std::string_view name) const {
    const size_t last = name.rfind('.');
    if (last == name.npos) return std::nullopt;
    const Instrument* instrument = venue_.engine().find_symbol(product_, name.substr(last + 1));
    if (!instrument) return std::nullopt;
    const std::string_view stem = name.substr(0, last);
    const auto topic = [&](Kind kind, size_t depth) {
      return Topic{kind, instrument, depth, BookWatch(instrument->id, depth),
                   TradeWatch(instrument->id, venue_.market())};
    };
    if (stem == "publicTrade") return topic(Kind::kTrades, 1);
    if (stem == "tickers") return topic(Kind::kTicker, 1);
    for (const size_t depth : {1, 50, 200, 1000}) {
      if (stem == "orderbook." + std::to_string(depth)) return topic(Kind::kBook, depth);
    }
    return std::nullopt;
  }

  template <class Tell>
  void tell_of(Topic& topic, WallTime now, const Tell& tell) {
    if (topic.kind == Kind::kBook) return tell_book(topic, tell);
    if (topic.kind == Kind::kTicker) return tell_ticker(topic, now, tell);
    json::Array trades;
    for (const PublicTrade& trade : topic.trades.next(venue_.market())) {
      trades.push_back(trade_json(topic, trade));
    }
    if (!trades.empty()) tell("snapshot", json::Value(std::move(trades)));
  }

  template <class Tell>
  void tell_book(Topic& topic, const Tell& tell) {
    const auto shown = [&](const std::vector<Level>& bids, const std::vector<Level>& asks) {
      return json::object({{"s", topic.instrument->symbol},
                           {"b", levels(bids)},
                           {"a", levels(asks)},
                           {"u", topic.update},
                           {"seq", topic.book.last().sequence}});
    };
    const bool first = topic.update == 0;
    if (first) topic.book.start(venue_.engine());
    const auto change = first ? std::optional<BookChange>() : topic.book.next(venue_.engine());
    if (!first && !change) return;
    const BookSnapshot& book = topic.book.last();
    topic.update = first ? kFirstUpdate : topic.update + 1;
    if (topic.depth == kNumberedDepth) {
      topic.update = numbers_.number(topic.instrument->id, book.sequence);
    }
    const bool whole = first || topic.depth == 1;
    tell(whole ? "snapshot" : "delta",
         whole ? shown(book.bids, book.asks) : shown(change->bids, change->asks));
  }

  // Contracts: first all of it, then what has changed.
  template <class Tell>
  void tell_ticker(Topic& topic, WallTime now, const Tell& tell) {
    json::Value row = ticker_row(venue_, *topic.instrument, now);
    if (json::dump(row) == json::dump(topic.ticker)) return;
    const json::Value before = std::exchange(topic.ticker, row);
    if (product_ == Product::kSpot || !before.if_object()) return tell("snapshot", std::move(row));
    json::Value changed = json::object({{"symbol", topic.instrument->symbol}});
    for (const json::Member& member : *row.if_object()) {
      const json::Value* old = before.find(member.name);
      if (!old || json::dump(*old) != json::dump(member.value))
        changed.set(member.name, member.value);
    }
    tell("delta", std::move(changed));
  }

  static json::Value trade_json(const Topic& topic, const PublicTrade& trade) {
    return json::object({{"T", epoch_ms(trade.time)},
                         {"s", topic.instrument->symbol},
                         {"S", trade.taker == Side::kBuy ? "Buy" : "Sell"},
                         {"v", trade.quantity},
                         {"p", trade.price},
                         {"L", "ZeroPlusTick"},
                         {"i", std::to_string(number(trade.id))},
                         {"BT", false},
                         {"RPI", false},
                         {"seq", number(trade.id)}});
  }

  Venue& venue_;
  BookNumbers& numbers_;
  Product product_;
  std::map<std::string, Topic> topics_;
};

}  // namespace

std::unique_ptr<MarketStream> open_stream(Venue& venue, BookNumbers& numbers,
                                          const HttpRequest& request) {
  const std::string_view path = request.path;
  if (!path.starts_with(kPrefix)) return nullptr;
  const auto product = product_of(path.substr(kPrefix.size()));
  return product ? std::make_unique<Stream>(venue, numbers, *product) : nullptr;
}

}  // namespace keystile::sandbox::bybit
