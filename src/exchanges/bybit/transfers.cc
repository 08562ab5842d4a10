// bybit-exchange.github.io/docs/v5/asset/transfer: create-inter-transfer, inter-transfer-list,
// unitransfer, unitransfer-list (July 2026). The transferId is a UUID that whoever asks has made,
// and the exchange takes each once: so the program's own id is the transfer's id for ever, here and
// there.
#include "exchanges/transfers.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "exchanges/bybit/bybit.h"
#include "exchanges/bybit/protocol.h"
#include "exchanges/transfer_rows.h"
#include "exchanges/withdrawal_rows.h"

namespace keystile::exchanges::bybit {
namespace {

constexpr std::string_view kInterPath = "/v5/asset/transfer/inter-transfer";
constexpr std::string_view kInterListPath = "/v5/asset/transfer/query-inter-transfer-list";
constexpr std::string_view kUniversalPath = "/v5/asset/transfer/universal-transfer";
constexpr std::string_view kUniversalListPath = "/v5/asset/transfer/query-universal-transfer-list";

constexpr std::array<TransferWord, 4> kStatuses{{{TransferState::kPending, "PENDING"},
                                                 {TransferState::kDone, "SUCCESS"},
                                                 {TransferState::kFailed, "FAILED"},
                                                 {TransferState::kPending, "STATUS_UNKNOWN"}}};

bool is_universal(const Transfer& transfer) { return !transfer.from_account.empty(); }

constexpr std::string_view kUuidForm = "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx";  // as made here

bool is_uuid(std::string_view text) {
  return text.size() == kUuidForm.size() &&
         std::equal(text.begin(), text.end(), kUuidForm.begin(), [](unsigned char c, char form) {
           return form == '-' ? c == '-' : std::isxdigit(c) != 0;
         });
}

TimedRow row_of(const ProposedTransfer& proposed) {
  const Transfer& asked = proposed.asked;
  const std::string time = std::to_string(epoch_ms(proposed.created));
  json::Value row = json::object({{"transferId", asked.client_id},
                                  {"coin", asked.asset},
                                  {"amount", asked.amount},
                                  {"fromAccountType", asked.from},
                                  {"toAccountType", asked.to},
                                  {"timestamp", time},
                                  {"status", std::string(word_of(kStatuses, proposed.state))}});
  if (is_universal(asked)) {
    row.set("fromMemberId", asked.from_account);
    row.set("toMemberId", asked.to_account);
  }
  return {time, std::move(row)};
}

// An older one of that id is not what was sent now: Bybit has refused that. The gate lets no id
// pass that a program has used within a week, so no clock needs to be right.
bool could_be_of(const json::Value& row, WallTime sent_at) {
  constexpr Millis kLookBack = std::chrono::hours(24);
  const auto time = parse_uint64(row.text("timestamp"));
  return time && *time >= static_cast<uint64_t>(epoch_ms(sent_at - kLookBack));
}

// {"result": {"list": […]}} of a good answer; nothing for any other.
json::Array* list_of(json::Value* body) {
  if (!body->if_object() || body->text("retCode") != "0") return nullptr;
  for (json::Member& member : *body->if_object()) {
    if (member.name != "result" || !member.value.if_object()) continue;
    for (json::Member& inner : *member.value.if_object()) {
      if (inner.name == "list") return inner.value.if_array();
    }
  }
  return nullptr;
}

Result<Transfer> transfer_of(const json::Value& row) {
  Transfer transfer;
  transfer.asset = row.text("coin");
  KS_TRY(transfer.amount, Decimal::parse(row.text("amount")));
  transfer.from = row.text("fromAccountType");
  transfer.to = row.text("toAccountType");
  transfer.from_account = row.text("fromMemberId");
  transfer.to_account = row.text("toMemberId");
  return transfer;
}

class BybitTransfers final : public Transfers {
 public:
  std::optional<TransferCall> call_of(const Route& route) const override {
    const bool asks = route.path == kInterPath || route.path == kUniversalPath;
    const bool lists = route.path == kInterListPath || route.path == kUniversalListPath;
    if (asks && route.method == "POST") return TransferCall::kAsk;
    if (lists && route.method == "GET") return TransferCall::kHistory;
    return std::nullopt;
  }

  Status check_can_wait(const HttpRequest&, const Transfer& asked) const override {
    if (is_uuid(asked.client_id)) return {};
    return cannot_wait("its transferId is no UUID: Bybit would refuse it when they have decided");
  }

  HttpResponse asked_answer(const ProposedTransfer& proposed, WallTime now) const override {
    return envelope(0, "success",
                    json::object({{"transferId", proposed.asked.client_id},
                                  {"status", std::string(word_of(kStatuses, proposed.state))}}),
                    json::object({}), now);
  }

  Result<TransferQuestion> read_question(const HttpRequest& request,
                                         std::span<const ProposedTransfer> known) const override {
    KS_TRY(QuestionReader reader, QuestionReader::make(request));
    KS_TRY(const auto from, reader.number("startTime"));
    KS_TRY(const auto to, reader.number("endTime"));
    KS_TRY(const auto limit, reader.number("limit"));
    const bool universal = request.path == kUniversalListPath;
    TransferQuestion question;
    const auto fits = [&](std::string_view name, std::string_view value) {
      return reader.text(name).empty() || reader.text(name) == value;
    };
    for (const ProposedTransfer& each : known) {
      const auto created = static_cast<uint64_t>(epoch_ms(each.created));
      const bool wanted =
          is_universal(each.asked) == universal && reader.text("cursor").empty() &&
          fits("transferId", each.asked.client_id) && fits("coin", each.asked.asset) &&
          fits("status", word_of(kStatuses, each.state)) && created >= from.value_or(0) &&
          created <= to.value_or(created) && each.state != TransferState::kDone;
      if (wanted) question.shown.push_back(each);
    }
    // The exchange is asked for fewer, so that with ours there are no more than were asked for.
    if (limit && *limit > 0) {
      const uint64_t ours = std::min<uint64_t>(question.shown.size(), *limit - 1);
      reader.set("limit", std::to_string(*limit - ours));
    }
    question.upstream = reader.request();
    return question;
  }

  HttpResponse history_answer(const TransferQuestion& question, const HttpResponse* upstream,
                              WallTime now) const override {
    if (!upstream) return envelope(0, "success", json::object({}), json::object({}), now);
    auto body = json::parse(upstream->body, {.bytes = 16 << 20});
    json::Array* rows = upstream->status == 200 && body ? list_of(&*body) : nullptr;
    if (!rows) return *upstream;
    std::vector<TimedRow> merged;
    std::vector<ProposedTransfer> shown = question.shown;
    for (json::Value& row : *rows) {
      std::erase_if(shown, [&](const ProposedTransfer& each) {
        return each.asked.client_id == row.text("transferId");
      });
      std::string time(row.text("timestamp"));
      merged.push_back({std::move(time), std::move(row)});
    }
    for (const ProposedTransfer& each : shown) merged.push_back(row_of(each));
    *rows = newest_first(std::move(merged));
    return with_body(*upstream, *body);
  }

  Result<HttpRequest> request(const Transfer& facts, uint64_t) const override {
    if (!is_uuid(facts.client_id)) return cannot_wait("it has no UUID to be sent by");
    json::Value body = json::object({{"transferId", facts.client_id},
                                     {"coin", facts.asset},
                                     {"amount", facts.amount},
                                     {"fromAccountType", facts.from},
                                     {"toAccountType", facts.to}});
    if (is_universal(facts)) {
      body.set("fromMemberId", facts.from_account);
      body.set("toMemberId", facts.to_account);
    }
    HttpRequest request = request_to("POST", is_universal(facts) ? kUniversalPath : kInterPath);
    request.headers = {{"Content-Type", "application/json"}};
    request.body = json::dump(body);
    return request;
  }

  std::string sent_as(const Transfer& facts, uint64_t) const override { return facts.client_id; }

  bool names_both_accounts() const override { return true; }

  // RFC 9562: version 4.
  std::string make_own_id(Random& random) const override {
    std::string id = random.text(kUuidForm.size(), "0123456789abcdef");
    for (size_t i = 0; i < id.size(); ++i) {
      if (kUuidForm[i] != 'x') id[i] = kUuidForm[i];
    }
    return id;
  }

  std::optional<FoundTransfer> sent(const HttpResponse& response) const override {
    const auto result = result_of(response);
    if (response.status != 200 || !result || result->text("status") != "SUCCESS") {
      return std::nullopt;
    }
    return FoundTransfer{TransferState::kDone, std::string(result->text("transferId"))};
  }

  HttpRequest history_request(const SentTransfer& sent, WallTime) const override {
    const std::string_view path = is_universal(sent.facts) ? kUniversalListPath : kInterListPath;
    return request_to("GET",
                      std::string(path) + "?transferId=" + percent_encode(sent.facts.client_id));
  }

  Result<FoundTransfer> find(const SentTransfer& sent, const HttpResponse& response,
                             std::span<const std::string> others) const override {
    auto body = json::parse(response.body, {.bytes = 16 << 20});
    const json::Array* rows = body ? list_of(&*body) : nullptr;
    if (response.status != 200 || !rows) {
      return fail("upstream.answer", "the answer is no list of transfers", ErrorClass::kRetryable);
    }
    for (const json::Value& row : *rows) {
      if (row.text("transferId") != sent.facts.client_id) continue;
      KS_TRY(const Transfer there, transfer_of(row));
      const bool is_anothers =
          std::find(others.begin(), others.end(), sent.facts.client_id) != others.end();
      if (is_anothers || !moves_the_same(there, sent.facts) || !could_be_of(row, sent.sent_at)) {
        return other_transfer();
      }
      return FoundTransfer{state_of(kStatuses, row.text("status")), sent.facts.client_id};
    }
    return absent_transfer();
  }
};

}  // namespace

const Transfers& transfers() {
  static const BybitTransfers instance;
  return instance;
}

}  // namespace keystile::exchanges::bybit
