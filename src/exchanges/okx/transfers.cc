// www.okx.com/docs-v5, funding account: funds-transfer, get-funds-transfer-state (July 2026). An
// accepted transfer is not yet a done one: the state alone says that.
#include "exchanges/transfers.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "exchanges/okx/okx.h"
#include "exchanges/transfer_rows.h"
#include "exchanges/withdrawal_rows.h"

namespace keystile::exchanges::okx {
namespace {

constexpr std::string_view kAskPath = "/api/v5/asset/transfer";
constexpr std::string_view kStatePath = "/api/v5/asset/transfer-state";
constexpr std::string_view kMaster = "master";  // as an intent calls it

constexpr std::array<TransferWord, 3> kStates{{{TransferState::kPending, "pending"},
                                               {TransferState::kDone, "success"},
                                               {TransferState::kFailed, "failed"}}};

std::string_view code_of(std::string_view wallet) { return wallet == "funding" ? "6" : "18"; }
std::string_view wallet_of(std::string_view code) { return code == "6" ? "funding" : "trading"; }

// By which `type` it is asked for; 4 (from one sub-account to another) is not told from 1 by what
// moves, and so is never sent.
std::string_view type_of(const Transfer& transfer) {
  if (!transfer.from_account.empty()) return "2";
  if (transfer.to_account == kMaster) return "3";
  return transfer.to_account.empty() ? "0" : "1";
}

std::string sub_account_of(const Transfer& transfer) {
  if (!transfer.from_account.empty()) return transfer.from_account;
  return transfer.to_account == kMaster ? "" : transfer.to_account;
}

HttpResponse answer(json::Value row) {
  return {200,
          {{"Content-Type", "application/json"}},
          json::dump(
              json::object({{"code", "0"}, {"data", json::Array{std::move(row)}}, {"msg", ""}}))};
}

json::Value row_of(const ProposedTransfer& proposed) {
  const Transfer& asked = proposed.asked;
  return json::object({{"transId", std::to_string(proposed.id)},
                       {"ccy", asked.asset},
                       {"clientId", asked.client_id},
                       {"from", std::string(code_of(asked.from))},
                       {"amt", asked.amount},
                       {"to", std::string(code_of(asked.to))}});
}

json::Value state_row_of(const ProposedTransfer& proposed) {
  json::Value row = row_of(proposed);
  row.set("instId", "");
  row.set("state", std::string(word_of(kStates, proposed.state)));
  row.set("subAcct", sub_account_of(proposed.asked));
  row.set("toInstId", "");
  row.set("type", std::string(type_of(proposed.asked)));
  return row;
}

// The rows of a good answer; nothing for any other.
json::Array* rows_of(json::Value* body) {
  if (!body->if_object() || body->text("code") != "0") return nullptr;
  for (json::Member& member : *body->if_object()) {
    if (member.name == "data") return member.value.if_array();
  }
  return nullptr;
}

Result<Transfer> transfer_of(const json::Value& row) {
  Transfer transfer;
  transfer.asset = row.text("ccy");
  KS_TRY(transfer.amount, Decimal::parse(row.text("amt")));
  transfer.from = wallet_of(row.text("from"));
  transfer.to = wallet_of(row.text("to"));
  return transfer;
}

// A row tells the accounts only by type and name, as the key that asks sees them; of type 3 it may
// name the sub-account that the key is of, which we do not know.
bool has_accounts(const json::Value& row, const Transfer& transfer) {
  const std::string sub_account = sub_account_of(transfer);
  return row.text("type") == type_of(transfer) &&
         (sub_account.empty() || row.text("subAcct") == sub_account);
}

Transfer without_accounts(Transfer transfer) {
  transfer.from_account.clear();
  transfer.to_account.clear();
  return transfer;
}

class OkxTransfers final : public Transfers {
 public:
  std::optional<TransferCall> call_of(const Route& route) const override {
    if (route.method == "POST" && route.path == kAskPath) return TransferCall::kAsk;
    if (route.method == "GET" && route.path == kStatePath) return TransferCall::kHistory;
    return std::nullopt;
  }

  Status check_can_wait(const HttpRequest& request, const Transfer& asked) const override {
    const auto body = json::parse(request.body);
    const std::string type(body ? body->text("type") : "");
    if ((type.empty() ? "0" : type) == type_of(asked)) return {};
    return cannot_wait(
        "a transfer of type 4, or of a sub-account that is called master, cannot wait for them: "
        "it could not be told from another when it is sent");
  }

  HttpResponse asked_answer(const ProposedTransfer& proposed, WallTime) const override {
    return answer(row_of(proposed));
  }

  Result<TransferQuestion> read_question(const HttpRequest& request,
                                         std::span<const ProposedTransfer> known) const override {
    KS_TRY(QuestionReader reader, QuestionReader::make(request));
    const std::string_view id = reader.text("transId"), own_id = reader.text("clientId");
    const auto asked_for = std::find_if(known.begin(), known.end(), [&](const auto& each) {
      return id.empty() ? !own_id.empty() && own_id == each.asked.client_id
                        : id == std::to_string(each.id);
    });
    TransferQuestion question;
    question.known.assign(known.begin(), known.end());
    if (asked_for == known.end()) {
      question.upstream = request;
    } else {  // what became of it is known here
      question.shown = {*asked_for};
    }
    return question;
  }

  HttpResponse history_answer(const TransferQuestion& question, const HttpResponse* upstream,
                              WallTime) const override {
    if (!upstream) return answer(state_row_of(question.shown.front()));
    auto body = json::parse(upstream->body);
    json::Array* rows = upstream->status == 200 && body ? rows_of(&*body) : nullptr;
    if (!rows) return *upstream;
    for (json::Value& row : *rows) {
      const auto* ours =
          row.if_object() ? find_by_exchange_id(question.known, row.text("transId")) : nullptr;
      if (!ours) continue;
      put(&row, "transId", std::to_string(ours->id));
      put(&row, "clientId", ours->asked.client_id);
    }
    return with_body(*upstream, *body);
  }

  Result<HttpRequest> request(const Transfer& facts, uint64_t id) const override {
    if (!facts.from_account.empty() && !facts.to_account.empty()) {
      return cannot_wait("one from a sub-account to another has no id to be found by");
    }
    json::Value body = json::object({{"ccy", facts.asset},
                                     {"amt", facts.amount},
                                     {"from", std::string(code_of(facts.from))},
                                     {"to", std::string(code_of(facts.to))},
                                     {"type", std::string(type_of(facts))},
                                     {"clientId", sent_as(facts, id)}});
    const std::string sub_account = sub_account_of(facts);
    if (!sub_account.empty()) body.set("subAcct", sub_account);
    HttpRequest request = request_to("POST", kAskPath);
    request.headers = {{"Content-Type", "application/json"}};
    request.body = json::dump(body);
    return request;
  }

  std::string sent_as(const Transfer&, uint64_t id) const override { return executor_id(id); }

  std::optional<FoundTransfer> sent(const HttpResponse&) const override { return std::nullopt; }

  HttpRequest history_request(const SentTransfer& sent, WallTime) const override {
    return request_to("GET", std::string(kStatePath) + "?clientId=" + executor_id(sent.id) +
                                 "&type=" + std::string(type_of(sent.facts)));
  }

  // OKX answers with an error where it knows none by that id; so an error is not believed to mean
  // more than that it may be asked again.
  Result<FoundTransfer> find(const SentTransfer& sent, const HttpResponse& response,
                             std::span<const std::string>) const override {
    auto body = json::parse(response.body);
    const json::Array* rows = body ? rows_of(&*body) : nullptr;
    if (response.status != 200 || !rows) {
      return fail("upstream.answer", "OKX does not show it", ErrorClass::kRetryable);
    }
    for (const json::Value& row : *rows) {
      if (row.text("clientId") != executor_id(sent.id)) continue;
      KS_TRY(const Transfer there, transfer_of(row));
      if (!moves_the_same(there, without_accounts(sent.facts)) || !has_accounts(row, sent.facts)) {
        return other_transfer();
      }
      return FoundTransfer{state_of(kStates, row.text("state")), std::string(row.text("transId"))};
    }
    return absent_transfer();
  }
};

}  // namespace

const Transfers& transfers() {
  static const OkxTransfers instance;
  return instance;
}

}  // namespace keystile::exchanges::okx
