#include "signer/entries.h"

#include "base/encoding.h"
#include "crypto/digest.h"
#include "signer/recorded_intent.h"

namespace keystile::signer {
namespace {

using exchanges::LegOutcome;

std::string_view to_string(LegOutcome::Kind kind) {
  switch (kind) {
    case LegOutcome::Kind::kAccepted:
      return "accepted";
    case LegOutcome::Kind::kRejected:
      return "rejected";
    case LegOutcome::Kind::kUnknown:
      return "unknown";
  }
  return "unknown";
}

void set_if(json::Value* entry, const char* name, const std::string& value) {
  if (!value.empty()) entry->set(name, value);
}

// Free text that quotes the client: cut to what a person reads, never within a character.
std::string brief(const std::string& text) {
  constexpr size_t kLength = 1000;
  if (text.size() <= kLength) return text;
  size_t end = kLength;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

// A client that is refused must not be able to fill an entry: longer ones leave out what was asked.
constexpr size_t kMaxRefusal = 16384;

json::Value noted(const policy::Verdict& verdict) {
  json::Array all;
  for (const policy::Verdict::Noted& one : verdict.would_refuse) {
    all.push_back(json::object({{"rule", one.rule}, {"message", brief(one.message)}}));
  }
  return all;
}

json::Value subject_entry(const char* type, const Subject& subject) {
  json::Object members;
  members.reserve(24);  // a request has nearly as many
  members.push_back({"type", type});
  members.push_back({"client", subject.client});
  members.push_back({"account", subject.account});
  members.push_back({"exchange", subject.exchange});
  members.push_back({"environment", subject.environment});
  members.push_back({"source", subject.source});
  members.push_back({"route", subject.route});
  members.push_back({"policy", subject.policy});
  return json::Value(std::move(members));
}

json::Value state_fields(const exchanges::OrderState& state) {
  return json::object({{"found", state.found}, {"open", state.open}, {"filled", state.filled}});
}

}  // namespace

json::Value request_entry(const Subject& subject, const exchanges::Intent& intent,
                          const policy::MarketFacts& market, const policy::Verdict& verdict,
                          const ReplayMark& replay, std::string_view payload,
                          std::string_view salt) {
  json::Value entry = subject_entry("request", subject);
  if (intent.act != exchanges::Act::kRead) entry.set("summary", exchanges::summarise(intent));
  entry.set("rule", verdict.rule);
  if (!verdict.would_refuse.empty()) entry.set("would_refuse", noted(verdict));
  if (!intent.legs.empty()) entry.set("reserved", verdict.reserved);
  record_intent(&entry, intent, market, verdict.leg_notional);
  entry.set("replay", replay.digest);
  entry.set("until", replay.until_ms);
  entry.set("salt", hex_encode(salt));
  entry.set("body", hex_encode(crypto::sha256(salt, payload)));
  return entry;
}

json::Value refusal_entry(const Subject& subject, const exchanges::Refusal& refusal,
                          const std::string& summary, uint64_t suppressed,
                          const policy::Question* judged) {
  json::Value entry = subject_entry("refusal", subject);
  if (!summary.empty()) entry.set("summary", brief(summary));
  entry.set("reason", exchanges::to_string(refusal.reason));
  entry.set("rule", refusal.rule);
  entry.set("message", brief(refusal.message));
  if (suppressed > 0) entry.set("unrecorded_before", suppressed);
  if (!judged) return entry;
  json::Value whole = entry;
  record_intent(&whole, *judged->intent, policy::market_facts(*judged), {});
  return json::dump(whole).size() <= kMaxRefusal ? whole : entry;
}

json::Value outcome_entry(uint64_t request, int status, const exchanges::Outcome& outcome,
                          std::string_view note) {
  json::Value entry = json::object({{"type", "outcome"},
                                    {"request", request},
                                    {"status", status},
                                    {"outcome", to_string(outcome.kind)}});
  set_if(&entry, "code", outcome.code);
  set_if(&entry, "note", std::string(note));
  json::Array legs;
  for (const LegOutcome& leg : outcome.legs) {
    json::Value item = json::object({{"outcome", to_string(leg.kind)}});
    set_if(&item, "order_id", leg.order_id);
    set_if(&item, "client_order_id", leg.client_order_id);
    if (leg.state) item.set("state", state_fields(*leg.state));
    legs.push_back(std::move(item));
  }
  if (!legs.empty()) entry.set("legs", std::move(legs));
  return entry;
}

json::Value order_entry(uint64_t request, size_t leg, const exchanges::OrderState& state) {
  json::Value entry =
      json::object({{"type", "order"}, {"request", request}, {"leg", static_cast<uint64_t>(leg)}});
  set_if(&entry, "order_id", state.order_id);
  entry.set("state", state_fields(state));
  return entry;
}

}  // namespace keystile::signer
