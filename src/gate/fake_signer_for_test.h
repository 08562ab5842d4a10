// A signer that does as it is told, and remembers.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "signer/signer.h"

namespace keystile::gate {

// Look at it on the loop's thread only.
class FakeSigner : public signer::Signer {
 public:
  signer::Step begin(signer::Inbound inbound) override {
    seen.push_back(inbound);
    return on_begin(std::move(inbound));
  }
  HttpResponse finish(uint64_t ticket, Result<HttpResponse> upstream) override {
    finished.emplace_back(ticket, std::move(upstream));
    const auto& result = finished.back().second;
    if (result) return {result->status, {{"X-Finished", "yes"}}, result->body};
    return {503, {}, result.error().code};
  }
  std::vector<signer::Errand> errands() override { return std::exchange(due, {}); }
  void errand_done(uint64_t id, Result<HttpResponse> upstream) override {
    done.emplace_back(id, std::move(upstream));
    if (on_done) on_done();
  }
  ledger::Index durable() const override {
    ++durable_asked;
    return durable_now;
  }
  Result<json::Value> control(const json::Value& command) override {
    if (command.text("do") == "fail") return fail("test.code", "the message");
    return json::object({{"did", command.text("do")}});
  }
  metrics::Families metrics() const override { return {}; }
  json::Array missing() const override { return {}; }
  Result<std::string> certify(std::string_view public_pem) override {
    if (on_certify) return on_certify(public_pem);
    return fail("ca.none", "there is no CA");
  }

  std::function<Result<std::string>(std::string_view)> on_certify;
  std::function<signer::Step(signer::Inbound)> on_begin;
  std::function<void()> on_done;
  std::vector<signer::Inbound> seen;
  std::vector<std::pair<uint64_t, Result<HttpResponse>>> finished;
  std::vector<signer::Errand> due;
  std::vector<std::pair<uint64_t, Result<HttpResponse>>> done;
  ledger::Index durable_now = 0;
  mutable int durable_asked = 0;
};

}  // namespace keystile::gate
