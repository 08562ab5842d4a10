// Binance: spot (and Binance.US), USD-M and COIN-M futures. Messages come in the wrapper of
// combined streams, {"stream":"btcusdt@trade","data":{…}}; a book's snapshot is the body of GET
// depth. developers.binance.com, WebSocket market streams of each, read 2026-07.
#include <string>

#include "base/encoding.h"
#include "market/json_reader.h"
#include "market/readers.h"

namespace keystile::market {
namespace {

enum class Kind : uint8_t {
  kOther,
  kTrade,
  kAggTrade,
  kDepth,
  kSnapshot,
  kBookTicker,
  kMarkPrice,
  kDayTicker,
  kIndexPrice,
  kOpenInterest,
  kForceOrder,
  kContractInfo,
};

struct Channel {
  std::string_view name;
  Kind kind;
  bool only_futures;
};

// depthSnapshot and openInterest: what tardis's recordings call the answers that it asks for by
// REST. depth5, depth10 and depth20 are views of a book, of which none can be kept.
constexpr Channel kChannels[] = {
    {"trade", Kind::kTrade, false},
    {"aggTrade", Kind::kAggTrade, false},
    {"depth", Kind::kDepth, false},
    {"depthSnapshot", Kind::kSnapshot, false},
    {"bookTicker", Kind::kBookTicker, false},
    {"markPrice", Kind::kMarkPrice, true},
    {"ticker", Kind::kDayTicker, true},
    {"indexPrice", Kind::kIndexPrice, true},
    {"openInterest", Kind::kOpenInterest, true},
    {"forceOrder", Kind::kForceOrder, true},
    {"contractInfo", Kind::kContractInfo, true},
};

struct StateName {
  std::string_view name;
  Trading trading;
};
// Of contractInfo.
constexpr StateName kStates[] = {
    {"TRADING", Trading::kOpen},          {"PENDING_TRADING", Trading::kPending},
    {"PRE_DELIVERING", Trading::kPaused}, {"DELIVERING", Trading::kPaused},
    {"PRE_SETTLE", Trading::kPaused},     {"SETTLING", Trading::kPaused},
    {"DELIVERED", Trading::kClosed},      {"CLOSE", Trading::kClosed},
};

// A snapshot of so many levels of a side is cut there: no more were asked for (feed/plan.cc).
constexpr size_t kCutSnapshot = 1000;

class BinanceReader final : public JsonReader {
 public:
  BinanceReader(Venue venue, IsWanted is_wanted)
      : JsonReader(std::move(is_wanted)), venue_(venue) {}

 private:
  bool is_futures() const {
    return venue_ == Venue::kBinanceUsdm || venue_ == Venue::kBinanceCoinm;
  }
  Link link() const { return is_futures() ? Link::kChained : Link::kCounted; }

  Fault parse(Scanner& root) override;
  Fault commit() override;

  void name_stream(std::string_view stream);
  Fault parse_data(std::string_view stream, Scanner& data);
  Fault parse_trade(Scanner& data, std::string_view id_name);
  Fault parse_depth(Scanner& data);
  Fault parse_snapshot(Scanner& data);
  Fault parse_book_ticker(Scanner& data);
  Fault parse_mark_price(Scanner& data);
  Fault parse_force_order(Scanner& data);

  void commit_trade(const Symbol& symbol);
  void commit_depth(Symbol* symbol);
  void commit_snapshot(Symbol* symbol);
  void commit_ticker(Symbol* symbol);
  void commit_force_order(const Symbol& symbol);
  void commit_state(const Symbol& symbol);

  // Of the message that is being read.
  struct Data {
    Kind kind = Kind::kOther;
    std::string_view symbol, id, side, state;
    std::optional<std::string_view> execution;
    std::optional<int64_t> time, matched, funding_time;  // microseconds
    std::optional<int64_t> top_number;
    std::optional<bool> is_best_match;
    Number price, amount;
    std::optional<Number> bid_price, bid_amount, ask_price, ask_amount;
    std::optional<Number> last_price, mark_price, index_price, funding_rate, open_interest;
    bool buyer_is_maker = false;
    Numbers numbers;
    std::span<const Level> bids, asks;
  };

  const Venue venue_;
  std::optional<std::string_view> stream_;
  std::string upper_;  // the symbol in a stream's name, as symbols are spelt elsewhere
  Data data_;
};

Fault BinanceReader::parse(Scanner& root) {
  data_ = Data{};
  if (!message().snapshot_of.empty()) {
    data_.kind = Kind::kSnapshot;
    data_.symbol = message().snapshot_of;
    return parse_snapshot(root);
  }
  if (!again_) stream_.reset();
  return read_members(root, quoted("stream", &stream_),
                      nested_if_any("data", [this](Scanner& data) {
                        if (stream_) return parse_data(*stream_, data);
                        again_ = true;
                        return data.skip();
                      }));
}

// "btcusdt@depth@100ms" and "!forceOrder@arr".
void BinanceReader::name_stream(std::string_view stream) {
  const size_t at = stream.find('@');
  const bool of_all = stream.starts_with('!');
  std::string_view name = stream.substr(0, at), channel;
  if (of_all) {
    channel = name.substr(1);
  } else if (at != stream.npos) {
    channel = stream.substr(at + 1);
    channel = channel.substr(0, channel.find('@'));
  }
  for (const Channel& known : kChannels) {
    if (channel == known.name && (is_futures() || !known.only_futures)) data_.kind = known.kind;
  }
  if (data_.kind == Kind::kSnapshot) {
    upper_.assign(name);
    for (char& c : upper_) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    data_.symbol = upper_;
  }
}

Fault BinanceReader::parse_data(std::string_view stream, Scanner& data) {
  name_stream(stream);
  switch (data_.kind) {
    case Kind::kOther:
      return data.skip();
    case Kind::kTrade:
      return parse_trade(data, "t");
    case Kind::kAggTrade:
      return parse_trade(data, "a");
    case Kind::kDepth:
      return parse_depth(data);
    case Kind::kSnapshot:
      return parse_snapshot(data);
    case Kind::kBookTicker:
      return parse_book_ticker(data);
    case Kind::kMarkPrice:
      return parse_mark_price(data);
    case Kind::kDayTicker:
      return read_members(data, quoted("s", &data_.symbol), plain_time("E", &data_.time),
                          quoted("c", &data_.last_price));
    case Kind::kIndexPrice:
      return read_members(data, quoted("i", &data_.symbol), quoted("p", &data_.index_price));
    case Kind::kOpenInterest:
      return read_members(data, quoted("symbol", &data_.symbol),
                          quoted("openInterest", &data_.open_interest));
    case Kind::kForceOrder:
      return parse_force_order(data);
    case Kind::kContractInfo:
      return read_members(data, quoted("s", &data_.symbol), plain_time("E", &data_.time),
                          quoted("cs", &data_.state));
  }
  return Fault::kNone;
}

Fault BinanceReader::parse_trade(Scanner& data, std::string_view id_name) {
  int64_t time = 0;
  KS_FAULT(read_members(data, quoted("s", &data_.symbol), plain(id_name, &data_.id),
                        quoted("p", &data_.price), quoted("q", &data_.amount),
                        plain_time("T", &time), plain("m", &data_.buyer_is_maker),
                        quoted("X", &data_.execution), plain("M", &data_.is_best_match)));
  data_.time = time;
  return check_amounts(data_.price, data_.amount);
}

Fault BinanceReader::parse_depth(Scanner& data) {
  int64_t time = 0;
  std::optional<int64_t> previous;
  KS_FAULT(read_members(data, quoted("s", &data_.symbol), plain_time("E", &time),
                        plain_time("T", &data_.matched), plain("U", &data_.numbers.first),
                        plain("u", &data_.numbers.last), plain("pu", &previous),
                        levels("b", &data_.bids), levels("a", &data_.asks)));
  if (is_futures() && !previous) return Fault::kMissing;
  data_.time = time;
  data_.numbers.previous = previous.value_or(0);
  data_.numbers.time_us = time;
  return Fault::kNone;
}

Fault BinanceReader::parse_snapshot(Scanner& data) {
  return read_members(data, plain("lastUpdateId", &data_.numbers.last),
                      plain_time("T", &data_.time), levels("bids", &data_.bids),
                      levels("asks", &data_.asks));
}

Fault BinanceReader::parse_book_ticker(Scanner& data) {
  KS_FAULT(read_members(data, quoted("s", &data_.symbol), plain_time("E", &data_.time),
                        plain_time("T", &data_.matched), plain("u", &data_.top_number),
                        quoted("b", &data_.bid_price), quoted("B", &data_.bid_amount),
                        quoted("a", &data_.ask_price), quoted("A", &data_.ask_amount)));
  return check_amounts(data_.bid_price, data_.bid_amount, data_.ask_price, data_.ask_amount);
}

Fault BinanceReader::parse_mark_price(Scanner& data) {
  Number mark;
  KS_FAULT(read_members(data, quoted("s", &data_.symbol), plain_time("E", &data_.time),
                        quoted("p", &mark), quoted("i", &data_.index_price),
                        quoted("r", &data_.funding_rate), plain_time("T", &data_.funding_time)));
  data_.mark_price = mark;
  // Delivery contracts have no funding: they say 0 or nothing.
  if (!data_.funding_time || *data_.funding_time == 0 || !data_.funding_rate) {
    data_.funding_time.reset();
    data_.funding_rate.reset();
  }
  return Fault::kNone;
}

Fault BinanceReader::parse_force_order(Scanner& data) {
  return read_members(
      data, nested("o", [this](Scanner& order) {
        KS_FAULT(read_members(order, quoted("s", &data_.symbol), quoted("S", &data_.side),
                              quoted("X", &data_.execution), quoted("p", &data_.price),
                              quoted("z", &data_.amount), plain_time("T", &data_.time)));
        return check_amounts(data_.price, data_.amount);
      }));
}

Fault BinanceReader::commit() {
  if (data_.kind == Kind::kOther || data_.symbol.empty()) return Fault::kNone;
  // Of a pair, for all its contracts.
  if (data_.kind == Kind::kIndexPrice) return set_index(data_.symbol, data_.index_price);
  Symbol* known = nullptr;
  KS_FAULT(find(data_.symbol, venue_, &known));
  if (!known) return Fault::kNone;
  switch (data_.kind) {
    case Kind::kOther:
    case Kind::kIndexPrice:
      break;
    case Kind::kTrade:
    case Kind::kAggTrade:
      commit_trade(*known);
      break;
    case Kind::kDepth:
      commit_depth(known);
      break;
    case Kind::kSnapshot:
      commit_snapshot(known);
      break;
    case Kind::kBookTicker:
      tell_top({origin(*known, data_.time),
                data_.bid_price,
                data_.bid_amount,
                data_.ask_price,
                data_.ask_amount,
                {data_.top_number, {}, data_.matched}});
      break;
    case Kind::kMarkPrice:
    case Kind::kDayTicker:
    case Kind::kOpenInterest:
      commit_ticker(known);
      break;
    case Kind::kForceOrder:
      commit_force_order(*known);
      break;
    case Kind::kContractInfo:
      commit_state(*known);
      break;
  }
  return Fault::kNone;
}

void BinanceReader::commit_trade(const Symbol& symbol) {
  // The insurance fund's and auto-deleveraging's trades are not of the book.
  for (const std::string_view off_book : {"INSURANCE_FUND", "ADL", "NA"}) {
    if (data_.execution == off_book) return;
  }
  tell(Trade{origin(symbol, data_.time),
             data_.id,
             data_.price,
             data_.amount,
             data_.buyer_is_maker ? Side::kSell : Side::kBuy,
             {.is_best_match = data_.is_best_match}});
}

void BinanceReader::commit_depth(Symbol* symbol) {
  const Stamp stamp{data_.numbers.last, {}, data_.matched};
  const BookChange change{origin(*symbol, data_.time), false, data_.bids, data_.asks, {}, stamp};
  tell(symbol->join.on_change(link(), data_.numbers, data_.bids, data_.asks), change, *symbol);
}

void BinanceReader::commit_snapshot(Symbol* symbol) {
  const Verdict verdict =
      symbol->join.on_snapshot(link(), data_.numbers.last, data_.bids, data_.asks, data_.time);
  BookChange whole{origin(*symbol, data_.time), true, symbol->join.folded_bids(),
                   symbol->join.folded_asks(),  {},   {symbol->join.number(), {}, {}}};
  if (data_.bids.size() >= kCutSnapshot) whole.last_bid = data_.bids.back().price;
  if (data_.asks.size() >= kCutSnapshot) whole.last_ask = data_.asks.back().price;
  tell(verdict, whole, *symbol);
}

void BinanceReader::commit_ticker(Symbol* symbol) {
  DerivativeTicker& ticker = symbol->ticker;
  bool changed = false;
  const std::string_view pair = data_.symbol.substr(0, data_.symbol.find('_'));
  changed |= update(&ticker.index_price, index(pair));
  changed |= update(&ticker.funding_rate, data_.funding_rate);
  changed |= update(&ticker.funding_time_us, data_.funding_time);
  changed |= update(&ticker.index_price, data_.index_price);
  changed |= update(&ticker.mark_price, data_.mark_price);
  changed |= update(&ticker.last_price, data_.last_price);
  changed |= update(&ticker.open_interest, data_.open_interest);
  update_time(&ticker, data_.time);
  if (data_.mark_price) date_mark(data_.time, &ticker);
  if (changed) tell_ticker(symbol);
}

void BinanceReader::commit_force_order(const Symbol& symbol) {
  if (data_.execution != "FILLED") return;
  tell(Liquidation{origin(symbol, data_.time), "", data_.price, data_.amount,
                   data_.side == "SELL" ? Side::kSell : Side::kBuy});
}

void BinanceReader::commit_state(const Symbol& symbol) {
  Trading trading = Trading::kUnknown;
  for (const StateName& each : kStates) {
    if (each.name == data_.state) trading = each.trading;
  }
  tell(InstrumentStatus{origin(symbol, data_.time), trading, data_.state});
}

}  // namespace

std::unique_ptr<Reader> make_binance_reader(Venue venue, IsWanted is_wanted) {
  return std::make_unique<BinanceReader>(venue, std::move(is_wanted));
}

}  // namespace keystile::market
