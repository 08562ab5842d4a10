// Deribit API v2: perpetuals, futures, options, combinations of them. Messages are JSON-RPC
// notifications, {"params":{"channel":…,"data":…}}; numbers are JSON numbers, some with exponents.
// docs.deribit.com, subscriptions, read 2026-07.
#include <algorithm>

#include "market/json_reader.h"
#include "market/option_name.h"
#include "market/readers.h"

namespace keystile::market {
namespace {

enum class Kind : uint8_t { kOther, kTrades, kBook, kTicker, kState };

struct StateName {
  std::string_view name;
  Trading trading;
};
// Of instrument.state.{kind}.{currency}.
constexpr StateName kStates[] = {
    {"created", Trading::kPending},    {"started", Trading::kOpen},
    {"settled", Trading::kOpen},       {"closed", Trading::kClosed},
    {"deactivated", Trading::kPaused}, {"terminated", Trading::kClosed},
};

class DeribitReader final : public JsonReader {
 public:
  using JsonReader::JsonReader;

 private:
  struct Deal {
    std::string_view symbol, id, direction;
    std::optional<std::string_view> liquidation;
    int64_t time = 0;
    Number price, amount;
  };
  // Of a ticker, beside what options have.
  struct Ticker {
    OptionSummary option;
    std::optional<Number> index_price, funding_rate;
    bool has_greeks = false;
    std::optional<std::string_view> combo_state;
  };

  Fault parse(Scanner& root) override;
  Fault parse_data(std::string_view channel, Scanner& data);
  Fault parse_trade(Scanner& item);
  Fault parse_book(std::string_view channel, Scanner& data);
  Fault parse_ticker(Scanner& data);
  Fault parse_greeks(Scanner& greeks);

  Fault commit() override;
  Fault commit_deals();
  void commit_book(Symbol* symbol);
  void commit_ticker(Symbol* symbol);

  std::optional<std::string_view> channel_;
  Kind kind_ = Kind::kOther;
  std::string_view symbol_, state_;
  int64_t time_ = 0;  // microseconds
  std::vector<Deal> deals_;
  bool is_snapshot_ = false;
  Numbers numbers_;
  std::span<const Level> bids_, asks_;
  Ticker ticker_;
};

Kind kind_of(std::string_view channel) {
  if (channel.starts_with("trades.")) return Kind::kTrades;
  if (channel.starts_with("ticker.")) return Kind::kTicker;
  if (channel.starts_with("instrument.state.")) return Kind::kState;
  // book.{instrument}.{interval}; with more parts it is a view of the book, grouped and cut.
  if (channel.starts_with("book.") && std::count(channel.begin(), channel.end(), '.') == 2) {
    return Kind::kBook;
  }
  return Kind::kOther;
}

// Combinations ("BTC-FS-22MAY26_19MAY26") may have negative prices: their last part names two.
bool is_combination(std::string_view symbol) {
  const size_t last = symbol.rfind('-');
  return last != symbol.npos && symbol.find('_', last) != symbol.npos;
}

Fault DeribitReader::parse(Scanner& root) {
  if (!again_) channel_.reset();
  kind_ = Kind::kOther;
  return read_members(root, nested_if_any("params", [this](Scanner& params) {
                        return read_members(params, quoted("channel", &channel_),
                                            nested_if_any("data", [this](Scanner& data) {
                                              if (channel_) return parse_data(*channel_, data);
                                              again_ = true;
                                              return data.skip();
                                            }));
                      }));
}

Fault DeribitReader::parse_data(std::string_view channel, Scanner& data) {
  deals_.clear();
  kind_ = kind_of(channel);
  switch (kind_) {
    case Kind::kOther:
      return data.skip();
    case Kind::kTrades:
      return read_items(data, [this](Scanner& item) { return parse_trade(item); });
    case Kind::kBook:
      return parse_book(channel, data);
    case Kind::kTicker:
      return parse_ticker(data);
    case Kind::kState:
      return read_members(data, quoted("instrument_name", &symbol_),
                          plain_time("timestamp", &time_), quoted("state", &state_));
  }
  return Fault::kNone;
}

Fault DeribitReader::parse_trade(Scanner& item) {
  Deal& deal = deals_.emplace_back();
  KS_FAULT(read_members(item, quoted("instrument_name", &deal.symbol), quoted("trade_id", &deal.id),
                        plain_time("timestamp", &deal.time), plain("price", &deal.price),
                        plain("amount", &deal.amount), quoted("direction", &deal.direction),
                        quoted("liquidation", &deal.liquidation)));
  if (deal.direction != "buy" && deal.direction != "sell") return Fault::kType;
  if (!is_combination(deal.symbol)) KS_FAULT(check_amounts(deal.price));
  return check_amounts(deal.amount);
}

Fault DeribitReader::parse_book(std::string_view channel, Scanner& data) {
  // The channel names the instrument before the data does.
  const std::string_view name = channel.substr(0, channel.rfind('.'));
  const LevelForm form{
      .form = Notation::kPlain, .with_action = true, .negative_prices = is_combination(name)};
  std::optional<std::string_view> type;
  std::optional<int64_t> previous;
  KS_FAULT(read_members(data, quoted("instrument_name", &symbol_), plain_time("timestamp", &time_),
                        quoted("type", &type), plain("change_id", &numbers_.last),
                        plain("prev_change_id", &previous), levels("bids", &bids_, form),
                        levels("asks", &asks_, form)));
  if (type && type != "snapshot" && type != "change") return Fault::kType;
  // A change that follows nothing holds the first orders of an empty book.
  is_snapshot_ = type == "snapshot" || previous.value_or(0) == 0;
  numbers_.first = numbers_.last;
  numbers_.previous = previous.value_or(0);
  return Fault::kNone;
}

Fault DeribitReader::parse_ticker(Scanner& data) {
  ticker_ = Ticker{};
  OptionSummary& o = ticker_.option;
  std::optional<std::string_view> underlying_index;
  KS_FAULT(read_members(
      data, quoted("instrument_name", &symbol_), plain_time("timestamp", &time_),
      plain("best_bid_price", &o.bid_price), plain("best_bid_amount", &o.bid_amount),
      plain("bid_iv", &o.bid_iv), plain("best_ask_price", &o.ask_price),
      plain("best_ask_amount", &o.ask_amount), plain("ask_iv", &o.ask_iv),
      plain("last_price", &o.last_price), plain("open_interest", &o.open_interest),
      plain("mark_price", &o.mark_price), plain("mark_iv", &o.mark_iv),
      plain("underlying_price", &o.underlying_price), quoted("underlying_index", &underlying_index),
      plain("index_price", &ticker_.index_price), plain("current_funding", &ticker_.funding_rate),
      quoted("combo_state", &ticker_.combo_state),
      nested_if_any("greeks", [this](Scanner& greeks) { return parse_greeks(greeks); })));
  o.underlying_index = underlying_index.value_or("");
  if (!is_combination(symbol_)) KS_FAULT(check_amounts(o.bid_price, o.ask_price, o.mark_price));
  return check_amounts(o.bid_amount, o.ask_amount, o.open_interest);
}

Fault DeribitReader::parse_greeks(Scanner& greeks) {
  ticker_.has_greeks = true;
  OptionSummary& o = ticker_.option;
  return read_members(greeks, plain("delta", &o.delta), plain("gamma", &o.gamma),
                      plain("vega", &o.vega), plain("theta", &o.theta), plain("rho", &o.rho));
}

Fault DeribitReader::commit() {
  if (kind_ == Kind::kOther) return Fault::kNone;
  if (kind_ == Kind::kTrades) return commit_deals();
  Symbol* known = nullptr;
  KS_FAULT(find(symbol_, Venue::kDeribit, &known));
  if (!known) return Fault::kNone;
  if (kind_ == Kind::kBook) commit_book(known);
  if (kind_ == Kind::kTicker) commit_ticker(known);
  if (kind_ == Kind::kState) {
    Trading trading = Trading::kUnknown;
    for (const StateName& each : kStates) {
      if (each.name == state_) trading = each.trading;
    }
    tell(InstrumentStatus{origin(*known, time_), trading, state_});
  }
  return Fault::kNone;
}

Fault DeribitReader::commit_deals() {
  for (const bool only_liquidations : {false, true}) {
    for (const Deal& deal : deals_) {
      if (only_liquidations && !deal.liquidation) continue;
      Symbol* known = nullptr;
      KS_FAULT(find(deal.symbol, Venue::kDeribit, &known));
      if (!known) continue;
      const Origin from = origin(*known, deal.time);
      const bool taker_buys = deal.direction == "buy";
      if (!only_liquidations) {
        tell(Trade{from, deal.id, deal.price, deal.amount, taker_buys ? Side::kBuy : Side::kSell});
      } else {
        // "T": the taker was forced; "M": the maker, on the other side; "MT": both.
        const bool buys = deal.liquidation == "T" ? taker_buys : !taker_buys;
        tell(Liquidation{from, deal.id, deal.price, deal.amount, buys ? Side::kBuy : Side::kSell});
      }
    }
  }
  return Fault::kNone;
}

void DeribitReader::commit_book(Symbol* symbol) {
  const BookChange change{origin(*symbol, time_), is_snapshot_, bids_, asks_, {}};
  numbers_.time_us = time_;
  const Verdict verdict = is_snapshot_ ? symbol->sequence.on_snapshot(numbers_.last, time_)
                                       : symbol->sequence.on_change(Link::kChained, numbers_);
  tell(verdict, change, *symbol);
}

void DeribitReader::commit_ticker(Symbol* symbol) {
  OptionSummary& o = ticker_.option;
  o.origin = origin(*symbol, time_);
  const auto option = read_option_name(symbol->instrument.symbol);
  if (!ticker_.has_greeks || ticker_.combo_state == "active") {
    DerivativeTicker& ticker = symbol->ticker;
    bool changed = false;
    changed |= update(&ticker.funding_rate, ticker_.funding_rate);
    changed |= update(&ticker.index_price, ticker_.index_price);
    changed |= update(&ticker.mark_price, o.mark_price);
    changed |= update(&ticker.open_interest, o.open_interest);
    changed |= update(&ticker.last_price, o.last_price);
    update_time(&ticker, o.origin.time_us);
    if (o.mark_price) date_mark(o.origin.time_us, &ticker);
    if (changed) tell_ticker(symbol);
  }
  const BookTicker top{o.origin, o.bid_price, o.bid_amount, o.ask_price, o.ask_amount};
  if (option) {
    o.is_put = option->is_put;
    o.strike_price = option->strike_price;
    o.expiration_us = option->expiration_us;
    for (auto* number : {&o.bid_price, &o.bid_amount, &o.bid_iv, &o.ask_price, &o.ask_amount,
                         &o.ask_iv, &o.last_price}) {
      *number = unless_zero(*number);  // how Deribit writes that there is none
    }
    tell(o);
  }
  tell_top(top);
}

}  // namespace

std::unique_ptr<Reader> make_deribit_reader(Venue, IsWanted is_wanted) {
  return std::make_unique<DeribitReader>(std::move(is_wanted));
}

}  // namespace keystile::market
