// Withdrawals in an exchange's own protocol, sans I/O, for a gate that lets people decide about
// them: what a program that asks for one is answered, how its history shows those that wait, and
// how one that was approved is sent, once, and found again.
//
// A withdrawal that a program asks for becomes a proposal. The proposal's id is, for that program,
// the exchange's id, for ever; the program's own id stays its own id. To the exchange the
// proposal's id is sent as the client's own, so that it can be found in the history.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/http.h"
#include "base/result.h"
#include "base/time.h"
#include "exchanges/exchange.h"
#include "exchanges/intent.h"

namespace keystile::exchanges {

enum class WithdrawalStage {
  kWaiting,  // for people, or for the exchange to begin
  kSending,  // on its way; also: nobody knows yet what became of it
  kDone,
  kCancelled,  // by whoever asked, or because its time ran out
  kRejected,
  kFailed,
  kUnknown,  // a state that this version of Keystile has not heard of
};

// A withdrawal that a program asked for.
struct ProposedWithdrawal {
  uint64_t id = 0;   // below 2^53
  Withdrawal asked;  // client_id: the program's own id, or empty
  WallTime created;
  WallTime updated;
  WithdrawalStage stage = WithdrawalStage::kWaiting;
  std::string exchange_id;  // the exchange's own id, once it is known
};

// One row of the exchange's history.
struct WithdrawalRecord {
  std::string exchange_id;
  std::string own_id;  // that the request named; empty on exchanges whose history does not show it
  std::string asset, network, address, tag;
  Decimal amount, fee;
  std::string transaction;  // on the chain; empty: not there yet
  std::string created;      // as the exchange writes times; comparable with created_text()
  WithdrawalStage stage = WithdrawalStage::kUnknown;
};
struct WithdrawalHistory {
  std::vector<WithdrawalRecord> records;
  // False: the answer has more pages, so what is not in it may still be there.
  bool complete = true;
};

// A withdrawal that was sent, or may have been.
struct SentWithdrawal {
  uint64_t id = 0;  // the proposal's
  Withdrawal facts;
  WallTime sent_at;
  std::string exchange_id;  // where the answer told it
};

// A program's question for its history, read.
struct HistoryQuestion {
  // For the exchange, to be signed with the read key, with ids as the exchange knows them. None:
  // it has nothing to add.
  std::optional<HttpRequest> upstream;
  std::vector<ProposedWithdrawal> known;  // by whose ids rows are renamed
  std::vector<ProposedWithdrawal> shown;  // those of them that the question asks for and that no
                                          // row of the exchange stands for
  size_t skip = 0;                        // of the merged rows
  size_t limit = 0;                       // rows at most; 0: as many as there are
};

enum class WithdrawalCall { kAsk, kHistory, kCancel };

class Withdrawals {
 public:
  virtual ~Withdrawals() = default;

  // What a route is to withdrawals; nothing for all others.
  virtual std::optional<WithdrawalCall> call_of(const Route& route) const = 0;

  // --- answers to programs --------------------------------------------------------------------
  // Of the native call that asked for it: "it is accepted, and this is its id".
  virtual HttpResponse asked_answer(const ProposedWithdrawal& proposed, WallTime now) const = 0;

  // "parameter.repeated", "parameter.value", "parameter.encoding".
  virtual Result<HistoryQuestion> read_question(
      const HttpRequest& request, std::span<const ProposedWithdrawal> known) const = 0;
  // upstream: the exchange's answer, or null where it was not asked. An answer that is an error, or
  // none that can be read, is passed on as it is.
  virtual HttpResponse history_answer(const HistoryQuestion& question, const HttpResponse* upstream,
                                      WallTime now) const = 0;

  // Which one a program wants to cancel, as it wrote it: a proposal's id, or the exchange's.
  // "parameter.missing". Only of a route that is kCancel.
  virtual Result<std::string> read_cancel(const HttpRequest& request) const = 0;
  virtual HttpResponse cancelled_answer(uint64_t id, WallTime now) const = 0;

  // --- what goes to the exchange --------------------------------------------------------------
  // Unsigned, for Exchange::sign() with the withdraw key. id: the proposal's. "network.missing",
  // "withdrawal.internal", "withdrawal.receiver": kinds that Keystile does not send.
  virtual Result<HttpRequest> request(const Withdrawal& facts, uint64_t id, WallTime now) const = 0;
  // The exchange's id in the answer to it. "upstream.answer": this answer is no acceptance; whether
  // it is a refusal or nobody knows, Exchange::outcome() says.
  virtual Result<std::string> sent_id(const HttpResponse& response) const = 0;

  // Where to look for one that was sent. Unsigned, for the read key.
  virtual HttpRequest history_request(const SentWithdrawal& sent, WallTime now) const = 0;
  // "upstream.answer"
  virtual Result<WithdrawalHistory> read_history(const HttpResponse& response) const = 0;
  // A time as this exchange's history writes it.
  virtual std::string created_text(WallTime time) const = 0;
};

// In registry.cc.
const Withdrawals& withdrawals_of(const Exchange& exchange);

// The row that is `sent`: by the exchange's id, by our id, or, where the exchange shows none and
// its answer was lost, by all facts and the time. Null: none of these rows. others: the exchange's
// ids of other proposals, which it cannot be. "withdrawal.ambiguous": several could be it, maybe on
// another page; a person must look.
Result<const WithdrawalRecord*> find_sent(const Withdrawals& withdrawals,
                                          const SentWithdrawal& sent,
                                          const WithdrawalHistory& history,
                                          std::span<const std::string> others);

}  // namespace keystile::exchanges
