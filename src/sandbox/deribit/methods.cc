#include "sandbox/deribit/methods.h"

#include <algorithm>
#include <set>

#include "base/encoding.h"
#include "sandbox/money.h"

namespace keystile::sandbox::deribit {
namespace {

constexpr uint64_t kUsualDepth = 5, kMostDepth = 10'000;
constexpr uint64_t kUsualTrades = 10, kMostTrades = 1000;
constexpr int64_t kNeverExpires = 32'503'708'800'000;  // how Deribit writes a perpetual's end

bool is_perpetual(const Instrument& instrument) { return instrument.product == Product::kLinear; }

Answer invalid(std::string_view parameter) {
  Answer answer = failure(-32602, "Invalid params");
  answer.error.set("data", json::object({{"reason", "invalid value"}, {"param", parameter}}));
  return answer;
}

// Absent: usual. Anything but a number of at most `most`: `most`.
uint64_t count_of(const Call& call, std::string_view name, uint64_t usual, uint64_t most) {
  const std::string_view text = call.params.text(name);
  return text.empty() ? usual : std::min(parse_uint64(text).value_or(most), most);
}

std::string index_of(const Instrument& instrument) {
  return to_lower_ascii(instrument.base) + "_" + to_lower_ascii(instrument.quote);
}

json::Value instrument_json(const Instrument& instrument, size_t place) {
  const bool perpetual = is_perpetual(instrument);
  json::Value made = json::object({{"instrument_name", instrument.symbol},
                                   {"instrument_id", place},
                                   {"kind", perpetual ? "future" : "spot"},
                                   {"instrument_type", "linear"},
                                   {"price_index", index_of(instrument)},
                                   {"base_currency", instrument.base},
                                   {"quote_currency", instrument.quote},
                                   {"counter_currency", instrument.quote},
                                   {"tick_size", number(instrument.tick)},
                                   {"tick_size_steps", json::array({})},
                                   {"min_trade_amount", number(instrument.min_quantity)},
                                   {"contract_size", number(instrument.lot)},
                                   {"maker_commission", number(instrument.maker_fee)},
                                   {"taker_commission", number(instrument.taker_fee)},
                                   {"creation_timestamp", 1'534'167'754'000},
                                   {"expiration_timestamp", kNeverExpires},
                                   {"is_active", true}});
  if (!perpetual) return made;
  made.set("future_type", "linear");
  made.set("settlement_currency", instrument.quote);
  made.set("settlement_period", "perpetual");
  made.set("max_leverage", 50);
  return made;
}

Answer instruments(const Call& call) {
  const std::string_view kind = call.params.text("kind"), currency = call.params.text("currency");
  json::Array found;
  const auto all = call.venue.engine().instruments();
  for (size_t place = 0; place < all.size(); ++place) {
    const bool of_kind = kind.empty() || kind == (is_perpetual(*all[place]) ? "future" : "spot");
    // Linear contracts belong to the currency that they settle in.
    const bool of_currency = currency.empty() || currency == "any" || currency == all[place]->quote;
    if (of_kind && of_currency) found.push_back(instrument_json(*all[place], place + 1));
  }
  return {std::move(found)};
}

Answer instrument(const Call& call) {
  const auto all = call.venue.engine().instruments();
  for (size_t place = 0; place < all.size(); ++place) {
    if (all[place]->symbol == call.params.text("instrument_name")) {
      return {instrument_json(*all[place], place + 1)};
    }
  }
  return invalid("instrument_name");
}

Answer currencies(const Call& call) {
  std::set<std::string> names;
  for (const Instrument* each : call.venue.engine().instruments()) {
    names.insert({each->base, each->quote});
  }
  json::Array found;
  for (const std::string& name : names) {
    found.push_back(json::object({{"currency", name},
                                  {"currency_long", name},
                                  {"coin_type", name},
                                  {"fee_precision", 4},
                                  {"min_confirmations", 1},
                                  {"min_withdrawal_fee", json::Number{"0.0001"}},
                                  {"withdrawal_fee", json::Number{"0.0001"}},
                                  {"withdrawal_priorities", json::array({})}}));
  }
  return {std::move(found)};
}

json::Value levels(const std::vector<Level>& side) {
  json::Array rows;
  for (const Level& level : side) {
    rows.push_back(json::array({number(level.price), number(level.quantity)}));
  }
  return rows;
}

Answer order_book(const Call& call) {
  const Instrument* found = find_instrument(call.venue, call.params.text("instrument_name"));
  if (!found) return invalid("instrument_name");
  const BookSnapshot book =
      call.venue.engine().book(found->id, count_of(call, "depth", kUsualDepth, kMostDepth));
  json::Value out = ticker(call.venue, *found, call.now);
  out.set("change_id", book.sequence);
  out.set("bids", levels(book.bids));
  out.set("asks", levels(book.asks));
  return {std::move(out)};
}

Answer ticker_of(const Call& call) {
  const Instrument* found = find_instrument(call.venue, call.params.text("instrument_name"));
  return found ? Answer{ticker(call.venue, *found, call.now)} : invalid("instrument_name");
}

// The newest first.
Answer last_trades(const Call& call) {
  const Instrument* found = find_instrument(call.venue, call.params.text("instrument_name"));
  if (!found) return invalid("instrument_name");
  const uint64_t count = count_of(call, "count", kUsualTrades, kMostTrades);
  const auto made = call.venue.market().trades(found->id, count);
  json::Array rows;
  for (auto each = made.rbegin(); each != made.rend(); ++each) {
    rows.push_back(trade(call.venue, *found, *each));
  }
  return {json::object({{"trades", std::move(rows)}, {"has_more", made.size() == count}})};
}

struct Method {
  std::string_view name;
  Answer (*run)(const Call&);
};
constexpr Method kMethods[] = {
    {"public/test",
     [](const Call&) {
       return Answer{json::object({{"version", "1.2.26"}})};
     }},
    {"public/get_time", [](const Call& call) { return Answer{epoch_ms(call.now)}; }},
    {"public/get_currencies", currencies},
    {"public/get_instruments", instruments},
    {"public/get_instrument", instrument},
    {"public/get_order_book", order_book},
    {"public/ticker", ticker_of},
    {"public/get_last_trades_by_instrument", last_trades},
};

}  // namespace

Answer failure(int code, std::string_view message) {
  return {{}, json::object({{"code", code}, {"message", message}})};
}

Answer call_method(std::string_view method, const Call& call) {
  for (const Method& known : kMethods) {
    if (known.name == method) return known.run(call);
  }
  return method.starts_with("private/") ? failure(13009, "unauthorized")
                                        : failure(-32601, "Method not found");
}

std::string envelope(const json::Value* id, Answer answer, WallTime now) {
  json::Value out = json::object({{"jsonrpc", "2.0"}});
  if (id) out.set("id", *id);
  if (answer.error.is_null()) {
    out.set("result", std::move(answer.result));
  } else {
    out.set("error", std::move(answer.error));
  }
  out.set("usIn", epoch_ms(now) * 1000);
  out.set("usOut", epoch_ms(now) * 1000);
  out.set("usDiff", 0);
  out.set("testnet", true);
  return json::dump(out);
}

json::Value number(const Decimal& value) { return json::Number{value.str()}; }

// Nobody here holds a position against anybody else, and no funding is paid.
json::Value ticker(Venue& venue, const Instrument& instrument, WallTime now) {
  const Ticker state = venue.market().ticker(instrument.id);
  const auto price = [](const std::optional<Level>& level) {
    return number(level ? level->price : Decimal());
  };
  const auto amount = [](const std::optional<Level>& level) {
    return number(level ? level->quantity : Decimal());
  };
  const Decimal change =
      state.day.open.is_zero()
          ? Decimal()
          : divide((state.last - state.day.open) * Decimal(100), state.day.open, Rounding::kDown)
                .rounded(4, Rounding::kDown);
  json::Value made =
      json::object({{"instrument_name", instrument.symbol},
                    {"timestamp", epoch_ms(now)},
                    {"state", "open"},
                    {"stats", json::object({{"high", number(state.day.high)},
                                            {"low", number(state.day.low)},
                                            {"price_change", number(change)},
                                            {"volume", number(state.day.volume)},
                                            {"volume_usd", number(state.day.quote_volume)},
                                            {"volume_notional", number(state.day.quote_volume)}})},
                    {"index_price", number(state.mark)},
                    {"estimated_delivery_price", number(state.mark)},
                    {"mark_price", number(state.mark)},
                    {"last_price", number(state.last)},
                    {"min_price", number(state.mark * Decimal::parse("0.985").value())},
                    {"max_price", number(state.mark * Decimal::parse("1.015").value())},
                    {"best_bid_price", price(state.bid)},
                    {"best_bid_amount", amount(state.bid)},
                    {"best_ask_price", price(state.ask)},
                    {"best_ask_amount", amount(state.ask)}});
  if (!is_perpetual(instrument)) return made;
  made.set("open_interest", 0);
  made.set("settlement_price", number(state.mark));
  made.set("interest_value", 0);
  made.set("current_funding", 0);
  made.set("funding_8h", 0);
  return made;
}

json::Value trade(Venue& venue, const Instrument& instrument, const PublicTrade& trade) {
  const Decimal mark = venue.market().ticker(instrument.id).mark;
  return json::object(
      {{"instrument_name", instrument.symbol},
       {"trade_id", std::to_string(sandbox::number(trade.id))},
       {"trade_seq", sandbox::number(trade.id)},
       {"timestamp", epoch_ms(trade.time)},
       {"price", number(trade.price)},
       {"amount", number(trade.quantity)},
       {"contracts", number(divide(trade.quantity, instrument.lot, Rounding::kDown))},
       {"direction", trade.taker == Side::kBuy ? "buy" : "sell"},
       {"tick_direction", 1},
       {"index_price", number(mark)},
       {"mark_price", number(mark)}});
}

const Instrument* find_instrument(Venue& venue, std::string_view name) {
  for (const Instrument* each : venue.engine().instruments()) {
    if (each->symbol == name) return each;
  }
  return nullptr;
}

}  // namespace keystile::sandbox::deribit
