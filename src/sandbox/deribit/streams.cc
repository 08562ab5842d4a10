#include "sandbox/deribit/streams.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/encoding.h"
#include "sandbox/deribit/methods.h"

namespace keystile::sandbox::deribit {
namespace {

constexpr size_t kWholeBook = 10'000;
constexpr int64_t kLeastHeartbeat = 10;  // seconds

enum class Kind { kBook, kTrades, kTicker };

struct Topic {
  Kind kind;
  const Instrument* instrument;
  BookWatch book;
  TradeWatch trades;
  bool begun = false;
  std::string last{};  // the ticker as it was told
};

class Stream final : public MarketStream {
 public:
  explicit Stream(Venue& venue) : venue_(venue) {}

  std::vector<std::string> receive(std::string_view text, WallTime now) override {
    heard_ = now;
    const auto message = json::parse(text);
    if (!message || !message->if_object()) {
      return {envelope(nullptr, failure(-32700, "Parse error"), now)};
    }
    const json::Value none = json::object({});
    const json::Value* params = message->find("params");
    const Call call{venue_, params && params->if_object() ? *params : none, now};
    return {envelope(message->find("id"), take(message->text("method"), call), now)};
  }

  std::vector<std::string> pump(WallTime now) override {
    std::vector<std::string> out;
    for (auto& [name, topic] : topics_) {
      json::Value data = news_of(topic, now);
      if (data.is_null()) continue;
      out.push_back(notification("subscription",
                                 json::object({{"channel", name}, {"data", std::move(data)}})));
    }
    if (heartbeat_ && now >= last_beat_ + *heartbeat_) out.push_back(beat(now));
    return out;
  }

 private:
  static std::string notification(std::string_view method, json::Value params) {
    return json::dump(
        json::object({{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}}));
  }

  Answer take(std::string_view method, const Call& call) {
    if (method == "public/subscribe") return change(call, true);
    if (method == "public/unsubscribe") return change(call, false);
    if (method == "public/unsubscribe_all") {
      topics_.clear();
      quiet_.clear();
      return {"ok"};
    }
    if (method == "public/set_heartbeat") {
      const auto seconds = parse_uint64(call.params.text("interval"));
      if (!seconds || *seconds < kLeastHeartbeat || *seconds > 3600) {
        return failure(-32602, "Invalid params");
      }
      heartbeat_ = std::chrono::seconds(*seconds);
      last_beat_ = call.now;
      return {"ok"};
    }
    if (method == "public/disable_heartbeat") {
      heartbeat_.reset();
      return {"ok"};
    }
    return call_method(method, call);
  }

  // The channels that were taken: others are left out without a word, as at the exchange.
  Answer change(const Call& call, bool subscribes) {
    const json::Value* channels = call.params.find("channels");
    if (!channels || !channels->if_array()) return failure(-32602, "Invalid params");
    json::Array taken;
    for (const json::Value& channel : *channels->if_array()) {
      const std::string name(channel.if_string() ? *channel.if_string() : "");
      if (name.ends_with(".raw")) {
        return failure(13778, "raw_subscriptions_not_available_for_unauthorized");
      }
      if (subscribes ? add(name) : remove(name)) taken.push_back(name);
    }
    return {std::move(taken)};
  }

  // False: there is no such channel.
  bool add(const std::string& name) {
    if (tells_states(name)) {
      quiet_.insert(name);
      return true;
    }
    auto topic = make(name);
    if (topic) topics_.insert_or_assign(name, std::move(*topic));
    return topic.has_value();
  }
  bool remove(const std::string& name) { return topics_.erase(name) + quiet_.erase(name) > 0; }

  // "instrument.state.any.any"
  static bool tells_states(std::string_view name) {
    constexpr std::string_view kFront = "instrument.state.";
    if (!name.starts_with(kFront)) return false;
    name.remove_prefix(kFront.size());
    const std::string_view kind = name.substr(0, name.find('.'));
    name.remove_prefix(std::min(kind.size() + 1, name.size()));
    const auto is_among = [](std::string_view one, std::initializer_list<std::string_view> all) {
      return std::find(all.begin(), all.end(), one) != all.end();
    };
    return is_among(kind, {"any", "future", "option", "spot", "future_combo", "option_combo"}) &&
           is_among(name, {"any", "BTC", "ETH", "USDC", "USDT", "EURR"});
  }

  // "book.BTC_USDC-PERPETUAL.100ms"
  std::optional<Topic> make(std::string_view name) const {
    const size_t first = name.find('.'), last = name.rfind('.');
    if (first == name.npos || first == last) return std::nullopt;
    const std::string_view interval = name.substr(last + 1);
    if (interval != "100ms" && interval != "agg2") return std::nullopt;
    const Instrument* instrument =
        find_instrument(venue_, name.substr(first + 1, last - first - 1));
    if (!instrument) return std::nullopt;
    constexpr std::pair<std::string_view, Kind> kKinds[] = {
        {"book", Kind::kBook}, {"trades", Kind::kTrades}, {"ticker", Kind::kTicker}};
    for (const auto& [word, kind] : kKinds) {
      if (name.substr(0, first) != word) continue;
      return Topic{kind, instrument, BookWatch(instrument->id, kWholeBook),
                   TradeWatch(instrument->id, venue_.market())};
    }
    return std::nullopt;
  }

  // Null: there are none.
  json::Value news_of(Topic& topic, WallTime now) {
    switch (topic.kind) {
      case Kind::kBook:
        return topic.begun ? change_of(topic, now) : snapshot_of(topic, now);
      case Kind::kTrades:
        return trades_of(topic);
      case Kind::kTicker:
        break;
    }
    std::string text = json::dump(ticker(venue_, *topic.instrument, WallTime{}));
    if (text == topic.last) return {};
    topic.last = std::move(text);
    return ticker(venue_, *topic.instrument, now);
  }

  json::Value trades_of(Topic& topic) {
    json::Array rows;
    for (const PublicTrade& each : topic.trades.next(venue_.market())) {
      rows.push_back(trade(venue_, *topic.instrument, each));
    }
    return rows.empty() ? json::Value() : json::Value(std::move(rows));
  }

  static json::Value book_json(const Topic& topic, std::string_view type, WallTime now) {
    return json::object({{"type", type},
                         {"timestamp", epoch_ms(now)},
                         {"instrument_name", topic.instrument->symbol},
                         {"change_id", topic.book.last().sequence}});
  }

  json::Value snapshot_of(Topic& topic, WallTime now) {
    topic.begun = true;
    const BookSnapshot& book = topic.book.start(venue_.engine());
    json::Value data = book_json(topic, "snapshot", now);
    data.set("bids", changes({}, book.bids));
    data.set("asks", changes({}, book.asks));
    return data;
  }

  json::Value change_of(Topic& topic, WallTime now) {
    const BookSnapshot before = topic.book.last();
    const auto change = topic.book.next(venue_.engine());
    if (!change) return {};
    json::Value data = book_json(topic, "change", now);
    data.set("prev_change_id", change->before);
    data.set("bids", changes(before.bids, change->bids));
    data.set("asks", changes(before.asks, change->asks));
    return data;
  }

  // before: the levels that there were.
  static json::Value changes(const std::vector<Level>& before, const std::vector<Level>& changed) {
    json::Array rows;
    for (const Level& level : changed) {
      const bool was_there = std::any_of(before.begin(), before.end(), [&level](const Level& old) {
        return old.price == level.price;
      });
      const char* action = level.quantity.is_zero() ? "delete" : was_there ? "change" : "new";
      rows.push_back(json::array({action, number(level.price), number(level.quantity)}));
    }
    return rows;
  }

  // A program that has said nothing for as long is asked whether it lives.
  std::string beat(WallTime now) {
    const bool is_silent = heard_ + *heartbeat_ <= now;
    last_beat_ = now;
    return notification("heartbeat",
                        json::object({{"type", is_silent ? "test_request" : "heartbeat"}}));
  }

  Venue& venue_;
  std::map<std::string, Topic> topics_;
  std::set<std::string> quiet_;  // of which nothing comes: no instrument begins or ends here
  std::optional<Millis> heartbeat_;
  WallTime heard_{}, last_beat_{};
};

}  // namespace

std::unique_ptr<MarketStream> open_stream(Venue& venue, const HttpRequest& request) {
  if (request.path != "/ws/api/v2" && request.path != "/ws/api/v2/") return nullptr;
  return std::make_unique<Stream>(venue);
}

}  // namespace keystile::sandbox::deribit
