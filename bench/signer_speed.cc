// begin() and finish() of one order, with all that the signer does, but without sockets.
#include <fmt/format.h>

#include <cstdio>

#include "base/encoding.h"
#include "bench/commands.h"
#include "bench/sample.h"
#include "bench/upstream.h"
#include "crypto/digest.h"
#include "signer/realm.h"

namespace keystile::bench {
namespace {

constexpr size_t kRound = 500;  // requests between two looks at the clock

class Rounds {
 public:
  Rounds(signer::Signer& signer, size_t clients) : signer_(signer), clients_(clients) {}

  Status run(size_t requests) {
    signer_ns_.clear();
    hmac_ns_.clear();
    for (size_t done = 0; done < requests; done += kRound) {
      KS_CHECK(round());
    }
    return {};
  }
  // Of what was computed, so that it is computed.
  int sink() const { return sink_; }
  double signer_ns() const { return median(signer_ns_); }
  double hmac_ns() const { return median(hmac_ns_); }

 private:
  Status round() {
    answer_errands();
    std::vector<Sample> orders;
    for (size_t n = 0; n < kRound; ++n) {
      const size_t i = next_++;
      // Far apart, so that no cache holds the next client by chance.
      KS_TRY(Sample sample, make_sample(i * 7919 % clients_, i));
      orders.push_back(std::move(sample));
    }
    const int64_t start = now_ns();
    for (const Sample& sample : orders) {  // one to verify, one to sign
      sink_ += crypto::hmac_sha256(sample.secret, sample.payload)[0];
      sink_ += crypto::hmac_sha256(kRealSecret, sample.payload)[0];
    }
    const int64_t hashed = now_ns();
    for (Sample& sample : orders) {
      signer::Step step = signer_.begin(std::move(sample.inbound));
      const auto* forward = std::get_if<signer::Forward>(&step);
      if (!forward) {
        return fail("bench.refused",
                    "the signer refused an order: " + std::get<signer::Answer>(step).response.body);
      }
      sink_ += signer_.finish(forward->ticket, std::move(sample.answer)).status;
    }
    hmac_ns_.push_back(static_cast<double>(hashed - start) / kRound);
    signer_ns_.push_back(static_cast<double>(now_ns() - hashed) / kRound);
    return {};
  }

  // Prices must not grow old.
  void answer_errands() {
    for (signer::Errand& errand : signer_.errands()) {
      const WallTime now = system_clock().wall();
      signer_.errand_done(errand.id, HttpResponse{200, {}, body_for(errand.request.target(), now)});
    }
  }

  signer::Signer& signer_;
  size_t clients_;
  size_t next_ = 0;  // number of the next order
  std::vector<double> signer_ns_, hmac_ns_;  // per request
  int sink_ = 0;
};

}  // namespace

Status measure_signer(const Arguments& arguments) {
  const size_t clients = parse_uint64(arguments[1]).value_or(1);
  const int64_t start = now_ns();
  KS_TRY(const auto realm, signer::Realm::open(arguments[0], nullptr, system_clock()));
  const auto signer = signer::make_signer(*realm, system_clock(), system_random());
  const int64_t opened = now_ns();
  const uint64_t resident = resident_mib(), entries = realm->ledger().size();
  Rounds rounds(*signer, clients);
  // A client's first request makes what is remembered of it: that is not what is measured.
  KS_CHECK(rounds.run(clients));
  KS_CHECK(rounds.run(parse_uint64(arguments[2]).value_or(kRound)));
  if (rounds.sink() == 0) std::fputs("keystile_bench: odd\n", stderr);
  std::puts(fmt::format(R"({{"signer_ns":{:.0f},"hmac_ns":{:.0f},"clients":{},"entries":{},)"
                        R"("open_ms":{},"resident_mib":{}}})",
                        rounds.signer_ns(), rounds.hmac_ns(), clients, entries,
                        (opened - start) / 1'000'000, resident)
                .c_str());
  return {};
}

}  // namespace keystile::bench
