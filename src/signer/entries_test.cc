// What is written into the ledger is what is read back from it: so the books after a restart, which
// are made of what was read, are the books before it, which were made of what was written.
#include "signer/entries.h"

#include <gtest/gtest.h>
// (rapidcheck wants gtest first)
#include <rapidcheck/gtest.h>

#include "policy/random_world_for_test.h"
#include "signer/books.h"
#include "signer/recorded_intent.h"

namespace keystile::signer {
namespace {

using exchanges::Act;
using exchanges::Intent;
using exchanges::LegAction;
using exchanges::LegOutcome;
using exchanges::OrderLeg;
using exchanges::OrderState;
using exchanges::Scope;
using policy::below;
using policy::one_in;
using policy::one_of;
using policy::thousandths;

template <class Entry>
std::string written(const Entry& entry) {
  std::string text;
  write(entry, &text);
  return text;
}

// Any text that a member may hold, also such as must be escaped.
std::string random_text() {
  static const std::vector<std::string> kPieces{"a",  "7", "\"", "\\", "\n", "\x01", "\x1f",
                                                "\t", "/", "é",  "€",  "😀",  "BTC",  " "};
  std::string text;
  for (int i = below(20); i > 0; --i) text += one_of(kPieces);
  return text;
}
std::string random_text_or_none() { return one_in(2) ? "" : random_text(); }
Decimal random_amount() { return thousandths(10'000'000); }
std::optional<Decimal> random_amount_or_none() {
  return one_in(2) ? std::nullopt : std::optional(random_amount());
}
bool coin() { return one_in(2); }
template <size_t N>
void fill(std::array<char, N>* bytes) {
  for (char& byte : *bytes) byte = static_cast<char>(below(256));
}

OrderLeg random_leg() {
  OrderLeg leg;
  leg.action = one_of<LegAction>({LegAction::kPlace, LegAction::kAmend, LegAction::kCancel});
  leg.product = one_of(policy::kProducts);
  leg.instrument = random_text_or_none();
  if (leg.action == LegAction::kPlace) {
    leg.side = coin() ? exchanges::Side::kBuy : exchanges::Side::kSell;
    leg.type = one_of(policy::kTypes);
  }
  for (auto* amount : {&leg.quantity, &leg.quote_quantity, &leg.price, &leg.trigger_price}) {
    *amount = random_amount_or_none();
  }
  for (bool* flag : {&leg.test_only, &leg.reduce_only, &leg.close_position, &leg.borrows,
                     &leg.post_only, &leg.conditional}) {
    *flag = coin();
  }
  leg.order_id = random_text_or_none();
  leg.client_order_id = random_text_or_none();
  return leg;
}

Intent random_intent() {
  Intent intent;
  intent.scope = one_of<Scope>({Scope::kMarket, Scope::kRead, Scope::kTrade, Scope::kTransfer,
                                Scope::kWithdraw, Scope::kAccount, Scope::kStream});
  intent.act = one_of<Act>({Act::kRead, Act::kOrders, Act::kCancelAll, Act::kAccountSetting,
                            Act::kTransfer, Act::kWithdraw, Act::kKeyAdmin, Act::kOther});
  if (intent.act != Act::kRead) intent.summary = random_text_or_none();
  if (coin()) intent.product = one_of(policy::kProducts);
  intent.instrument = random_text_or_none();
  if (one_in(4)) {
    exchanges::Transfer& transfer = intent.transfer.emplace();
    transfer.asset = random_text();
    transfer.amount = random_amount();
    for (std::string* text : {&transfer.from, &transfer.to, &transfer.from_account,
                              &transfer.to_account, &transfer.client_id}) {
      *text = random_text_or_none();
    }
    transfer.leaves_account = coin();
  }
  for (int i = below(4); i > 0; --i) intent.legs.push_back(random_leg());
  intent.one_fills = coin();
  intent.one_order = coin();
  return intent;
}

policy::MarketFacts random_market() {
  policy::MarketFacts market;
  for (int i = below(3); i > 0; --i) {
    exchanges::Instrument instrument;
    instrument.product = one_of(policy::kProducts);
    instrument.symbol = random_text_or_none();
    instrument.quote = random_text_or_none();
    if (coin()) instrument.contract_size = random_amount();
    instrument.notional_is_contract = coin();
    instrument.underlying = random_text_or_none();
    market.listed.push_back({std::move(instrument), random_amount_or_none()});
  }
  for (int i = below(3); i > 0; --i) market.rates.push_back({random_text(), random_amount()});
  for (int i = below(3); i > 0; --i) {
    policy::Walk walk{random_amount(), random_amount_or_none(), coin(), random_amount()};
    market.walks.push_back({static_cast<size_t>(below(20)), walk});
  }
  return market;
}

// Only what is kept: orders that cannot open a position are judged without prices.
RequestEntry random_request(const std::array<std::string, 6>& texts) {
  RequestEntry entry;
  entry.who = {texts[0], texts[1], texts[2], texts[3], texts[4], texts[5]};
  entry.who.policy = static_cast<uint64_t>(below(1 << 30)) << 20;
  entry.intent = random_intent();
  bool opens = entry.intent.transfer.has_value();
  for (const OrderLeg& leg : entry.intent.legs) {
    const bool cancels = leg.action == LegAction::kCancel;
    opens = opens || !cancels;
    entry.verdict.leg_notional.push_back(cancels ? Decimal{} : random_amount());
  }
  if (opens) entry.market = random_market();
  if (!entry.intent.legs.empty()) entry.verdict.reserved = random_amount();
  entry.verdict.kind = policy::Verdict::Kind::kAllow;
  if (entry.intent.transfer && coin()) entry.verdict.value = random_amount();
  entry.verdict.rule = random_text_or_none();
  for (int i = below(3); i > 0; --i) {
    entry.verdict.would_refuse.push_back({random_text(), random_text()});
  }
  fill(&entry.replay.digest);
  entry.replay.until_ms = int64_t{below(1 << 30)} << 20;
  fill(&entry.salt);
  fill(&entry.body);
  return entry;
}

OrderState random_state() {
  OrderState state;
  state.found = coin();
  state.open = coin();
  state.filled = random_amount();
  return state;
}

RC_GTEST_PROP(Entries, ARequestIsReadAsItWasWritten, ()) {
  std::array<std::string, 6> texts;
  for (std::string& text : texts) text = random_text_or_none();
  const RequestEntry entry = random_request(texts);
  const auto json = json::parse(written(entry));
  RC_ASSERT(json.has_value());
  RC_ASSERT(json::dump(*json) == written(entry));
  const auto again = read_request(*json);
  RC_ASSERT(again.has_value());
  RC_ASSERT(again->who == entry.who);
  RC_ASSERT(again->intent == entry.intent);
  RC_ASSERT(again->market == entry.market);
  RC_ASSERT(again->verdict.rule == entry.verdict.rule);
  RC_ASSERT(again->verdict.would_refuse == entry.verdict.would_refuse);
  RC_ASSERT(again->verdict.reserved == entry.verdict.reserved);
  RC_ASSERT(again->verdict.value == entry.verdict.value);
  RC_ASSERT(again->verdict.leg_notional == entry.verdict.leg_notional);
  RC_ASSERT(again->replay == entry.replay);
  RC_ASSERT(again->salt == entry.salt);
  RC_ASSERT(again->body == entry.body);
}

RC_GTEST_PROP(Entries, AnOutcomeIsReadAsItWasWritten, ()) {
  const std::vector<LegOutcome::Kind> kinds{
      LegOutcome::Kind::kAccepted, LegOutcome::Kind::kRejected, LegOutcome::Kind::kUnknown};
  OutcomeEntry entry;
  entry.request = static_cast<uint64_t>(below(1 << 30)) << 20;
  entry.status = below(600);
  entry.outcome.kind = one_of(kinds);
  entry.outcome.code = random_text_or_none();
  entry.note = random_text_or_none();
  for (int i = below(4); i > 0; --i) {
    LegOutcome leg;
    leg.kind = one_of(kinds);
    leg.order_id = random_text_or_none();
    leg.client_order_id = random_text_or_none();
    if (coin()) leg.state = random_state();
    entry.outcome.legs.push_back(std::move(leg));
  }
  const auto json = json::parse(written(entry));
  RC_ASSERT(json.has_value());
  const auto again = read_outcome(*json);
  RC_ASSERT(again.has_value());
  RC_ASSERT(again->request == entry.request);
  RC_ASSERT(again->status == entry.status);
  RC_ASSERT(again->outcome == entry.outcome);
  RC_ASSERT(again->note == entry.note);
}

RC_GTEST_PROP(Entries, AnOrderIsReadAsItWasWritten, ()) {
  OrderEntry entry{static_cast<uint64_t>(below(1 << 30)), static_cast<uint64_t>(below(20)),
                   random_state()};
  entry.state.order_id = random_text_or_none();
  const auto json = json::parse(written(entry));
  RC_ASSERT(json.has_value());
  const auto again = read_order(*json);
  RC_ASSERT(again.has_value());
  RC_ASSERT(again->request == entry.request);
  RC_ASSERT(again->leg == entry.leg);
  RC_ASSERT(again->state == entry.state);
}

TEST(Entries, WhatCannotBeReadIsAnError) {
  RequestEntry request;
  request.who = {"bot", "main", "bybit", "test", "::1", "POST /v5/order/create", 1};
  request.intent.legs.resize(1);
  request.market.rates.resize(1);
  Books books;
  EXPECT_TRUE(books.apply(0, {}, json::parse(written(request)).value()));
  for (const char* name : {"scope", "act", "policy", "replay", "until", "salt", "body"}) {
    json::Value entry = json::parse(written(request)).value();
    for (json::Member& member : *entry.if_object()) {
      if (member.name == name) member.value = "?";
    }
    EXPECT_EQ(books.apply(0, {}, entry).error().code, "ledger.entry") << name;
  }
  for (const char* text :
       {R"({"type":"outcome","request":0,"status":200,"outcome":"perhaps"})",
        R"({"type":"outcome","status":200,"outcome":"accepted"})",
        R"({"type":"outcome","request":0,"status":200,"outcome":"accepted","legs":{}})",
        R"({"type":"order","request":0,"leg":0})",
        R"({"type":"order","request":0,"leg":0,"state":{"found":true,"open":1,"filled":"0"}})"}) {
    EXPECT_EQ(books.apply(0, {}, json::parse(text).value()).error().code, "ledger.entry") << text;
  }
}

TEST(Entries, ARefusalTooLongToKeepLeavesOutWhatWasAsked) {
  Intent intent;
  intent.scope = Scope::kTrade;
  intent.act = Act::kOrders;
  intent.legs.resize(400);
  for (OrderLeg& leg : intent.legs) leg.action = LegAction::kCancel;
  policy::WorldForTest world;
  world.intent = intent;
  world.orders.resize(400);
  const policy::Question question = world.question();
  const exchanges::Refusal refusal{exchanges::Reason::kLimit, "rule", std::string(2000, 'x'), {}};
  const RefusalEntry entry{
      {"bot", "main", "bybit", "test", "::1", "POST /x"}, refusal, "buy", 3, &question};
  const auto json = json::parse(written(entry)).value();
  EXPECT_FALSE(json.find("legs"));
  EXPECT_FALSE(json.find("act"));
  EXPECT_EQ(json.text("unrecorded_before"), "3");
  EXPECT_EQ(json.text("message"), std::string(1000, 'x') + "…");
  world.intent.legs.resize(10);
  const policy::Question shorter = world.question();
  const RefusalEntry kept{entry.who, refusal, "buy", 3, &shorter};
  EXPECT_EQ(json::parse(written(kept))->find("legs")->if_array()->size(), 10u);
}

}  // namespace
}  // namespace keystile::signer
