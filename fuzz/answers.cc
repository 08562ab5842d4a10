#include "fuzz/answers.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/json.h"
#include "exchanges/address_list.h"
#include "exchanges/balances.h"
#include "exchanges/rate_limits.h"
#include "exchanges/transfers.h"
#include "exchanges/withdrawals.h"
#include "fuzz/check.h"
#include "fuzz/input.h"

namespace keystile::fuzz {
namespace {

using namespace exchanges;
using Kind = LegOutcome::Kind;

const WallTime kNow = from_epoch_ms(1'790'000'000'000);

// Up to the first space; "-" stands for nothing.
std::string take_field(std::string_view* line) {
  const std::string_view text = take_word(line);
  return std::string(text == "-" ? "" : text);
}

// No free text of a peer goes on: codes are short and plain.
void check_code(const std::string& code) {
  KS_HOLDS(code.size() <= 32);
  for (const char c : code) KS_HOLDS(std::isalnum(static_cast<unsigned char>(c)) || c == '-');
}

// Nobody is held up by an answer for longer than an exchange bans anybody.
void check_limits(const Exchange& exchange, const Route& route, const HttpResponse& response) {
  const RateLimits& limits = rate_limits_of(exchange);
  const auto budgets = limits.table().budgets();
  const LimitSigns signs = limits.read(route, response, kNow);
  KS_HOLDS(signs.reading_count <= signs.readings.size());
  for (size_t i = 0; i < signs.reading_count; ++i) {
    KS_HOLDS(signs.readings[i].budget < budgets.size());
  }
  if (!signs.turned_away) return;
  KS_HOLDS(signs.turned_away->budget < budgets.size());
  KS_HOLDS(signs.turned_away->pause >= Millis{0} && signs.turned_away->pause <= kLongestPause);
}

void check_outcome(const Exchange& exchange, std::string_view method, std::string_view rest,
                   const HttpResponse& response) {
  const std::string_view target = take_word(&rest);
  HttpRequest request = request_to(std::string(method), target);
  request.body = rest;
  const Route* route = exchange.routes().find(request.method, request.path);
  if (!route) return;
  check_limits(exchange, *route, response);
  const auto intent = exchange.interpret(*route, request);
  if (!intent) return;
  const Outcome outcome = exchange.outcome(*route, *intent, response);
  if (intent->act == Act::kOrders) KS_HOLDS(outcome.legs.size() == intent->legs.size());
  check_code(outcome.code);
  // Only the exchange's own word, in an answer that can be read, says that something was done.
  // (409: of Binance's cancel-and-replace, one half was.)
  const bool good = response.status / 100 == 2 || response.status == 409;
  const bool readable = json::parse(response.body, {.bytes = 16 << 20}).has_value();
  if (!good) KS_HOLDS(outcome.kind != Kind::kAccepted);
  if (good && !readable) KS_HOLDS(outcome.kind == Kind::kUnknown);
  for (const LegOutcome& leg : outcome.legs) {
    if (!good) KS_HOLDS(leg.kind != Kind::kAccepted);
    if (good && !readable) KS_HOLDS(leg.kind == Kind::kUnknown);
    if (leg.state) KS_HOLDS(!leg.state->filled.is_negative());
  }
}

void check_order(const Exchange& exchange, std::string_view rest, const HttpResponse& response) {
  const auto product = parse_product(take_word(&rest));
  if (!product) return;
  OrderRef order;
  order.product = *product;
  order.instrument = take_field(&rest);
  order.order_id = take_field(&rest);
  order.client_order_id = take_field(&rest);
  if (order.order_id.empty() && order.client_order_id.empty()) return;
  (void)exchange.order_query(order);
  const auto state = exchange.parse_order(order, response);
  if (!state) return;
  KS_HOLDS(response.status < 500);
  KS_HOLDS(!state->filled.is_negative());
  KS_HOLDS(state->found || !state->open);
}

void check_market(const Exchange& exchange, std::string_view rest, const HttpResponse& response) {
  const auto queries = exchange.market_queries();
  const auto index = parse_uint64(rest);
  if (!index || *index >= queries.size()) return;
  const auto update = exchange.parse_market(queries[*index], response);
  if (!update) return;
  KS_HOLDS(response.status == 200);
  for (const Instrument& instrument : update->instruments) {
    KS_HOLDS(!instrument.symbol.empty());
    KS_HOLDS(instrument.contract_size.is_positive());
  }
  for (const Price& price : update->prices) KS_HOLDS(price.price.is_positive());
}

// rest: the query of a program's question for its history.
void check_withdrawals(const Exchange& exchange, std::string_view rest,
                       const HttpResponse& response) {
  const Withdrawals& withdrawals = withdrawals_of(exchange);
  (void)withdrawals.sent_id(response);
  const auto history = withdrawals.read_history(response);
  if (history) KS_HOLDS(response.status == 200);
  ProposedWithdrawal waiting;
  waiting.id = 1;
  waiting.asked.asset = "USDT";
  waiting.asked.client_id = "own";
  const auto question =
      withdrawals.read_question(request_to("GET", "/?" + std::string(rest)), {&waiting, 1});
  if (!question) return;
  const HttpResponse answer = withdrawals.history_answer(*question, &response, WallTime());
  // What cannot be read goes on untouched; what can be read stays readable, with ours in it.
  if (!history) return;
  const auto merged = withdrawals.read_history(answer);
  KS_HOLDS(merged.has_value() || answer.body == response.body);
  if (question->skip == 0 && question->limit != 0 && merged) {
    KS_HOLDS(merged->records.size() <= history->records.size() + question->shown.size());
  }
}

void check_found(const Transfers& transfers, const SentTransfer& sent,
                 const HttpResponse& response) {
  if (const auto proven = transfers.sent(response)) KS_HOLDS(response.status == 200);
  const auto found = transfers.find(sent, response, {});
  if (!found) return;
  KS_HOLDS(response.status == 200);
  // What is known to be another proposal's is not this one's, unless it bears its id.
  const auto other = transfers.find(sent, response, {&found->exchange_id, 1});
  KS_HOLDS(found->by_own_id || !other || other->exchange_id != found->exchange_id);
}

void check_transfers(const Exchange& exchange, std::string_view rest,
                     const HttpResponse& response) {
  const Transfers& transfers = transfers_of(exchange);
  ProposedTransfer waiting;
  waiting.id = 9007199254740001;
  waiting.created = kNow;
  waiting.asked.asset = "USDT";
  waiting.asked.from = take_field(&rest);
  waiting.asked.to = take_field(&rest);
  waiting.asked.to_account = take_field(&rest);
  waiting.asked.client_id = take_field(&rest);
  const auto amount = Decimal::parse(take_word(&rest));
  if (!amount) return;
  waiting.asked.amount = *amount;
  check_found(transfers, {waiting.id, waiting.asked, kNow}, response);
  const auto question = transfers.read_question(request_to("GET", rest), {&waiting, 1});
  if (!question) return;
  const HttpResponse* upstream = question->upstream ? &response : nullptr;
  const HttpResponse answer = transfers.history_answer(*question, upstream, kNow);
  const bool readable = json::parse(answer.body, {.bytes = 17 << 20}).has_value();
  if (!upstream) KS_HOLDS(answer.status == 200 && readable);
  // What is an error or cannot be read goes on untouched; what can be read stays readable.
  if (upstream && (response.status != 200 || !readable)) {
    KS_HOLDS(answer.status == response.status && answer.body == response.body);
  }
}

void check_addresses(const Exchange& exchange, const HttpResponse& response) {
  const AddressList* list = address_list_of(exchange);
  if (!list) return;
  const auto page = list->read(response);
  if (!page) return;
  KS_HOLDS(response.status == 200);
  (void)list->query(page->cursor);
}

// wallet: as the exchange's transfers call it.
void check_balance(const Exchange& exchange, std::string_view wallet,
                   const HttpResponse& response) {
  const Balances& balances = balances_of(exchange);
  if (!balances.query(wallet, "USDT")) return;
  const auto held = balances.read(wallet, "USDT", response);
  if (held) KS_HOLDS(response.status == 200);
}

}  // namespace

void check_answer(const Exchange& exchange, std::string_view input) {
  std::string_view asked = take_line(&input);
  std::string_view line = take_line(&input);
  const auto status = parse_uint64(take_word(&line));
  if (!status || *status < 100 || *status > 599) return;
  HttpResponse response{static_cast<int>(*status), {}, {}};
  for (uint64_t left = parse_uint64(line).value_or(0); left > 0 && !input.empty(); --left) {
    response.headers.push_back(read_header(take_line(&input)));
  }
  response.body = input;
  const std::string_view kind = take_word(&asked);
  if (kind == "withdrawals") return check_withdrawals(exchange, asked, response);
  if (kind == "transfers") return check_transfers(exchange, asked, response);
  if (kind == "addresses") return check_addresses(exchange, response);
  if (kind == "balance") return check_balance(exchange, asked, response);
  if (kind == "order") return check_order(exchange, asked, response);
  if (kind == "market") return check_market(exchange, asked, response);
  if (kind != "time") return check_outcome(exchange, kind, asked, response);
  const auto time = exchange.parse_time(response);
  if (time) KS_HOLDS(response.status == 200 && epoch_ms(*time) > 0);
}

}  // namespace keystile::fuzz
