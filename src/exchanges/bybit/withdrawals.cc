// bybit-exchange.github.io/docs/v5/asset/withdraw: withdraw, cancel-withdraw, withdraw-record (July
// 2026). A row of the history does not show the requestId.
#include "exchanges/withdrawals.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "exchanges/bybit/bybit.h"
#include "exchanges/bybit/protocol.h"
#include "exchanges/withdrawal_rows.h"

namespace keystile::exchanges::bybit {
namespace {

constexpr std::string_view kAskPath = "/v5/asset/withdraw/create";
constexpr std::string_view kHistoryPath = "/v5/asset/withdraw/query-record";
constexpr std::string_view kCancelPath = "/v5/asset/withdraw/cancel";
constexpr size_t kPage = 50;
// Where to look for one whose answer was lost: round the time at which it was sent.
constexpr Millis kLookBack = std::chrono::hours(1), kLookAhead = std::chrono::hours(24);

// The first of a stage is what Keystile writes itself.
struct StatusText {
  WithdrawalStage stage;
  std::string_view text;
};
constexpr std::array<StatusText, 8> kStatuses{
    {{WithdrawalStage::kWaiting, "SecurityCheck"},
     {WithdrawalStage::kWaiting, "MoreInformationRequired"},
     {WithdrawalStage::kSending, "Pending"},
     {WithdrawalStage::kSending, "BlockchainConfirmed"},
     {WithdrawalStage::kDone, "success"},
     {WithdrawalStage::kCancelled, "CancelByUser"},
     {WithdrawalStage::kRejected, "Reject"},
     {WithdrawalStage::kFailed, "Fail"}}};

std::string_view status_of(WithdrawalStage stage) {
  for (const auto& [known, text] : kStatuses) {
    if (known == stage) return text;
  }
  return "Pending";
}

WithdrawalStage stage_of(std::string_view status) {
  for (const auto& [stage, text] : kStatuses) {
    if (text == status) return stage;
  }
  return WithdrawalStage::kUnknown;
}

std::string ms_text(WallTime time) { return std::to_string(epoch_ms(time)); }

TimedRow row_of(const ProposedWithdrawal& proposed) {
  const Withdrawal& asked = proposed.asked;
  return {ms_text(proposed.created),
          json::object({{"coin", asked.asset},
                        {"chain", asked.network},
                        {"amount", asked.amount},
                        {"txID", ""},
                        {"status", std::string(status_of(proposed.stage))},
                        {"toAddress", asked.address},
                        {"tag", asked.tag},
                        {"withdrawFee", "0"},
                        {"createTime", ms_text(proposed.created)},
                        {"updateTime", ms_text(proposed.updated)},
                        {"withdrawId", std::to_string(proposed.id)},
                        {"withdrawType", 0},
                        {"fee", ""},
                        {"tax", ""},
                        {"taxRate", ""},
                        {"taxType", ""}})};
}

// {"result": {"rows": […]}} of a good answer; nothing for any other.
json::Array* rows_of(json::Value* body) {
  if (!body->if_object() || body->text("retCode") != "0") return nullptr;
  for (json::Member& member : *body->if_object()) {
    if (member.name != "result" || !member.value.if_object()) continue;
    for (json::Member& inner : *member.value.if_object()) {
      if (inner.name == "rows") return inner.value.if_array();
    }
  }
  return nullptr;
}

class BybitWithdrawals final : public Withdrawals {
 public:
  std::optional<WithdrawalCall> call_of(const Route& route) const override {
    if (route.method == "POST" && route.path == kAskPath) return WithdrawalCall::kAsk;
    if (route.method == "POST" && route.path == kCancelPath) return WithdrawalCall::kCancel;
    if (route.method == "GET" && route.path == kHistoryPath) return WithdrawalCall::kHistory;
    return std::nullopt;
  }

  HttpResponse asked_answer(const ProposedWithdrawal& proposed, WallTime now) const override {
    return envelope(0, "success", json::object({{"id", std::to_string(proposed.id)}}),
                    json::object({}), now);
  }

  Result<HistoryQuestion> read_question(const HttpRequest& request,
                                        std::span<const ProposedWithdrawal> known) const override {
    KS_TRY(QuestionReader reader, QuestionReader::make(request));
    HistoryQuestion question;
    question.known.assign(known.begin(), known.end());
    WithdrawalFilter filter{.asset = reader.text("coin")};
    KS_TRY(filter.id, reader.number("withdrawID"));
    KS_TRY(filter.from_ms, reader.number("startTime"));
    KS_TRY(filter.to_ms, reader.number("endTime"));
    KS_TRY(const auto limit, reader.number("limit"));
    // None of ours has a transaction yet or is internal. All stand on the first page: a cursor
    // counts only the exchange's rows.
    const bool ours_fit = reader.text("txID").empty() && reader.text("withdrawType") != "1" &&
                          reader.text("cursor").empty();
    for (const ProposedWithdrawal& each : known) {
      if (ours_fit && stands_alone(each) && passes(filter, each)) question.shown.push_back(each);
    }
    // The exchange is asked for fewer, so that with ours there are no more than were asked for.
    if (limit && *limit > 0) {
      const uint64_t ours = std::min<uint64_t>(question.shown.size(), *limit - 1);
      reader.set("limit", std::to_string(*limit - ours));
    }
    question.upstream = upstream_of(std::move(reader), known);
    return question;
  }

  HttpResponse history_answer(const HistoryQuestion& question, const HttpResponse* upstream,
                              WallTime now) const override {
    HttpResponse out =
        envelope(0, "success", json::object({{"rows", json::Array{}}, {"nextPageCursor", ""}}),
                 json::object({}), now);
    if (upstream) out = *upstream;
    auto body = json::parse(out.body, {.bytes = 16 << 20});
    json::Array* rows = out.status == 200 && body ? rows_of(&*body) : nullptr;
    if (!rows) return out;
    std::vector<ProposedWithdrawal> shown = question.shown;
    std::vector<TimedRow> merged;
    for (json::Value& row : *rows) {
      if (const auto* ours = find_sent_as(question.known, row.text("withdrawId"), {})) {
        std::erase_if(shown, [&](const ProposedWithdrawal& each) { return each.id == ours->id; });
        put(&row, "withdrawId", std::to_string(ours->id));
      }
      std::string time(row.text("createTime"));
      merged.push_back({std::move(time), std::move(row)});
    }
    for (const ProposedWithdrawal& each : shown) merged.push_back(row_of(each));
    *rows = merge_rows(std::move(merged), question);
    return with_body(out, *body);
  }

  Result<std::string> read_cancel(const HttpRequest& request) const override {
    KS_TRY(const json::Value body, json::parse(request.body));
    KS_TRY(ParamReader params, ParamReader::from_json(body));
    KS_TRY(const std::string_view id, params.require("id"));
    return std::string(id);
  }

  HttpResponse cancelled_answer(uint64_t, WallTime now) const override {
    return envelope(0, "success", json::object({{"status", 1}}), json::object({}), now);
  }

  Result<HttpRequest> request(const Withdrawal& facts, uint64_t id, WallTime now) const override {
    KS_CHECK(check_sendable(facts));
    json::Value body = json::object({{"coin", facts.asset},
                                     {"chain", facts.network},
                                     {"address", facts.address},
                                     {"amount", facts.amount},
                                     {"timestamp", epoch_ms(now)},
                                     {"forceChain", facts.on_chain_only ? 1 : 0},
                                     {"accountType", facts.wallet.empty() ? "FUND" : facts.wallet},
                                     {"feeType", facts.fee_included ? 1 : 0},
                                     {"requestId", std::to_string(id)}});
    if (!facts.tag.empty()) body.set("tag", facts.tag);
    KS_CHECK(add_receiver(facts, &body));
    HttpRequest request = request_to("POST", kAskPath);
    request.headers = {{"Content-Type", "application/json"}};
    request.body = json::dump(body);
    return request;
  }

  Result<std::string> sent_id(const HttpResponse& response) const override {
    const auto result = result_of(response);
    const std::string id(result ? result->text("id") : "");
    if (response.status != 200 || id.empty()) {
      return fail("upstream.answer", "the answer names no withdrawal", ErrorClass::kOutcomeUnknown);
    }
    return id;
  }

  HttpRequest history_request(const SentWithdrawal& sent, WallTime now) const override {
    std::string target = std::string(kHistoryPath) + "?coin=" + percent_encode(sent.facts.asset);
    if (!sent.exchange_id.empty()) {
      target += "&withdrawID=" + percent_encode(sent.exchange_id);
    }
    target += "&withdrawType=2&startTime=" + ms_text(sent.sent_at - kLookBack) +
              "&endTime=" + ms_text(std::min(now, sent.sent_at + kLookAhead)) + "&limit=50";
    return request_to("GET", target);
  }

  Result<WithdrawalHistory> read_history(const HttpResponse& response) const override {
    auto body = json::parse(response.body, {.bytes = 16 << 20});
    const json::Array* rows = body ? rows_of(&*body) : nullptr;
    if (response.status != 200 || !rows) {
      return fail("upstream.answer", "the answer is no list of withdrawals",
                  ErrorClass::kRetryable);
    }
    WithdrawalHistory history;
    for (const json::Value& row : *rows) {
      WithdrawalRecord record;
      record.exchange_id = row.text("withdrawId");
      record.asset = row.text("coin");
      record.network = row.text("chain");
      record.address = row.text("toAddress");
      record.tag = row.text("tag");
      KS_TRY(record.amount, Decimal::parse(row.text("amount")));
      record.fee = Decimal::parse(row.text("withdrawFee")).value_or(Decimal());
      record.transaction = row.text("txID");
      record.created = row.text("createTime");
      record.stage = stage_of(row.text("status"));
      history.records.push_back(std::move(record));
    }
    const json::Value* result = body->find("result");
    history.complete = history.records.size() < kPage || result->text("nextPageCursor").empty();
    return history;
  }

  std::string created_text(WallTime time) const override { return ms_text(time); }

 private:
  static std::optional<HttpRequest> upstream_of(QuestionReader reader,
                                                std::span<const ProposedWithdrawal> known) {
    if (const auto* ours = find_by_id(known, reader.text("withdrawID"))) {
      if (ours->exchange_id.empty()) return std::nullopt;
      reader.set("withdrawID", ours->exchange_id);
    }
    return reader.request();
  }
};

}  // namespace

const Withdrawals& withdrawals() {
  static const BybitWithdrawals instance;
  return instance;
}

}  // namespace keystile::exchanges::bybit
