// developers.binance.com, wallet: asset/transfer (user universal transfer and its history); sub
// account: sub-account/universalTransfer and its history (August 2026). The first takes no id of
// the client's own, so that one whose answer was lost is found by what it moved and when.
#include "exchanges/transfers.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "exchanges/binance/binance.h"
#include "exchanges/transfer_rows.h"
#include "exchanges/withdrawal_rows.h"

namespace keystile::exchanges::binance {
namespace {

constexpr std::string_view kWalletsPath = "/sapi/v1/asset/transfer";
constexpr std::string_view kAccountsPath = "/sapi/v1/sub-account/universalTransfer";
constexpr Millis kLookBack = std::chrono::minutes(1);  // their clock may be behind ours
constexpr Millis kLookAhead = std::chrono::hours(24);

// What the history of each of the two calls looks like.
struct Shape {
  std::string_view rows, total, time;
  std::array<TransferWord, 3> words;
};
constexpr Shape kWallets{"rows",
                         "total",
                         "timestamp",
                         {{{TransferState::kPending, "PENDING"},
                           {TransferState::kDone, "CONFIRMED"},
                           {TransferState::kFailed, "FAILED"}}}};
constexpr Shape kAccounts{"result",
                          "totalCount",
                          "createTimeStamp",
                          {{{TransferState::kPending, "PROCESS"},
                            {TransferState::kDone, "SUCCESS"},
                            {TransferState::kFailed, "FAILURE"}}}};

bool is_between_accounts(const Transfer& transfer) {
  return !transfer.from_account.empty() || !transfer.to_account.empty();
}
const Shape& shape_of(bool accounts) { return accounts ? kAccounts : kWallets; }
std::string type_of(const Transfer& transfer) { return transfer.from + "_" + transfer.to; }

HttpResponse answer(const json::Value& body) {
  return {200, {{"Content-Type", "application/json;charset=UTF-8"}}, json::dump(body)};
}

json::Value number(uint64_t value) { return json::Number{std::to_string(value)}; }

json::Value row_of(const ProposedTransfer& proposed) {
  const Transfer& asked = proposed.asked;
  const bool accounts = is_between_accounts(asked);
  const Shape& shape = shape_of(accounts);
  json::Value row = json::object({{"tranId", number(proposed.id)},
                                  {"asset", asked.asset},
                                  {"amount", asked.amount},
                                  {"status", std::string(word_of(shape.words, proposed.state))}});
  row.set(std::string(shape.time), number(static_cast<uint64_t>(epoch_ms(proposed.created))));
  if (accounts) {
    row.set("fromEmail", asked.from_account);
    row.set("toEmail", asked.to_account);
    row.set("fromAccountType", asked.from);
    row.set("toAccountType", asked.to);
    row.set("clientTranId", asked.client_id);
  } else {
    row.set("type", type_of(asked));
  }
  return row;
}

// The rows of a good answer; null for any other.
json::Array* rows_of(json::Value* body, const Shape& shape) {
  if (!body->if_object()) return nullptr;
  for (json::Member& member : *body->if_object()) {
    if (member.name == shape.rows) return member.value.if_array();
  }
  return nullptr;
}

// Whether the question asks for it, as the exchange reads its filters.
bool is_asked_for(const QuestionReader& reader, bool accounts, const ProposedTransfer& proposed) {
  const Transfer& asked = proposed.asked;
  if (is_between_accounts(asked) != accounts) return false;
  if (!accounts) return reader.text("type") == type_of(asked);
  const std::string_view from = reader.text("fromEmail"), to = reader.text("toEmail"),
                         own_id = reader.text("clientTranId");
  if (!own_id.empty()) return own_id == asked.client_id;
  return to.empty() ? from == asked.from_account : to == asked.to_account;
}

bool is_first_page(std::string_view page) { return page.empty() || page == "1"; }

std::string query_of(std::initializer_list<std::pair<std::string_view, std::string>> params) {
  std::string query;
  for (const auto& [name, value] : params) {
    if (value.empty()) continue;
    if (!query.empty()) query += '&';
    query += std::string(name) + "=" + percent_encode(value);
  }
  return query;
}

HttpRequest request_with(std::string method, std::string_view path, std::string query) {
  HttpRequest request = request_to(std::move(method), path);
  request.has_query = true;
  request.query = std::move(query);
  return request;
}

class BinanceTransfers final : public Transfers {
 public:
  std::optional<TransferCall> call_of(const Route& route) const override {
    if (route.path != kWalletsPath && route.path != kAccountsPath) return std::nullopt;
    if (route.method == "POST") return TransferCall::kAsk;
    return route.method == "GET" ? std::optional(TransferCall::kHistory) : std::nullopt;
  }

  Status check_can_wait(const HttpRequest& request, const Transfer& asked) const override {
    if (request.path == kAccountsPath && !is_between_accounts(asked)) {
      return cannot_wait("it names no account: use asset/transfer within your own");
    }
    return check_sendable(asked);
  }

  HttpResponse asked_answer(const ProposedTransfer& proposed, WallTime) const override {
    json::Value body = json::object({{"tranId", number(proposed.id)}});
    if (is_between_accounts(proposed.asked)) body.set("clientTranId", proposed.asked.client_id);
    return answer(body);
  }

  Result<TransferQuestion> read_question(const HttpRequest& request,
                                         std::span<const ProposedTransfer> known) const override {
    KS_TRY(QuestionReader reader, QuestionReader::make(request));
    KS_TRY(const auto from, reader.number("startTime"));
    KS_TRY(const auto to, reader.number("endTime"));
    const bool accounts = request.path == kAccountsPath;
    TransferQuestion question;
    question.known.assign(known.begin(), known.end());
    for (const ProposedTransfer& each : known) {
      const auto created = static_cast<uint64_t>(epoch_ms(each.created));
      const bool in_time = created >= from.value_or(0) && created <= to.value_or(created);
      const bool stands_alone = each.state != TransferState::kDone && each.exchange_id.empty();
      // All stand on the first page.
      const bool page = is_first_page(reader.text(accounts ? "page" : "current"));
      if (stands_alone && in_time && page && is_asked_for(reader, accounts, each)) {
        question.shown.push_back(each);
      }
    }
    question.upstream = upstream_of(std::move(reader), known);
    return question;
  }

  HttpResponse history_answer(const TransferQuestion& question, const HttpResponse* upstream,
                              WallTime) const override {
    if (!upstream)
      return answer(merged(json::object({{"totalCount", 0}, {"result", json::Array{}}}), kAccounts,
                           question));
    auto body = json::parse(upstream->body, {.bytes = 16 << 20});
    if (upstream->status != 200 || !body) return *upstream;
    for (const Shape* shape : {&kWallets, &kAccounts}) {
      if (rows_of(&*body, *shape)) return with_body(*upstream, merged(*body, *shape, question));
    }
    return *upstream;
  }

  Result<HttpRequest> request(const Transfer& facts, uint64_t id) const override {
    KS_CHECK(check_sendable(facts));
    if (!is_between_accounts(facts)) {
      return request_with(
          "POST", kWalletsPath,
          query_of(
              {{"type", type_of(facts)}, {"asset", facts.asset}, {"amount", facts.amount.str()}}));
    }
    return request_with("POST", kAccountsPath,
                        query_of({{"fromEmail", facts.from_account},
                                  {"toEmail", facts.to_account},
                                  {"fromAccountType", facts.from},
                                  {"toAccountType", facts.to},
                                  {"clientTranId", sent_as(facts, id)},
                                  {"asset", facts.asset},
                                  {"amount", facts.amount.str()}}));
  }

  std::string sent_as(const Transfer& facts, uint64_t id) const override {
    return is_between_accounts(facts) ? executor_id(id) : "";
  }

  std::optional<FoundTransfer> sent(const HttpResponse& response) const override {
    const auto body = json::parse(response.body);
    const std::string id(body ? body->text("tranId") : "");
    if (response.status != 200 || id.empty()) return std::nullopt;
    return FoundTransfer{TransferState::kDone, id};
  }

  HttpRequest history_request(const SentTransfer& sent, WallTime now) const override {
    const WallTime from = sent.sent_at - kLookBack;
    const std::string begin = std::to_string(epoch_ms(from)),
                      end = std::to_string(epoch_ms(std::min(now, from + kLookAhead)));
    if (is_between_accounts(sent.facts)) {
      return request_with("GET", kAccountsPath,
                          query_of({{"clientTranId", sent_as(sent.facts, sent.id)},
                                    {"fromEmail", sent.facts.from_account},
                                    {"startTime", begin},
                                    {"endTime", end}}));
    }
    return request_with("GET", kWalletsPath,
                        query_of({{"type", type_of(sent.facts)},
                                  {"startTime", begin},
                                  {"endTime", end},
                                  {"size", "100"}}));
  }

  Result<FoundTransfer> find(const SentTransfer& sent, const HttpResponse& response,
                             std::span<const std::string> others) const override {
    const bool accounts = is_between_accounts(sent.facts);
    const Shape& shape = shape_of(accounts);
    auto body = json::parse(response.body, {.bytes = 16 << 20});
    const json::Array* rows = body ? rows_of(&*body, shape) : nullptr;
    if (response.status != 200 || !rows) {
      return fail("upstream.answer", "the answer is no list of transfers", ErrorClass::kRetryable);
    }
    std::optional<FoundTransfer> found;
    for (const json::Value& row : *rows) {
      if (accounts ? row.text("clientTranId") != sent_as(sent.facts, sent.id)
                   : !could_be(row, sent, others)) {
        continue;
      }
      if (accounts && !(has_facts(row, sent.facts) && has_ends(row, sent.facts))) {
        return other_transfer();
      }
      if (found) return ambiguous();
      found = FoundTransfer{state_of(shape.words, row.text("status")),
                            std::string(row.text("tranId")), accounts};
    }
    if (!found) return absent_transfer();
    // On another page there could be one more like it.
    const auto total = parse_uint64(body->text(shape.total));
    if (!accounts && (!total || *total > rows->size())) return ambiguous();
    return *found;
  }

 private:
  static Status check_sendable(const Transfer& facts) {
    for (const std::string* wallet : {&facts.from, &facts.to}) {
      if (wallet->starts_with("ISOLATED")) {
        return cannot_wait(
            "one of an isolated margin wallet cannot wait for them: its symbols are "
            "not among what they read");
      }
    }
    return {};
  }

  static tl::unexpected<Error> ambiguous() {
    return fail("transfer.ambiguous",
                "several transfers of the exchange's history could be this one: compare them by "
                "hand",
                ErrorClass::kOutcomeUnknown);
  }

  static bool has_facts(const json::Value& row, const Transfer& facts) {
    const auto amount = Decimal::parse(row.text("amount"));
    return row.text("asset") == facts.asset && amount && *amount == facts.amount;
  }

  // Of the key's own account we do not know by which name the row calls it.
  static bool has_ends(const json::Value& row, const Transfer& facts) {
    const auto is_account = [&](std::string_view name, const std::string& known_as) {
      return known_as.empty() || row.text(name) == known_as;
    };
    return row.text("fromAccountType") == facts.from && row.text("toAccountType") == facts.to &&
           is_account("fromEmail", facts.from_account) && is_account("toEmail", facts.to_account);
  }

  static bool could_be(const json::Value& row, const SentTransfer& sent,
                       std::span<const std::string> others) {
    const auto time = parse_uint64(row.text(kWallets.time));
    const auto earliest = static_cast<uint64_t>(epoch_ms(sent.sent_at - kLookBack));
    return has_facts(row, sent.facts) && row.text("type") == type_of(sent.facts) && time &&
           *time >= earliest &&
           std::find(others.begin(), others.end(), row.text("tranId")) == others.end();
  }

  // Ours push no row of the exchange's off its page: a page may hold more than was asked for.
  static json::Value merged(json::Value body, const Shape& shape,
                            const TransferQuestion& question) {
    json::Array* rows = rows_of(&body, shape);
    std::vector<TimedRow> timed;
    for (json::Value& row : *rows) {
      if (const auto* ours =
              row.if_object() ? find_by_exchange_id(question.known, row.text("tranId")) : nullptr) {
        put(&row, "tranId", number(ours->id));
        if (row.find("clientTranId")) put(&row, "clientTranId", ours->asked.client_id);
      }
      std::string time(row.text(shape.time));
      timed.push_back({std::move(time), std::move(row)});
    }
    for (const ProposedTransfer& each : question.shown) {
      timed.push_back({std::to_string(epoch_ms(each.created)), row_of(each)});
    }
    *rows = newest_first(std::move(timed));
    const uint64_t total = parse_uint64(body.text(shape.total)).value_or(0);
    put(&body, shape.total, number(total + question.shown.size()));
    return body;
  }

  // Nothing, if the question names only what the exchange has not heard of.
  static std::optional<HttpRequest> upstream_of(QuestionReader reader,
                                                std::span<const ProposedTransfer> known) {
    const std::string_view own_id = reader.text("clientTranId");
    for (const ProposedTransfer& each : known) {
      if (own_id.empty() || own_id != each.asked.client_id) continue;
      if (each.exchange_id.empty()) return std::nullopt;
      reader.set("clientTranId", executor_id(each.id));
      break;
    }
    return reader.request();
  }
};

}  // namespace

const Transfers& transfers() {
  static const BinanceTransfers instance;
  return instance;
}

}  // namespace keystile::exchanges::binance
