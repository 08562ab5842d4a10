#include "market/event_json.h"

#include "base/json_writer.h"
#include "base/time.h"

namespace keystile::market {
namespace {

constexpr std::string_view to_text(Side side) {
  switch (side) {
    case Side::kBuy:
      return "buy";
    case Side::kSell:
      return "sell";
    case Side::kUnknown:
      break;
  }
  return "unknown";
}

constexpr std::string_view to_text(Trading trading) {
  switch (trading) {
    case Trading::kOpen:
      return "open";
    case Trading::kPaused:
      return "paused";
    case Trading::kPending:
      return "pending";
    case Trading::kClosed:
      return "closed";
    case Trading::kUnknown:
      break;
  }
  return "unknown";
}

constexpr std::string_view to_text(Break what) {
  switch (what) {
    case Break::kGap:
      return "gap";
    case Break::kStale:
      return "stale";
    case Break::kResync:
      break;
  }
  return "resync";
}

class EventWriter {
 public:
  EventWriter(std::string* out, Form form) : out_(out), form_(form), writer_(out) {}

  void operator()(const Trade& trade) {
    begin("trade", trade.origin);
    deal(trade.id, trade.price, trade.amount, trade.side);
    end(trade.origin);
  }
  void operator()(const Liquidation& liquidation) {
    begin("liquidation", liquidation.origin);
    deal(liquidation.id, liquidation.price, liquidation.amount, liquidation.side);
    end(liquidation.origin);
  }
  void operator()(const BookChange& change) {
    begin("book_change", change.origin);
    writer_.flag("isSnapshot", change.is_snapshot);
    side("bids", change.bids);
    side("asks", change.asks);
    end(change.origin);
  }
  void operator()(const BookTicker& ticker) {
    begin("book_ticker", ticker.origin);
    number("askAmount", ticker.ask_amount);
    number("askPrice", ticker.ask_price);
    number("bidPrice", ticker.bid_price);
    number("bidAmount", ticker.bid_amount);
    end(ticker.origin);
  }
  void operator()(const DerivativeTicker& ticker) {
    begin("derivative_ticker", ticker.origin, true);
    number("lastPrice", ticker.last_price);
    number("openInterest", ticker.open_interest);
    number("fundingRate", ticker.funding_rate);
    time("fundingTimestamp", "fundingTimestamp_us", ticker.funding_time_us);
    number("predictedFundingRate", ticker.predicted_funding_rate);
    number("indexPrice", ticker.index_price);
    number("markPrice", ticker.mark_price);
    end(ticker.origin);
  }
  void operator()(const OptionSummary& option) {
    begin("option_summary", option.origin);
    writer_.text("optionType", option.is_put ? "put" : "call");
    number("strikePrice", option.strike_price);
    time("expirationDate", "expirationDate_us", option.expiration_us);
    const std::pair<std::string_view, const std::optional<Number>&> numbers[] = {
        {"bestBidPrice", option.bid_price},
        {"bestBidAmount", option.bid_amount},
        {"bestBidIV", option.bid_iv},
        {"bestAskPrice", option.ask_price},
        {"bestAskAmount", option.ask_amount},
        {"bestAskIV", option.ask_iv},
        {"lastPrice", option.last_price},
        {"openInterest", option.open_interest},
        {"markPrice", option.mark_price},
        {"markIV", option.mark_iv},
        {"delta", option.delta},
        {"gamma", option.gamma},
        {"vega", option.vega},
        {"theta", option.theta},
        {"rho", option.rho},
        {"underlyingPrice", option.underlying_price},
    };
    for (const auto& [name, value] : numbers) number(name, value);
    writer_.text("underlyingIndex", option.underlying_index);
    end(option.origin);
  }
  void operator()(const InstrumentStatus& status) {
    begin("instrument_status", status.origin);
    writer_.text("trading", to_text(status.trading));
    writer_.text("text", status.text);
    end(status.origin);
  }
  void operator()(const Notice& notice) {
    if (form_ == Form::kTardis) return disconnect(notice.origin);
    begin(to_text(notice.what), notice.origin);
    end(notice.origin);
  }

 private:
  void begin(std::string_view type, const Origin& origin, bool is_ticker = false) {
    writer_.begin_object();
    writer_.text("type", type);
    writer_.text("symbol",
                 is_ticker ? origin.instrument->symbol : tardis_symbol(*origin.instrument));
    if (form_ == Form::kLines) writer_.text_if_any("unified", origin.instrument->unified);
    writer_.text("exchange", tardis_name(origin.instrument->venue));
  }
  void end(const Origin& origin) {
    std::optional<int64_t> local_us;
    if (origin.received_ns) local_us = *origin.received_ns / 1000;
    const std::optional<int64_t> time_us = origin.time_us ? origin.time_us : local_us;
    time("timestamp", "timestamp_us", time_us);
    time("localTimestamp", "local_us", local_us);
    writer_.end_object();
  }
  void time(std::string_view tardis, std::string_view lines, std::optional<int64_t> us) {
    if (!us) return;
    if (form_ == Form::kTardis) {
      writer_.text(tardis, iso8601_us(*us));
    } else {
      writer_.number(lines, *us);
    }
  }
  void disconnect(const Origin& origin) {
    writer_.begin_object();
    writer_.text("type", "disconnect");
    writer_.text("exchange", tardis_name(origin.instrument->venue));
    if (origin.received_ns) writer_.text("localTimestamp", iso8601_us(*origin.received_ns / 1000));
    *out_ += ",\"symbols\":[";
    json::append_quoted(tardis_symbol(*origin.instrument), out_);
    *out_ += "]}";
  }
  void number(std::string_view name, const std::optional<Number>& value) {
    if (!value) return;
    if (out_->back() != '{') *out_ += ',';
    *out_ += '"';
    *out_ += name;
    *out_ += "\":";
    value->append_shortest(out_);
  }
  void deal(std::string_view id, const Number& price, const Number& amount, Side side) {
    writer_.text_if_any("id", id);
    number("price", price);
    number("amount", amount);
    writer_.text("side", to_text(side));
  }
  void side(std::string_view name, std::span<const Level> levels) {
    writer_.begin_array(name);
    for (const Level& level : levels) {
      if (&level != levels.data()) *out_ += ',';
      *out_ += form_ == Form::kTardis ? "{\"price\":" : "[";
      level.price.append_shortest(out_);
      *out_ += form_ == Form::kTardis ? ",\"amount\":" : ",";
      level.amount.append_shortest(out_);
      *out_ += form_ == Form::kTardis ? '}' : ']';
    }
    writer_.end_array();
  }

  std::string* out_;
  Form form_;
  json::Writer writer_;
};

}  // namespace

std::string_view tardis_name(Venue venue) {
  switch (venue) {
    case Venue::kBinanceSpot:
      return "binance";
    case Venue::kBinanceUs:
      return "binance-us";
    case Venue::kBinanceUsdm:
      return "binance-futures";
    case Venue::kBinanceCoinm:
      return "binance-delivery";
    case Venue::kOkxSpot:
      return "okex";
    case Venue::kOkxSwap:
      return "okex-swap";
    case Venue::kOkxFutures:
      return "okex-futures";
    case Venue::kOkxOption:
      return "okex-options";
    case Venue::kBybitSpot:
      return "bybit-spot";
    case Venue::kBybitLinear:
    case Venue::kBybitInverse:
      return "bybit";
    case Venue::kBybitOption:
      return "bybit-options";
    case Venue::kDeribit:
      break;
  }
  return "deribit";
}

// Also the 'd' of a decimal strike; but not in its tickers.
std::string tardis_symbol(const Instrument& instrument) {
  std::string symbol = instrument.symbol;
  if (instrument.venue == Venue::kDeribit) {
    for (char& c : symbol) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return symbol;
}

void append_json(const Event& event, std::string* out, Form form) {
  std::visit(EventWriter(out, form), event);
}

std::string iso8601_us(int64_t us) {
  const int64_t ms = us / 1000, rest = us % 1000;
  std::string text = iso8601(from_epoch_ms(ms));
  if (rest == 0) return text;
  text.pop_back();
  const std::string digits = std::to_string(rest);
  return text.append(3 - digits.size(), '0') + digits + 'Z';
}

}  // namespace keystile::market
