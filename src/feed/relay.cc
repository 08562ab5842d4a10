#include "feed/relay.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <set>

#include "feed/relay_query.h"
#include "feed/relay_rest.h"
#include "feed/relay_token.h"
#include "feed/tardis_replay.h"
#include "feed/tardis_stream.h"
#include "feed/token_file.h"
#include "feed/turn.h"
#include "feed/visit.h"
#include "net/server.h"
#include "net/task_gate.h"

namespace keystile::feed {
namespace {

constexpr net::ServerLimits kLimits{
    .header_bytes = 16 * 1024, .body_bytes = 0, .connections = Relay::kMostConnections};
constexpr Millis kChoreEvery{1000};
constexpr Millis kGrace{1000};
// A WebSocket is refused by closing it: it was accepted before anybody looked at its token.
constexpr uint16_t kPolicyViolation = 1008;  // RFC 6455 section 7.4.1
constexpr size_t kMostReason = 123;          // RFC 6455 section 5.5.1
constexpr std::string_view kReplayPath = "/replay-normalized";
// So much of a replay is one request more: the longest takes what a minute has.
constexpr size_t kReplayedBytesOfARequest = 64 * 1024;
constexpr int kSwitchingProtocols = 101, kRefused = 403;

asio::awaitable<Result<std::string>> read_recordings(std::string folder, std::string options,
                                                     const std::atomic<bool>* stop) {
  co_return tardis_replay(folder, options, *stop);
}

class RelayImpl final : public Relay {
 public:
  RelayImpl(const asio::any_io_executor& executor, const RelaySettings& settings,
            const State& state, const Meter& feed, const Clock& clock, OnTrouble on_trouble)
      : executor_(executor),
        state_(state),
        feed_(feed),
        clock_(clock),
        on_trouble_(std::move(on_trouble)),
        recordings_(settings.recordings),
        file_(settings.tokens),
        readers_(settings.requests_per_minute),
        most_visits_(settings.websockets),
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
    net::WebSocketLimits limits;
    limits.message_bytes = kMostRequestBytes;
    server_->serve_websockets(
        [this](HttpRequest request, net::Peer, std::shared_ptr<net::WebSocket> socket) {
          return serve_websocket(std::move(request), std::move(socket));
        },
        limits);
    look();
    return {};
  }

  void start() override { tasks_.spawn(do_chores()); }
  uint16_t port() const override { return server_->port(); }
  void tell(const Market& market, const market::Event& event) override {
    audience_.tell(market, event);
  }
  void tell_loss(const Market& market, Channel channel, market::Break what,
                 int64_t now_ns) override {
    audience_.tell_loss(market, channel, what, now_ns);
  }
  asio::awaitable<void> stop() override {
    stopping_ = true;
    stop_reading_ = true;
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
  asio::awaitable<void> do_chores() {
    while (!stopping_) {
      chore_.expires_after(kChoreEvery);
      co_await chore_.async_wait(asio::as_tuple(asio::use_awaitable));
      look();
      for (Visit* visit : visits_) visit->tick();
    }
  }

  asio::awaitable<HttpResponse> serve(HttpRequest request) {
    const Admission admission = readers_.admit(take_token(&request), clock_.mono());
    const std::string name = admission.name ? *admission.name : "";
    const Status admitted = judge(admission);
    HttpResponse response;
    if (admitted && request.path == kReplayPath && !recordings_.empty()) {
      Visitor who{name, admission.reader->hash};
      response = co_await replay(std::move(request), std::move(who));
    } else if (admitted) {
      response = answer(
          state_, feed_, request,
          {*admission.name, *admission.reader, readers_.limit(), clock_.wall(), clock_.mono()});
    } else {
      response = refusal(admitted.error());
      set_header(&response.headers, admission.name ? "Retry-After" : "WWW-Authenticate",
                 admission.name ? std::to_string(admission.wait.count()) : "Bearer");
    }
    meter_.count_request(name, response.status);
    co_return response;
  }

  // One at a time of each token, which is charged for what it got.
  asio::awaitable<HttpResponse> replay(HttpRequest request, Visitor who) {
    const Turn turn(replaying_, who.name);
    if (!turn.is_taken()) {
      HttpResponse refused = refusal({"relay.rate", "another replay of this token is being read"});
      refused.headers.push_back({"Retry-After", "1"});
      co_return refused;
    }
    HttpResponse told = co_await read_replay(std::move(request));
    readers_.charge(who.name, who.hash, told.body.size() / kReplayedBytesOfARequest, clock_.mono());
    co_return told;
  }

  // On a thread of its own: reading takes seconds, and the feed goes on.
  asio::awaitable<HttpResponse> read_replay(HttpRequest request) {
    const auto query = RelayQuery::parse(request.query, {"options"});
    if (!query) co_return refusal(query.error());
    auto reading =
        read_recordings(recordings_, std::string(query->text("options")), &stop_reading_);
    if (!reader_) reader_ = std::make_unique<asio::thread_pool>(1);
    Result<std::string> lines =
        co_await asio::co_spawn(*reader_, std::move(reading), asio::use_awaitable);
    if (!lines) co_return refusal(lines.error());
    Headers headers{{"Content-Type", "application/x-json-stream"}};
    co_return HttpResponse{200, std::move(headers), std::move(*lines)};
  }

  asio::awaitable<void> serve_websocket(HttpRequest request,
                                        std::shared_ptr<net::WebSocket> socket) {
    const Admission admission = readers_.admit(take_token(&request), clock_.mono());
    auto consumer = consumer_of(admission, request);
    meter_.count_request(admission.name ? *admission.name : "",
                         consumer ? kSwitchingProtocols : kRefused);
    if (!consumer) {
      std::string why = consumer.error().message.substr(0, kMostReason);
      co_await socket->close(kPolicyViolation, std::move(why));
      co_return;
    }
    Visitor visitor{*admission.name, admission.reader->hash};
    Visit visit(executor_, visits_, std::move(socket), std::move(visitor), std::move(*consumer),
                readers_, meter_, clock_);
    co_await visit.run();
  }

  Result<std::unique_ptr<Consumer>> consumer_of(const Admission& admission,
                                                const HttpRequest& request) {
    KS_CHECK(judge(admission));
    KS_CHECK(has_room(*admission.name));
    if (request.path == "/ws-stream-normalized") return tardis_stream(request);
    if (request.path != "/v1/market/stream") {
      return fail("relay.path",
                  "there is no such stream; there are /v1/market/stream, /ws-stream-normalized");
    }
    KS_TRY(const RelayQuery query, RelayQuery::parse(request.query, {"slow"}));
    const std::string_view written = query.text("slow");
    const auto slow = written.empty() ? Slow::kConflate : parse_slow(written);
    if (!slow) return fail("relay.parameter", "slow must be conflate or drop");
    return std::make_unique<Stream>(state_, audience_, clock_, *slow);
  }

  Status has_room(const std::string& token) const {
    const auto open = std::count_if(visits_.begin(), visits_.end(), [&token](const Visit* visit) {
      return visit->token() == token;
    });
    if (static_cast<size_t>(open) < most_visits_) return {};
    return fail("relay.visits",
                "the token has " + std::to_string(open) + " WebSockets open; use or close them",
                ErrorClass::kRetryable);
  }

  Result<std::unique_ptr<Consumer>> tardis_stream(const HttpRequest& request) {
    KS_TRY(const RelayQuery query, RelayQuery::parse(request.query, {"options"}));
    KS_TRY(auto options, parse_tardis_options(query.text("options")));
    return TardisStream::make(state_, audience_, clock_, std::move(options));
  }

  static Status judge(const Admission& admission) {
    if (!admission.name) {
      return fail("relay.token", "a token is needed, as Authorization: Bearer or X-API-Key");
    }
    if (admission.wait.count() == 0) return {};
    return fail("relay.rate",
                "too many requests in a minute; the next may come in " +
                    std::to_string(admission.wait.count()) + " seconds",
                ErrorClass::kRetryable);
  }

  const asio::any_io_executor executor_;
  const State& state_;
  const Meter& feed_;
  const Clock& clock_;
  OnTrouble on_trouble_;
  const std::string recordings_;  // empty: none
  TokenFile file_;
  Readers readers_;
  const size_t most_visits_;  // of one token: 8 MiB may wait for each
  RelayMeter meter_;
  Audience audience_;
  Visits visits_;
  asio::steady_timer chore_;
  bool stopping_ = false;
  std::atomic<bool> stop_reading_ = false;
  std::set<std::string> replaying_;            // tokens' names
  std::unique_ptr<asio::thread_pool> reader_;  // of recordings; one at a time
  std::unique_ptr<net::Server> server_;
  net::TaskGate tasks_;
};

}  // namespace

Result<std::unique_ptr<Relay>> Relay::open(asio::any_io_executor executor,
                                           const RelaySettings& settings, const State& state,
                                           const Meter& meter, const Clock& clock,
                                           OnTrouble on_trouble) {
  auto relay =
      std::make_unique<RelayImpl>(executor, settings, state, meter, clock, std::move(on_trouble));
  KS_CHECK(relay->open(executor, settings));
  return relay;
}

}  // namespace keystile::feed
