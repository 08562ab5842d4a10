// www.okx.com/docs-v5, funding account: withdrawal, cancel-withdrawal, withdrawal-history (July
// 2026).
#include "exchanges/withdrawals.h"

#include <algorithm>
#include <array>

#include "exchanges/okx/okx.h"
#include "exchanges/withdrawal_rows.h"

namespace keystile::exchanges::okx {
namespace {

constexpr std::string_view kAskPath = "/api/v5/asset/withdrawal";
constexpr std::string_view kHistoryPath = "/api/v5/asset/withdrawal-history";
constexpr std::string_view kCancelPath = "/api/v5/asset/cancel-withdrawal";
constexpr size_t kPage = 100;

// The first of a stage is what Keystile writes itself: 4 is OKX's own wait for a person, 7 comes
// after it.
struct StateCode {
  WithdrawalStage stage;
  std::string_view code;
};
constexpr std::array<StateCode, 18> kStates{{
    {WithdrawalStage::kWaiting, "4"},
    {WithdrawalStage::kWaiting, "5"},
    {WithdrawalStage::kWaiting, "6"},
    {WithdrawalStage::kWaiting, "8"},
    {WithdrawalStage::kWaiting, "9"},
    {WithdrawalStage::kWaiting, "12"},
    {WithdrawalStage::kWaiting, "0"},
    {WithdrawalStage::kWaiting, "10"},
    {WithdrawalStage::kWaiting, "17"},
    {WithdrawalStage::kWaiting, "19"},
    {WithdrawalStage::kSending, "7"},
    {WithdrawalStage::kSending, "1"},
    {WithdrawalStage::kSending, "15"},
    {WithdrawalStage::kSending, "16"},
    {WithdrawalStage::kSending, "-3"},
    {WithdrawalStage::kDone, "2"},
    {WithdrawalStage::kFailed, "-1"},
    {WithdrawalStage::kCancelled, "-2"},
}};

std::string_view state_of(WithdrawalStage stage) {
  // OKX has no word for a refusal by people.
  if (stage == WithdrawalStage::kRejected) return "-2";
  for (const auto& [known, code] : kStates) {
    if (known == stage) return code;
  }
  return "7";
}

WithdrawalStage stage_of(std::string_view state) {
  for (const auto& [stage, code] : kStates) {
    if (code == state) return stage;
  }
  return WithdrawalStage::kUnknown;
}

std::string ms_text(WallTime time) { return std::to_string(epoch_ms(time)); }

json::Value envelope(json::Array data) {
  return json::object({{"code", "0"}, {"data", std::move(data)}, {"msg", ""}});
}
HttpResponse answer(const json::Value& body) {
  return {200, {{"Content-Type", "application/json"}}, json::dump(body)};
}

TimedRow row_of(const ProposedWithdrawal& proposed) {
  const Withdrawal& asked = proposed.asked;
  json::Value row = json::object({{"note", ""},
                                  {"chain", asked.network},
                                  {"fee", "0"},
                                  {"feeCcy", asked.asset},
                                  {"ccy", asked.asset},
                                  {"clientId", asked.client_id},
                                  {"toAddrType", "1"},
                                  {"amt", asked.amount},
                                  {"txId", ""},
                                  {"from", ""},
                                  {"areaCodeFrom", ""},
                                  {"to", asked.address},
                                  {"areaCodeTo", ""},
                                  {"state", std::string(state_of(proposed.stage))},
                                  {"ts", ms_text(proposed.created)},
                                  {"nonTradableAsset", false},
                                  {"wdId", std::to_string(proposed.id)}});
  if (!asked.tag.empty()) row.set("tag", asked.tag);
  return {ms_text(proposed.created), std::move(row)};
}

// The rows of a good answer; nothing for any other.
json::Array* rows_of(json::Value* body) {
  if (body->text("code") != "0") return nullptr;
  for (json::Member& member : *body->if_object()) {
    if (member.name == "data") return member.value.if_array();
  }
  return nullptr;
}

std::string tag_of(const json::Value& row) {
  for (const std::string_view name : {"tag", "memo", "pmtId"}) {
    if (!row.text(name).empty()) return std::string(row.text(name));
  }
  return {};
}

class OkxWithdrawals final : public Withdrawals {
 public:
  std::optional<WithdrawalCall> call_of(const Route& route) const override {
    if (route.method == "POST" && route.path == kAskPath) return WithdrawalCall::kAsk;
    if (route.method == "POST" && route.path == kCancelPath) return WithdrawalCall::kCancel;
    if (route.method == "GET" && route.path == kHistoryPath) return WithdrawalCall::kHistory;
    return std::nullopt;
  }

  HttpResponse asked_answer(const ProposedWithdrawal& proposed, WallTime) const override {
    const Withdrawal& asked = proposed.asked;
    return answer(envelope({json::object({{"amt", asked.amount},
                                          {"wdId", std::to_string(proposed.id)},
                                          {"ccy", asked.asset},
                                          {"clientId", asked.client_id},
                                          {"chain", asked.network}})}));
  }

  Result<HistoryQuestion> read_question(const HttpRequest& request,
                                        std::span<const ProposedWithdrawal> known) const override {
    KS_TRY(QuestionReader reader, QuestionReader::make(request));
    HistoryQuestion question;
    question.known.assign(known.begin(), known.end());
    WithdrawalFilter filter{.asset = reader.text("ccy"), .client_id = reader.text("clientId")};
    KS_TRY(filter.id, reader.number("wdId"));
    KS_TRY(const auto before, reader.number("before"));  // newer than
    KS_TRY(const auto after, reader.number("after"));    // older than
    KS_TRY(const auto limit, reader.number("limit"));
    if (before) filter.from_ms = *before + 1;
    if (after) filter.to_ms = std::max<uint64_t>(*after, 1) - 1;
    const std::string_view state = reader.text("state");
    // None of ours has a transaction yet, goes to a customer of OKX, or to anything but an address.
    const bool ours_fit = reader.text("txId").empty() && reader.text("type") != "3" &&
                          reader.text("toAddrType") != "2";
    for (const ProposedWithdrawal& each : known) {
      if (ours_fit && stands_alone(each) && passes(filter, each) &&
          (state.empty() || state == state_of(each.stage))) {
        question.shown.push_back(each);
      }
    }
    question.limit = limit && *limit < kPage ? static_cast<size_t>(*limit) : kPage;
    question.upstream = upstream_of(std::move(reader), known);
    return question;
  }

  // Pages go by time, so that what is cut off here is on the next.
  HttpResponse history_answer(const HistoryQuestion& question, const HttpResponse* upstream,
                              WallTime) const override {
    json::Value body = envelope({});
    if (upstream) {
      auto parsed = json::parse(upstream->body, {.bytes = 16 << 20});
      if (upstream->status != 200 || !parsed || !parsed->if_object() || !rows_of(&*parsed)) {
        return *upstream;
      }
      body = std::move(*parsed);
    }
    json::Array* rows = rows_of(&body);
    std::vector<ProposedWithdrawal> shown = question.shown;
    std::vector<TimedRow> merged;
    for (json::Value& row : *rows) {
      if (const auto* ours = find_sent_as(question.known, row.text("wdId"), row.text("clientId"))) {
        std::erase_if(shown, [&](const ProposedWithdrawal& each) { return each.id == ours->id; });
        put(&row, "wdId", std::to_string(ours->id));
        put(&row, "clientId", ours->asked.client_id);
      }
      std::string time(row.text("ts"));
      merged.push_back({std::move(time), std::move(row)});
    }
    for (const ProposedWithdrawal& each : shown) merged.push_back(row_of(each));
    *rows = merge_rows(std::move(merged), question);
    return upstream ? with_body(*upstream, body) : answer(body);
  }

  Result<std::string> read_cancel(const HttpRequest& request) const override {
    KS_TRY(const json::Value body, json::parse(request.body));
    KS_TRY(ParamReader params, ParamReader::from_json(body));
    KS_TRY(const std::string_view id, params.require("wdId"));
    return std::string(id);
  }

  HttpResponse cancelled_answer(uint64_t id, WallTime) const override {
    return answer(envelope({json::object({{"wdId", std::to_string(id)}})}));
  }

  Result<HttpRequest> request(const Withdrawal& facts, uint64_t id, WallTime) const override {
    KS_CHECK(check_sendable(facts));
    const std::string receiver =
        facts.tag.empty() ? facts.address : facts.address + ":" + facts.tag;
    json::Value body = json::object({{"ccy", facts.asset},
                                     {"amt", facts.amount},
                                     {"dest", "4"},
                                     {"toAddr", receiver},
                                     {"chain", facts.network},
                                     {"clientId", std::to_string(id)}});
    KS_CHECK(add_receiver(facts, &body));
    HttpRequest request = request_to("POST", kAskPath);
    request.headers = {{"Content-Type", "application/json"}};
    request.body = json::dump(body);
    return request;
  }

  Result<std::string> sent_id(const HttpResponse& response) const override {
    auto body = json::parse(response.body);
    const json::Array* rows = body && body->if_object() ? rows_of(&*body) : nullptr;
    if (response.status != 200 || !rows || rows->size() != 1 ||
        rows->front().text("wdId").empty()) {
      return fail("upstream.answer", "the answer names no withdrawal", ErrorClass::kOutcomeUnknown);
    }
    return std::string(rows->front().text("wdId"));
  }

  HttpRequest history_request(const SentWithdrawal& sent, WallTime) const override {
    return request_to("GET", std::string(kHistoryPath) + "?clientId=" + std::to_string(sent.id));
  }

  Result<WithdrawalHistory> read_history(const HttpResponse& response) const override {
    auto body = json::parse(response.body, {.bytes = 16 << 20});
    const json::Array* rows = body && body->if_object() ? rows_of(&*body) : nullptr;
    if (response.status != 200 || !rows) {
      return fail("upstream.answer", "the answer is no list of withdrawals",
                  ErrorClass::kRetryable);
    }
    WithdrawalHistory history;
    for (const json::Value& row : *rows) {
      WithdrawalRecord record;
      record.exchange_id = row.text("wdId");
      record.own_id = row.text("clientId");
      record.asset = row.text("ccy");
      record.network = row.text("chain");
      record.address = row.text("to");
      record.tag = tag_of(row);
      KS_TRY(record.amount, Decimal::parse(row.text("amt")));
      record.fee = Decimal::parse(row.text("fee")).value_or(Decimal());
      record.transaction = row.text("txId");
      record.created = row.text("ts");
      record.stage = stage_of(row.text("state"));
      history.records.push_back(std::move(record));
    }
    history.complete = history.records.size() < kPage;
    return history;
  }

  std::string created_text(WallTime time) const override { return ms_text(time); }

 private:
  static std::optional<HttpRequest> upstream_of(QuestionReader reader,
                                                std::span<const ProposedWithdrawal> known) {
    if (const auto* ours = find_by_id(known, reader.text("wdId"))) {
      if (ours->exchange_id.empty()) return std::nullopt;
      reader.set("wdId", ours->exchange_id);
    }
    if (const auto* ours = find_by_client_id(known, reader.text("clientId"))) {
      if (ours->stage == WithdrawalStage::kWaiting || ours->stage == WithdrawalStage::kRejected) {
        return std::nullopt;
      }
      reader.set("clientId", std::to_string(ours->id));
    }
    return reader.request();
  }
};

}  // namespace

const Withdrawals& withdrawals() {
  static const OkxWithdrawals instance;
  return instance;
}

}  // namespace keystile::exchanges::okx
