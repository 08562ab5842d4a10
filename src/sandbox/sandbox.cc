#include "sandbox/sandbox.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <set>
#include <utility>

#include "sandbox/seed.h"
#include "sandbox/seeded_random.h"
#include "sandbox/site.h"
#include "sandbox/stream_queue.h"

namespace keystile::sandbox {
namespace {

namespace asio = boost::asio;

constexpr Millis kGrace{2000};
constexpr Millis kStreamTick{100};  // how often the streams see that time has passed
constexpr Millis kDelaySlice{50};   // a delayed answer looks this often whether the server stops

// One program's stream, from both ends: what it asks for is read while it is being told.
struct Live {
  Live(const asio::any_io_executor& executor, std::unique_ptr<MarketStream> of,
       std::shared_ptr<net::WebSocket> over)
      : stream(std::move(of)), socket(std::move(over)), news(executor) {}
  void say(std::string message) {
    queue.say(std::move(message));
    told();
  }
  void push(std::string message, StreamFaults* faults, MonoTime now) {
    queue.push(std::move(message), faults, now);
    told();
  }
  void told() {
    news.cancel();
    if (!queue.is_overfull()) return;
    ended = true;
    socket->drop();
  }

  std::unique_ptr<MarketStream> stream;
  std::shared_ptr<net::WebSocket> socket;
  StreamQueue queue;
  asio::steady_timer news;  // cancelled when there is something to send
  bool ended = false;
};

// One exchange with all that it is made of.
struct Exchange {
  explicit Exchange(uint64_t seed) : random(seed) {}
  SeededRandom random;
  std::unique_ptr<Venue> venue;
  std::unique_ptr<Frontend> frontend;
  std::unique_ptr<Site> site;
  std::unique_ptr<net::Server> server;
  std::set<Live*> live;  // streams that are open
};

class SandboxImpl final : public Sandbox {
 public:
  SandboxImpl(asio::any_io_executor executor, SandboxOptions options, const Clock& clock)
      : executor_(std::move(executor)),
        options_(std::move(options)),
        clock_(clock),
        last_tick_(clock.wall()) {}

  Status add(std::string_view name) {
    auto made = std::make_unique<Exchange>(options_.seed);
    KS_TRY(made->venue, seed_venue(name, made->random, clock_.wall()));
    KS_TRY(made->frontend, make_frontend(name, *made->venue));
    made->site = std::make_unique<Site>(*made->venue, *made->frontend);
    exchanges_.push_back(std::move(made));
    return {};
  }

  std::vector<Served> exchanges() override {
    std::vector<Served> all;
    for (const auto& exchange : exchanges_) {
      all.push_back({exchange->venue->exchange(), exchange->venue.get(),
                     exchange->server ? exchange->server->port() : uint16_t{0}});
    }
    return all;
  }

  Status listen() override {
    uint16_t port = options_.port_base;
    for (const auto& exchange : exchanges_) {
      Exchange* const one = exchange.get();
      net::Handler handler = [this, one](HttpRequest request, net::Peer peer) {
        return answer(one, std::move(request), std::move(peer));
      };
      KS_TRY(one->server, net::Server::listen(executor_, {options_.host, port}, options_.tls, {},
                                              std::move(handler)));
      one->server->serve_websockets(
          [this, one](HttpRequest request, net::Peer, std::shared_ptr<net::WebSocket> socket) {
            return stream(one, std::move(request), std::move(socket));
          },
          {});
      if (port != 0) ++port;
    }
    return {};
  }

  asio::awaitable<void> stop() override {
    stopping_ = true;
    for (const auto& exchange : exchanges_) {
      if (exchange->server) co_await exchange->server->stop(kGrace);
    }
  }

 private:
  asio::awaitable<HttpResponse> answer(Exchange* exchange, HttpRequest request, net::Peer peer) {
    const WallTime now = clock_.wall();
    tick(now);
    Reply reply = exchange->site->serve(request, peer.address, now);
    tell(exchange, now);
    asio::steady_timer timer(executor_);
    for (Millis left = reply.delay; left > Millis{0} && !stopping_; left -= kDelaySlice) {
      timer.expires_after(std::min(left, kDelaySlice));
      co_await timer.async_wait(asio::use_awaitable);
    }
    if (reply.drop) reply.response.status = net::kCloseWithoutAnswer;
    co_return std::move(reply.response);
  }

  asio::awaitable<void> stream(Exchange* exchange, HttpRequest request,
                               std::shared_ptr<net::WebSocket> socket) {
    auto asked = exchange->frontend->open_stream(request);
    if (!asked) co_return;
    Live live(executor_, std::move(asked), std::move(socket));
    exchange->live.insert(&live);
    using asio::experimental::awaitable_operators::operator&&;
    co_await (listen(exchange, &live) && speak(&live));
    exchange->live.erase(&live);
  }

  asio::awaitable<void> listen(Exchange* exchange, Live* live) {
    while (!live->ended) {
      const Result<std::string_view> text = co_await live->socket->read();
      if (!text) break;
      for (std::string& answer : live->stream->receive(*text, exchange_time(*exchange))) {
        live->say(std::move(answer));
      }
      tell(exchange, clock_.wall());
    }
    live->ended = true;
    live->news.cancel();
  }

  asio::awaitable<void> speak(Live* live) {
    while (!live->ended) {
      if (!live->queue.has_due(clock_.mono())) {
        live->news.expires_after(kStreamTick);
        co_await live->news.async_wait(asio::as_tuple(asio::use_awaitable));
        tick(clock_.wall());
        continue;
      }
      std::string next = live->queue.take();
      const Status sent = co_await live->socket->write(std::move(next));
      live->ended = live->ended || !sent;
    }
    live->socket->drop();
  }

  static WallTime exchange_time(const Exchange& exchange) {
    return exchange.venue->now() + exchange.venue->faults().clock_skew;
  }

  void tell(Exchange* exchange, WallTime now) {
    if (exchange->live.empty()) return;
    exchange->venue->advance(now);
    StreamFaults& faults = exchange->venue->faults().stream;
    for (Live* live : exchange->live) {
      for (std::string& message : live->stream->pump(exchange_time(*exchange))) {
        live->push(std::move(message), &faults, clock_.mono());
      }
      if (faults.cut) live->socket->drop();
    }
    faults.cut = false;
  }

  // Prices are looked at only through requests and streams, so that is when they catch up with the
  // clock.
  void tick(WallTime now) {
    if (options_.tick_every <= Millis{0}) return;
    constexpr int kMostAtOnce = 60;
    for (int i = 0; i < kMostAtOnce && last_tick_ + options_.tick_every <= now; ++i) {
      last_tick_ += options_.tick_every;
      for (const auto& exchange : exchanges_) {
        exchange->venue->advance(last_tick_);
        exchange->venue->market().tick();
      }
    }
    if (last_tick_ + options_.tick_every <= now) last_tick_ = now;
    for (const auto& exchange : exchanges_) tell(exchange.get(), now);
  }

  asio::any_io_executor executor_;
  SandboxOptions options_;
  const Clock& clock_;
  WallTime last_tick_;
  std::vector<std::unique_ptr<Exchange>> exchanges_;
  bool stopping_ = false;
};

}  // namespace

Result<std::unique_ptr<Sandbox>> Sandbox::make(asio::any_io_executor executor,
                                               SandboxOptions options, const Clock& clock) {
  auto made = std::make_unique<SandboxImpl>(std::move(executor), std::move(options), clock);
  for (const std::string_view name : frontends()) {
    KS_CHECK(made->add(name));
  }
  return made;
}

}  // namespace keystile::sandbox
