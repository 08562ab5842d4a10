#include "feed/relay_rest.h"

#include <array>

#include "feed/relay_json.h"
#include "feed/relay_query.h"
#include "feed/slippage.h"
#include "feed/spelling.h"

namespace keystile::feed {
namespace {

constexpr size_t kMostTrades = 1000;
constexpr size_t kMostDepth = 1000;

struct Context {
  const State& state;
  const Meter& meter;
  const Asked& asked;

  int64_t now_ns() const { return std::chrono::nanoseconds(asked.now.time_since_epoch()).count(); }
};

Result<const Market*> market_of(const Context& context, const RelayQuery& query) {
  KS_TRY(const std::string_view exchange, query.required("exchange"));
  KS_TRY(const std::string_view symbol, query.required("symbol"));
  return find_market(context.state, exchange, symbol);
}

// Those that the query names: of one exchange, one market, or all.
Result<std::vector<const Market*>> markets_of(const Context& context, const RelayQuery& query) {
  if (!query.text("symbol").empty()) {
    KS_TRY(const Market* const market, market_of(context, query));
    return std::vector{market};
  }
  const std::string_view exchange = query.text("exchange");
  if (exchange.empty()) return context.state.markets();
  return find_markets(context.state, exchange, {});
}

void write_deals(const std::vector<Deal>& deals, RelayJson* out) {
  for (const Deal& deal : deals) {
    (*out)->begin_object();
    (*out)->text_if_any("id", deal.id);
    out->exact("price", deal.price);
    out->exact("size", deal.amount);
    (*out)->text("side", to_string(deal.side));
    out->time("timestamp", deal.time_us ? deal.time_us : deal.received_ns / 1000);
    (*out)->end_object();
  }
}

// Whether all that happened is in it: it is whole since, and may miss what happens now.
void write_pulse(const Pulse& pulse, RelayJson* out) {
  if (pulse.since_ns != 0) out->time("complete_since", pulse.since_ns / 1000);
  if (pulse.is_stale) (*out)->flag("stale", true);
}

Status trades(const Context& context, std::string_view text, RelayJson* out) {
  KS_TRY(const RelayQuery query, RelayQuery::parse(text, {"exchange", "symbol", "limit"}));
  KS_TRY(const Market* const market, market_of(context, query));
  KS_TRY(const size_t limit, query.count("limit", 100, kMostTrades));
  (*out)->begin_array("data");
  write_deals(market->trades(limit), out);
  (*out)->end_array();
  write_pulse(market->pulse(Channel::kTrade), out);
  return {};
}

Status liquidations(const Context& context, std::string_view text, RelayJson* out) {
  KS_TRY(const RelayQuery query, RelayQuery::parse(text, {"exchange", "symbol", "limit"}));
  KS_TRY(const Market* const market, market_of(context, query));
  KS_TRY(const size_t limit, query.count("limit", Market::kLiquidations, kMostTrades));
  (*out)->begin_array("data");
  write_deals(market->liquidations(limit), out);
  (*out)->end_array();
  write_pulse(market->pulse(Channel::kLiquidation), out);
  return {};
}

Status orderbook(const Context& context, std::string_view text, RelayJson* out) {
  KS_TRY(const RelayQuery query, RelayQuery::parse(text, {"exchange", "symbol", "depth", "limit"}));
  KS_TRY(const Market* const market, market_of(context, query));
  KS_TRY(const size_t limit, query.count("limit", 20, kMostDepth));
  KS_TRY(const size_t levels, query.count("depth", limit, kMostDepth));
  const Depth depth = market->depth(levels);
  if (depth.health == market::Health::kWaiting) {
    return fail("relay.waiting", "the book is not whole; it is being asked for",
                ErrorClass::kRetryable);
  }
  (*out)->begin_object("data");
  out->instrument(market->instrument());
  out->levels("bids", depth.bids);
  out->levels("asks", depth.asks);
  (*out)->text("book", to_string(depth.health));
  out->time("timestamp", depth.time_us ? depth.time_us : depth.received_ns / 1000);
  (*out)->number("age_ms", (context.now_ns() - depth.received_ns) / 1'000'000);
  (*out)->end_object();
  return {};
}

void write_received(std::string_view name, int64_t received_ns, RelayJson* out) {
  if (received_ns != 0) out->time(name, received_ns / 1000);
}

void write_funding(const Quote& quote, RelayJson* out) {
  const market::DerivativeTicker& ticker = quote.ticker;
  out->exact("funding_rate", ticker.funding_rate);
  out->exact("predicted_funding_rate", ticker.predicted_funding_rate);
  out->time("next_funding_time", ticker.funding_time_us);
  out->exact("mark_price", ticker.mark_price);
  if (ticker.mark_price) write_received("mark_timestamp", quote.mark_received_ns, out);
  out->exact("index_price", ticker.index_price);
  out->exact("open_interest", ticker.open_interest);
  if (quote.ticker_is_stale) (*out)->flag("funding_stale", true);
}

Status funding(const Context& context, std::string_view text, RelayJson* out) {
  KS_TRY(const RelayQuery query, RelayQuery::parse(text, {"exchange", "symbol"}));
  KS_TRY(const auto markets, markets_of(context, query));
  (*out)->begin_array("data");
  for (const Market* market : markets) {
    const Quote quote = market->quote();
    if (quote.ticker_received_ns == 0) continue;
    (*out)->begin_object();
    out->instrument(market->instrument());
    write_funding(quote, out);
    const auto& time_us = quote.ticker.origin.time_us;
    out->time("timestamp", time_us ? time_us : quote.ticker_received_ns / 1000);
    (*out)->end_object();
  }
  (*out)->end_array();
  return {};
}

Status tickers(const Context& context, std::string_view text, RelayJson* out) {
  KS_TRY(const RelayQuery query, RelayQuery::parse(text, {"exchange", "symbol"}));
  KS_TRY(const auto markets, markets_of(context, query));
  (*out)->begin_array("data");
  for (const Market* market : markets) {
    const Quote quote = market->quote();
    const int64_t newest =
        std::max({quote.top_received_ns, quote.last_received_ns, quote.ticker_received_ns});
    if (newest == 0) continue;
    (*out)->begin_object();
    out->instrument(market->instrument());
    out->exact("bid", quote.bid_price);
    out->exact("bid_size", quote.bid_amount);
    out->exact("ask", quote.ask_price);
    out->exact("ask_size", quote.ask_amount);
    write_received("quote_timestamp", quote.top_received_ns, out);
    out->exact("last", quote.last_price);
    write_received("last_timestamp", quote.last_received_ns, out);
    if (quote.last_price && quote.last_is_stale) (*out)->flag("last_stale", true);
    if (quote.ticker_received_ns != 0) write_funding(quote, out);
    write_received("funding_timestamp", quote.ticker_received_ns, out);
    out->time("timestamp", newest / 1000);
    (*out)->end_object();
  }
  (*out)->end_array();
  return {};
}

Status instruments(const Context& context, std::string_view text, RelayJson* out) {
  KS_TRY(const RelayQuery query, RelayQuery::parse(text, {"exchange", "symbol"}));
  KS_TRY(const auto markets, markets_of(context, query));
  (*out)->begin_array("data");
  for (const Market* market : markets) {
    (*out)->begin_object();
    out->instrument(market->instrument());
    (*out)->text_if_any("unified", market->instrument().unified);
    (*out)->text("trading", to_string(market->status().trading));
    (*out)->end_object();
  }
  (*out)->end_array();
  return {};
}

Status slippage_of(const Context& context, std::string_view text, RelayJson* out) {
  KS_TRY(const RelayQuery query, RelayQuery::parse(text, {"exchange", "symbol", "side", "size"}));
  KS_TRY(const Market* const market, market_of(context, query));
  KS_TRY(const std::string_view written, query.required("side"));
  if (written != "buy" && written != "sell") {
    return fail("relay.parameter", "side must be buy or sell");
  }
  const market::Side side = written == "buy" ? market::Side::kBuy : market::Side::kSell;
  KS_TRY(const Decimal size, query.amount("size"));
  const Depth depth = market->depth(market::Book::kMaxLevels);
  KS_TRY(const Slippage walked, slippage(depth, side, size));
  (*out)->begin_object("data");
  out->instrument(market->instrument());
  (*out)->text("side", written);
  out->exact("size", size);
  (*out)->flag("enough", walked.is_enough);
  out->exact("filled", walked.filled);
  out->exact("average_price", walked.average_price);
  out->exact("worst_price", walked.worst_price);
  out->exact("best_price", walked.best_price);
  out->exact("mid_price", walked.mid_price);
  out->exact("cost", walked.cost);
  out->exact("basis_points", walked.basis_points);
  (*out)->number("levels", uint64_t{walked.levels});
  (*out)->number("age_ms", (context.now_ns() - depth.received_ns) / 1'000'000);
  (*out)->end_object();
  return {};
}

void write_channel(Channel channel, const Freshness& fresh, int64_t now_ns, RelayJson* out) {
  const Pulse& pulse = fresh.channels[static_cast<size_t>(channel)];
  if (!pulse.is_planned && pulse.received_ns == 0) return;
  (*out)->begin_object(name_of(channel));
  (*out)->flag("stale", pulse.is_stale);
  if (pulse.received_ns != 0) {
    (*out)->number("age_ms", (now_ns - pulse.received_ns) / 1'000'000);
  }
  if (pulse.since_ns != 0) out->time("complete_since", pulse.since_ns / 1000);
  (*out)->end_object();
}

void write_freshness(const Market& market, int64_t now_ns, RelayJson* out) {
  const Freshness fresh = market.freshness();
  (*out)->begin_object();
  out->instrument(market.instrument());
  (*out)->text("book", to_string(fresh.book));
  (*out)->flag("gap", fresh.gap);
  (*out)->flag("stale", fresh.stale);
  if (fresh.received_ns != 0) {
    (*out)->number("age_ms", (now_ns - fresh.received_ns) / 1'000'000);
  }
  if (fresh.book_received_ns != 0) {
    (*out)->number("book_age_ms", (now_ns - fresh.book_received_ns) / 1'000'000);
  }
  (*out)->number("events", fresh.events);
  (*out)->number("gaps", fresh.gaps);
  (*out)->number("wrong", fresh.wrong);
  (*out)->begin_object("channels");
  for (size_t at = 0; at < kChannels; ++at)
    write_channel(static_cast<Channel>(at), fresh, now_ns, out);
  (*out)->end_object();
  (*out)->end_object();
}

Status status(const Context& context, std::string_view text, RelayJson* out) {
  KS_TRY(const RelayQuery query, RelayQuery::parse(text, {"exchange", "symbol"}));
  KS_TRY(const auto markets, markets_of(context, query));
  const Asked& asked = context.asked;
  (*out)->begin_object("data");
  (*out)->begin_array("markets");
  for (const Market* market : markets) write_freshness(*market, context.now_ns(), out);
  (*out)->end_array();
  (*out)->begin_array("connections");
  for (const LinkCounts& link : context.meter.links()) {
    (*out)->begin_object();
    (*out)->text("product", link.product);
    (*out)->number("planned", link.planned);
    (*out)->number("open", link.open);
    (*out)->number("messages", link.messages);
    (*out)->number("reconnects", link.reconnects);
    (*out)->number("renewals", link.renewals);
    (*out)->end_object();
  }
  (*out)->end_array();
  (*out)->begin_object("token");
  (*out)->text("name", asked.name);
  (*out)->number("requests", asked.reader.requests);
  (*out)->number("requests_per_minute", uint64_t{asked.requests_per_minute});
  (*out)->number("left", uint64_t{asked.reader.window.left(asked.mono)});
  (*out)->end_object();
  (*out)->end_object();
  return {};
}

struct Route {
  std::string_view name;
  Status (*answer)(const Context& context, std::string_view query, RelayJson* out);
};

constexpr Route kRoutes[] = {
    {"trades", trades},
    {"orderbook", orderbook},
    {"funding", funding},
    {"tickers", tickers},
    {"liquidations", liquidations},
    {"instruments", instruments},
    {"slippage", slippage_of},
    {"status", status},
};

const Route* find_route(std::string_view path) {
  for (const std::string_view prefix : {"/v1/market/", "/market/"}) {
    if (!path.starts_with(prefix)) continue;
    for (const Route& route : kRoutes) {
      if (route.name == path.substr(prefix.size())) return &route;
    }
  }
  return nullptr;
}

HttpResponse json_answer(int status, std::string body) {
  return {status, {{"Content-Type", "application/json"}}, std::move(body) + "\n"};
}

int status_of(const Error& error) {
  constexpr std::pair<std::string_view, int> kStatus[] = {
      {"relay.parameter", 400}, {"relay.token", 401},   {"relay.exchange", 404},
      {"relay.symbol", 404},    {"relay.path", 404},    {"relay.method", 405},
      {"relay.rate", 429},      {"relay.waiting", 503}, {"slippage.book", 503},
      {"replay.none", 404},     {"replay.large", 413},  {"replay.stopped", 503}};
  for (const auto& [code, status] : kStatus) {
    if (code == error.code) return status;
  }
  return 500;
}

}  // namespace

HttpResponse answer(const State& state, const Meter& meter, const HttpRequest& request,
                    const Asked& asked) {
  const Route* route = find_route(request.path);
  if (!route) {
    return refusal({"relay.path",
                    "there are /v1/market/trades, orderbook, funding, liquidations, "
                    "tickers, instruments, slippage, status and stream here"});
  }
  if (request.method != "GET" && request.method != "HEAD") {
    HttpResponse refused = refusal({"relay.method", "only GET and HEAD"});
    refused.headers.push_back({"Allow", "GET, HEAD"});
    return refused;
  }
  std::string body;
  RelayJson json(&body);
  json->begin_object();
  const Status done = route->answer({state, meter, asked}, request.query, &json);
  if (!done) return refusal(done.error());
  json->end_object();
  return json_answer(200, std::move(body));
}

HttpResponse refusal(const Error& error) {
  return json_answer(status_of(error), error_json(error));
}

}  // namespace keystile::feed
