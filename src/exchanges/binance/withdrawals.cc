// developers.binance.com, wallet: capital/withdraw/apply and capital/withdraw/history (July 2026).
// There is no call that cancels a withdrawal.
#include "exchanges/withdrawals.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "exchanges/binance/binance.h"
#include "exchanges/withdrawal_rows.h"

namespace keystile::exchanges::binance {
namespace {

constexpr std::string_view kApplyPath = "/sapi/v1/capital/withdraw/apply";
constexpr std::string_view kHistoryPath = "/sapi/v1/capital/withdraw/history";
constexpr size_t kPage = 1000;
// With withdrawOrderId the exchange looks at no more than seven days.
constexpr Millis kLookBack = std::chrono::hours(1);
constexpr Millis kLookAt = std::chrono::hours(7 * 24) - Millis(1);

// The first of a stage is what Keystile writes itself. 1 and 5 stand in older versions of the
// document; clients know them.
struct StatusCode {
  WithdrawalStage stage;
  std::string_view code;
};
constexpr std::array<StatusCode, 7> kStatuses{{{WithdrawalStage::kWaiting, "2"},
                                               {WithdrawalStage::kWaiting, "0"},
                                               {WithdrawalStage::kSending, "4"},
                                               {WithdrawalStage::kDone, "6"},
                                               {WithdrawalStage::kCancelled, "1"},
                                               {WithdrawalStage::kRejected, "3"},
                                               {WithdrawalStage::kFailed, "5"}}};

std::string_view status_of(WithdrawalStage stage) {
  for (const auto& [known, code] : kStatuses) {
    if (known == stage) return code;
  }
  return "4";
}

WithdrawalStage stage_of(std::string_view status) {
  for (const auto& [stage, code] : kStatuses) {
    if (code == status) return stage;
  }
  return WithdrawalStage::kUnknown;
}

// "2019-10-12 11:12:02", UTC.
std::string time_text(WallTime time) {
  std::string text = iso8601(time).substr(0, 19);
  text[10] = ' ';
  return text;
}

HttpResponse answer(const json::Value& body) {
  return {200, {{"Content-Type", "application/json;charset=UTF-8"}}, json::dump(body)};
}

std::string query_of(std::initializer_list<std::pair<std::string_view, std::string>> params) {
  std::string query;
  for (const auto& [name, value] : params) {
    if (value.empty()) continue;
    if (!query.empty()) query += '&';
    query += std::string(name) + "=" + percent_encode(value);
  }
  return query;
}

TimedRow row_of(const ProposedWithdrawal& proposed) {
  const Withdrawal& asked = proposed.asked;
  json::Value row = json::object({{"id", std::to_string(proposed.id)},
                                  {"amount", asked.amount},
                                  {"transactionFee", "0"},
                                  {"coin", asked.asset},
                                  {"status", json::Number{std::string(status_of(proposed.stage))}},
                                  {"address", asked.address},
                                  {"addressTag", asked.tag},
                                  {"txId", ""},
                                  {"applyTime", time_text(proposed.created)},
                                  {"network", asked.network},
                                  {"transferType", 0},
                                  {"info", ""},
                                  {"confirmNo", 0},
                                  {"walletType", asked.wallet == "1" ? 1 : 0},
                                  {"txKey", ""}});
  if (!asked.client_id.empty()) row.set("withdrawOrderId", asked.client_id);
  return {time_text(proposed.created), std::move(row)};
}

// idList: ids with commas between. What waits for people is not known to the exchange.
std::string upstream_ids(std::string_view list, std::span<const ProposedWithdrawal> known) {
  std::string ids;
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    std::string_view id = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    if (const ProposedWithdrawal* ours = find_by_id(known, id)) id = ours->exchange_id;
    if (!id.empty()) ids += (ids.empty() ? "" : ",") + std::string(id);
  }
  return ids;
}

bool lists(std::string_view list, uint64_t id) {
  return ("," + std::string(list) + ",").find("," + std::to_string(id) + ",") != std::string::npos;
}

class BinanceWithdrawals final : public Withdrawals {
 public:
  std::optional<WithdrawalCall> call_of(const Route& route) const override {
    if (route.method == "POST" && route.path == kApplyPath) return WithdrawalCall::kAsk;
    if (route.method == "GET" && route.path == kHistoryPath) return WithdrawalCall::kHistory;
    return std::nullopt;
  }

  HttpResponse asked_answer(const ProposedWithdrawal& proposed, WallTime) const override {
    return answer(json::object({{"id", std::to_string(proposed.id)}}));
  }

  Result<HistoryQuestion> read_question(const HttpRequest& request,
                                        std::span<const ProposedWithdrawal> known) const override {
    KS_TRY(QuestionReader reader, QuestionReader::make(request));
    HistoryQuestion question;
    question.known.assign(known.begin(), known.end());
    WithdrawalFilter filter{.asset = reader.text("coin"),
                            .client_id = reader.text("withdrawOrderId")};
    KS_TRY(filter.from_ms, reader.number("startTime"));
    KS_TRY(filter.to_ms, reader.number("endTime"));
    KS_TRY(const auto offset, reader.number("offset"));
    KS_TRY(const auto limit, reader.number("limit"));
    const std::string_view status = reader.text("status"), ids = reader.text("idList");
    for (const ProposedWithdrawal& each : known) {
      if (stands_alone(each) && passes(filter, each) &&
          (status.empty() || status == status_of(each.stage)) &&
          (ids.empty() || lists(ids, each.id))) {
        question.shown.push_back(each);
      }
    }
    question.limit = limit && *limit < kPage ? static_cast<size_t>(*limit) : kPage;
    // Ours push the exchange's rows towards later pages, so one of its pages must begin earlier.
    const uint64_t wanted = offset.value_or(0);
    const uint64_t from = wanted - std::min<uint64_t>(wanted, question.shown.size());
    question.skip = static_cast<size_t>(wanted - from);
    if (offset) reader.set("offset", std::to_string(from));
    question.upstream = upstream_of(std::move(reader), known);
    return question;
  }

  HttpResponse history_answer(const HistoryQuestion& question, const HttpResponse* upstream,
                              WallTime) const override {
    json::Value rows{json::Array{}};
    if (upstream) {
      auto body = json::parse(upstream->body, {.bytes = 16 << 20});
      if (upstream->status != 200 || !body || !body->if_array()) return *upstream;
      rows = std::move(*body);
    }
    std::vector<ProposedWithdrawal> shown = question.shown;
    std::vector<TimedRow> merged;
    for (json::Value& row : *rows.if_array()) {
      const auto* ours = find_sent_as(question.known, row.text("id"), row.text("withdrawOrderId"));
      if (ours) {
        std::erase_if(shown, [&](const ProposedWithdrawal& each) { return each.id == ours->id; });
        put(&row, "id", std::to_string(ours->id));
        put_or_drop(&row, "withdrawOrderId", ours->asked.client_id);
      }
      std::string time(row.text("applyTime"));
      merged.push_back({std::move(time), std::move(row)});
    }
    for (const ProposedWithdrawal& each : shown) merged.push_back(row_of(each));
    const json::Value body(merge_rows(std::move(merged), question));
    return upstream ? with_body(*upstream, body) : answer(body);
  }

  Result<std::string> read_cancel(const HttpRequest&) const override {
    return fail("route.unknown", "Binance has no call that cancels a withdrawal");
  }
  HttpResponse cancelled_answer(uint64_t, WallTime) const override { return answer({}); }

  Result<HttpRequest> request(const Withdrawal& facts, uint64_t id, WallTime) const override {
    KS_CHECK(check_sendable(facts));
    if (!facts.receiver.empty()) {
      return fail("withdrawal.receiver",
                  "Keystile does not send Binance's withdrawals of local entities (travel rule): "
                  "their questionnaire would have to be kept until people have decided. Withdraw "
                  "on Binance's own pages");
    }
    HttpRequest request;
    request.method = "POST";
    request.path = kApplyPath;
    request.has_query = true;
    request.query = query_of({{"coin", facts.asset},
                              {"network", facts.network},
                              {"address", facts.address},
                              {"addressTag", facts.tag},
                              {"amount", facts.amount.str()},
                              {"withdrawOrderId", std::to_string(id)},
                              {"walletType", facts.wallet}});
    return request;
  }

  Result<std::string> sent_id(const HttpResponse& response) const override {
    const auto body = json::parse(response.body);
    const std::string id(body ? body->text("id") : "");
    if (response.status != 200 || id.empty()) {
      return fail("upstream.answer", "the answer names no withdrawal", ErrorClass::kOutcomeUnknown);
    }
    return id;
  }

  HttpRequest history_request(const SentWithdrawal& sent, WallTime now) const override {
    const WallTime from = sent.sent_at - kLookBack;
    HttpRequest request;
    request.method = "GET";
    request.path = kHistoryPath;
    request.has_query = true;
    request.query =
        query_of({{"coin", sent.facts.asset},
                  {"withdrawOrderId", std::to_string(sent.id)},
                  {"startTime", std::to_string(epoch_ms(from))},
                  {"endTime", std::to_string(epoch_ms(std::min(now, from + kLookAt)))}});
    return request;
  }

  Result<WithdrawalHistory> read_history(const HttpResponse& response) const override {
    const auto body = json::parse(response.body, {.bytes = 16 << 20});
    if (response.status != 200 || !body || !body->if_array()) {
      return fail("upstream.answer", "the answer is no list of withdrawals",
                  ErrorClass::kRetryable);
    }
    WithdrawalHistory history;
    for (const json::Value& row : *body->if_array()) {
      WithdrawalRecord record;
      record.exchange_id = row.text("id");
      record.own_id = row.text("withdrawOrderId");
      record.asset = row.text("coin");
      record.network = row.text("network");
      record.address = row.text("address");
      record.tag = row.text("addressTag");
      KS_TRY(record.amount, Decimal::parse(row.text("amount")));
      record.fee = Decimal::parse(row.text("transactionFee")).value_or(Decimal());
      record.transaction = row.text("txId");
      record.created = row.text("applyTime");
      record.stage = stage_of(row.text("status"));
      history.records.push_back(std::move(record));
    }
    history.complete = history.records.size() < kPage;
    return history;
  }

  std::string created_text(WallTime time) const override { return time_text(time); }

 private:
  // Nothing, if the question names only what the exchange has not heard of.
  static std::optional<HttpRequest> upstream_of(QuestionReader reader,
                                                std::span<const ProposedWithdrawal> known) {
    if (const auto* ours = find_by_client_id(known, reader.text("withdrawOrderId"))) {
      if (ours->stage == WithdrawalStage::kWaiting || ours->stage == WithdrawalStage::kRejected) {
        return std::nullopt;
      }
      reader.set("withdrawOrderId", std::to_string(ours->id));
    }
    if (!reader.text("idList").empty()) {
      std::string ids = upstream_ids(reader.text("idList"), known);
      if (ids.empty()) return std::nullopt;
      reader.set("idList", std::move(ids));
    }
    return reader.request();
  }
};

}  // namespace

const Withdrawals& withdrawals() {
  static const BinanceWithdrawals instance;
  return instance;
}

}  // namespace keystile::exchanges::binance
