// What an exchange answers: to a forwarded write, and to our own questions.
#pragma once

#include <string_view>

#include "exchanges/exchange.h"

namespace keystile::fuzz {

// input: what was asked, in one line, then the status, then the answer's body. A number behind the
// status: so many header lines come before the body.
//   "POST /api/v3/order?symbol=…" (binance) or "POST /v5/order/create {…}": a write's outcome; and
//   of any route what its answer says about rate limits
//   "order PRODUCT INSTRUMENT ORDER_ID CLIENT_ID": an order's state ('-' for none)
//   "market N": the Nth of market_queries()
//   "balance WALLET": what a wallet holds of USDT
//   "transfers FROM TO TO_ACCOUNT CLIENT_ID AMOUNT PATH?QUERY": of one of USDT that people decide
//   about ('-' for none), what a program's question for its history is told, and what Keystile finds
//   "time"
void check_answer(const exchanges::Exchange& exchange, std::string_view input);

}  // namespace keystile::fuzz
