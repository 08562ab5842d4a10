#include "feed/relay.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "feed/readers.h"
#include "feed/relay_meter.h"
#include "feed/relay_rest.h"
#include "feed/relay_token.h"
#include "feed/token_file.h"
#include "net/server.h"
#include "net/task_gate.h"

namespace keystile::feed {
namespace {

constexpr net::ServerLimits kLimits{
    .header_bytes = 16 * 1024, .body_bytes = 0, .connections = 4096};
constexpr Millis kLookEvery{1000};  // at the file of tokens
constexpr Millis kGrace{1000};

class RelayImpl final : public Relay {
 public:
  RelayImpl(const asio::any_io_executor& executor, const RelaySettings& settings,
            const State& state, const Clock& clock, OnTrouble on_trouble)
      : state_(state),
        clock_(clock),
        on_trouble_(std::move(on_trouble)),
        file_(settings.tokens),
        readers_(settings.requests_per_minute),
        chore_(executor),
        tasks_(executor) {}

  Status open(const asio::any_io_executor& executor, const RelaySettings& settings) {
    std::optional<net::ServerTls> tls;
    if (!settings.certificate.empty()) tls = net::ServerTls{settings.certificate, settings.key};
    net::Handler handler = [this](HttpRequest request, net::Peer) {
      return serve(std::move(request));
    };
    KS_TRY(server_, net::Server::listen(executor, {settings.address, settings.port}, std::move(tls),
                                        kLimits, std::move(handler)));
    look();
    return {};
  }

  void start() override { tasks_.spawn(keep_looking()); }
  uint16_t port() const override { return server_->port(); }
  asio::awaitable<void> stop() override {
    stopping_ = true;
    chore_.cancel();
    co_await server_->stop(kGrace);
    co_await tasks_.drained();
  }
  metrics::Families metrics() const override { return meter_.collect(); }

 private:
  // A file of tokens that cannot be read lets nobody in.
  void look() {
    auto tokens = file_.changed();
    if (!tokens) return;
    if (!*tokens) on_trouble_(tokens->error());
    readers_.set(std::move(*tokens).value_or(Tokens()));
  }
  asio::awaitable<void> keep_looking() {
    while (!stopping_) {
      chore_.expires_after(kLookEvery);
      co_await chore_.async_wait(asio::as_tuple(asio::use_awaitable));
      look();
    }
  }

  asio::awaitable<HttpResponse> serve(HttpRequest request) {
    const Admission admission = readers_.admit(take_token(&request), clock_.mono());
    HttpResponse response = refused(admission);
    if (response.body.empty()) {
      response = answer(
          state_, request,
          {*admission.name, *admission.reader, readers_.limit(), clock_.wall(), clock_.mono()});
    }
    meter_.count_request(admission.name ? *admission.name : "", response.status);
    co_return response;
  }

  // Without a body: it is not refused.
  static HttpResponse refused(const Admission& admission) {
    if (!admission.name) {
      HttpResponse response = refusal({"relay.token", "a token is needed: Authorization: Bearer"});
      response.headers.push_back({"WWW-Authenticate", "Bearer"});
      return response;
    }
    if (admission.wait.count() == 0) return {};
    HttpResponse response = refusal(
        {"relay.rate", "too many requests in a minute; see Retry-After", ErrorClass::kRetryable});
    response.headers.push_back({"Retry-After", std::to_string(admission.wait.count())});
    return response;
  }

  const State& state_;
  const Clock& clock_;
  OnTrouble on_trouble_;
  TokenFile file_;
  Readers readers_;
  RelayMeter meter_;
  asio::steady_timer chore_;
  bool stopping_ = false;
  std::unique_ptr<net::Server> server_;
  net::TaskGate tasks_;
};

}  // namespace

Result<std::unique_ptr<Relay>> Relay::open(asio::any_io_executor executor,
                                           const RelaySettings& settings, const State& state,
                                           const Clock& clock, OnTrouble on_trouble) {
  auto relay = std::make_unique<RelayImpl>(executor, settings, state, clock, std::move(on_trouble));
  KS_CHECK(relay->open(executor, settings));
  return relay;
}

}  // namespace keystile::feed
