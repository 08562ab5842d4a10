#include "signer/entries.h"

#include "base/encoding.h"
#include "base/json_writer.h"
#include "signer/recorded_intent.h"

namespace keystile::signer {
namespace {

using exchanges::LegOutcome;
using exchanges::OrderState;
using Kind = LegOutcome::Kind;

constexpr std::pair<Kind, std::string_view> kKinds[] = {
    {Kind::kAccepted, "accepted"}, {Kind::kRejected, "rejected"}, {Kind::kUnknown, "unknown"}};

std::string_view to_string(Kind kind) {
  for (const auto& [value, name] : kKinds) {
    if (value == kind) return name;
  }
  return "unknown";
}

// --- writing ------------------------------------------------------------------------------------

// Free text that quotes the client: cut to what a person reads, never within a character.
std::string brief(std::string_view text) {
  constexpr size_t kLength = 1000;
  if (text.size() <= kLength) return std::string(text);
  size_t end = kLength;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "…";
}

// A client that is refused must not be able to fill an entry: longer ones leave out what was asked.
constexpr size_t kMaxRefusal = 16384;

void write_subject(std::string_view type, const Subject& who, json::Writer* out) {
  out->text("type", type);
  out->text("client", who.client);
  out->text("account", who.account);
  out->text("exchange", who.exchange);
  out->text("environment", who.environment);
  out->text("source", who.source);
  out->text("route", who.route);
  out->number("policy", who.policy);
}

void write_noted(const policy::Verdict& verdict, json::Writer* out) {
  if (verdict.would_refuse.empty()) return;
  out->begin_array("would_refuse");
  for (const policy::Verdict::Noted& one : verdict.would_refuse) {
    out->begin_object();
    out->text("rule", one.rule);
    out->text("message", brief(one.message));
    out->end_object();
  }
  out->end_array();
}

void write_state(const OrderState& state, json::Writer* out) {
  out->begin_object("state");
  out->flag("found", state.found);
  out->flag("open", state.open);
  out->amount("filled", state.filled);
  out->end_object();
}

void write_legs(const std::vector<LegOutcome>& legs, json::Writer* out) {
  if (legs.empty()) return;
  out->begin_array("legs");
  for (const LegOutcome& leg : legs) {
    out->begin_object();
    out->text("outcome", to_string(leg.kind));
    out->text_if_any("order_id", leg.order_id);
    out->text_if_any("client_order_id", leg.client_order_id);
    if (leg.state) write_state(*leg.state, out);
    out->end_object();
  }
  out->end_array();
}

// --- reading ------------------------------------------------------------------------------------

tl::unexpected<Error> unreadable() {
  return fail("ledger.entry",
              "an entry of the ledger cannot be read; was it written by a newer keystile?",
              ErrorClass::kFatal);
}

Result<uint64_t> read_number(const json::Value& entry, std::string_view name) {
  const auto value = parse_uint64(entry.text(name));
  if (!value) return unreadable();
  return *value;
}

template <class Bytes>
Status read_hex(const json::Value& entry, std::string_view name, Bytes* out) {
  const auto bytes = hex_decode(entry.text(name));
  if (!bytes || bytes->size() != out->size()) return unreadable();
  std::copy(bytes->begin(), bytes->end(), out->begin());
  return {};
}

Result<Kind> read_kind(const json::Value& entry) {
  for (const auto& [value, name] : kKinds) {
    if (entry.text("outcome") == name) return value;
  }
  return unreadable();
}

Result<OrderState> read_state(const json::Value& entry) {
  const json::Value* found = entry.find("found");
  const json::Value* open = entry.find("open");
  const auto filled = Decimal::parse(entry.text("filled"));
  if (!found || !found->if_bool() || !open || !open->if_bool() || !filled) return unreadable();
  OrderState state;
  state.found = *found->if_bool();
  state.open = *open->if_bool();
  state.filled = *filled;
  return state;
}

Result<LegOutcome> read_leg_outcome(const json::Value& entry) {
  LegOutcome leg;
  KS_TRY(leg.kind, read_kind(entry));
  leg.order_id = entry.text("order_id");
  leg.client_order_id = entry.text("client_order_id");
  if (const json::Value* state = entry.find("state")) {
    KS_TRY(leg.state, read_state(*state));
  }
  return leg;
}

Result<Subject> read_subject(const json::Value& entry) {
  Subject who;
  who.client = entry.text("client");
  who.account = entry.text("account");
  who.exchange = entry.text("exchange");
  who.environment = entry.text("environment");
  who.source = entry.text("source");
  who.route = entry.text("route");
  KS_TRY(who.policy, read_number(entry, "policy"));
  return who;
}

// What decide() said to it, as far as it is kept.
Result<policy::Verdict> read_verdict(const json::Value& entry) {
  policy::Verdict verdict;
  verdict.kind = policy::Verdict::Kind::kAllow;
  verdict.rule = entry.text("rule");
  verdict.reserved = read_decimal(entry, "reserved");
  if (entry.find("worth")) verdict.value = read_decimal(entry, "worth");
  verdict.leg_notional = read_notionals(entry);
  const json::Value* noted = entry.find("would_refuse");
  if (!noted) return verdict;
  if (!noted->if_array()) return unreadable();
  for (const json::Value& one : *noted->if_array()) {
    verdict.would_refuse.push_back(
        {std::string(one.text("rule")), std::string(one.text("message"))});
  }
  return verdict;
}

}  // namespace

bool moves(const RequestEntry& entry) {
  return entry.intent.transfer && entry.verdict.kind == policy::Verdict::Kind::kAllow &&
         entry.verdict.value;
}

void write(const RequestEntry& entry, std::string* text) {
  json::Writer out(text);
  out.begin_object();
  write_subject("request", entry.who, &out);
  if (entry.intent.act != exchanges::Act::kRead) out.text("summary", entry.intent.summary);
  out.text("rule", entry.verdict.rule);
  write_noted(entry.verdict, &out);
  if (!entry.intent.legs.empty()) out.amount("reserved", entry.verdict.reserved);
  if (moves(entry)) out.amount("worth", *entry.verdict.value);
  write_intent(entry.intent, entry.market, entry.verdict.leg_notional, &out);
  out.hex("replay", entry.replay.digest);
  out.number("until", entry.replay.until_ms);
  out.hex("salt", {entry.salt.data(), entry.salt.size()});
  out.hex("body", entry.body);
  out.end_object();
}

void write(const RefusalEntry& entry, std::string* text) {
  json::Writer out(text);
  const size_t begin = text->size();
  out.begin_object();
  write_subject("refusal", entry.who, &out);
  out.text_if_any("summary", brief(entry.summary));
  out.text("reason", exchanges::to_string(entry.refusal.reason));
  out.text("rule", entry.refusal.rule);
  out.text("message", brief(entry.refusal.message));
  if (entry.suppressed > 0) out.number("unrecorded_before", entry.suppressed);
  const size_t end = text->size();
  if (entry.judged)
    write_intent(*entry.judged->intent, policy::market_facts(*entry.judged), {}, &out);
  if (text->size() - begin >= kMaxRefusal) text->resize(end);
  out.end_object();
}

void write(const OutcomeEntry& entry, std::string* text) {
  json::Writer out(text);
  out.begin_object();
  out.text("type", "outcome");
  out.number("request", entry.request);
  out.number("status", entry.status);
  out.text("outcome", to_string(entry.outcome.kind));
  out.text_if_any("code", entry.outcome.code);
  out.text_if_any("note", entry.note);
  write_legs(entry.outcome.legs, &out);
  out.end_object();
}

void write(const OrderEntry& entry, std::string* text) {
  json::Writer out(text);
  out.begin_object();
  out.text("type", "order");
  out.number("request", entry.request);
  out.number("leg", entry.leg);
  out.text_if_any("order_id", entry.state.order_id);
  out.text_if_any("client_order_id", entry.state.client_order_id);
  write_state(entry.state, &out);
  out.text_if_any("fired_as", entry.state.fired_as);
  if (entry.of_another) out.flag("of_another", true);
  out.end_object();
}

Result<RequestEntry> read_request(const json::Value& entry) {
  RequestEntry request;
  KS_TRY(request.who, read_subject(entry));
  KS_TRY(request.intent, read_intent(entry));
  request.intent.summary = entry.text("summary");
  auto market = read_market(entry, request.intent);
  if (market) {
    request.market = std::move(*market);
  } else if (market.error().code != "ledger.no_market") {
    return tl::unexpected<Error>(market.error());
  }
  KS_TRY(request.verdict, read_verdict(entry));
  KS_CHECK(read_hex(entry, "replay", &request.replay.digest));
  KS_TRY(const uint64_t until, read_number(entry, "until"));
  request.replay.until_ms = static_cast<int64_t>(until);
  KS_CHECK(read_hex(entry, "salt", &request.salt));
  KS_CHECK(read_hex(entry, "body", &request.body));
  return request;
}

Result<OutcomeEntry> read_outcome(const json::Value& entry) {
  OutcomeEntry ended;
  KS_TRY(ended.request, read_number(entry, "request"));
  KS_TRY(const uint64_t status, read_number(entry, "status"));
  ended.status = static_cast<int>(status);
  KS_TRY(ended.outcome.kind, read_kind(entry));
  ended.outcome.code = entry.text("code");
  ended.note = entry.text("note");
  const json::Value* legs = entry.find("legs");
  if (!legs) return ended;
  if (!legs->if_array()) return unreadable();
  for (const json::Value& item : *legs->if_array()) {
    KS_TRY(LegOutcome leg, read_leg_outcome(item));
    ended.outcome.legs.push_back(std::move(leg));
  }
  return ended;
}

Result<OrderEntry> read_order(const json::Value& entry) {
  OrderEntry found;
  KS_TRY(found.request, read_number(entry, "request"));
  KS_TRY(found.leg, read_number(entry, "leg"));
  const json::Value* state = entry.find("state");
  if (!state) return unreadable();
  KS_TRY(found.state, read_state(*state));
  found.state.order_id = entry.text("order_id");
  found.state.client_order_id = entry.text("client_order_id");
  found.state.fired_as = entry.text("fired_as");
  const json::Value* another = entry.find("of_another");
  found.of_another = another && another->if_bool() && *another->if_bool();
  return found;
}

}  // namespace keystile::signer
