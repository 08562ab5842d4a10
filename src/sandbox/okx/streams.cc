#include "sandbox/okx/streams.h"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "base/json.h"
#include "sandbox/money.h"
#include "sandbox/okx/handlers.h"

namespace keystile::sandbox::okx {
namespace {

constexpr size_t kBookDepth = 400;
constexpr std::string_view kConnection = "a4d3ae55";
constexpr int64_t kFundingPeriod = 8 * 3600 * 1000;

enum class Channel {
  kTrades,
  kBooks,
  kBooks5,
  kBest,
  kTickers,
  kMarkPrice,
  kFundingRate,
  kOpenInterest
};

struct Known {
  std::string_view name;
  Channel channel;
  size_t depth;  // of the book that it shows, or that it changes with
  bool only_swaps = false;
};
constexpr Known kChannels[] = {{"trades", Channel::kTrades, 1},
                               {"books", Channel::kBooks, kBookDepth},
                               {"books5", Channel::kBooks5, 5},
                               {"bbo-tbt", Channel::kBest, 1},
                               {"tickers", Channel::kTickers, 1},
                               {"mark-price", Channel::kMarkPrice, 1, true},
                               {"funding-rate", Channel::kFundingRate, 1, true},
                               {"open-interest", Channel::kOpenInterest, 1, true}};
// By kind of instrument. Nobody is closed by force here, so that nothing comes of that.
constexpr std::string_view kLiquidations = "liquidation-orders", kInstruments = "instruments";
constexpr std::string_view kKinds[] = {"SPOT", "SWAP", "FUTURES", "MARGIN", "OPTION"};

struct Topic {
  Channel channel;
  const Instrument* instrument;
  BookWatch book;
  TradeWatch trades;
  std::string last{};  // what was told of what only its newest state counts
  bool begun = false;
};

class Stream final : public MarketStream {
 public:
  explicit Stream(Venue& venue) : venue_(venue) {}

  std::vector<std::string> receive(std::string_view text, WallTime) override {
    if (text == "ping") return {"pong"};
    const auto message = json::parse(text);
    const std::string_view op = message ? message->text("op") : "";
    const json::Value* args = message ? message->find("args") : nullptr;
    if ((op != "subscribe" && op != "unsubscribe") || !args || !args->if_array()) {
      return {error("60012", fmt::format("Invalid request: {}", text))};
    }
    std::vector<std::string> out;
    for (const json::Value& arg : *args->if_array()) out.push_back(take(op, *message, arg));
    return out;
  }

  std::vector<std::string> pump(WallTime now) override {
    std::vector<std::string> out;
    for (const std::string& kind : std::exchange(listed_, {})) out.push_back(listing(kind));
    for (auto& [name, topic] : topics_) {
      const auto tell = [&, &called = name](std::string_view action, json::Value data) {
        json::Value message = json::object(
            {{"arg", json::object({{"channel", called.first}, {"instId", called.second}})}});
        if (!action.empty()) message.set("action", action);
        message.set("data", json::array({std::move(data)}));
        out.push_back(json::dump(message));
      };
      tell_of(topic, now, tell);
    }
    return out;
  }

 private:
  static std::string error(std::string_view code, std::string_view message) {
    return json::dump(json::object(
        {{"event", "error"}, {"code", code}, {"msg", message}, {"connId", kConnection}}));
  }

  std::string take(std::string_view op, const json::Value& message, const json::Value& arg) {
    const std::string channel(arg.text("channel")), id(arg.text("instId"));
    const Instrument* instrument = find_instrument(venue_, id);
    const auto* known = std::find_if(std::begin(kChannels), std::end(kChannels),
                                     [&](const Known& one) { return one.name == channel; });
    const bool good = known != std::end(kChannels) && instrument &&
                      (!known->only_swaps || instrument->product != Product::kSpot);
    if (is_of_kind(arg)) {
      if (op == "subscribe" && channel == kInstruments)
        listed_.insert(std::string(arg.text("instType")));
      return done(op, message, arg);
    }
    if (!good) {
      return error("60018", fmt::format("Wrong URL or channel:{},instId:{} doesn't exist. Please "
                                        "use the correct URL, channel and parameters referring to "
                                        "API document.",
                                        channel, id));
    }
    if (op == "subscribe") {
      topics_.insert_or_assign(
          {channel, id}, Topic{known->channel, instrument, BookWatch(instrument->id, known->depth),
                               TradeWatch(instrument->id, venue_.market())});
    } else {
      topics_.erase({channel, id});
    }
    return done(op, message, arg);
  }

  static bool is_of_kind(const json::Value& arg) {
    const std::string_view channel = arg.text("channel");
    const bool is_known =
        std::find(std::begin(kKinds), std::end(kKinds), arg.text("instType")) != std::end(kKinds);
    return is_known && (channel == kLiquidations || channel == kInstruments);
  }

  // All of a kind, once; they are never anything but live here.
  std::string listing(const std::string& kind) const {
    json::Array all;
    for (const Instrument* instrument : venue_.engine().instruments()) {
      if (instrument_type(*instrument) != kind) continue;
      all.push_back(
          json::object({{"instId", instrument->symbol}, {"instType", kind}, {"state", "live"}}));
    }
    return json::dump(
        json::object({{"arg", json::object({{"channel", kInstruments}, {"instType", kind}})},
                      {"data", std::move(all)}}));
  }

  static std::string done(std::string_view op, const json::Value& message, const json::Value& arg) {
    json::Value answer = json::object({{"event", op}, {"arg", arg}, {"connId", kConnection}});
    if (const json::Value* asked = message.find("id")) answer.set("id", *asked);
    return json::dump(answer);
  }

  template <class Tell>
  void tell_of(Topic& topic, WallTime now, const Tell& tell) {
    switch (topic.channel) {
      case Channel::kTrades:
        for (const PublicTrade& trade : topic.trades.next(venue_.market())) {
          tell("", trade_json(topic, trade));
        }
        return;
      case Channel::kBooks:
        return tell_book(topic, now, tell);
      case Channel::kBooks5:
      case Channel::kBest:
        if (topic.book.next(venue_.engine())) tell("", snapshot(topic, now));
        return;
      case Channel::kTickers:
        return tell_if_new(topic, now, ticker_json(venue_, *topic.instrument, WallTime{}), tell);
      case Channel::kMarkPrice:
        return tell_if_new(topic, now, mark_price(topic), tell);
      case Channel::kFundingRate:
        return tell_if_new(topic, now, funding_rate(topic, now), tell);
      case Channel::kOpenInterest:
        return tell_if_new(topic, now, open_interest(topic), tell);
    }
  }

  // data comes without its time, which would make it new each time.
  template <class Tell>
  void tell_if_new(Topic& topic, WallTime now, json::Value data, const Tell& tell) {
    std::string text = json::dump(data);
    if (text == topic.last) return;
    topic.last = std::move(text);
    data.set("ts", ms(now));
    tell("", std::move(data));
  }

  template <class Tell>
  void tell_book(Topic& topic, WallTime now, const Tell& tell) {
    if (!topic.begun) {
      topic.begun = true;
      topic.book.start(venue_.engine());
      json::Value whole = snapshot(topic, now);
      whole.set("checksum", 0);
      whole.set("prevSeqId", -1);
      tell("snapshot", std::move(whole));
      return;
    }
    const auto change = topic.book.next(venue_.engine());
    if (!change) return;
    tell("update", json::object({{"asks", levels_json(change->asks)},
                                 {"bids", levels_json(change->bids)},
                                 {"ts", ms(now)},
                                 {"checksum", 0},
                                 {"seqId", change->after},
                                 {"prevSeqId", change->before}}));
  }

  static json::Value snapshot(const Topic& topic, WallTime now) {
    const BookSnapshot& book = topic.book.last();
    json::Value data = json::object({{"asks", levels_json(book.asks)},
                                     {"bids", levels_json(book.bids)},
                                     {"ts", ms(now)},
                                     {"seqId", book.sequence}});
    if (topic.channel == Channel::kBooks5) data.set("instId", topic.instrument->symbol);
    return data;
  }

  static json::Value trade_json(const Topic& topic, const PublicTrade& trade) {
    return json::object({{"instId", topic.instrument->symbol},
                         {"tradeId", text(number(trade.id))},
                         {"px", text(trade.price)},
                         {"sz", text(trade.quantity)},
                         {"side", trade.taker == Side::kBuy ? "buy" : "sell"},
                         {"ts", ms(trade.time)},
                         {"count", "1"},
                         {"source", "0"},
                         {"seqId", number(trade.id)}});
  }

  json::Value mark_price(const Topic& topic) {
    return json::object({{"instId", topic.instrument->symbol},
                         {"instType", instrument_type(*topic.instrument)},
                         {"markPx", text(venue_.market().ticker(topic.instrument->id).mark)}});
  }

  static json::Value funding_rate(const Topic& topic, WallTime now) {
    const int64_t next = (epoch_ms(now) / kFundingPeriod + 1) * kFundingPeriod;
    return json::object({{"formulaType", "noRate"},
                         {"fundingRate", "0.0001"},
                         {"fundingTime", std::to_string(next)},
                         {"instId", topic.instrument->symbol},
                         {"instType", instrument_type(*topic.instrument)},
                         {"method", "current_period"},
                         {"nextFundingRate", ""},
                         {"nextFundingTime", std::to_string(next + kFundingPeriod)},
                         {"settState", "settled"}});
  }

  // Nobody here holds a position against anybody else.
  static json::Value open_interest(const Topic& topic) {
    return json::object({{"instId", topic.instrument->symbol},
                         {"instType", instrument_type(*topic.instrument)},
                         {"oi", "0"},
                         {"oiCcy", "0"},
                         {"oiUsd", "0"}});
  }

  Venue& venue_;
  std::map<std::pair<std::string, std::string>, Topic> topics_;  // by channel and instrument
  std::set<std::string> listed_;  // kinds of instruments that are to be listed
};

}  // namespace

std::unique_ptr<MarketStream> open_stream(Venue& venue, const HttpRequest& request) {
  if (request.path != "/ws/v5/public") return nullptr;
  return std::make_unique<Stream>(venue);
}

}  // namespace keystile::sandbox::okx
