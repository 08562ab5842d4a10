// Judging again what was recorded, and the least grant for it, on ledgers of random requests.
#include "signer/replay.h"

#include <gtest/gtest.h>
// (rapidcheck wants gtest first)
#include <rapidcheck/gtest.h>

#include "policy/loader.h"
#include "policy/pricing.h"
#include "policy/random_world_for_test.h"
#include "signer/entries.h"
#include "signer/suggest.h"

namespace keystile::signer {
namespace {

using exchanges::Act;
using exchanges::LegAction;
using exchanges::LegOutcome;
using exchanges::OrderLeg;
using exchanges::Scope;
using policy::below;
using policy::dec;
using policy::kMonoForTest;
using policy::one_in;
using policy::one_of;
using policy::Verdict;

constexpr const char* kRealm = R"([realm]
name = "desk"
currency_assets = ["USD", "USDT"]
[[environment]]
name = "test"
tier = "test"
[[environment.upstream]]
exchange = "bybit"
hosts = { rest = "https://localhost:1" }
[[account]]
name = "main"
exchange = "bybit"
environment = "test"
kind = "trading"
)";
constexpr const char* kObserved = R"([[client]]
name = "bot"
account = "main"
profile = "trading-bot"
key_id = "id"
vault = "client/bot"
networks = ["10.0.0.0/8"]
account_wide = true
observe_until = 2027-01-01T00:00:00Z
)";

policy::Policy load_policy(const std::string& client) {
  const policy::Loaded loaded = policy::load({{{"client.toml", client}, {"realm.toml", kRealm}}});
  std::string findings;
  for (const auto& finding : loaded.findings) findings += to_string(finding) + "\n";
  EXPECT_TRUE(loaded.ok()) << findings << client;
  return loaded.policy;
}

// A ledger as a signer writes it, in memory. Prices are MarketForTest's.
class Recorder {
 public:
  explicit Recorder(policy::Policy policy) : policy_(std::move(policy)) {}

  // Whether it was let through.
  bool ask(const char* method, const char* path, const exchanges::Intent& intent,
           std::string source = "10.0.0.1") {
    const policy::Client& client = policy_.clients.front();
    const exchanges::Route* route = exchanges::find_exchange("bybit")->routes().find(method, path);
    const policy::Question question{&client,
                                    route,
                                    &intent,
                                    books_.known_orders("bot", "main", intent),
                                    books_.usage("bot", now_),
                                    &market_,
                                    now_,
                                    kMonoForTest,
                                    policy_.currency};
    const Verdict verdict = policy::decide(question);
    const std::string name = to_string(*route);
    const Subject who{"bot", "main", "bybit", "test", source, name, 1};
    if (verdict.kind != Verdict::Kind::kAllow) {
      add(RefusalEntry{who, verdict.refusal, "", 0, &question});
      return false;
    }
    const ReplayMark mark{crypto::sha256_digest(std::to_string(entries_.size())), epoch_ms(now_)};
    add(RequestEntry{who, intent, policy::market_facts(question), verdict, mark});
    return true;
  }

  bool order(std::vector<OrderLeg> legs, bool one_fills = false) {
    exchanges::Intent intent;
    intent.scope = Scope::kTrade;
    intent.act = Act::kOrders;
    intent.legs = std::move(legs);
    intent.one_fills = one_fills;
    return ask("POST", "/v5/order/create", intent);
  }

  // The last request's.
  void outcome(LegOutcome::Kind kind) {
    exchanges::Outcome outcome;
    outcome.kind = kind;
    add(OutcomeEntry{entries_.size() - 1, 200, std::move(outcome), ""});
  }

  void advance(Millis by) { now_ += by; }
  WallTime now() const { return now_; }
  const policy::Policy& policy() const { return policy_; }
  const std::vector<LedgerEntry>& list() const { return entries_; }
  Entries entries() const {
    return [this](const std::function<Status(const LedgerEntry&)>& visit) -> Status {
      for (const LedgerEntry& entry : entries_) {
        KS_CHECK(visit(entry));
      }
      return {};
    };
  }

  template <class Entry>
  void add(const Entry& entry) {
    std::string text;
    write(entry, &text);
    add_text(text);
  }
  // As it comes back from the disk.
  void add_text(std::string_view text) {
    const auto value = json::parse(text);
    ASSERT_TRUE(value && books_.apply(entries_.size(), now_, *value)) << text;
    entries_.push_back({entries_.size(), now_, *value});
  }

 private:
  policy::Policy policy_;
  policy::MarketForTest market_;
  Books books_;
  WallTime now_ = policy::kNowForTest;
  std::vector<LedgerEntry> entries_;
};

OrderLeg buy(const char* quantity, const char* price, std::string id = "") {
  OrderLeg leg = policy::limit_order(exchanges::Side::kBuy, quantity, price);
  leg.client_order_id = std::move(id);
  return leg;
}

struct Count {
  uint64_t allowed = 0, refused = 0;
  std::map<std::string, uint64_t> rules;
};

Count replayed(const policy::Policy& policy, const Recorder& recorder, WallTime from = {}) {
  Replay replay(policy, "", from);
  Count count;
  for (const LedgerEntry& entry : recorder.list()) {
    const auto judged = replay.take(entry);
    EXPECT_TRUE(judged) << judged.error().message;
    if (!judged || !*judged || (*judged)->cannot) continue;
    ++((*judged)->allowed() ? count.allowed : count.refused);
    if (!(*judged)->allowed()) ++count.rules[(*judged)->verdict.refusal.rule];
  }
  return count;
}

policy::Behaviour behaviour(const Recorder& recorder) {
  const auto seen = behaviour_of(recorder.policy(), "bot", {}, recorder.entries());
  EXPECT_TRUE(seen) << seen.error().message;
  return *seen;
}

std::string suggested(const Recorder& recorder) {
  return policy::grant_toml(behaviour(recorder), recorder.policy().clients.front(), "USD");
}

std::string without_padding(std::string text) {
  const auto both_spaces = [](char a, char b) { return a == ' ' && b == ' '; };
  text.erase(std::unique(text.begin(), text.end(), both_spaces), text.end());
  return text;
}

TEST(Replay, AnOtherPolicyIsAskedWithThePricesAndTheUseOfThen) {
  Recorder recorder(load_policy(kObserved));
  recorder.order({buy("0.01", "50000")});
  recorder.outcome(LegOutcome::Kind::kAccepted);
  recorder.order({buy("0.01", "50000")});
  recorder.outcome(LegOutcome::Kind::kRejected);  // gives its 500 back
  recorder.order({buy("0.01", "50000")});
  recorder.order({buy("0.001", "53000")});
  std::string limited = kObserved;
  limited.erase(limited.find("observe_until"));
  limited += "instruments = [\"BTCUSDT\"]\n";
  EXPECT_EQ(replayed(load_policy(limited), recorder).rules,
            (std::map<std::string, uint64_t>{{"grant.price_band", 1}}));
  EXPECT_EQ(replayed(load_policy(limited + "daily_exposure = \"1000\"\n"), recorder).refused, 1u);
  EXPECT_EQ(replayed(load_policy(limited + "daily_exposure = \"999\"\n"), recorder)
                .rules["grant.daily_exposure"],
            2u);
  EXPECT_EQ(replayed(load_policy(kObserved), recorder).refused, 0u);
}

TEST(Replay, WhatIsRefusedTakesItsChangesWithIt) {
  Recorder recorder(load_policy(kObserved));
  recorder.order({buy("1", "50000", "large")});
  OrderLeg cancel = policy::change_of(LegAction::kCancel, "");
  cancel.client_order_id = "large";
  exchanges::Intent intent;
  intent.scope = Scope::kTrade;
  intent.act = Act::kOrders;
  intent.legs = {cancel};
  EXPECT_TRUE(recorder.ask("POST", "/v5/order/cancel", intent));
  std::string limited = kObserved;
  limited.erase(limited.find("observe_until"));
  limited += "instruments = [\"BTCUSDT\"]\n";
  EXPECT_EQ(
      replayed(load_policy(limited), recorder).rules,
      (std::map<std::string, uint64_t>{{"grant.max_order_notional", 1}, {"order.not_own", 1}}));
}

TEST(Replay, WhatCannotBeJudgedAgainIsSaid) {
  Recorder recorder(load_policy(kObserved));
  recorder.order({buy("0.01", "50000")});
  json::Value old = recorder.list().front().value;
  std::erase_if(*old.if_object(), [](const json::Member& one) { return one.name == "market"; });
  json::Value before =
      json::object({{"type", "refusal"}, {"client", "bot"}, {"rule", "time.late"}});
  Replay replay(recorder.policy(), "", {});
  for (const json::Value& value : {old, before}) {
    const LedgerEntry entry{0, recorder.now(), value};
    const auto judged = replay.take(entry);
    ASSERT_TRUE(judged && *judged);
    EXPECT_TRUE((*judged)->cannot);
  }
  EXPECT_EQ(replayed(recorder.policy(), recorder, recorder.now() + Millis{1}).allowed, 0u);
}

TEST(Suggest, EachLineHasItsEvidence) {
  Recorder recorder(load_policy(kObserved));
  recorder.order({buy("0.020862", "50005", "a")});  // 1043.20…
  recorder.order({buy("0.01", "50000", "b")});
  OrderLeg swap = policy::market_order(exchanges::Side::kSell, "1");
  swap.product = exchanges::Product::kLinear;
  recorder.order({swap});
  const std::string text = without_padding(suggested(recorder));
  for (const char* line : {
           "# The least that bot needed for 3 requests, last 2026-11-20 in entry 2.\n",
           "instruments = [\"BTCUSDT\"] # 3 orders, last 2026-11-20 in entry 2\n",
           "max_order_notional = \"1100\" # largest seen 1043.20431 USD in entry 0\n",
           "orders_per_second = 3 # most seen, in entry 2\n",
           "open_orders = 2 # most seen, in entry 1\n",
           "price_band = \"0.1%\" # 0.01% on the losing side in entry 0\n",
           "networks = [\"10.0.0.1\"] # 3 requests, ",
           ("# hours: left out; orders came from 12:00 to 12:59 UTC, seen for too few days to "
            "tell\n"),
           "# No cancel was seen: ",
       }) {
    EXPECT_NE(text.find(line), text.npos) << line << "\nin\n" << text;
  }
}

TEST(Suggest, NeverGrantsAPattern) {
  Recorder recorder(load_policy(kObserved));
  OrderLeg order = policy::market_order(exchanges::Side::kSell, "1");
  order.product = exchanges::Product::kLinear;
  order.reduce_only = true;  // needs no price
  order.instrument = "*";
  recorder.order({order});
  recorder.order({buy("0.01", "50000")});
  EXPECT_EQ(policy::least_grant(behaviour(recorder)).instruments,
            std::vector<std::string>{"BTCUSDT"});
  EXPECT_NE(suggested(recorder).find("# Not covered: 1 request, "), std::string::npos);
}

TEST(Suggest, ReadsMayComeAsFastAsTheyCame) {
  Recorder recorder(load_policy(kObserved));
  exchanges::Intent read;
  read.scope = Scope::kRead;
  read.act = Act::kRead;
  for (int i = 0; i < 60; ++i) recorder.ask("GET", "/v5/account/wallet-balance", read);
  const std::string text = suggested(recorder);
  EXPECT_NE(text.find("reads_per_second = 60 "), text.npos) << text;
  EXPECT_EQ(replayed(load_policy(text), recorder).refused, 0u);
  std::string slower = text;
  slower.replace(text.find("= 60 "), 4, "= 59");
  EXPECT_EQ(replayed(load_policy(slower), recorder).rules,
            (std::map<std::string, uint64_t>{{"grant.reads_per_second", 1}}));
}

TEST(Suggest, GrantsNamesInAnyScript) {
  Recorder recorder(load_policy(kObserved));
  OrderLeg order = policy::market_order(exchanges::Side::kSell, "1");
  order.product = exchanges::Product::kLinear;
  order.reduce_only = true;
  order.instrument = "币安人生USDT";
  recorder.order({order});
  EXPECT_EQ(load_policy(suggested(recorder)).clients.front().grant.instruments,
            std::vector<std::string>{order.instrument});
}

TEST(Suggest, TransfersAndSettingsToo) {
  std::string mover = kObserved;
  mover.erase(mover.find("observe_until"));
  mover +=
      "scopes = [\"trade\", \"transfer\"]\ntransfer_assets = [\"BTC\"]\n"
      "max_transfer = \"99999\"\ninstruments = [\"*\"]\n";
  Recorder recorder(load_policy(mover));
  exchanges::Intent intent;
  intent.scope = Scope::kTransfer;
  intent.act = Act::kTransfer;
  intent.transfer = exchanges::Transfer{"BTC", dec("0.5"), "spot", "funding", "", "", "", false};
  EXPECT_TRUE(recorder.ask("POST", "/v5/asset/transfer/inter-transfer", intent));
  intent.transfer->amount = Decimal(5);
  EXPECT_FALSE(recorder.ask("POST", "/v5/asset/transfer/inter-transfer", intent));
  exchanges::Intent setting;
  setting.scope = Scope::kTrade;
  setting.act = Act::kAccountSetting;
  setting.product = exchanges::Product::kLinear;
  setting.instrument = "ETHUSDT";
  EXPECT_TRUE(recorder.ask("POST", "/v5/position/set-leverage", setting));
  const std::string text = without_padding(suggested(recorder));
  for (const char* line :
       {"transfer_assets = [\"BTC\"] # 1 request, ", "transfer_pairs = [\"spot -> funding\"]",
        "max_transfer = \"25000\" # largest seen 25000 USD in entry 0\n",
        "account_wide = true # 1 request, ", "instruments = [\"ETHUSDT\"] # ",
        "products = [\"linear\"] # ",
        ("# Refused then, and not granted: 1 request, last 2026-11-20 in entry 1 "
         "(grant.max_transfer).\n")}) {
    EXPECT_NE(text.find(line), text.npos) << line << "\nin\n" << text;
  }
  EXPECT_EQ(replayed(load_policy(suggested(recorder)), recorder).allowed, 2u);
}

TEST(Suggest, HoursNeedDaysEnough) {
  Recorder recorder(load_policy(kObserved));  // from a Friday, 12:00
  for (int day = 0; day < 8; ++day) {
    if (day % 7 != 1 && day % 7 != 2) recorder.order({buy("0.01", "50000")});
    recorder.advance(std::chrono::hours(24));
  }
  EXPECT_NE(suggested(recorder).find("hours = \"Mon,Tue,Wed,Thu,Fri 12:00-13:00 UTC\""),
            std::string::npos)
      << suggested(recorder);
}

// --- property -----------------------------------------------------------------------------------

std::vector<OrderLeg> random_legs(int step) {
  std::vector<OrderLeg> legs;
  for (int i = 1 + below(2); i > 0; --i) {
    OrderLeg leg = policy::random_leg();
    const int named = leg.action == LegAction::kPlace ? step : below(step + 1);
    leg.client_order_id = "id-" + std::to_string(named) + "-" + std::to_string(below(2));
    legs.push_back(std::move(leg));
  }
  return legs;
}

struct RandomRecorder : Recorder {
  RandomRecorder();
};

RandomRecorder::RandomRecorder() : Recorder(load_policy(kObserved)) {
  const Millis pause = one_of<Millis>({Millis{300}, std::chrono::hours(5)});
  for (int step = 0; step < 30; ++step) {
    advance(Millis{1 + below(2 * static_cast<int>(pause.count()))});
    if (one_in(6)) {
      exchanges::Intent read;
      read.scope = Scope::kRead;
      read.act = Act::kRead;
      ask("GET", "/v5/account/wallet-balance", read, one_in(2) ? "10.0.0.1" : "10.0.0.2");
    } else if (order(random_legs(step), one_in(5)) && one_in(2)) {
      outcome(one_in(2) ? LegOutcome::Kind::kAccepted : LegOutcome::Kind::kRejected);
    }
  }
}

// What cannot be covered: what no grant can judge, and what is done to such an order.
bool cannot_be_granted(const std::string& rule) {
  return rule == "notional.unknown" || rule == "order.not_own";
}

void check_suggestion() {
  const RandomRecorder recorder;
  const policy::Behaviour seen = behaviour(recorder);
  if (seen.requests.count == 0) return;
  const auto least = load_policy(
      policy::grant_toml(seen, recorder.policy().clients.front(), recorder.policy().currency));
  uint64_t uncovered = 0;
  for (const auto& [rule, tally] : seen.uncovered) {
    RC_LOG() << rule << "\n" << policy::grant_toml(seen, recorder.policy().clients.front(), "USD");
    RC_ASSERT(cannot_be_granted(rule));
    uncovered += tally.count;
  }
  Replay replay(least, "", {});
  for (const LedgerEntry& entry : recorder.list()) {
    const Judged* judged = *replay.take(entry);
    if (!judged || !judged->was_allowed) continue;
    if (!judged->allowed()) {
      RC_ASSERT(uncovered-- > 0);
      continue;
    }
    // And nothing beyond: the same at another place, of another kind, or much larger.
    policy::Question other = judged->question;
    const exchanges::Route elsewhere{"POST", "/v5/order/cancel-all", other.route->scope};
    other.route = &elsewhere;
    RC_ASSERT(policy::decide(other).refusal.rule == "grant.route");
    exchanges::Intent intent = *judged->question.intent;
    other = judged->question;
    other.intent = &intent;
    for (OrderLeg& leg : intent.legs) {
      if (leg.action != LegAction::kPlace) continue;
      leg.instrument += "X";
      RC_ASSERT(policy::decide(other).refusal.rule == "grant.instrument");
      leg.instrument.pop_back();
      if (policy::only_reduces(leg) || !leg.quantity) continue;
      leg.quantity = Decimal(1'000'000'000);
      RC_ASSERT(policy::decide(other).refusal.rule == "grant.max_order_notional");
      break;
    }
  }
  RC_ASSERT(uncovered == 0);
}

RC_GTEST_PROP(SuggestProperty, AllowsWhatWasSeenAndNothingElse, ()) { check_suggestion(); }

// The policy in force judges again what it judged, as it did.
RC_GTEST_PROP(ReplayProperty, TheSamePolicyComesToTheSame, ()) {
  const RandomRecorder recorder;
  Replay replay(recorder.policy(), "", {});
  for (const LedgerEntry& entry : recorder.list()) {
    const Judged* judged = *replay.take(entry);
    if (!judged) continue;
    RC_ASSERT(judged->allowed() == judged->was_allowed);
    if (!judged->allowed()) {
      RC_ASSERT(judged->verdict.refusal.rule == entry.value.text("rule"));
    } else if (entry.value.find("legs")) {
      RC_ASSERT(judged->verdict.reserved.str() == entry.value.text("reserved"));
    }
  }
}

}  // namespace
}  // namespace keystile::signer
