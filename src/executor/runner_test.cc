#include "executor/runner.h"

#include <gtest/gtest.h>

#include "executor/realm_for_test.h"

namespace keystile::executor {
namespace {

using quorum::State;
using std::chrono::hours;
using std::chrono::seconds;

class CountingRandom final : public Random {
 public:
  void fill(char* out, size_t size) override {
    for (size_t i = 0; i < size; ++i) out[i] = static_cast<char>(next_ = next_ * 75 + 74);
  }

 private:
  uint32_t next_ = 1;
};

// What Binance does with withdrawals.
struct BinanceForTest {
  struct Sent {
    std::string own_id, amount, address;
    WallTime at{};
  };
  std::vector<Sent> sent;
  Millis lag{0};             // of the history
  std::string status = "2";  // of all of them, in its history
  bool refuses = false;

  static std::string param(const HttpRequest& request, const std::string& name) {
    const std::string all = "&" + request.query + "&" + request.body + "&";
    const size_t at = all.find("&" + name + "=");
    if (at == all.npos) return "";
    const size_t begin = at + name.size() + 2;
    return all.substr(begin, all.find('&', begin) - begin);
  }

  HttpResponse answer(const HttpRequest& request, WallTime now) {
    const auto json = [](std::string body, int status_code = 200) {
      return HttpResponse{status_code, {{"Content-Type", "application/json"}}, std::move(body)};
    };
    if (request.path.ends_with("/time")) {
      return json(fmt::format("{{\"serverTime\":{}}}", epoch_ms(now)));
    }
    if (request.path.ends_with("/apply")) {
      if (refuses) return json(R"({"code":-4026,"msg":"no balance"})", 400);
      sent.push_back({param(request, "withdrawOrderId"), param(request, "amount"),
                      param(request, "address"), now});
      return json(fmt::format("{{\"id\":\"W{}\"}}", sent.size()));
    }
    json::Array rows;
    for (size_t i = 0; i < sent.size(); ++i) {
      if (sent[i].at + lag > now) continue;
      rows.push_back(json::object({{"id", fmt::format("W{}", i + 1)},
                                   {"withdrawOrderId", sent[i].own_id},
                                   {"amount", sent[i].amount},
                                   {"transactionFee", "0"},
                                   {"coin", "USDT"},
                                   {"network", "TRX"},
                                   {"address", sent[i].address},
                                   {"status", json::Number{status}},
                                   {"applyTime", "2026-11-21 06:30:00"}}));
    }
    return json(json::dump(json::Value(std::move(rows))));
  }
};

enum class Fault {
  kNone,
  kEndBefore,   // the executor is killed before it does the thing
  kEndAfter,    // and after it, before it knows how it went
  kLoseBefore,  // the way there is cut: it is not done, and nobody knows
  kLoseAfter,   // the way back
};

// A realm, an exchange, and an executor that can be killed.
class World {
 public:
  World() { start(); }

  void start() {
    RunnerSettings settings;
    settings.realm = realm.note_key;
    settings.policy = bundle_of().hash();
    settings.payout.grace = seconds{20};
    runner = std::make_unique<Runner>(
        settings,
        [this](const std::string& entry) -> std::optional<exchanges::RealKey> {
          if (entry != "key/binance-main/withdraw") return std::nullopt;
          return exchanges::RealKey{"K", &key, nullptr};
        },
        random);
    int index = 0;
    for (const json::Value& entry : notes) {
      json::Value whole = entry;
      whole.set("index", index++);
      const Status known = runner->remember(
          whole, [this](const std::string& hash) { return Result<policy::Bundle>(kept.at(hash)); });
      ASSERT_TRUE(known) << known.error().message;
    }
  }

  Moment now() const { return {realm.clocks.wall, mono}; }
  void pass(Millis time) {
    realm.pass(time);
    mono += time;
  }

  // How many things it does until there is nothing to do for `time`. The first error ends it.
  int run(Millis time = seconds{3}, int fault_at = -1, Fault fault = Fault::kNone) {
    int done = 0;
    const MonoTime end = mono + time;
    while (mono < end && error.empty()) {
      auto action = runner->next(now());
      if (!action) {
        error = action.error().code;
        break;
      }
      if (const auto* rest = std::get_if<Rest>(&*action)) {
        pass(rest->time * 5);
        continue;
      }
      perform(std::move(*action), done++ == fault_at ? fault : Fault::kNone);
      pass(Millis{5});
    }
    return done;
  }

  State state(uint64_t id = 7) const { return realm.proposals.find(id)->state; }

  RealmForTest realm;
  BinanceForTest binance;
  std::vector<json::Value> notes;  // its own ledger
  std::map<std::string, policy::Bundle> kept;
  std::unique_ptr<Runner> runner;
  std::string error;
  bool realm_is_away = false;
  bool realm_postpones = false;  // it says yes and writes nothing
  std::optional<quorum::Step> postponed;

 private:
  void perform(Action action, Fault fault) {
    if (fault == Fault::kEndBefore) return start();
    const bool acts = fault != Fault::kLoseBefore;
    const bool ends = fault == Fault::kEndAfter;
    const auto lost = fail("net.lost", "the way was cut", ErrorClass::kOutcomeUnknown);
    Status then;
    if (auto* ask = std::get_if<Ask>(&action)) {
      Result<json::Value> answer = lost;
      if (acts && !realm_is_away) answer = command(ask->command);
      if (fault == Fault::kLoseAfter) answer = lost;
      if (!ends) then = ask->then(std::move(answer), now());
    } else if (auto* fetch = std::get_if<Fetch>(&action)) {
      Result<HttpResponse> answer = lost;
      if (acts) answer = binance.answer(fetch->request, realm.clocks.wall);
      if (fault == Fault::kLoseAfter) answer = lost;
      if (!ends) then = fetch->then(std::move(answer), now());
    } else if (auto* note = std::get_if<Note>(&action)) {
      for (json::Value& entry : note->entries) {
        entry.set("time", iso8601(realm.clocks.wall));
        notes.push_back(entry);
      }
      if (!ends) then = note->then(now());
    } else if (auto* keep = std::get_if<Keep>(&action)) {
      kept[keep->bundle.hash()] = keep->bundle;
      if (!ends) then = keep->then(now());
    }
    if (!then) error = then.error().code;
    if (ends) start();
  }

  Result<json::Value> command(const json::Value& command) {
    const std::string_view what = command.text("do");
    if (what == "ledger.entries") return realm.answer(parse_uint64(command.text("from")).value());
    if (what == "policy.bundle") {
      const auto& bundle = realm.bundles.at(std::string(command.text("hash")));
      return json::object({{"bundle", policy::dump_bundle(bundle)}});
    }
    EXPECT_EQ(what, "proposal.step");
    quorum::Step step{parse_uint64(command.text("id")).value(),
                      State::kExecuting,
                      std::string(command.text("detail")),
                      {}};
    for (const State to : {State::kDone, State::kFailed, State::kUnknown}) {
      if (command.text("to") == to_string(to)) step.to = to;
    }
    if (const json::Value* clocks = command.find("clocks")) {
      step.clocks = quorum::read_clocks(*clocks).value();
    }
    if (realm_postpones) {
      postponed = step;
    } else {
      KS_CHECK(realm.event(step));
    }
    return json::object({});
  }

  MonoTime mono{hours{1}};
  CountingRandom random;
  SecretBytes secret = SecretBytes::copy_of("secret").value();
  crypto::SigningKey key =
      crypto::SigningKey::open(crypto::KeyAlgorithm::kHmacSha256, secret).value();
};

TEST(Runner, SendsWhatWasApprovedOnce) {
  World world;
  world.run();
  EXPECT_TRUE(world.binance.sent.empty());
  const auto proposal = world.realm.propose(withdrawal("100.25"), 7);
  world.realm.sign(proposal, kAlice);
  world.run();
  EXPECT_TRUE(world.binance.sent.empty());
  world.realm.sign(proposal, kBob);
  world.run(seconds{60});
  ASSERT_EQ(world.binance.sent.size(), 1u);
  EXPECT_EQ(world.binance.sent[0].own_id, "7");
  EXPECT_EQ(world.binance.sent[0].amount, "100.25");
  EXPECT_EQ(world.binance.sent[0].address, "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t");
  EXPECT_EQ(world.state(), State::kDone);
  EXPECT_EQ(world.realm.proposals.find(7)->detail, "binance accepted it as W1");
  world.start();
  world.run(seconds{60});
  EXPECT_EQ(world.binance.sent.size(), 1u);
  EXPECT_EQ(world.error, "");
}

// Killed before or after every single thing that it does, and each answer lost both ways: it leaves
// at most once, and everything comes to an end that tells what happened.
TEST(Runner, WhateverHappensItLeavesAtMostOnce) {
  const auto play = [](int fault_at, Fault fault, Millis lag) {
    World world;
    world.run();
    world.realm.approved(withdrawal(), 7);
    world.binance.lag = lag;
    const int done = world.run(seconds{20}, fault_at, fault);
    world.run(seconds{60});
    EXPECT_EQ(world.error, "") << fault_at;
    EXPECT_LE(world.binance.sent.size(), 1u) << fault_at << " " << static_cast<int>(fault);
    const State end = world.state();
    if (end == State::kDone) {
      EXPECT_EQ(world.binance.sent.size(), 1u) << fault_at;
    }
    if (end == State::kFailed) {
      EXPECT_TRUE(world.binance.sent.empty()) << fault_at;
    }
    EXPECT_TRUE(end == State::kDone || end == State::kFailed || end == State::kUnknown)
        << fault_at << " " << static_cast<int>(fault) << " " << to_string(end);
    // What left and shows in time is known to have left.
    if (!world.binance.sent.empty() && lag < seconds{20}) {
      EXPECT_EQ(end, State::kDone) << fault_at << " " << static_cast<int>(fault);
    }
    return done;
  };
  const int all = play(-1, Fault::kNone, Millis{0});
  ASSERT_GT(all, 8);
  for (const Fault fault :
       {Fault::kEndBefore, Fault::kEndAfter, Fault::kLoseBefore, Fault::kLoseAfter}) {
    for (int at = 0; at < 14; ++at) {
      for (const Millis lag : {Millis{0}, Millis{seconds{10}}, Millis{hours{1}}}) {
        play(at, fault, lag);
      }
    }
  }
}

TEST(Runner, ARefusalIsAnEnd) {
  World world;
  world.binance.refuses = true;
  world.realm.approved(withdrawal(), 7);
  world.run(seconds{20});
  EXPECT_EQ(world.state(), State::kFailed);
  EXPECT_EQ(world.realm.proposals.find(7)->detail, "binance refused it, code -4026");
}

// Another one with the same keys, or this one's folder put back to an older state: nobody can say
// what was sent, so nothing is.
TEST(Runner, WhatSomebodyElseBeganIsNotSent) {
  World world;
  world.run();
  const auto proposal = world.realm.approved(withdrawal(), 7);
  ASSERT_TRUE(world.realm.event(
      quorum::Step{7, State::kExecuting, "by another", quorum::Clocks{world.realm.clocks}}));
  world.run(seconds{60});
  EXPECT_TRUE(world.binance.sent.empty());
  EXPECT_EQ(world.state(), State::kUnknown);
}

TEST(Runner, WaitsForAKeyAndForTheRealm) {
  World world;
  quorum::Withdrawal facts = withdrawal();
  facts.account = "binance-other";
  world.realm.approved(facts, 7);
  world.run(seconds{10});
  EXPECT_EQ(world.state(), State::kApproved);
  ASSERT_EQ(world.runner->troubles().size(), 1u);
  world.realm_is_away = true;
  world.run(seconds{10});
  EXPECT_EQ(world.runner->troubles().size(), 2u);
  EXPECT_EQ(world.error, "");
}

TEST(Runner, StopsWhereTheLogIsAnother) {
  World world;
  world.run();
  world.realm.texts.clear();
  world.realm.log = {};
  world.run();
  EXPECT_EQ(world.error, "executor.forked");
}

TEST(Runner, StopsAtAPolicyThatNobodyApproved) {
  World world;
  world.run();
  world.realm.adopt(bundle_of(kReader));
  world.run();
  EXPECT_EQ(world.error, "executor.adopted");
}

// A gate that has answered, and writes it when nobody wants it any more.
TEST(Runner, WhatTheGateWroteTooLateIsNotSent) {
  World world;
  world.realm.approved(withdrawal(), 7);
  world.realm_postpones = true;
  world.run();
  ASSERT_TRUE(world.postponed);
  world.realm_postpones = false;
  world.pass(hours{30});
  const quorum::Clocks now = world.realm.clocks;
  world.realm.clocks = *world.postponed->clocks;  // and says that it was then
  ASSERT_TRUE(world.realm.event(*world.postponed));
  world.realm.clocks = now;
  world.run(seconds{20});
  EXPECT_TRUE(world.binance.sent.empty());
  EXPECT_EQ(world.state(), State::kFailed);
}

}  // namespace
}  // namespace keystile::executor
