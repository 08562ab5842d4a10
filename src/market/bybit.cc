// Bybit v5: spot, linear, inverse, option. Messages are {"topic":…,"type":…,"ts":…,"data":…}, in
// any order. bybit-exchange.github.io/docs/v5, WebSocket public, read 2026-07.
#include <limits>

#include "base/encoding.h"
#include "market/json_reader.h"
#include "market/option_name.h"
#include "market/readers.h"

namespace keystile::market {
namespace {

enum class Kind : uint8_t {
  kOther,
  kTrades,
  kTop,  // orderbook.1: the best bid and ask
  kBook,
  kTicker,
  kOption,  // tickers of options
  kLiquidation,
  kLiquidations,
};

// REST answers number books as this stream does, and none of the others.
constexpr int64_t kDepthOfAnswers = 1000;

// Of up to 19 digits, of which a whole number elsewhere has 18 at most.
std::optional<int64_t> sequence_of(const std::optional<std::string_view>& digits) {
  const auto number = digits ? parse_uint64(*digits) : std::nullopt;
  constexpr uint64_t kMost = std::numeric_limits<int64_t>::max();
  return number && *number <= kMost ? std::optional(static_cast<int64_t>(*number)) : std::nullopt;
}

class BybitReader final : public JsonReader {
 public:
  BybitReader(Venue venue, IsWanted is_wanted) : JsonReader(std::move(is_wanted)), venue_(venue) {}

 private:
  // A trade or a liquidation.
  struct Deal {
    std::string_view symbol, id, side;
    int64_t time = 0;
    Number price, amount;
    std::optional<std::string_view> sequence;
    TradeStamp stamp;
  };

  Fault parse(Scanner& root) override;
  Fault commit() override;

  void name_topic(std::string_view topic);
  Fault parse_data(std::string_view topic, Scanner& data);
  Fault parse_trade(Scanner& item);
  Fault parse_book(Scanner& data);
  Fault parse_ticker(Scanner& data);
  Fault parse_option(Scanner& data);
  Fault parse_liquidation(Scanner& data);
  Fault parse_liquidations(Scanner& item);

  Fault commit_deals();
  void commit_book(Symbol* symbol);
  void commit_top(Symbol* symbol);
  void commit_ticker(Symbol* symbol);
  void commit_option(const Symbol& symbol);

  bool is_snapshot() const { return type_ == "snapshot"; }

  const Venue venue_;
  std::optional<std::string_view> topic_, type_;
  Kind kind_ = Kind::kOther;
  int64_t depth_ = 0;
  int64_t time_ = 0;  // microseconds
  std::string_view symbol_;
  std::vector<Deal> deals_;
  Numbers numbers_;
  std::optional<std::string_view> sequence_;
  std::optional<int64_t> matched_;
  std::span<const Level> bids_, asks_;
  DerivativeTicker ticker_;
  OptionSummary option_;
};

Fault BybitReader::parse(Scanner& root) {
  if (!again_) topic_.reset();
  type_.reset();
  matched_.reset();
  sequence_.reset();
  kind_ = Kind::kOther;
  std::optional<int64_t> time;
  KS_FAULT(read_members(root, quoted("topic", &topic_), quoted("type", &type_),
                        plain_time("ts", &time), plain_time("cts", &matched_),
                        nested_if_any("data", [this](Scanner& data) {
                          if (topic_) return parse_data(*topic_, data);
                          again_ = true;
                          return data.skip();
                        })));
  if (kind_ == Kind::kOther) return Fault::kNone;
  if (!time || !type_) return Fault::kMissing;
  time_ = *time;
  if (kind_ == Kind::kLiquidation) deals_.front().time = time_;
  return is_snapshot() || type_ == "delta" ? Fault::kNone : Fault::kType;
}

// "orderbook.200.BTCUSDT"
void BybitReader::name_topic(std::string_view topic) {
  const size_t dot = topic.find('.');
  if (dot == topic.npos) return;
  const std::string_view name = topic.substr(0, dot);
  const std::string_view rest = topic.substr(dot + 1);
  const bool is_derivative = venue_ == Venue::kBybitLinear || venue_ == Venue::kBybitInverse;
  if (name == "publicTrade") kind_ = Kind::kTrades;
  if (name == "orderbook") {
    // Not a number: rpi and full, which are other books.
    const auto depth = parse_uint64(rest.substr(0, rest.find('.')));
    if (!depth || *depth > 10'000) return;
    depth_ = static_cast<int64_t>(*depth);
    kind_ = depth_ == 1 ? Kind::kTop : Kind::kBook;
  }
  // Spot tickers have nothing of what a DerivativeTicker tells.
  if (name == "tickers" && is_derivative) kind_ = Kind::kTicker;
  if (name == "tickers" && venue_ == Venue::kBybitOption) kind_ = Kind::kOption;
  if (name == "liquidation" && is_derivative) kind_ = Kind::kLiquidation;
  if (name == "allLiquidation" && is_derivative) kind_ = Kind::kLiquidations;
}

Fault BybitReader::parse_data(std::string_view topic, Scanner& data) {
  deals_.clear();
  name_topic(topic);
  switch (kind_) {
    case Kind::kOther:
      return data.skip();
    case Kind::kTrades:
      return read_items(data, [this](Scanner& item) { return parse_trade(item); });
    case Kind::kTop:
    case Kind::kBook:
      return parse_book(data);
    case Kind::kTicker:
      return parse_ticker(data);
    case Kind::kOption:
      return parse_option(data);
    case Kind::kLiquidation:
      return parse_liquidation(data);
    case Kind::kLiquidations:
      return read_items(data, [this](Scanner& item) { return parse_liquidations(item); });
  }
  return Fault::kNone;
}

Fault BybitReader::parse_trade(Scanner& item) {
  Deal& deal = deals_.emplace_back();
  KS_FAULT(read_members(item, quoted("s", &deal.symbol), quoted("i", &deal.id),
                        plain_time("T", &deal.time), quoted("p", &deal.price),
                        quoted("v", &deal.amount), quoted("S", &deal.side),
                        plain("seq", &deal.sequence), plain("BT", &deal.stamp.is_block),
                        plain("RPI", &deal.stamp.is_retail)));
  deal.stamp.sequence = sequence_of(deal.sequence);
  return check_amounts(deal.price, deal.amount);
}

Fault BybitReader::parse_book(Scanner& data) {
  KS_FAULT(read_members(data, quoted("s", &symbol_), plain("u", &numbers_.last),
                        plain("seq", &sequence_), levels("b", &bids_), levels("a", &asks_)));
  numbers_.first = numbers_.last;
  return Fault::kNone;
}

Fault BybitReader::parse_ticker(Scanner& data) {
  ticker_ = DerivativeTicker{};
  KS_FAULT(read_members(
      data, quoted("symbol", &symbol_), quoted("lastPrice", &ticker_.last_price),
      quoted("markPrice", &ticker_.mark_price), quoted("indexPrice", &ticker_.index_price),
      quoted("openInterest", &ticker_.open_interest), quoted("fundingRate", &ticker_.funding_rate),
      quoted_time("nextFundingTime", &ticker_.funding_time_us)));
  return Fault::kNone;
}

Fault BybitReader::parse_option(Scanner& data) {
  option_ = OptionSummary{};
  OptionSummary& o = option_;
  KS_FAULT(read_members(data, quoted("symbol", &symbol_), quoted("bidPrice", &o.bid_price),
                        quoted("bidSize", &o.bid_amount), quoted("bidIv", &o.bid_iv),
                        quoted("askPrice", &o.ask_price), quoted("askSize", &o.ask_amount),
                        quoted("askIv", &o.ask_iv), quoted("lastPrice", &o.last_price),
                        quoted("openInterest", &o.open_interest),
                        quoted("markPrice", &o.mark_price), quoted("markPriceIv", &o.mark_iv),
                        quoted("delta", &o.delta), quoted("gamma", &o.gamma),
                        quoted("vega", &o.vega), quoted("theta", &o.theta),
                        quoted("underlyingPrice", &o.underlying_price)));
  for (auto* number : {&o.bid_price, &o.bid_amount, &o.bid_iv, &o.ask_price, &o.ask_amount,
                       &o.ask_iv, &o.last_price, &o.open_interest, &o.mark_price, &o.mark_iv,
                       &o.delta, &o.gamma, &o.vega, &o.theta, &o.underlying_price}) {
    *number = unless_zero(*number);  // how Bybit writes that there is none
  }
  return check_amounts(o.bid_amount, o.ask_amount, o.open_interest);
}

// Before 2025-02, one position a message.
Fault BybitReader::parse_liquidation(Scanner& data) {
  Deal& deal = deals_.emplace_back();
  KS_FAULT(read_members(data, quoted("symbol", &deal.symbol), quoted("price", &deal.price),
                        quoted("size", &deal.amount), quoted("side", &deal.side)));
  return check_amounts(deal.price, deal.amount);
}

Fault BybitReader::parse_liquidations(Scanner& item) {
  Deal& deal = deals_.emplace_back();
  KS_FAULT(read_members(item, quoted("s", &deal.symbol), plain_time("T", &deal.time),
                        quoted("p", &deal.price), quoted("v", &deal.amount),
                        quoted("S", &deal.side)));
  return check_amounts(deal.price, deal.amount);
}

Fault BybitReader::commit() {
  switch (kind_) {
    case Kind::kOther:
      return Fault::kNone;
    case Kind::kTrades:
    case Kind::kLiquidation:
    case Kind::kLiquidations:
      return commit_deals();
    case Kind::kTop:
    case Kind::kBook:
    case Kind::kTicker:
    case Kind::kOption:
      break;
  }
  Symbol* known = nullptr;
  KS_FAULT(find(symbol_, venue_, &known));
  if (!known) return Fault::kNone;
  if (kind_ == Kind::kBook) commit_book(known);
  if (kind_ == Kind::kTop) commit_top(known);
  if (kind_ == Kind::kTicker) commit_ticker(known);
  if (kind_ == Kind::kOption) commit_option(*known);
  return Fault::kNone;
}

Fault BybitReader::commit_deals() {
  for (const Deal& deal : deals_) {
    Symbol* known = nullptr;
    KS_FAULT(find(deal.symbol, venue_, &known));
    if (!known) continue;
    const Origin from = origin(*known, deal.time);
    const bool is_buy = deal.side == "Buy";
    if (kind_ == Kind::kTrades) {
      const Side side = is_buy ? Side::kBuy : deal.side == "Sell" ? Side::kSell : Side::kUnknown;
      tell(Trade{from, deal.id, deal.price, deal.amount, side, deal.stamp});
    } else {
      // It names the side of the position; a long is closed by selling.
      tell(Liquidation{from, "", deal.price, deal.amount, is_buy ? Side::kSell : Side::kBuy});
    }
  }
  return Fault::kNone;
}

void BybitReader::commit_book(Symbol* symbol) {
  // Streams of several depths are several books; the first one is kept.
  if (symbol->depth == 0) symbol->depth = depth_;
  if (symbol->depth != depth_) return;
  BookChange change{origin(*symbol, time_), is_snapshot(), bids_, asks_, {}};
  if (depth_ == kDepthOfAnswers) change.stamp = {numbers_.last, sequence_of(sequence_), matched_};
  numbers_.time_us = time_;
  const Verdict verdict = is_snapshot() ? symbol->sequence.on_snapshot(numbers_.last, time_)
                                        : symbol->sequence.on_change(Link::kCounted, numbers_);
  tell(verdict, change, *symbol);
}

// Snapshots since 2023; before, also changes: "0" took the level away, and a better one stood
// beside.
void BybitReader::commit_top(Symbol* symbol) {
  const auto first_left = [](std::span<const Level> levels) -> const Level* {
    for (const Level& level : levels) {
      if (!level.amount.is_zero()) return &level;
    }
    return nullptr;
  };
  BookTicker& top = symbol->top;
  if (is_snapshot()) top = BookTicker{};
  if (!is_snapshot() && !top.origin.instrument) return;
  if (const Level* bid = first_left(bids_)) {
    top.bid_price = bid->price;
    top.bid_amount = bid->amount;
  }
  if (const Level* ask = first_left(asks_)) {
    top.ask_price = ask->price;
    top.ask_amount = ask->amount;
  }
  top.origin = origin(*symbol, time_);
  tell_top(top);
}

void BybitReader::commit_ticker(Symbol* symbol) {
  DerivativeTicker& ticker = symbol->ticker;
  bool changed = false;
  changed |= update(&ticker.funding_rate, ticker_.funding_rate);
  changed |= update(&ticker.funding_time_us, ticker_.funding_time_us);
  changed |= update(&ticker.index_price, ticker_.index_price);
  changed |= update(&ticker.mark_price, ticker_.mark_price);
  changed |= update(&ticker.open_interest, ticker_.open_interest);
  changed |= update(&ticker.last_price, ticker_.last_price);
  update_time(&ticker, time_);
  date_mark(time_, &ticker);  // what a message does not name is as it was
  if (changed) tell_ticker(symbol);
}

void BybitReader::commit_option(const Symbol& symbol) {
  const auto name = read_option_name(symbol.instrument.symbol);
  if (!name) return;
  option_.origin = origin(symbol, time_);
  option_.is_put = name->is_put;
  option_.strike_price = name->strike_price;
  option_.expiration_us = name->expiration_us;
  tell(option_);
}

}  // namespace

std::unique_ptr<Reader> make_bybit_reader(Venue venue, IsWanted is_wanted) {
  return std::make_unique<BybitReader>(venue, std::move(is_wanted));
}

}  // namespace keystile::market
