#include "net/resolver.h"

#include <ares.h>
#include <netdb.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace keystile::net {
namespace {

using asio::ip::tcp;
using boost::system::error_code;
using Endpoints = std::vector<tcp::endpoint>;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

// A look-up cannot be interrupted, so its answer goes to this, which outlives who asked.
struct Lookup {
  explicit Lookup(const asio::any_io_executor& executor) : timer(executor) {}
  asio::steady_timer timer;
  bool done = false;
  Endpoints found;

  void answer(Endpoints endpoints) {
    done = true;
    found = std::move(endpoints);
    timer.cancel();
  }
};

asio::awaitable<Endpoints> answer_of(std::shared_ptr<Lookup> lookup, MonoTime until) {
  lookup->timer.expires_at(until);
  if (!lookup->done) co_await lookup->timer.async_wait(kAwait);
  co_return lookup->found;
}

class SystemResolver final : public Resolver {
 public:
  explicit SystemResolver(asio::any_io_executor executor)
      : executor_(executor), resolver_(executor) {}

  asio::awaitable<Endpoints> resolve(std::string host, std::string port, MonoTime until) override {
    auto lookup = std::make_shared<Lookup>(executor_);
    resolver_.async_resolve(
        host, port, [lookup](const error_code& error, const tcp::resolver::results_type& results) {
          lookup->answer(error ? Endpoints{} : Endpoints(results.begin(), results.end()));
        });
    co_return co_await answer_of(std::move(lookup), until);
  }

 private:
  asio::any_io_executor executor_;
  tcp::resolver resolver_;
};

// --- asking name servers -------------------------------------------------------------------------

struct Channel {
  ares_channel channel = nullptr;
  ~Channel() {
    if (channel) ares_destroy(channel);
  }
};

// Tries each server twice, for at most two seconds, growing; the asker's deadline is shorter.
bool open_channel(const std::string& servers, Channel* out) {
  ares_options options{};
  options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES;
  options.timeout = 2000;
  options.tries = 2;
  char lookups[] = "b";  // name servers only: never the hosts file
  options.lookups = lookups;
  constexpr int kMask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS;
  return ares_init_options(&out->channel, &options, kMask) == ARES_SUCCESS &&
         ares_set_servers_ports_csv(out->channel, servers.c_str()) == ARES_SUCCESS;
}

struct Answer {
  bool done = false;
  Endpoints found;
};

void take_answer(void* context, int status, int, ares_addrinfo* result) {
  auto* answer = static_cast<Answer*>(context);
  answer->done = true;
  if (status != ARES_SUCCESS) return;
  for (const ares_addrinfo_node* node = result->nodes; node; node = node->ai_next) {
    tcp::endpoint endpoint;
    if (node->ai_addrlen > endpoint.capacity()) continue;
    std::memcpy(endpoint.data(), node->ai_addr, node->ai_addrlen);
    endpoint.resize(node->ai_addrlen);
    answer->found.push_back(endpoint);
  }
  ares_freeaddrinfo(result);
}

// Waits until one of the channel's sockets is ready, or c-ares has something to do. Not with
// select(), which cannot name a descriptor above 1023: a gate with many connections has those.
bool wait_for(ares_channel channel) {
  std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets;
  const auto wanted =
      static_cast<unsigned>(ares_getsock(channel, sockets.data(), ARES_GETSOCK_MAXNUM));
  std::array<pollfd, ARES_GETSOCK_MAXNUM> polled{};
  nfds_t count = 0;
  for (; count < polled.size(); ++count) {
    const bool reads = ARES_GETSOCK_READABLE(wanted, count);
    const bool writes = ARES_GETSOCK_WRITABLE(wanted, count);
    if (!reads && !writes) break;
    polled[count].fd = sockets[count];
    polled[count].events = static_cast<short>((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));
  }
  timeval most{1, 0}, wait{};
  const timeval* const chosen = ares_timeout(channel, &most, &wait);
  const auto ms = static_cast<int>(chosen->tv_sec * 1000 + chosen->tv_usec / 1000 + 1);
  if (count == 0 || (::poll(polled.data(), count, ms) < 0 && errno != EINTR)) return false;
  for (nfds_t i = 0; i < count; ++i) {
    const pollfd& one = polled[i];
    ares_process_fd(channel, one.revents & ~POLLOUT ? one.fd : ARES_SOCKET_BAD,
                    one.revents & POLLOUT ? one.fd : ARES_SOCKET_BAD);
  }
  return true;
}

// Blocks until the servers have answered or are given up.
Endpoints ask(const std::string& servers, const std::string& host, const std::string& port) {
  Channel channel;
  Answer answer;
  if (!open_channel(servers, &channel)) return {};
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = ARES_AI_NUMERICSERV;
  ares_getaddrinfo(channel.channel, host.c_str(), port.c_str(), &hints, take_answer, &answer);
  while (!answer.done && wait_for(channel.channel)) continue;
  return std::move(answer.found);
}

class DirectResolver final : public Resolver {
 public:
  DirectResolver(asio::any_io_executor executor, std::string servers)
      : executor_(std::move(executor)), servers_(std::move(servers)) {}

  asio::awaitable<Endpoints> resolve(std::string host, std::string port, MonoTime until) override {
    error_code not_an_address;
    const auto address = asio::ip::make_address(host, not_an_address);
    if (!not_an_address) {
      uint16_t number = 0;
      std::from_chars(port.data(), port.data() + port.size(), number);
      co_return Endpoints{tcp::endpoint(address, number)};
    }
    auto lookup = std::make_shared<Lookup>(executor_);
    asio::post(thread_, [lookup, servers = servers_, host, port, executor = executor_] {
      auto found = std::make_shared<Endpoints>(ask(servers, host, port));
      asio::post(executor, [lookup, found] { lookup->answer(std::move(*found)); });
    });
    co_return co_await answer_of(std::move(lookup), until);
  }

 private:
  asio::any_io_executor executor_;
  std::string servers_;
  asio::thread_pool thread_{1};  // joined when this goes
};

// "9.9.9.9", "9.9.9.9:53", "2620:fe::fe", "[2620:fe::fe]:53". c-ares passes over what it cannot
// read, and asks the system's servers then.
bool is_name_server(std::string_view text) {
  std::string_view address = text, port;
  const size_t colon = text.rfind(':');
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == text.npos) return false;
    address = text.substr(1, end - 1);
    port = text.substr(end + 1);
  } else if (colon != text.npos && text.find(':') == colon) {
    address = text.substr(0, colon);
    port = text.substr(colon);
  }
  error_code error;
  asio::ip::make_address(std::string(address), error);
  uint16_t number = 0;
  if (error || port.empty()) return !error;
  const char* const last = port.data() + port.size();
  const auto [end, fault] = std::from_chars(port.data() + 1, last, number);
  return port[0] == ':' && fault == std::errc() && end == last && number != 0;
}

}  // namespace

std::shared_ptr<Resolver> Resolver::system(asio::any_io_executor executor) {
  return std::make_shared<SystemResolver>(std::move(executor));
}

Result<std::shared_ptr<Resolver>> Resolver::direct(asio::any_io_executor executor,
                                                   const std::vector<std::string>& servers) {
  static const int ready = ares_library_init(ARES_LIB_INIT_ALL);
  std::string list;
  for (const std::string& server : servers) {
    if (!is_name_server(server)) {
      return fail("net.resolver",
                  "a name server is an address, such as 9.9.9.9 or 127.0.0.1:5353; "
                  "this is none: " +
                      server);
    }
    list += (list.empty() ? "" : ",") + server;
  }
  Channel channel;
  if (ready != ARES_SUCCESS || list.empty() || !open_channel(list, &channel)) {
    return fail("net.resolver", "c-ares takes none of the name servers: " + list);
  }
  return std::shared_ptr<Resolver>(
      std::make_shared<DirectResolver>(std::move(executor), std::move(list)));
}

}  // namespace keystile::net
