// OKX v5: spot, swaps, futures, options. Messages are {"arg":{"channel":…,"instId":…},"data":[…]};
// all numbers are texts. www.okx.com/docs-v5, WebSocket channels, read 2026-07.
#include "market/json_reader.h"
#include "market/option_name.h"
#include "market/readers.h"

namespace keystile::market {
namespace {

enum class Kind : uint8_t {
  kOther,
  kTrades,
  kBook,
  kTop,  // bbo-tbt
  kTickers,
  kMarkPrice,
  kOpenInterest,
  kIndex,
  kFunding,
  kLiquidations,
  kOldLiquidations,
  kOptions,
  kInstruments,
};

struct Channel {
  std::string_view name;
  Kind kind;
};

// books5 is a view of a book, of which none can be kept. liquidations: what tardis's recordings
// call the answers that it asks for by REST.
constexpr Channel kChannels[] = {
    {"trades", Kind::kTrades},
    {"trades-all", Kind::kTrades},
    {"books", Kind::kBook},
    {"books-l2-tbt", Kind::kBook},
    {"books50-l2-tbt", Kind::kBook},
    {"bbo-tbt", Kind::kTop},
    {"tickers", Kind::kTickers},
    {"mark-price", Kind::kMarkPrice},
    {"open-interest", Kind::kOpenInterest},
    {"index-tickers", Kind::kIndex},
    {"funding-rate", Kind::kFunding},
    {"liquidation-orders", Kind::kLiquidations},
    {"liquidations", Kind::kOldLiquidations},
    {"opt-summary", Kind::kOptions},
    {"instruments", Kind::kInstruments},
};

struct StateName {
  std::string_view name;
  Trading trading;
};
constexpr StateName kStates[] = {
    {"live", Trading::kOpen},       {"suspend", Trading::kPaused}, {"preopen", Trading::kPending},
    {"test", Trading::kPending},    {"rebase", Trading::kPaused},  {"expired", Trading::kClosed},
    {"settling", Trading::kPaused},
};

// BTC-USD_UM-SWAP is of the index BTC-USD.
std::string_view base_and_quote(std::string_view symbol) {
  const size_t quote = symbol.find('-');
  if (quote == symbol.npos) return symbol;
  return symbol.substr(0, symbol.find_first_of("-_", quote + 1));
}

class OkxReader final : public JsonReader {
 public:
  using JsonReader::JsonReader;

 private:
  // One item of data: what of it a channel has.
  struct Item {
    std::string_view symbol, id, side, state;
    std::optional<std::string_view> underlying;
    std::optional<int64_t> time, funding_time;  // microseconds
    Number price, amount;
    std::span<const Level> bids, asks;
    std::optional<int64_t> checksum, sequence, previous, source;
    std::optional<Number> bid_price, bid_amount, ask_price, ask_amount, last_price;
    std::optional<Number> mark_price, index_price, open_interest, funding_rate, predicted_rate;
    std::optional<Number> bid_iv, ask_iv, mark_iv, delta, gamma, vega, theta;
  };

  Fault parse(Scanner& root) override;
  Fault parse_arg(Scanner& arg);
  Fault parse_item(Scanner& value);
  Fault parse_book(Scanner& value, Item* item);
  Fault parse_ticker(Scanner& value, Item* item);
  Fault parse_funding(Scanner& value, Item* item);
  Fault parse_closing(Scanner& value, Item* item);
  Fault parse_liquidations(Scanner& value);
  Fault parse_option(Scanner& value, Item* item);

  Fault commit() override;
  void forget_session() override {
    heard_liquidations_.clear();
    has_option_tickers_ = false;
  }
  void commit_item(const Item& item, Symbol* symbol);
  void commit_book(const Item& item, Symbol* symbol);
  void commit_top(const Item& item, Symbol* symbol);
  void commit_ticker(const Item& item, Symbol* symbol);
  void commit_option(const Item& item, Symbol* symbol);
  void commit_state(const Item& item, const Symbol& symbol);
  bool is_first_of_liquidations();

  Kind kind_ = Kind::kOther;
  std::optional<std::string_view> channel_, symbol_, type_, action_;
  std::vector<Item> items_;
  bool has_option_tickers_ = false;
  std::vector<std::string> heard_liquidations_;  // of which types of instruments
};

Fault OkxReader::parse(Scanner& root) {
  if (!again_) {
    channel_.reset();
    symbol_.reset();
    type_.reset();
  }
  action_.reset();
  items_.clear();
  kind_ = Kind::kOther;
  std::optional<std::string_view> event;
  KS_FAULT(read_members(root, nested_if_any("arg", [this](Scanner& arg) { return parse_arg(arg); }),
                        quoted("event", &event), quoted("action", &action_),
                        nested_if_any("data", [this](Scanner& data) {
                          if (!channel_) {
                            again_ = true;
                            return data.skip();
                          }
                          for (const Channel& known : kChannels) {
                            if (known.name == *channel_) kind_ = known.kind;
                          }
                          if (kind_ == Kind::kOther) return data.skip();
                          return read_items(data,
                                            [this](Scanner& item) { return parse_item(item); });
                        })));
  if (event) kind_ = Kind::kOther;
  if (kind_ != Kind::kBook) return Fault::kNone;
  return action_ == "snapshot" || action_ == "update" ? Fault::kNone : Fault::kType;
}

Fault OkxReader::parse_arg(Scanner& arg) {
  return read_members(arg, quoted("channel", &channel_), quoted("instId", &symbol_),
                      quoted("instType", &type_));
}

Fault OkxReader::parse_item(Scanner& value) {
  if (kind_ == Kind::kLiquidations) return parse_liquidations(value);
  Item* item = &items_.emplace_back();
  item->symbol = symbol_.value_or("");  // books and bbo-tbt have it there alone
  switch (kind_) {
    case Kind::kTrades:
      KS_FAULT(read_members(value, quoted("instId", &item->symbol), quoted("tradeId", &item->id),
                            quoted("px", &item->price), quoted("sz", &item->amount),
                            quoted("side", &item->side), quoted_time("ts", &item->time),
                            quoted("source", &item->source)));
      return check_amounts(item->price, item->amount);
    case Kind::kBook:
    case Kind::kTop:
      return parse_book(value, item);
    case Kind::kTickers:
      return parse_ticker(value, item);
    case Kind::kMarkPrice:
      return read_members(value, quoted("instId", &item->symbol),
                          quoted("markPx", &item->mark_price), quoted_time("ts", &item->time));
    case Kind::kOpenInterest:
      return read_members(value, quoted("instId", &item->symbol),
                          quoted("oi", &item->open_interest), quoted_time("ts", &item->time));
    case Kind::kIndex:
      return read_members(value, quoted("instId", &item->symbol),
                          quoted("idxPx", &item->index_price));
    case Kind::kFunding:
      return parse_funding(value, item);
    case Kind::kOldLiquidations:
      return parse_closing(value, item);
    case Kind::kOptions:
      return parse_option(value, item);
    case Kind::kInstruments:
      return read_members(value, quoted("instId", &item->symbol), quoted("state", &item->state));
    case Kind::kOther:
    case Kind::kLiquidations:
      break;
  }
  return value.skip();
}

Fault OkxReader::parse_book(Scanner& value, Item* item) {
  int64_t time = 0;
  const LevelForm form{.with_orders = kind_ == Kind::kBook};
  KS_FAULT(read_members(value, levels("bids", &item->bids, form), levels("asks", &item->asks, form),
                        quoted_time("ts", &time), plain("checksum", &item->checksum),
                        plain("seqId", &item->sequence), plain("prevSeqId", &item->previous)));
  item->time = time;
  if (item->symbol.empty()) return Fault::kMissing;
  return item->checksum && *item->checksum != static_cast<int32_t>(*item->checksum) ? Fault::kNumber
                                                                                    : Fault::kNone;
}

Fault OkxReader::parse_ticker(Scanner& value, Item* item) {
  KS_FAULT(read_members(value, quoted("instId", &item->symbol), quoted("last", &item->last_price),
                        quoted("bidPx", &item->bid_price), quoted("bidSz", &item->bid_amount),
                        quoted("askPx", &item->ask_price), quoted("askSz", &item->ask_amount),
                        quoted_time("ts", &item->time)));
  return check_amounts(item->bid_price, item->bid_amount, item->ask_price, item->ask_amount);
}

Fault OkxReader::parse_funding(Scanner& value, Item* item) {
  return read_members(
      value, quoted("instId", &item->symbol), quoted("fundingRate", &item->funding_rate),
      quoted_time("fundingTime", &item->funding_time),
      quoted("nextFundingRate", &item->predicted_rate), quoted_time("ts", &item->time));
}

Fault OkxReader::parse_closing(Scanner& value, Item* item) {
  KS_FAULT(read_members(value, quoted("side", &item->side), quoted("bkPx", &item->price),
                        quoted("sz", &item->amount), quoted_time("ts", &item->time)));
  return check_amounts(item->price, item->amount);
}

// Each item is an instrument with several closings.
Fault OkxReader::parse_liquidations(Scanner& value) {
  const size_t begin = items_.size();
  std::string_view symbol;
  KS_FAULT(
      read_members(value, quoted("instId", &symbol), nested("details", [this](Scanner& details) {
                     return read_items(details, [this](Scanner& detail) {
                       return parse_closing(detail, &items_.emplace_back());
                     });
                   })));
  for (size_t i = begin; i < items_.size(); ++i) items_[i].symbol = symbol;
  return Fault::kNone;
}

Fault OkxReader::parse_option(Scanner& value, Item* item) {
  return read_members(value, quoted("instId", &item->symbol), quoted("uly", &item->underlying),
                      quoted("bidVol", &item->bid_iv), quoted("askVol", &item->ask_iv),
                      quoted("markVol", &item->mark_iv), quoted("delta", &item->delta),
                      quoted("gamma", &item->gamma), quoted("vega", &item->vega),
                      quoted("theta", &item->theta), quoted_time("ts", &item->time));
}

Fault OkxReader::commit() {
  if (kind_ == Kind::kLiquidations && is_first_of_liquidations()) return Fault::kNone;
  if (kind_ == Kind::kOther) return Fault::kNone;
  for (const Item& item : items_) {
    if (kind_ == Kind::kIndex) {
      KS_FAULT(set_index(item.symbol, unless_zero(item.index_price)));
      continue;
    }
    Symbol* known = nullptr;
    KS_FAULT(find(item.symbol, okx_venue(item.symbol), &known));
    if (known) commit_item(item, known);
  }
  return Fault::kNone;
}

// After a subscription the first message tells what was before it.
bool OkxReader::is_first_of_liquidations() {
  const std::string_view type = type_.value_or("");
  for (const std::string& heard : heard_liquidations_) {
    if (heard == type) return false;
  }
  constexpr size_t kTypes = 8;  // there are five
  if (heard_liquidations_.size() < kTypes) heard_liquidations_.emplace_back(type);
  return true;
}

void OkxReader::commit_item(const Item& item, Symbol* symbol) {
  const Origin from = origin(*symbol, item.time);
  const Side side = item.side == "buy" ? Side::kBuy : Side::kSell;
  switch (kind_) {
    case Kind::kOther:
    case Kind::kIndex:
      break;
    case Kind::kTrades:
      tell(Trade{from, item.id, item.price, item.amount, side, {.source = item.source}});
      break;
    case Kind::kLiquidations:
    case Kind::kOldLiquidations:
      tell(Liquidation{from, "", item.price, item.amount, side});
      break;
    case Kind::kBook:
      commit_book(item, symbol);
      break;
    case Kind::kTop:
      commit_top(item, symbol);
      break;
    case Kind::kTickers:
    case Kind::kMarkPrice:
    case Kind::kOpenInterest:
    case Kind::kFunding:
      commit_ticker(item, symbol);
      break;
    case Kind::kOptions:
      commit_option(item, symbol);
      break;
    case Kind::kInstruments:
      commit_state(item, *symbol);
      break;
  }
}

void OkxReader::commit_book(const Item& item, Symbol* symbol) {
  if (item.time == 0) return;
  const bool is_snapshot = action_ == "snapshot";
  BookChange change{origin(*symbol, item.time), is_snapshot, item.bids, item.asks, {},
                    {item.sequence, {}, {}}};
  // 0: not given any more, since 2026-06; or the book is empty.
  if (item.checksum && *item.checksum != 0) change.checksum = static_cast<int32_t>(*item.checksum);
  Verdict verdict = Verdict::kPass;
  if (is_snapshot) {
    verdict = symbol->sequence.on_snapshot(item.sequence.value_or(0), item.time);
  } else if (item.sequence && item.previous) {
    const Numbers numbers{*item.sequence, *item.sequence, *item.previous, item.time};
    verdict = symbol->sequence.on_change(Link::kChained, numbers);
  } else {
    verdict = symbol->sequence.on_unnumbered_change();
  }
  // A change of nothing only says that the stream lives.
  const bool is_heartbeat = !is_snapshot && item.bids.empty() && item.asks.empty();
  if (is_heartbeat && verdict == Verdict::kPass) return;
  tell(verdict, change, *symbol);
}

void OkxReader::commit_top(const Item& item, Symbol* symbol) {
  BookTicker top{origin(*symbol, item.time), {}, {}, {}, {}};
  if (!item.bids.empty()) {
    top.bid_price = item.bids[0].price;
    top.bid_amount = item.bids[0].amount;
  }
  if (!item.asks.empty()) {
    top.ask_price = item.asks[0].price;
    top.ask_amount = item.asks[0].amount;
  }
  symbol->has_own_top = true;
  tell_top(top);
}

// tickers, mark-price, open-interest, funding-rate
void OkxReader::commit_ticker(const Item& item, Symbol* symbol) {
  const Venue venue = symbol->instrument.venue;
  // Zeros are contracts that nobody traded yet.
  const auto mark = unless_zero(item.mark_price), last = unless_zero(item.last_price),
             interest = unless_zero(item.open_interest);
  if (venue == Venue::kOkxOption) {
    if (mark) symbol->ticker.mark_price = mark;
    if (interest) symbol->ticker.open_interest = interest;
    if (kind_ == Kind::kTickers) symbol->ticker.last_price = last;
  }
  if (venue == Venue::kOkxSwap || venue == Venue::kOkxFutures) {
    DerivativeTicker& ticker = symbol->ticker;
    bool changed = false;
    changed |= update(&ticker.index_price, index(base_and_quote(item.symbol)));
    changed |= update(&ticker.mark_price, mark);
    changed |= update(&ticker.open_interest, interest);
    changed |= update(&ticker.last_price, last);
    changed |= update(&ticker.funding_rate, item.funding_rate);
    changed |= update(&ticker.funding_time_us, item.funding_time);
    changed |= update(&ticker.predicted_funding_rate, item.predicted_rate);
    if (mark || interest || last || kind_ == Kind::kFunding) {
      update_time(&ticker, item.time);
    }
    if (mark) date_mark(item.time, &ticker);
    if (changed) tell_ticker(symbol);
  }
  if (kind_ != Kind::kTickers) return;
  const BookTicker top{origin(*symbol, item.time), item.bid_price, item.bid_amount, item.ask_price,
                       item.ask_amount};
  if (venue == Venue::kOkxOption) {
    symbol->top = top;
    has_option_tickers_ = true;
  }
  // Where bbo-tbt is heard too, this is late.
  if (!symbol->has_own_top) tell_top(top);
}

void OkxReader::commit_option(const Item& item, Symbol* symbol) {
  const auto name = read_option_name(symbol->instrument.symbol);
  if (!name) return;
  // It comes for all of a family, which may be more than one connection has: the one that brings
  // an option's tickers tells the whole of it.
  if (has_option_tickers_ && !symbol->top.origin.instrument) return;
  OptionSummary option;
  option.origin = origin(*symbol, item.time);
  option.is_put = name->is_put;
  option.strike_price = name->strike_price;
  option.expiration_us = name->expiration_us;
  option.bid_price = unless_zero(symbol->top.bid_price);
  option.bid_amount = unless_zero(symbol->top.bid_amount);
  option.bid_iv = unless_zero(item.bid_iv);
  option.ask_price = unless_zero(symbol->top.ask_price);
  option.ask_amount = unless_zero(symbol->top.ask_amount);
  option.ask_iv = unless_zero(item.ask_iv);
  option.last_price = symbol->ticker.last_price;
  option.open_interest = symbol->ticker.open_interest;
  option.mark_price = symbol->ticker.mark_price;
  option.mark_iv = unless_zero(item.mark_iv);
  option.delta = unless_zero(item.delta);
  option.gamma = unless_zero(item.gamma);
  option.vega = unless_zero(item.vega);
  option.theta = unless_zero(item.theta);
  const std::string_view underlying = item.underlying.value_or(base_and_quote(item.symbol));
  option.underlying_price = index(underlying);
  option.underlying_index = underlying;
  tell(option);
}

void OkxReader::commit_state(const Item& item, const Symbol& symbol) {
  Trading trading = Trading::kUnknown;
  for (const StateName& each : kStates) {
    if (each.name == item.state) trading = each.trading;
  }
  tell(InstrumentStatus{origin(symbol, std::nullopt), trading, item.state});
}

}  // namespace

Venue okx_venue(std::string_view symbol) {
  size_t dashes = 0;
  for (const char c : symbol) dashes += c == '-';
  if (dashes <= 1) return Venue::kOkxSpot;
  if (dashes >= 4) return Venue::kOkxOption;
  return symbol.ends_with("-SWAP") ? Venue::kOkxSwap : Venue::kOkxFutures;
}

std::unique_ptr<Reader> make_okx_reader(Venue, IsWanted is_wanted) {
  return std::make_unique<OkxReader>(std::move(is_wanted));
}

}  // namespace keystile::market
