// A realm, an exchange, and an executor that can be killed at any point.
#pragma once

#include <memory>

#include "executor/realm_for_test.h"
#include "executor/runner.h"

namespace keystile::executor {

class CountingRandom final : public Random {
 public:
  void fill(char* out, size_t size) override {
    for (size_t i = 0; i < size; ++i) out[i] = static_cast<char>(next_ = next_ * 75 + 74);
  }

 private:
  uint32_t next_ = 1;
};

// What Binance does with withdrawals, and with transfers between wallets.
struct BinanceForTest {
  struct Sent {
    std::string own_id, amount, address;
    WallTime at{};
    std::string coin = "USDT", network = "TRX";
  };
  std::vector<Sent> sent;
  std::vector<Sent> moved;
  Millis lag{0};             // of the history
  std::string status = "2";  // of all of them, in its history
  bool refuses = false;
  std::string btc_price = "50000";  // empty: it tells none
  bool loses = false;               // its answers are lost
  bool mumbles = false;             // of what it was asked to withdraw it says nothing
  bool drops = false;               // nor does it do so

  static std::string param(const HttpRequest& request, const std::string& name) {
    const std::string all = "&" + request.query + "&" + request.body + "&";
    const size_t at = all.find("&" + name + "=");
    if (at == all.npos) return "";
    const size_t begin = at + name.size() + 2;
    return all.substr(begin, all.find('&', begin) - begin);
  }

  static std::string email(const HttpRequest& request, const std::string& name) {
    return percent_decode(param(request, name), true).value_or("");
  }

  static bool is_asked_for(const HttpRequest& request, WallTime at) {
    const auto time = static_cast<uint64_t>(epoch_ms(at));
    return parse_uint64(param(request, "startTime")).value_or(0) <= time &&
           time <= parse_uint64(param(request, "endTime")).value_or(time);
  }

  static HttpResponse told(std::string body, int status_code = 200) {
    return {status_code, {{"Content-Type", "application/json"}}, std::move(body)};
  }

  // It takes no id of the client's.
  HttpResponse transfer(const HttpRequest& request, WallTime now) {
    if (request.method == "POST") {
      if (refuses) return told(R"({"code":-5013,"msg":"Asset transfer failed"})", 400);
      moved.push_back({"", param(request, "amount"), param(request, "type"), now});
      return told(fmt::format("{{\"tranId\":{}}}", moved.size()));
    }
    json::Array rows;
    for (size_t i = 0; i < moved.size(); ++i) {
      if (moved[i].at + lag > now || !moved[i].own_id.empty()) continue;
      if (!is_asked_for(request, moved[i].at)) continue;
      rows.push_back(json::object({{"asset", "USDT"},
                                   {"amount", moved[i].amount},
                                   {"type", moved[i].address},
                                   {"status", "CONFIRMED"},
                                   {"tranId", static_cast<uint64_t>(i + 1)},
                                   {"timestamp", static_cast<uint64_t>(epoch_ms(moved[i].at))}}));
    }
    const auto total = static_cast<uint64_t>(rows.size());
    return told(json::dump(json::object({{"total", total}, {"rows", std::move(rows)}})));
  }

  static std::pair<std::string, std::string> ends(const std::string& text) {
    const size_t between = text.find('>');
    return {text.substr(0, between), text.substr(between + 1)};
  }

  // Between accounts; it shows the client's own id. Both ends as "from@…>to@…", the key's own
  // empty.
  HttpResponse transfer_between(const HttpRequest& request, WallTime now) {
    const std::string own_id = param(request, "clientTranId");
    if (request.method == "POST") {
      if (refuses) return told(R"({"code":-5013,"msg":"Asset transfer failed"})", 400);
      moved.push_back({own_id, param(request, "amount"),
                       email(request, "fromEmail") + ">" + email(request, "toEmail"), now, "USDT",
                       param(request, "fromAccountType") + ">" + param(request, "toAccountType")});
      return told(fmt::format(R"({{"tranId":{},"clientTranId":"{}"}})", moved.size(), own_id));
    }
    json::Array rows;
    for (size_t i = 0; i < moved.size(); ++i) {
      if (moved[i].at + lag > now || moved[i].own_id != own_id) continue;
      const auto [from, to] = ends(moved[i].address);
      const auto [from_wallet, to_wallet] = ends(moved[i].network);
      rows.push_back(json::object({{"asset", "USDT"},
                                   {"amount", moved[i].amount},
                                   {"fromEmail", from.empty() ? "key@example.com" : from},
                                   {"toEmail", to.empty() ? "key@example.com" : to},
                                   {"fromAccountType", from_wallet},
                                   {"toAccountType", to_wallet},
                                   {"status", "SUCCESS"},
                                   {"tranId", static_cast<uint64_t>(i + 1)},
                                   {"clientTranId", own_id}}));
    }
    const auto total = static_cast<uint64_t>(rows.size());
    return told(json::dump(json::object({{"totalCount", total}, {"result", std::move(rows)}})));
  }

  HttpResponse answer(const HttpRequest& request, WallTime now) {
    if (request.path.ends_with("/time")) {
      return told(fmt::format("{{\"serverTime\":{}}}", epoch_ms(now)));
    }
    if (request.path.ends_with("/exchangeInfo")) {
      return told(R"({"symbols":[{"symbol":"BTCUSDT","baseAsset":"BTC","quoteAsset":"USDT"}]})");
    }
    if (request.path.ends_with("/ticker/price")) {
      if (btc_price.empty()) return told("[]");
      return told(fmt::format(R"([{{"symbol":"BTCUSDT","price":"{}"}}])", btc_price));
    }
    if (request.path == "/sapi/v1/asset/transfer") return transfer(request, now);
    if (request.path.ends_with("/universalTransfer")) return transfer_between(request, now);
    if (request.path.ends_with("/apply")) {
      if (refuses) return told(R"({"code":-4026,"msg":"no balance"})", 400);
      if (drops) return told("", 502);
      sent.push_back({param(request, "withdrawOrderId"), param(request, "amount"),
                      param(request, "address"), now, param(request, "coin"),
                      param(request, "network")});
      return mumbles ? told("", 502) : told(fmt::format("{{\"id\":\"W{}\"}}", sent.size()));
    }
    json::Array rows;
    for (size_t i = 0; i < sent.size(); ++i) {
      if (sent[i].at + lag > now || !is_asked_for(request, sent[i].at)) continue;
      rows.push_back(
          json::object({{"id", fmt::format("W{}", i + 1)},
                        {"withdrawOrderId", sent[i].own_id},
                        {"amount", sent[i].amount},
                        {"transactionFee", "0"},
                        {"coin", sent[i].coin},
                        {"network", sent[i].network},
                        {"address", sent[i].address},
                        {"status", json::Number{status}},
                        {"applyTime", iso8601(sent[i].at).replace(10, 1, " ").substr(0, 19)}}));
    }
    return told(json::dump(json::Value(std::move(rows))));
  }
};

enum class Fault {
  kNone,
  kEndBefore,   // the executor is killed before it does the thing
  kEndAfter,    // and after it, before it knows how it went
  kLoseBefore,  // the way there is cut: it is not done, and nobody knows
  kLoseAfter,   // the way back
  kRepeat,      // the exchange's answer before this one comes again, in place of this one
};

// A realm, an exchange, and an executor that can be killed.
class World {
 public:
  explicit World(policy::Bundle genesis = bundle_of())
      : genesis_(std::move(genesis)), realm(genesis_) {
    start();
  }

  void start() {
    RunnerSettings settings;
    settings.realm = realm.note_key;
    settings.policy = trusted;
    settings.payout.grace = std::chrono::seconds{20};
    runner = std::make_unique<Runner>(
        settings,
        [this](const std::string& entry) -> std::optional<exchanges::RealKey> {
          const bool known =
              entry.starts_with("key/binance-main/") || entry == "key/store/transfer";
          if (!known) return std::nullopt;
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

  // The exchange's clock is right; those of the gate and of the executor may be turned.
  WallTime true_time() const { return realm.clocks.exchanges.at("production/binance"); }
  Moment now() const { return {true_time() + ahead, mono}; }
  void pass(Millis time) {
    realm.pass(time);
    mono += time;
  }

  // Does the next thing; false: there was none, or an error ended it.
  bool step(Fault fault = Fault::kNone) {
    if (!error.empty()) return false;
    auto action = runner->next(now());
    if (!action) error = action.error().code;
    if (!action || std::holds_alternative<Rest>(*action)) return false;
    perform(std::move(*action), fault);
    pass(Millis{5});
    return true;
  }

  // How many things it does within `time`. The first error ends it.
  int run(Millis time = std::chrono::seconds{3}, int fault_at = -1, Fault fault = Fault::kNone) {
    int done = 0;
    const MonoTime end = mono + time;
    while (mono < end && error.empty()) {
      if (step(done == fault_at ? fault : Fault::kNone)) {
        ++done;
      } else {
        pass(Millis{500});
      }
    }
    return done;
  }

  quorum::State state(uint64_t id = 7) const { return realm.proposals.find(id)->state; }

  const policy::Bundle genesis_;
  std::string trusted = genesis_.hash();
  RealmForTest realm;
  BinanceForTest binance;
  Millis ahead{0};                 // of the executor's clock
  std::vector<json::Value> notes;  // its own ledger
  std::map<std::string, policy::Bundle> kept;
  std::unique_ptr<Runner> runner;
  std::string error;
  bool realm_is_away = false;
  bool realm_is_taken = false;   // it writes whatever it is told
  bool realm_postpones = false;  // it says yes and writes nothing
  bool realm_denies = false;     // it writes of whatever was sent that it has failed
  Millis realm_backdates{0};     // so much older it makes what it writes for the executor
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
      if (acts) answer = binance.answer(fetch->request, true_time());
      const Result<HttpResponse> earlier = std::exchange(told_last_, answer);
      if (fault == Fault::kRepeat) answer = earlier;
      if (fault == Fault::kLoseAfter || binance.loses) answer = lost;
      if (!ends) then = fetch->then(std::move(answer), now());
    } else if (auto* note = std::get_if<Note>(&action)) {
      for (json::Value& entry : note->entries) {
        entry.set("time", iso8601(now().wall));
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
    if (what == "ledger.entries")
      return realm.answer(parse_uint64(command.text("from")).value_or(0));
    if (what == "policy.bundle") {
      const auto& bundle = realm.bundles.at(std::string(command.text("hash")));
      return json::object({{"bundle", policy::dump_bundle(bundle)}});
    }
    EXPECT_EQ(what, "proposal.step");
    quorum::Step step{parse_uint64(command.text("id")).value_or(0),
                      quorum::State::kExecuting,
                      std::string(command.text("detail")),
                      {}};
    for (const quorum::State to :
         {quorum::State::kDone, quorum::State::kFailed, quorum::State::kUnknown}) {
      if (command.text("to") == to_string(to)) step.to = to;
    }
    if (const json::Value* clocks = command.find("clocks")) {
      step.clocks = quorum::read_clocks(*clocks).value();
    }
    if (realm_denies && step.to == quorum::State::kDone) step.to = quorum::State::kFailed;
    realm.clocks.wall -= realm_backdates;
    Status written = write(step);
    realm.clocks.wall += realm_backdates;
    KS_CHECK(std::move(written));
    return json::object({});
  }

  Status write(const quorum::Step& step) {
    if (realm_is_taken) {
      realm.write(quorum::to_json(quorum::Event{step}));
    } else if (realm_postpones) {
      postponed = step;
    } else {
      return realm.event(step);
    }
    return {};
  }

  Result<HttpResponse> told_last_ = BinanceForTest::told("{}");
  MonoTime mono{std::chrono::hours{1}};
  CountingRandom random;
  SecretBytes secret = SecretBytes::copy_of("secret").value();
  crypto::SigningKey key =
      crypto::SigningKey::open(crypto::KeyAlgorithm::kHmacSha256, secret).value();
};

}  // namespace keystile::executor
