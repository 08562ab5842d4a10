// Transfers between own accounts in an exchange's own protocol, sans I/O, for a gate that lets
// people decide about the larger ones: what a program that asks for one is answered, how its
// history shows those that wait, and how one that was approved is sent, once, and found again. The
// counterpart of withdrawals.h.
//
// A transfer is a matter of one answer, so an exchange has three words for its state at most. Where
// a call has no way to say "not yet", it cannot wait for people, and check_can_wait() says why.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/http.h"
#include "base/result.h"
#include "base/time.h"
#include "exchanges/exchange.h"
#include "exchanges/intent.h"

namespace keystile::exchanges {

enum class TransferState {
  kPending,  // waits for people, or is on its way; also: nobody knows yet what became of it
  kDone,
  kFailed,  // also rejected, cancelled, expired
};

// A transfer that a program asked for and people decide about.
struct ProposedTransfer {
  uint64_t id = 0;  // below 2^53
  Transfer asked;   // client_id: the program's own id, or empty
  WallTime created;
  TransferState state = TransferState::kPending;
  std::string exchange_id;  // the exchange's own id, once it is known
};

// A program's question for its history, read.
struct TransferQuestion {
  // For the exchange, to be signed with the read key, with ids as the exchange knows them. None:
  // it has nothing to add.
  std::optional<HttpRequest> upstream;
  std::vector<ProposedTransfer> known;  // by whose ids rows are renamed
  std::vector<ProposedTransfer> shown;  // those of them that the question asks for
};

// A transfer that was sent, or may have been.
struct SentTransfer {
  uint64_t id = 0;  // the proposal's
  Transfer facts;
  WallTime sent_at;
};

// What the exchange says of it.
struct FoundTransfer {
  TransferState state = TransferState::kPending;
  std::string exchange_id;
  bool by_own_id = true;  // false: it shows no id of ours, and all facts and the time fit
};

// By which id of the client's own a transfer that people have approved is sent, where the call
// takes one and the program's is not kept: so that it is found again, and no program has used it
// before. id: the proposal's.
std::string executor_id(uint64_t id);
// Whether it may be such a one, now or later: a program is refused it.
bool is_executor_id(std::string_view client_id);

enum class TransferCall { kAsk, kHistory };

class Transfers {
 public:
  virtual ~Transfers() = default;

  // What a route is to transfers that people decide about; nothing for all others.
  virtual std::optional<TransferCall> call_of(const Route& route) const = 0;

  // "transfer.unsupported": why this request cannot wait; it completes a sentence: "people decide,
  // and …". Of a route that is kAsk.
  virtual Status check_can_wait(const HttpRequest& request, const Transfer& asked) const = 0;

  // --- answers to programs --------------------------------------------------------------------
  // Of the native call that asked for it: "it is accepted, and this is its id".
  virtual HttpResponse asked_answer(const ProposedTransfer& proposed, WallTime now) const = 0;
  // "parameter.repeated", "parameter.value", "parameter.encoding".
  virtual Result<TransferQuestion> read_question(const HttpRequest& request,
                                                 std::span<const ProposedTransfer> known) const = 0;
  // upstream: the exchange's answer, or null where it was not asked. An answer that is an error, or
  // none that can be read, is passed on as it is.
  virtual HttpResponse history_answer(const TransferQuestion& question,
                                      const HttpResponse* upstream, WallTime now) const = 0;

  // --- what goes to the exchange --------------------------------------------------------------
  // Unsigned, for Exchange::sign() with the transfer key. id: the proposal's.
  // "transfer.unsupported"
  virtual Result<HttpRequest> request(const Transfer& facts, uint64_t id) const = 0;
  // The client's own id that it has there; empty: the call takes none. It is the program's own
  // where the exchange wants one of every transfer, and takes each once in an account.
  virtual std::string sent_as(const Transfer& facts, uint64_t id) const = 0;
  // Whether a transfer between accounts names both. Else the end of the account whose key moves it
  // is the one without a name.
  virtual bool names_both_accounts() const { return false; }
  // An id for one that no program asked for, which gives none; empty: the exchange wants none.
  virtual std::string make_own_id(Random&) const { return {}; }
  // What the answer to it proves; nothing: it must be looked up. Whether it is a refusal,
  // Exchange::outcome() says.
  virtual std::optional<FoundTransfer> sent(const HttpResponse& response) const = 0;

  // Where to look for one that was sent. Unsigned, for the same key.
  virtual HttpRequest history_request(const SentTransfer& sent, WallTime now) const = 0;
  // others: the exchange's ids of other proposals, which it cannot be. "upstream.answer";
  // "transfer.absent"; "transfer.ambiguous": several could be it; "transfer.other": the id is
  // another transfer's.
  virtual Result<FoundTransfer> find(const SentTransfer& sent, const HttpResponse& response,
                                     std::span<const std::string> others) const = 0;
};

// In registry.cc.
const Transfers& transfers_of(const Exchange& exchange);

}  // namespace keystile::exchanges
