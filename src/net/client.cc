#include "net/client.h"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <vector>

#include "base/signed_request.h"
#include "net/dial.h"
#include "net/message.h"
#include "net/places.h"
#include "net/stream.h"
#include "net/tls_context.h"

namespace keystile::net {
namespace {

using boost::system::error_code;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

struct Origin {
  bool is_tls = true;
  std::string host;  // without the brackets of a v6 address
  std::string port;
  std::string shown;  // as the Host header says it
};

tl::unexpected<Error> bad_origin(const std::string& why) {
  return fail("net.origin", "an upstream is https://host[:port]; " + why);
}

Result<Origin> parse_origin(std::string_view text) {
  Origin origin;
  constexpr std::string_view kHttps = "https://";
  constexpr std::string_view kHttp = "http://";
  origin.is_tls = text.starts_with(kHttps);
  if (!origin.is_tls && !text.starts_with(kHttp)) return bad_origin("the scheme is missing");
  text.remove_prefix(origin.is_tls ? kHttps.size() : kHttp.size());
  origin.shown = std::string(text);
  const size_t bracket = text.starts_with('[') ? text.find(']') : 0;
  if (bracket == text.npos) return bad_origin("a bracket is missing");
  const size_t colon = text.find(':', bracket);
  origin.host = std::string(text.substr(0, colon));
  if (bracket > 0) origin.host = origin.host.substr(1, bracket - 1);
  origin.port = origin.is_tls ? "443" : "80";
  if (colon != text.npos) origin.port = std::string(text.substr(colon + 1));
  if (origin.host.empty() || origin.port.empty() ||
      origin.port.find_first_not_of("0123456789") != std::string::npos ||
      text.find_first_of("/?#@ \r\n") != text.npos) {
    return bad_origin("this one has an empty or stray part");
  }
  if (!origin.is_tls && origin.host != "localhost" && origin.host != "::1" &&
      !origin.host.starts_with("127.")) {
    return bad_origin("http:// is for loopback only");
  }
  return origin;
}

tl::unexpected<Error> unsent(const char* code, const std::string& what, const Origin& origin) {
  return fail(code, what + " " + origin.shown + "; nothing was sent", ErrorClass::kRetryable);
}

tl::unexpected<Error> no_tls(const Stream& stream, const Origin& origin) {
  const std::string why(stream.untrusted());
  if (!why.empty()) {
    return unsent("net.certificate", "we do not believe the certificate (" + why + ") of", origin);
  }
  return unsent("net.tls", "TLS was cut off or not agreed on (version, cipher) with", origin);
}

tl::unexpected<Error> lost(const std::string& what, const Origin& origin) {
  return fail("net.lost", what + " " + origin.shown + "; the request may have been carried out",
              ErrorClass::kOutcomeUnknown);
}

struct Connection {
  std::unique_ptr<Stream> stream;
  std::array<char, 16 * 1024> buffer;
  std::string unread;
  MonoTime idle_since{};
};

// The connections to one origin: the idle ones, how many there are, and who waits for one.
struct Host {
  Host(Origin of, size_t most) : origin(std::move(of)), places(most) {}
  struct Waiter {
    Waiter(const asio::any_io_executor& executor, Host* in, Turn whose)
        : timer(executor), host(in), turn(whose) {
      host->waiters.push_back(this);
    }
    ~Waiter() { std::erase(host->waiters, this); }
    asio::steady_timer timer;
    Host* host;
    const Turn turn;
    bool has_place = false;
  };
  void let_next_in();

  const Origin origin;
  std::vector<std::unique_ptr<Connection>> idle;
  std::vector<Waiter*> waiters;  // in the order in which they came
  Places places;
};

void Host::let_next_in() {
  std::vector<Turn> turns;
  for (const Waiter* waiter : waiters) turns.push_back(waiter->turn);
  const auto next = places.next(turns);
  if (!next || !places.take(turns[*next])) return;
  Waiter* const waiter = waiters[*next];
  std::erase(waiters, waiter);
  waiter->has_place = true;
  waiter->timer.cancel();
}

// What is sent may tell a passphrase, so nothing of it stays in freed memory.
struct Sent {
  explicit Sent(HttpRequest asked) : request(std::move(asked)) {}
  Sent(const Sent&) = delete;
  ~Sent() { wipe(&bytes); }
  SignedRequest request;
  std::string bytes;
};

// The right to use one connection of a host, which was taken. Passed on when it is given back.
class Place {
 public:
  Place(std::shared_ptr<Host> host, Turn turn) : host_(std::move(host)), turn_(turn) {}
  Place(Place&& other) noexcept = default;
  Place& operator=(Place&&) = delete;
  ~Place() {
    if (!host_) return;
    host_->places.give_back(turn_);
    if (!host_->waiters.empty()) host_->let_next_in();
  }

 private:
  std::shared_ptr<Host> host_;
  Turn turn_;
};

class ClientImpl final : public Client {
 public:
  ClientImpl(asio::any_io_executor executor, ClientOptions options, TlsContext tls)
      : executor_(std::move(executor)), options_(std::move(options)), tls_(std::move(tls)) {}

  asio::awaitable<Result<HttpResponse>> send(std::string origin_text, HttpRequest asked,
                                             Millis timeout, Turn turn) override {
    Sent sent(std::move(asked));
    const HttpRequest& request = sent.request;
    MonoTime at = now();  // asked for again only where time has passed
    const MonoTime deadline = at + timeout;
    KS_CO_TRY(const std::shared_ptr<Host> host, host_of(origin_text));
    const Origin& origin = host->origin;
    if (!is_writable(request)) {
      co_return fail("net.request", "HTTP cannot carry the request's method, target or headers");
    }
    std::optional<Place> place;
    if (host->places.take(turn)) {
      place.emplace(host, turn);
    } else {
      KS_CO_TRY(Place given, co_await wait_for_place(host, turn, deadline));
      place.emplace(std::move(given));
      at = now();
    }
    std::unique_ptr<Connection> connection = take_idle(host.get(), at);
    if (!connection) {
      KS_CO_TRY(auto opened, co_await open(&origin, deadline));
      connection = std::make_unique<Connection>();
      connection->stream = std::move(opened);
      at = now();
    }
    Stream* const stream = connection->stream.get();
    if (at >= deadline) co_return unsent("net.timeout", "no time was left to ask", origin);
    stream->limit(std::chrono::ceil<Millis>(deadline - at));

    sent.bytes = to_bytes(request, origin.shown);
    const std::string_view bytes = sent.bytes;
    const size_t written = stream->write_now(bytes);
    if (written < bytes.size()) {
      const Io rest = co_await stream->write(bytes.substr(written));
      if (rest.end != IoEnd::kOk) co_return lost("the connection broke while writing to", origin);
    }
    ResponseReader reader(options_.response_bytes, request.method == "HEAD");
    const ReadState read = co_await read_response(connection.get(), &reader);
    if (read != ReadState::kDone) co_return lost("no whole answer came from", origin);
    if (reader.keep_alive() && connection->unread.empty()) {
      stream->unlimit();
      connection->idle_since = now();
      host->idle.push_back(std::move(connection));
    }
    co_return reader.take();
  }

  asio::awaitable<Result<std::shared_ptr<WebSocket>>> open_websocket(std::string origin_text,
                                                                     std::string target,
                                                                     WebSocketLimits limits,
                                                                     Millis timeout) override {
    KS_CO_TRY(const Origin origin, parse_origin(origin_text));
    const MonoTime deadline = now() + timeout;
    KS_CO_TRY(std::unique_ptr<Stream> stream, co_await open(&origin, deadline));
    std::shared_ptr<OpeningWebSocket> socket = Stream::websocket(std::move(stream));
    limits.handshake_time = left(deadline);
    const Status opened = co_await socket->ask(origin.shown, std::move(target), limits);
    if (!opened) co_return tl::unexpected<Error>(opened.error());
    co_return std::move(socket);
  }

 private:
  static MonoTime now() { return system_clock().mono(); }
  static Millis left(MonoTime deadline) {
    return std::max(Millis{0}, std::chrono::ceil<Millis>(deadline - now()));
  }

  Result<std::shared_ptr<Host>> host_of(const std::string& text) {
    const auto known = hosts_.find(text);
    if (known != hosts_.end()) return known->second;
    KS_TRY(Origin origin, parse_origin(text));
    auto host = std::make_shared<Host>(std::move(origin), options_.connections_per_host);
    return hosts_.emplace(text, std::move(host)).first->second;
  }

  asio::awaitable<Result<Place>> wait_for_place(std::shared_ptr<Host> host, Turn turn,
                                                MonoTime deadline) {
    Host::Waiter waiter(executor_, host.get(), turn);
    waiter.timer.expires_after(left(deadline));
    co_await waiter.timer.async_wait(kAwait);
    if (waiter.has_place) co_return Place(host, turn);
    co_return unsent("net.busy", "all connections are in use to", host->origin);
  }

  // The youngest that is still good. The others are closed.
  std::unique_ptr<Connection> take_idle(Host* host, MonoTime at) {
    while (!host->idle.empty()) {
      std::unique_ptr<Connection> last = std::move(host->idle.back());
      host->idle.pop_back();
      if (at - last->idle_since < options_.idle_time && !last->stream->is_stale()) return last;
    }
    return nullptr;
  }

  asio::awaitable<Result<std::unique_ptr<Stream>>> open(const Origin* origin, MonoTime deadline) {
    const MonoTime until = std::min(deadline, now() + options_.connect_time);
    std::vector<tcp::endpoint> endpoints =
        co_await options_.resolver->resolve(origin->host, origin->port, until);
    if (endpoints.empty()) co_return unsent("net.connect", "there is no address of", *origin);
    const std::string why = sift(*origin, &endpoints);
    if (endpoints.empty()) co_return unsent("net.address", why, *origin);
    Dialer dialer(executor_, endpoints);
    Result<std::unique_ptr<Stream>> failed = unsent("net.connect", "no connection to", *origin);
    for (;;) {
      std::optional<tcp::socket> socket = co_await dialer.next(until);
      if (!socket) break;
      auto stream = origin->is_tls ? Stream::tls(std::move(*socket), *tls_, origin->host)
                                   : Stream::plain(std::move(*socket));
      stream->limit(left(until) / (dialer.left() + 1));
      const Io greeted = co_await stream->handshake();
      if (greeted.end == IoEnd::kOk) co_return std::move(stream);
      if (greeted.end != IoEnd::kExpired) failed = no_tls(*stream, *origin);
    }
    if (now() >= until) co_return unsent("net.timeout", "no connection in time to", *origin);
    co_return std::move(failed);
  }

  // Takes out what must not be asked; the last reason, or empty where all may be.
  std::string sift(const Origin& origin, std::vector<tcp::endpoint>* endpoints) const {
    std::string why;
    std::erase_if(*endpoints, [&](const tcp::endpoint& one) {
      std::string reason =
          options_.address_rule
              ? options_.address_rule(origin.host, one.address().to_string(), one.port())
              : "";
      if (reason.empty()) return false;
      why = std::move(reason);
      return true;
    });
    return why;
  }

  asio::awaitable<ReadState> read_response(Connection* connection, ResponseReader* reader) {
    std::array<char, 16 * 1024>& buffer = connection->buffer;
    ReadState state = ReadState::kStart;
    while (state != ReadState::kDone && state != ReadState::kRefused) {
      const Io got = co_await connection->stream->read_some(asio::buffer(buffer));
      connection->unread.append(buffer.data(), got.bytes);
      if (got.end == IoEnd::kOk) {
        state = reader->feed(&connection->unread);
      } else if (got.end == IoEnd::kEof) {
        state = reader->end();
      } else {
        state = ReadState::kRefused;
      }
    }
    co_return state;
  }

  asio::any_io_executor executor_;
  ClientOptions options_;
  TlsContext tls_;
  std::map<std::string, std::shared_ptr<Host>> hosts_;
};

}  // namespace

Result<std::unique_ptr<Client>> Client::make(asio::any_io_executor executor,
                                             ClientOptions options) {
  KS_TRY(TlsContext tls, client_tls(options));
  if (!options.resolver) options.resolver = Resolver::system(executor);
  return std::make_unique<ClientImpl>(std::move(executor), std::move(options), std::move(tls));
}

}  // namespace keystile::net
