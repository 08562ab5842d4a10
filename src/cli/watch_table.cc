#include "cli/watch_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace keystile::cli {
namespace {

using Amount = std::optional<Decimal>;

Amount exact(const std::optional<market::Number>& number) {
  if (!number) return std::nullopt;
  const auto decimal = number->to_decimal();
  return decimal ? Amount(*decimal) : std::nullopt;
}

Amount amount(Result<Decimal> made) { return made ? Amount(*made) : std::nullopt; }

// With so many digits after the point, rounded down.
std::string fixed(const Amount& value, int places) {
  if (!value) return "-";
  const Rounding down = value->is_negative() ? Rounding::kUp : Rounding::kDown;
  std::string text = value->rounded(places, down).str();
  size_t point = text.find('.');
  if (point == text.npos) {
    point = text.size();
    text += '.';
  }
  text.append(static_cast<size_t>(places) - (text.size() - point - 1), '0');
  return text;
}

std::string shown(const std::optional<market::Number>& number) {
  return number ? number->str() : "-";
}

// (to - from) / from, in hundredths of a percent.
Amount basis_points(const Amount& from, const Amount& to) {
  if (!from || !to || !from->is_positive()) return std::nullopt;
  const auto difference = to->minus(*from);
  if (!difference) return std::nullopt;
  const auto scaled = difference->times(Decimal(10'000), Rounding::kUp);
  return scaled ? amount(scaled->divided_by(*from, Rounding::kUp)) : std::nullopt;
}

// price x (1 + percent / 100)
Amount with_fee(const Amount& price, const Decimal& percent) {
  if (!price) return std::nullopt;
  const auto factor = percent.plus(Decimal(100));
  if (!factor) return std::nullopt;
  const auto scaled = price->times(*factor, Rounding::kUp);
  return scaled ? amount(scaled->divided_by(Decimal(100), Rounding::kUp)) : std::nullopt;
}

Amount percent_of(const Amount& rate) {
  return rate ? amount(rate->times(Decimal(100), Rounding::kUp)) : std::nullopt;
}

// What a long position pays a day; below zero: what it gets.
Amount held_for_a_day(const Amount& rate, const WatchSettings& settings) {
  if (!rate) return std::nullopt;
  const auto each = rate->times(settings.position, Rounding::kUp);
  if (!each) return std::nullopt;
  const auto daily = each->times(Decimal(24), Rounding::kUp);
  return daily ? amount(daily->divided_by(Decimal(settings.funding_hours), Rounding::kUp))
               : std::nullopt;
}

bool is_fresh(const WatchedMarket& market, const WatchSettings& settings) {
  return market.heard_ns != 0 && settings.now_ns - market.heard_ns <= kWatchFreshNs;
}

std::string age(const WatchedMarket& market, const WatchSettings& settings) {
  if (market.heard_ns == 0) return "-";
  const int64_t tenths = std::max<int64_t>(settings.now_ns - market.heard_ns, 0) / 100'000'000;
  if (tenths < 600) return fmt::format("{}.{}s", tenths / 10, tenths % 10);
  return fmt::format("{}m", tenths / 600);
}

// The best of one kind, spot or perpetual: where to sell and where to buy.
struct Best {
  const WatchedMarket* bid = nullptr;
  const WatchedMarket* ask = nullptr;
};

Best best_of(const WatchedPair& pair, bool perpetual, const WatchSettings& settings) {
  Best best;
  for (const WatchedMarket& market : pair.markets) {
    if (market.name.is_perpetual != perpetual || !is_fresh(market, settings)) continue;
    const auto& quote = market.quote;
    if (quote.bid_price && (!best.bid || quote.bid_price > best.bid->quote.bid_price)) {
      best.bid = &market;
    }
    if (quote.ask_price && (!best.ask || quote.ask_price < best.ask->quote.ask_price)) {
      best.ask = &market;
    }
  }
  return best;
}

// What is left of buying at one exchange and selling at another, in basis points. The pair of
// exchanges that leaves most: the best prices may be where fees are high.
struct Crossing {
  const WatchedMarket* buy = nullptr;
  const WatchedMarket* sell = nullptr;
  Amount before, after;
};

Crossing best_crossing(const WatchedPair& pair, bool perpetual, const WatchSettings& settings) {
  Crossing best;
  for (const WatchedMarket& buy : pair.markets) {
    for (const WatchedMarket& sell : pair.markets) {
      if (buy.name.exchange == sell.name.exchange || buy.name.is_perpetual != perpetual ||
          sell.name.is_perpetual != perpetual || !is_fresh(buy, settings) ||
          !is_fresh(sell, settings)) {
        continue;
      }
      const Amount ask = exact(buy.quote.ask_price), bid = exact(sell.quote.bid_price);
      const Amount after =
          basis_points(with_fee(ask, buy.taker_fee), with_fee(bid, sell.taker_fee.negated()));
      if (!after || (best.after && *after <= *best.after)) continue;
      best = {&buy, &sell, basis_points(ask, bid), after};
    }
  }
  return best;
}

struct Column {
  std::string title;
  int keep;  // the lowest goes first where there is no room
  static constexpr int kAlways = 9;
  std::vector<std::string> cells;
};

// Exchanges write 0.5 and 0.50000000: in one column all numbers get as many digits as one needs.
void align_points(std::vector<std::string>* cells) {
  const auto digits = [](const std::string& cell) {
    const size_t point = cell.find('.');
    return point == cell.npos ? 0 : cell.size() - point - 1;
  };
  size_t most = 0;
  for (const std::string& cell : *cells) most = std::max(most, digits(cell));
  for (std::string& cell : *cells) {
    if (cell == "-" || digits(cell) == most) continue;
    if (digits(cell) == 0) cell += '.';
    cell.append(most - digits(cell), '0');
  }
}

std::vector<Column> columns_of(const WatchedPair& pair, const WatchSettings& settings) {
  const Best spot = best_of(pair, false, settings), perp = best_of(pair, true, settings);
  constexpr int kAlways = Column::kAlways;
  std::vector<Column> columns = {{pair.pair.base + "/" + pair.pair.quote, kAlways, {}},
                                 {"bid", kAlways, {}},
                                 {"ask", kAlways, {}},
                                 {"last", kAlways, {}},
                                 {"bid size", kAlways, {}},
                                 {"ask size", 1, {}},
                                 {"spread", kAlways, {}},
                                 {"funding", kAlways, {}},
                                 {"long/day", 2, {}},
                                 {"age", kAlways, {}}};
  for (const WatchedMarket& market : pair.markets) {
    const Best& best = market.name.is_perpetual ? perp : spot;
    const feed::Quote& quote = market.quote;
    const Amount rate = exact(quote.ticker.funding_rate);
    const Amount spread = basis_points(exact(quote.bid_price), exact(quote.ask_price));
    const std::string funding = rate ? fixed(percent_of(rate), 4) + "%" : "-";
    const std::string cells[] = {market_label(market.name),
                                 (&market == best.bid ? "*" : "") + shown(quote.bid_price),
                                 (&market == best.ask ? "*" : "") + shown(quote.ask_price),
                                 shown(quote.last_price),
                                 shown(quote.bid_amount),
                                 shown(quote.ask_amount),
                                 fixed(spread, 2),
                                 funding,
                                 fixed(held_for_a_day(rate, settings), 2),
                                 age(market, settings)};
    for (size_t i = 0; i < columns.size(); ++i) columns[i].cells.push_back(cells[i]);
  }
  constexpr size_t kFirstNumber = 1, kLastNumber = 5;
  for (size_t i = kFirstNumber; i <= kLastNumber; ++i) align_points(&columns[i].cells);
  return columns;
}

size_t width_of(const Column& column) {
  size_t width = column.title.size();
  for (const std::string& cell : column.cells) width = std::max(width, cell.size());
  return width;
}

size_t width_of(const std::vector<Column>& columns, size_t gap) {
  size_t width = gap * (columns.size() - 1);
  for (const Column& column : columns) width += width_of(column);
  return width;
}

// Leaves out what has no room; returns the space between columns.
size_t fit(std::vector<Column>* columns, size_t width) {
  for (;;) {
    for (const size_t gap : {2, 1}) {
      if (width_of(*columns, gap) <= width) return gap;
    }
    const auto least =
        std::min_element(columns->begin(), columns->end(),
                         [](const Column& a, const Column& b) { return a.keep < b.keep; });
    if (least->keep == Column::kAlways) return 1;
    columns->erase(least);
  }
}

std::string line_of(const std::vector<Column>& columns, size_t gap, std::optional<size_t> row) {
  std::string line;
  for (const Column& column : columns) {
    const std::string& cell = row ? column.cells[*row] : column.title;
    const size_t width = width_of(column);
    if (line.empty()) {
      line = fmt::format("{:<{}}", cell, width);
    } else {
      line += fmt::format("{:>{}}", cell, width + gap);
    }
  }
  return line;
}

std::string crossing_line(const Crossing& crossing, bool perpetual) {
  const auto at = [](const WatchedMarket& market) {
    return market_label(market.name).substr(0, market_label(market.name).find(' '));
  };
  return fmt::format("{}: buy at {}, sell at {}: {} bp apart, {} after fees",
                     perpetual ? "perp" : "spot", at(*crossing.buy), at(*crossing.sell),
                     fixed(crossing.before, 2), fixed(crossing.after, 2));
}

// In thousandths of a percent, of who has no discount and no tier above the lowest, as published in
// 2026-10. Deribit's and Bybit's are from their help centers: "Fees" (article 25944746248989) and
// "Trading Fee Structure" (article 000001634). Those of Binance (www.binance.com/en/fee/schedule,
// VIP 0, and /en/fee/futureFee) and OKX (www.okx.com/fees, Lv1) need a browser: they are what
// others read there.
struct TakerFee {
  std::string_view exchange;
  int64_t spot, perpetual;
};
constexpr TakerFee kTakerFees[] = {
    {"binance", 100, 50}, {"okx", 100, 50}, {"bybit", 100, 55}, {"deribit", 0, 50}};

json::Value or_null(const std::string& text) {
  return text == "-" ? json::Value(nullptr) : json::Value(text);
}

}  // namespace

Decimal default_taker_fee(const feed::NamedMarket& market) {
  for (const TakerFee& fee : kTakerFees) {
    if (fee.exchange != market.exchange) continue;
    const int64_t thousandths = market.is_perpetual ? fee.perpetual : fee.spot;
    return Decimal(thousandths).divided_by(Decimal(1000), Rounding::kUp).value();
  }
  return Decimal();
}

std::string market_label(const feed::NamedMarket& market) {
  std::string name(market.exchange);
  name[0] = static_cast<char>(name[0] - 'a' + 'A');
  if (market.exchange == "okx") name = "OKX";
  return name + (market.is_perpetual ? " perp" : " spot");
}

std::vector<std::string> watch_lines(const WatchedPair& pair, const WatchSettings& settings) {
  std::vector<Column> columns = columns_of(pair, settings);
  const size_t gap = fit(&columns, settings.width);
  std::vector<std::string> lines{line_of(columns, gap, std::nullopt)};
  if (settings.bold) lines.front() = "\x1b[1m" + lines.front() + "\x1b[0m";
  for (size_t row = 0; row < pair.markets.size(); ++row) {
    const bool is_old = settings.bold && !is_fresh(pair.markets[row], settings);
    const std::string line = line_of(columns, gap, row);
    lines.push_back(is_old ? "\x1b[2m" + line + "\x1b[0m" : line);
  }
  for (const bool perpetual : {false, true}) {
    const Crossing crossing = best_crossing(pair, perpetual, settings);
    if (crossing.buy) lines.push_back(crossing_line(crossing, perpetual));
  }
  return lines;
}

json::Value watch_json(const WatchedPair& pair, const WatchSettings& settings) {
  json::Array markets, crossings;
  for (const WatchedMarket& market : pair.markets) {
    const feed::Quote& quote = market.quote;
    const Amount rate = exact(quote.ticker.funding_rate);
    const Amount spread = basis_points(exact(quote.bid_price), exact(quote.ask_price));
    markets.push_back(json::object(
        {{"exchange", market.name.exchange},
         {"kind", market.name.is_perpetual ? "perpetual" : "spot"},
         {"symbol", market.name.symbol},
         {"bid", or_null(shown(quote.bid_price))},
         {"bid_size", or_null(shown(quote.bid_amount))},
         {"ask", or_null(shown(quote.ask_price))},
         {"ask_size", or_null(shown(quote.ask_amount))},
         {"last", or_null(shown(quote.last_price))},
         {"spread_bps", or_null(fixed(spread, 2))},
         {"funding_rate", or_null(shown(quote.ticker.funding_rate))},
         {"long_a_day", or_null(fixed(held_for_a_day(rate, settings), 2))},
         {"age_ms", market.heard_ns == 0
                        ? json::Value(nullptr)
                        : json::Value((settings.now_ns - market.heard_ns) / 1'000'000)}}));
  }
  for (const bool perpetual : {false, true}) {
    const Crossing crossing = best_crossing(pair, perpetual, settings);
    if (!crossing.buy) continue;
    crossings.push_back(json::object({{"kind", perpetual ? "perpetual" : "spot"},
                                      {"buy_at", crossing.buy->name.exchange},
                                      {"sell_at", crossing.sell->name.exchange},
                                      {"bps", fixed(crossing.before, 2)},
                                      {"bps_after_fees", fixed(crossing.after, 2)}}));
  }
  return json::object({{"pair", pair.pair.base + "/" + pair.pair.quote},
                       {"markets", std::move(markets)},
                       {"crossings", std::move(crossings)}});
}

}  // namespace keystile::cli
