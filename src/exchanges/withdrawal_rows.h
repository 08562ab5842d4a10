// What the exchanges' answers about withdrawals have in common.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exchanges/params.h"
#include "exchanges/withdrawals.h"

namespace keystile::exchanges {

// The parameters of a history question. Each stands once.
class QuestionReader {
 public:
  static Result<QuestionReader> make(const HttpRequest& request);

  // Empty where it is absent.
  std::string_view text(std::string_view name) const;
  // A whole number; nothing where it is absent or empty. "parameter.value".
  Result<std::optional<uint64_t>> number(std::string_view name) const;

  // Changes what goes on to the exchange.
  void set(std::string_view name, std::string value);
  HttpRequest request() const;

 private:
  HttpRequest request_;
  std::vector<Param> params_;
};

// What a question's filters leave. An empty text or no number: any.
struct WithdrawalFilter {
  std::string_view asset = {}, client_id = {};
  std::optional<uint64_t> id = {};
  std::optional<uint64_t> from_ms = {}, to_ms = {};  // created, both included
};
bool passes(const WithdrawalFilter& filter, const ProposedWithdrawal& proposed);

// One that no row of the exchange stands for: it was not sent, or is not to be seen there yet.
bool stands_alone(const ProposedWithdrawal& proposed);

// The proposal that a program means by an id of the exchange's; null: none of them.
const ProposedWithdrawal* find_by_id(std::span<const ProposedWithdrawal> known,
                                     std::string_view id);
// The same by the program's own id.
const ProposedWithdrawal* find_by_client_id(std::span<const ProposedWithdrawal> known,
                                            std::string_view client_id);
// The proposal that a row of the exchange stands for, by the two ids that the row has.
const ProposedWithdrawal* find_sent_as(std::span<const ProposedWithdrawal> known,
                                       std::string_view exchange_id, std::string_view own_id);

// Replaces a member of an object, or adds it; the second removes it where the text is empty.
void put(json::Value* object, std::string_view name, json::Value value);
void put_or_drop(json::Value* object, std::string_view name, const std::string& text);

// The exchange's answer with another body.
HttpResponse with_body(const HttpResponse& answer, const json::Value& body);

// Rows under their time as the exchange writes it, so that texts compare as times do.
struct TimedRow {
  std::string time;
  json::Value row;
};
json::Array newest_first(std::vector<TimedRow> rows);
// The same, then cut as the question says.
json::Array merge_rows(std::vector<TimedRow> rows, const HistoryQuestion& question);

// "network.missing", "withdrawal.internal"
Status check_sendable(const Withdrawal& facts);
// The members of facts.receiver, added to a request's body. "withdrawal.receiver".
Status add_receiver(const Withdrawal& facts, json::Value* body);

}  // namespace keystile::exchanges
