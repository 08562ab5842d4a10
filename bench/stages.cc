// Where the time of one order goes: each stage alone, over the same few hundred orders, warm.
#include <fmt/format.h>

#include <cstdio>
#include <functional>

#include "bench/commands.h"
#include "bench/sample.h"
#include "bench/upstream.h"
#include "net/message.h"
#include "policy/decide.h"
#include "policy/market_facts.h"
#include "signer/admission.h"
#include "signer/market_book.h"
#include "signer/realm.h"

namespace keystile::bench {
namespace {

constexpr size_t kOrders = 500, kRounds = 41;

class Stages {
 public:
  explicit Stages(signer::Realm& realm)
      : realm_(realm),
        route_(*binance().routes().find("POST", "/api/v3/order")),
        directory_(realm.policy()),
        client_(realm.policy().clients.front()) {}

  Status prepare() {
    market_.set_currency_assets(realm_.policy().currency_assets);
    for (const exchanges::MarketQuery& query : binance().market_queries()) {
      if (query.product != exchanges::Product::kSpot) continue;
      const HttpResponse answer{200, {}, body_for(query.request.target(), now())};
      KS_TRY(const auto update, binance().parse_market(query, answer));
      market_.update(update, system_clock().mono(), system_clock().wall());
    }
    const vault::Vault& vault = *realm_.vault("test");
    const policy::Account& account = realm_.policy().accounts.front();
    key_ = {kRealKeyId, vault.signing_key(account.keys.back().vault), nullptr};
    for (size_t i = 0; i < kOrders; ++i) {
      KS_TRY(Sample sample, make_sample(0, i));
      KS_TRY(auto intent, binance().interpret(route_, sample.inbound.request));
      admitted_.emplace_back();
      if (auto refused = admit(sample, &admitted_.back())) return fail("bench", refused->message);
      verdicts_.push_back(policy::decide(question(intent)));
      if (verdicts_.back().kind != policy::Verdict::Kind::kAllow)
        return fail("bench.refused", verdicts_.back().refusal.message);
      wires_.push_back(wire(sample.inbound.request));
      answers_.push_back(net::to_bytes(sample.answer, false, true));
      intents_.push_back(std::move(intent));
      samples_.push_back(std::move(sample));
    }
    return {};
  }

  void run() {
    time("read the request", [&](size_t i) {
      net::RequestReader reader(16384, 524288);
      std::string bytes = wires_[i];
      reader.feed(&bytes);
      return reader.take().body.size();
    });
    time("authenticate", [&](size_t i) {
      signer::Admitted admitted;
      return admit(samples_[i], &admitted) ? 1 : 0;
    });
    time("interpret", [&](size_t i) {
      return binance().interpret(route_, samples_[i].inbound.request)->legs.size();
    });
    time("decide", [&](size_t i) { return policy::decide(question(intents_[i])).rule.size(); });
    time("sign", [&](size_t i) {
      return binance()
          .sign(samples_[i].inbound.request, route_, key_, now(), Millis{60000}, {})
          ->body.size();
    });
    time("record", [&](size_t i) { return record(i); });
    time("write the request", [&](size_t i) {
      return net::to_bytes(samples_[i].inbound.request, "127.0.0.1:1").size();
    });
    time("read the answer", [&](size_t i) {
      net::ResponseReader reader(1 << 20, false);
      std::string bytes = answers_[i];
      reader.feed(&bytes);
      return reader.take().body.size();
    });
    time("record the outcome", [&](size_t i) { return outcome(i); });
    time("write the answer",
         [&](size_t i) { return net::to_bytes(samples_[i].answer, false, true).size(); });
  }

 private:
  static WallTime now() { return system_clock().wall(); }

  void time(const char* name, const std::function<size_t(size_t)>& stage) {
    std::vector<double> rounds;
    for (size_t round = 0; round < kRounds; ++round) {
      const int64_t start = now_ns();
      for (size_t i = 0; i < kOrders; ++i) sink_ += stage(i);
      rounds.push_back(static_cast<double>(now_ns() - start) / kOrders);
    }
    std::puts(fmt::format(R"({{"stage":"{}","ns":{:.0f}}})", name, median(rounds)).c_str());
  }

  std::optional<exchanges::Refusal> admit(const Sample& sample, signer::Admitted* admitted) {
    return signer::admit(sample.inbound, route_, directory_, realm_.vault("test"),
                         realm_.books().marks(), realm_.freezes(), now(), admitted);
  }

  policy::Question question(const exchanges::Intent& intent) {
    const auto usage = realm_.books().usage(client_.name, now());
    return {&client_, &route_,  &intent, std::vector<std::optional<policy::KnownOrder>>(1),
            usage,    &market_, now(),   prepared_at_,
            "USD"};
  }

  size_t record(size_t i) {
    const std::string route = to_string(route_);
    signer::RequestEntry entry{
        {client_.name, client_.account, "binance", "test", "127.0.0.1", route, 1},
        intents_[i],
        policy::market_facts(question(intents_[i])),
        verdicts_[i],
        admitted_[i].mark};
    system_random().fill(entry.salt.data(), entry.salt.size());
    entry.body = crypto::sha256_digest({entry.salt.data(), entry.salt.size()},
                                       admitted_[i].credentials.payload);
    last_ = realm_.record(entry, ledger::Priority::kOrdinary).value_or(0);
    return last_;
  }

  size_t outcome(size_t i) {
    return realm_
        .record(signer::OutcomeEntry{
            last_, 200, binance().outcome(route_, intents_[i], samples_[i].answer), ""})
        .value_or(0);
  }

  signer::Realm& realm_;
  const exchanges::Route& route_;
  signer::Directory directory_;
  const policy::Client& client_;
  signer::MarketBook market_;
  MonoTime prepared_at_ = system_clock().mono();  // so that prices stay young
  exchanges::RealKey key_;
  std::vector<Sample> samples_;
  std::vector<exchanges::Intent> intents_;
  std::vector<signer::Admitted> admitted_;
  std::vector<policy::Verdict> verdicts_;
  std::vector<std::string> wires_, answers_;
  ledger::Index last_ = 0;
  size_t sink_ = 0;
};

}  // namespace

Status measure_stages(const Arguments& arguments) {
  KS_TRY(const auto realm, signer::Realm::open(arguments[0], nullptr, system_clock()));
  Stages stages(*realm);
  KS_CHECK(stages.prepare());
  stages.run();
  return {};
}

}  // namespace keystile::bench
