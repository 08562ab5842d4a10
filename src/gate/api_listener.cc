#include "gate/api_listener.h"

#include <map>
#include <utility>

#include "gate/control_line.h"

namespace keystile::gate {
namespace {

constexpr net::ServerLimits kLimits{
    .header_bytes = 8 * 1024, .body_bytes = kCommandBytes, .connections = 256};

class ApiListenerImpl final : public ApiListener {
 public:
  explicit ApiListenerImpl(signer::Signer& signer) : signer_(signer) {}

  Status open(asio::any_io_executor executor, net::Endpoint endpoint, net::ServerTls tls) {
    net::Handler handler = [this](HttpRequest request, net::Peer) {
      return serve(std::move(request));
    };
    KS_TRY(server_, net::Server::listen(std::move(executor), std::move(endpoint), std::move(tls),
                                        kLimits, std::move(handler)));
    return {};
  }

  uint16_t port() const override { return server_->port(); }
  asio::awaitable<void> stop() override { return server_->stop(Millis{1000}); }

  metrics::Families metrics() const override {
    metrics::Family family = metrics::counter("keystile_api_requests_total",
                                              "Requests to the API, by how they were answered.");
    std::map<Outcome, uint64_t> all = counts_;
    for (const auto& [status, count] : server_->refused()) all[{status, ""}] += count;
    for (const auto& [outcome, count] : all) {
      metrics::add(&family, static_cast<double>(count),
                   {{"status", std::to_string(outcome.first)}, {"reason", outcome.second}});
    }
    return {std::move(family)};
  }

 private:
  using Outcome = std::pair<int, std::string>;  // HTTP status, code of the error

  asio::awaitable<HttpResponse> serve(HttpRequest request) { co_return answer(request); }

  HttpResponse answer(const HttpRequest& request) {
    int status = 0;
    const auto done = carry_out(request, &status);
    ++counts_[{status, done ? "" : done.error().code}];
    HttpResponse response{status, {{"Content-Type", "application/json"}}, answer_line(done) + "\n"};
    if (status == 405) response.headers.push_back({"Allow", "POST"});
    return response;
  }

  Result<json::Value> carry_out(const HttpRequest& request, int* status) {
    *status = 404;
    if (request.target() != "/v1/command")
      return fail("api.path", "there is only /v1/command here");
    *status = 405;
    if (request.method != "POST") return fail("api.method", "only POST");
    auto done = carry_out_for_anyone(signer_, request.body);
    *status = done ? 200 : 400;
    return done;
  }

  signer::Signer& signer_;
  // Those that alerts look at are there from the beginning.
  std::map<Outcome, uint64_t> counts_ = {
      {{200, ""}, 0}, {{400, "signed.key"}, 0}, {{400, "sshsig.signature"}, 0}};
  std::unique_ptr<net::Server> server_;
};

}  // namespace

Result<std::unique_ptr<ApiListener>> ApiListener::open(asio::any_io_executor executor,
                                                       net::Endpoint endpoint, net::ServerTls tls,
                                                       signer::Signer& signer) {
  auto listener = std::make_unique<ApiListenerImpl>(signer);
  KS_CHECK(listener->open(std::move(executor), std::move(endpoint), std::move(tls)));
  return listener;
}

}  // namespace keystile::gate
