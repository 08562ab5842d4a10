#include "exchanges/withdrawal_rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"

namespace keystile::exchanges {

Result<QuestionReader> QuestionReader::make(const HttpRequest& request) {
  QuestionReader reader;
  reader.request_ = request;
  KS_TRY(reader.params_, parse_params(request.query, ParamSource::kQuery, true));
  KS_CHECK(ParamReader(reader.params_).check_unique());
  return reader;
}

std::string_view QuestionReader::text(std::string_view name) const {
  for (const Param& param : params_) {
    if (param.name == name) return param.value;
  }
  return {};
}

Result<std::optional<uint64_t>> QuestionReader::number(std::string_view name) const {
  const std::string_view value = text(name);
  if (value.empty()) return std::optional<uint64_t>();
  const auto number = parse_uint64(value);
  if (!number) return fail("parameter.value", fmt::format("{} must be a whole number", name));
  return std::optional<uint64_t>(number);
}

void QuestionReader::set(std::string_view name, std::string value) {
  for (Param& param : params_) {
    if (param.name != name) continue;
    param.value = std::move(value);
    return;
  }
}

HttpRequest QuestionReader::request() const {
  HttpRequest request = request_;
  request.query.clear();
  for (const Param& param : params_) {
    if (!request.query.empty()) request.query += '&';
    request.query += percent_encode(param.name) + "=" + percent_encode(param.value);
  }
  return request;
}

bool passes(const WithdrawalFilter& filter, const ProposedWithdrawal& proposed) {
  const auto created = static_cast<uint64_t>(epoch_ms(proposed.created));
  return (filter.asset.empty() || filter.asset == proposed.asked.asset) &&
         (filter.client_id.empty() || filter.client_id == proposed.asked.client_id) &&
         (!filter.id || *filter.id == proposed.id) &&
         (!filter.from_ms || created >= *filter.from_ms) &&
         (!filter.to_ms || created <= *filter.to_ms);
}

bool stands_alone(const ProposedWithdrawal& proposed) {
  return proposed.stage != WithdrawalStage::kDone && proposed.exchange_id.empty();
}

const ProposedWithdrawal* find_by_id(std::span<const ProposedWithdrawal> known,
                                     std::string_view id) {
  const auto number = parse_uint64(id);
  if (!number) return nullptr;
  const auto found = std::find_if(known.begin(), known.end(),
                                  [&](const auto& proposed) { return proposed.id == *number; });
  return found == known.end() ? nullptr : &*found;
}

const ProposedWithdrawal* find_by_client_id(std::span<const ProposedWithdrawal> known,
                                            std::string_view client_id) {
  if (client_id.empty()) return nullptr;
  const auto found = std::find_if(known.begin(), known.end(), [&](const auto& proposed) {
    return proposed.asked.client_id == client_id;
  });
  return found == known.end() ? nullptr : &*found;
}

const ProposedWithdrawal* find_sent_as(std::span<const ProposedWithdrawal> known,
                                       std::string_view exchange_id, std::string_view own_id) {
  for (const ProposedWithdrawal& proposed : known) {
    if (!proposed.exchange_id.empty()) {
      if (proposed.exchange_id == exchange_id) return &proposed;
    } else if (proposed.stage == WithdrawalStage::kSending ||
               proposed.stage == WithdrawalStage::kDone ||
               proposed.stage == WithdrawalStage::kFailed) {
      // Not one that waits: its id in somebody's row would be an accident.
      if (own_id == std::to_string(proposed.id)) return &proposed;
    }
  }
  return nullptr;
}

void put(json::Value* object, std::string_view name, json::Value value) {
  for (json::Member& member : *object->if_object()) {
    if (member.name == name) {
      member.value = std::move(value);
      return;
    }
  }
  object->set(std::string(name), std::move(value));
}

void put_or_drop(json::Value* object, std::string_view name, const std::string& text) {
  if (!text.empty()) {
    put(object, name, text);
  } else {
    std::erase_if(*object->if_object(), [&](const json::Member& m) { return m.name == name; });
  }
}

HttpResponse with_body(const HttpResponse& answer, const json::Value& body) {
  HttpResponse out = answer;
  out.body = json::dump(body);
  remove_headers(&out.headers, "Content-Length");
  return out;
}

json::Array newest_first(std::vector<TimedRow> rows) {
  std::stable_sort(rows.begin(), rows.end(),
                   [](const TimedRow& a, const TimedRow& b) { return a.time > b.time; });
  json::Array sorted;
  for (TimedRow& row : rows) sorted.push_back(std::move(row.row));
  return sorted;
}

json::Array merge_rows(std::vector<TimedRow> rows, const HistoryQuestion& question) {
  json::Array merged = newest_first(std::move(rows));
  const auto skipped = static_cast<ptrdiff_t>(std::min(question.skip, merged.size()));
  merged.erase(merged.begin(), merged.begin() + skipped);
  if (question.limit > 0 && merged.size() > question.limit) merged.resize(question.limit);
  return merged;
}

Status check_sendable(const Withdrawal& facts) {
  if (facts.internal) {
    return fail("withdrawal.internal",
                "Keystile does not pay other customers of the exchange by their account: nobody "
                "can check such a receiver. Withdraw to an address of theirs");
  }
  if (facts.network.empty()) {
    return fail("network.missing",
                "the request names no network, so that the exchange would choose one: name it");
  }
  return {};
}

Status add_receiver(const Withdrawal& facts, json::Value* body) {
  if (facts.receiver.empty()) return {};
  const auto told = json::parse(facts.receiver);
  if (!told || !told->if_object()) {
    return fail("withdrawal.receiver",
                "what was recorded about the receiver cannot be read; propose the withdrawal anew");
  }
  for (const json::Member& member : *told->if_object()) put(body, member.name, member.value);
  return {};
}

// --- finding again ------------------------------------------------------------------------------

namespace {

bool same_facts(const WithdrawalRecord& record, const Withdrawal& facts) {
  if (record.asset != facts.asset || record.network != facts.network ||
      record.address != facts.address || record.tag != facts.tag) {
    return false;
  }
  if (record.amount == facts.amount) return true;
  // Where the fee is taken out of the amount, some histories show what arrives.
  const auto with_fee = record.amount.plus(record.fee);
  return facts.fee_included && with_fee && *with_fee == facts.amount;
}

tl::unexpected<Error> ambiguous() {
  return fail("withdrawal.ambiguous",
              "several withdrawals of the exchange's history could be this one: compare them by "
              "hand",
              ErrorClass::kOutcomeUnknown);
}

}  // namespace

Result<const WithdrawalRecord*> find_sent(const Withdrawals& withdrawals,
                                          const SentWithdrawal& sent,
                                          const WithdrawalHistory& history,
                                          std::span<const std::string> others) {
  // The exchange may have noted it a little before we thought to have sent it.
  const std::string earliest = withdrawals.created_text(sent.sent_at - std::chrono::minutes(1));
  const std::string own_id = std::to_string(sent.id);
  const WithdrawalRecord* found = nullptr;
  for (const WithdrawalRecord& record : history.records) {
    if (!sent.exchange_id.empty()) {
      if (record.exchange_id == sent.exchange_id) return &record;
      continue;
    }
    const bool is_it =
        record.own_id.empty()
            ? same_facts(record, sent.facts) && record.created >= earliest &&
                  std::find(others.begin(), others.end(), record.exchange_id) == others.end()
            : record.own_id == own_id;
    if (!is_it) continue;
    if (found) return ambiguous();
    found = &record;
  }
  // On another page there could be one more like it.
  if (found && found->own_id.empty() && !history.complete) return ambiguous();
  return found;
}

}  // namespace keystile::exchanges
