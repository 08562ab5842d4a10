#include "fuzz/answers.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/json.h"
#include "exchanges/address_list.h"
#include "exchanges/balances.h"
#include "exchanges/withdrawals.h"
#include "fuzz/check.h"
#include "fuzz/input.h"

namespace keystile::fuzz {
namespace {

using namespace exchanges;
using Kind = LegOutcome::Kind;

// No free text of a peer goes on: codes are short and plain.
void check_code(const std::string& code) {
  KS_HOLDS(code.size() <= 32);
  for (const char c : code) KS_HOLDS(std::isalnum(static_cast<unsigned char>(c)) || c == '-');
}

void check_outcome(const Exchange& exchange, std::string_view method, std::string_view rest,
                   const HttpResponse& response) {
  const std::string_view target = take_word(&rest);
  HttpRequest request = request_to(std::string(method), target);
  request.body = rest;
  const Route* route = exchange.routes().find(request.method, request.path);
  if (!route) return;
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
  const auto word = [&] {
    const std::string_view text = take_word(&rest);
    return std::string(text == "-" ? "" : text);
  };
  OrderRef order;
  order.product = *product;
  order.instrument = word();
  order.order_id = word();
  order.client_order_id = word();
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
  const auto status = parse_uint64(take_line(&input));
  if (!status || *status < 100 || *status > 599) return;
  const HttpResponse response{static_cast<int>(*status), {}, std::string(input)};
  const std::string_view kind = take_word(&asked);
  if (kind == "withdrawals") return check_withdrawals(exchange, asked, response);
  if (kind == "addresses") return check_addresses(exchange, response);
  if (kind == "balance") return check_balance(exchange, asked, response);
  if (kind == "order") return check_order(exchange, asked, response);
  if (kind == "market") return check_market(exchange, asked, response);
  if (kind != "time") return check_outcome(exchange, kind, asked, response);
  const auto time = exchange.parse_time(response);
  if (time) KS_HOLDS(response.status == 200 && epoch_ms(*time) > 0);
}

}  // namespace keystile::fuzz
