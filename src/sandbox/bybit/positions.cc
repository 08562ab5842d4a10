// Positions of linear contracts, one-way: docs/v5/position.
#include "base/encoding.h"
#include "sandbox/bybit/call.h"
#include "sandbox/money.h"

namespace keystile::sandbox::bybit {
namespace {

json::Value position_row(const Call& call, const Instrument& instrument) {
  Engine& engine = call.venue.engine();
  const Position position = engine.position(call.account(), instrument.id);
  const Decimal size = absolute(position.quantity);
  const Decimal base = position.quantity * instrument.contract_size;
  const Decimal mark = engine.reference_price(instrument.id);
  const bool flat = size.is_zero();
  const Decimal entry = flat ? Decimal() : divide(position.cost, base, Rounding::kDown);
  json::Value row = json::object(
      {{"positionIdx", 0},
       {"riskId", 1},
       {"riskLimitValue", "2000000"},
       {"symbol", instrument.symbol},
       {"side", flat                              ? ""
                : position.quantity.is_positive() ? "Buy"
                                                  : "Sell"},
       {"size", size},
       {"avgPrice", entry},
       {"positionValue", absolute(position.cost)},
       {"tradeMode", 0},
       {"positionStatus", "Normal"},
       {"autoAddMargin", 0},
       {"adlRankIndicator", flat ? 0 : 1},
       {"leverage", std::to_string(engine.leverage(call.account(), instrument.id))},
       {"positionBalance", position.margin},
       {"markPrice", mark},
       {"positionIM", position.margin},
       {"positionMM", "0"},
       {"tpslMode", "Full"},
       {"unrealisedPnl", (base * mark - position.cost).rounded(kScale, Rounding::kDown)},
       {"curRealisedPnl", position.realised},
       {"cumRealisedPnl", position.realised},
       {"seq", 1},
       {"isReduceOnly", false}});
  for (const char* name :
       {"liqPrice", "bustPrice", "takeProfit", "stopLoss", "trailingStop", "breakEvenPrice",
        "mmrSysUpdateTime", "leverageSysUpdatedTime", "sessionAvgPrice"}) {
    row.set(name, "");
  }
  row.set("createdTime", millis(call.now));
  row.set("updatedTime", millis(call.now));
  return row;
}

}  // namespace

Reply positions(const Call& call) {
  if (product_of(call.text("category")) == Product::kSpot) return bad_parameter("category");
  if (call.text("category") != "linear") return page(call, {}, 20, 200);
  const std::string_view symbol = call.text("symbol"), settle = call.text("settleCoin");
  if (symbol.empty() && settle.empty()) return bad_parameter("symbol or settleCoin is required");
  json::Array rows;
  for (const Instrument* instrument : call.venue.engine().instruments()) {
    if (instrument->product != Product::kLinear) continue;
    const bool held =
        !call.venue.engine().position(call.account(), instrument->id).quantity.is_zero();
    // By symbol an empty position is shown, by coin only what is held.
    if (symbol.empty() ? held && instrument->quote == settle : instrument->symbol == symbol) {
      rows.push_back(position_row(call, *instrument));
    }
  }
  if (!symbol.empty() && rows.empty()) return bad_parameter("symbol invalid");
  return page(call, std::move(rows), 20, 200);
}

Reply set_leverage(const Call& call) {
  const Instrument* instrument = find_instrument(call, call.text("symbol"));
  if (!instrument || instrument->product != Product::kLinear) {
    return bad_parameter("symbol invalid");
  }
  const auto buy = parse_uint64(call.text("buyLeverage"));
  if (!buy || *buy > 1000 || call.text("buyLeverage") != call.text("sellLeverage")) {
    return bad_parameter("buy leverage invalid");
  }
  const int leverage = static_cast<int>(*buy);
  Engine& engine = call.venue.engine();
  if (engine.leverage(call.account(), instrument->id) == leverage) {
    return error(110043, "leverage not modified");
  }
  const auto done = engine.set_leverage(call.account(), instrument->id, leverage);
  return done ? ok(json::object({})) : error_of(done.error(), Product::kLinear);
}

Reply switch_mode(const Call& call) {
  if (call.text("mode") == "0") return error(110025, "Position mode is not modified");
  return bad_parameter("the sandbox has one-way positions only");
}

}  // namespace keystile::sandbox::bybit
