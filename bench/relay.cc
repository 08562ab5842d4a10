// ./run bench feed: market data from socket to socket. One thread plays an exchange and the
// programs, another is the feed with its relay, so that both want a core of their own.
// Usage: keystile_bench_relay [--json FILE]
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <map>
#include <thread>

#include "base/temp_folder_for_test.h"
#include "feed/feed.h"
#include "feed/tokens.h"
#include "net/server.h"
#include "net/task_gate.h"
#include "net/turn.h"

namespace keystile::bench {
namespace {

namespace asio = boost::asio;
using Figures = std::map<std::string, double>;

constexpr double kSeconds = 4;      // of each rate
constexpr double kWarmUp = 0.25;    // of them
constexpr size_t kAudience = 1000;  // programs
constexpr size_t kFanned = 300;     // messages to all of them
constexpr size_t kUnderWay = 4;     // of these at a time
constexpr Millis kConnectTime{10000};

int64_t now_ns() { return system_clock().mono().time_since_epoch().count(); }

std::string trade(uint64_t id) {
  return fmt::format(
      R"({{"stream":"btcusdt@trade","data":{{"e":"trade","E":1763740800123,"s":"BTCUSDT","t":{},)"
      R"("p":"68210.51000000","q":"0.00400000","T":1763740800122,"m":false,"M":true}}}})",
      id);
}

// Of a trade; nothing where it is something else.
std::optional<uint64_t> id_in(std::string_view message) {
  constexpr std::string_view kBefore = "\"id\":\"";
  const size_t at = message.find(kBefore);
  if (at == message.npos || !message.starts_with(R"({"type":"trade")")) return std::nullopt;
  uint64_t id = 0;
  const char* const digits = message.data() + at + kBefore.size();
  std::from_chars(digits, message.data() + message.size(), id);
  return id;
}

// A Binance that says what it is told to, and the programs that read the relay.
class Outside {
 public:
  explicit Outside(asio::io_context& io) : io_(io), tasks_(io.get_executor()) {}

  Status open() {
    net::Handler none = [](HttpRequest, net::Peer) -> asio::awaitable<HttpResponse> {
      co_return HttpResponse{404, {}, ""};
    };
    KS_TRY(server_, net::Server::listen(io_.get_executor(), {"127.0.0.1", 0}, std::nullopt, {},
                                        std::move(none)));
    server_->serve_websockets(
        [this](HttpRequest, net::Peer, std::shared_ptr<net::WebSocket> socket) {
          return be_exchange(std::move(socket));
        },
        {});
    KS_TRY(client_, net::Client::make(io_.get_executor(), {}));
    return {};
  }
  uint16_t port() const { return server_->port(); }

  asio::awaitable<Status> connect(std::string relay, std::string token) {
    std::string target = "/v1/market/stream?token=" + token;
    KS_CO_TRY(auto socket, co_await client_->open_websocket(relay, target, net::WebSocketLimits(),
                                                            kConnectTime));
    std::string request =
        R"({"op":"subscribe","exchange":"binance","channel":"trade","symbol":"BTCUSDT"})";
    const Status asked = co_await socket->write(std::move(request));
    if (!asked) co_return asked;
    programs_.push_back(socket);
    tasks_.spawn(be_program(std::move(socket)));
    co_return Status();
  }

  // Until what the exchange says comes out of the relay.
  asio::awaitable<void> wait_for_relay() {
    while (!exchange_) co_await asio::post(io_, asio::use_awaitable);
    const uint64_t before = received_;
    while (received_ == before) {
      co_await say(0);
      const int64_t until = now_ns() + 50'000'000;
      while (now_ns() < until) co_await asio::post(io_, asio::use_awaitable);
    }
  }

  // Latencies in ns, in the order of sending, the warm-up left out.
  asio::awaitable<std::vector<int64_t>> pace(double per_second) {
    const auto count = static_cast<size_t>(per_second * kSeconds);
    begin(count);
    const auto interval = static_cast<int64_t>(1e9 / per_second);
    int64_t due = now_ns();
    for (uint64_t id = 1; id <= count; ++id, due += interval) {
      while (now_ns() < due) co_await asio::post(io_, asio::use_awaitable);
      co_await say(id);
    }
    const int64_t until = now_ns() + 2'000'000'000;
    while (counted_ < count && now_ns() < until) co_await asio::post(io_, asio::use_awaitable);
    latencies_.erase(latencies_.begin(),
                     latencies_.begin() + static_cast<long>(kWarmUp * static_cast<double>(count)));
    co_return std::move(latencies_);
  }

  // Messages a second that all programs together get.
  asio::awaitable<double> fan() {
    begin(kFanned);
    const int64_t began = now_ns();
    for (uint64_t id = 1; id <= kFanned; ++id) {
      const uint64_t least = (id > kUnderWay ? id - kUnderWay : 0) * programs_.size();
      while (counted_ < least) co_await asio::post(io_, asio::use_awaitable);
      co_await say(id);
    }
    while (counted_ < kFanned * programs_.size()) co_await asio::post(io_, asio::use_awaitable);
    co_return static_cast<double>(counted_) / (static_cast<double>(now_ns() - began) / 1e9);
  }

  asio::awaitable<void> stop() {
    for (const auto& program : programs_) program->drop();
    co_await tasks_.drained();
    const Millis grace{100};
    co_await server_->stop(grace);
  }

 private:
  asio::awaitable<void> be_exchange(std::shared_ptr<net::WebSocket> socket) {
    exchange_ = socket;
    bool open = true;
    while (open) {
      const auto heard = co_await socket->read();
      open = heard.has_value();
    }
    exchange_.reset();
  }

  asio::awaitable<void> be_program(std::shared_ptr<net::WebSocket> socket) {
    bool open = true;
    while (open) {
      const auto text = co_await socket->read();
      open = text.has_value();
      if (open) take(*text);
    }
  }

  void take(std::string_view text) {
    const auto id = id_in(text);
    if (!id) return;
    ++received_;
    if (*id == 0 || *id > sent_.size()) return;
    ++counted_;
    latencies_.push_back(now_ns() - sent_[*id - 1]);
  }

  void begin(size_t count) {
    sent_.assign(count, 0);
    latencies_.clear();
    latencies_.reserve(count);
    counted_ = 0;
  }

  asio::awaitable<void> say(uint64_t id) {
    std::string text = trade(id);
    if (id > 0) sent_[id - 1] = now_ns();
    const Status written = co_await exchange_->write(std::move(text));
    if (!written) std::fprintf(stderr, "%s\n", written.error().message.c_str());
  }

  asio::io_context& io_;
  net::TaskGate tasks_;
  std::unique_ptr<net::Server> server_;
  std::unique_ptr<net::Client> client_;
  std::shared_ptr<net::WebSocket> exchange_;  // the feed's connection to it
  std::vector<std::shared_ptr<net::WebSocket>> programs_;
  std::vector<int64_t> sent_, latencies_;
  uint64_t received_ = 0, counted_ = 0;
};

double percentile(std::vector<int64_t>* values, double part) {
  if (values->empty()) return 0;
  const auto at = static_cast<long>(part * static_cast<double>(values->size() - 1));
  std::nth_element(values->begin(), values->begin() + at, values->end());
  return static_cast<double>((*values)[static_cast<size_t>(at)]) / 1000;
}

// How the feed's thread waits for messages.
struct Waiting {
  const char* name;  // of its figures
  std::chrono::microseconds stay_awake;
};
constexpr Waiting kAwake{"relay", std::chrono::milliseconds(2)}, kAsleep{"relay_asleep", {}};

asio::awaitable<Status> measure(Outside* outside, std::string relay, std::string token,
                                const Waiting* waiting, Figures* figures) {
  const Status first = co_await outside->connect(relay, token);
  if (!first) co_return first;
  co_await outside->wait_for_relay();
  for (const auto& [name, rate] : {std::pair("1k", 1e3), {"10k", 1e4}, {"50k", 5e4}}) {
    std::vector<int64_t> latencies = co_await outside->pace(rate);
    const double whole = rate * kSeconds * (1 - kWarmUp);
    const double p50 = percentile(&latencies, 0.5), p99 = percentile(&latencies, 0.99);
    fmt::print("{:<14}{:>5} a second{:>12.1f}{:>10.1f}{:>12.1f} %\n", waiting->name, name, p50, p99,
               100 * static_cast<double>(latencies.size()) / whole);
    (*figures)[fmt::format("{}_p50_us_{}", waiting->name, name)] = p50;
    (*figures)[fmt::format("{}_p99_us_{}", waiting->name, name)] = p99;
  }
  co_return Status();
}

asio::awaitable<Status> measure_fan(Outside* outside, std::string relay, std::string token,
                                    Figures* figures) {
  for (size_t i = 1; i < kAudience; ++i) {
    const Status more = co_await outside->connect(relay, token);
    if (!more) co_return more;
  }
  co_await outside->wait_for_relay();
  const double fanned = co_await outside->fan();
  (*figures)["fanout_1000_per_second"] = fanned;
  fmt::print("{:<26}{:>10.0f} messages a second\n", "to 1,000 programs", fanned);
  co_return Status();
}

// The feed with its relay on a thread of its own.
class Inside {
 public:
  ~Inside() {
    if (!thread_.joinable()) return;
    asio::co_spawn(io_, feed_->stop(), asio::use_future).wait();
    io_.stop();
    thread_.join();
  }

  Status open(uint16_t exchange, const std::string& tokens, std::chrono::microseconds stay_awake) {
    feed::Settings settings;
    feed::ProductSettings& product = settings.products.emplace_back();
    product.wanted = {"binance-spot",
                      {"BTCUSDT"},
                      {feed::Channel::kTrade},
                      fmt::format("http://127.0.0.1:{}", exchange),
                      {}};
    settings.relay.emplace();
    settings.relay->tokens = tokens;
    settings.relay->requests_per_minute = 1'000'000;
    settings.relay->websockets = kAudience;
    KS_TRY(feed_, feed::Feed::open(io_.get_executor(), settings, system_clock(), system_random(),
                                   [](const Error& error) {
                                     std::fprintf(stderr, "%s\n", error.message.c_str());
                                   }));
    feed_->start();
    thread_ = std::thread([this, stay_awake] { net::turn(io_, stay_awake); });
    return {};
  }
  std::string relay() const { return fmt::format("http://127.0.0.1:{}", feed_->relay_port()); }

 private:
  asio::io_context io_{1};
  std::unique_ptr<feed::Feed> feed_;
  std::thread thread_;
};

// Both ends of all connections are in this process.
void allow_many_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

Status write_json(const std::string& path, const Figures& figures) {
  if (path.empty()) return {};
  std::ofstream file(path);
  for (const auto& [name, value] : figures) {
    file << fmt::format("{}\n \"{}\": {:.4f}", name == figures.begin()->first ? "{" : ",", name,
                        value);
  }
  file << "\n}\n";
  if (file.flush()) return {};
  return fail("bench.json", path + " cannot be written");
}

Status run_one(const Waiting& waiting, const std::string& tokens, const std::string& token,
               Figures* figures) {
  asio::io_context io{1};
  Outside outside(io);
  KS_CHECK(outside.open());
  auto inside = std::make_unique<Inside>();
  KS_CHECK(inside->open(outside.port(), tokens, waiting.stay_awake));
  const auto complete = [&io](asio::awaitable<Status> work) {
    auto done = asio::co_spawn(io, std::move(work), asio::use_future);
    while (done.wait_for(std::chrono::seconds(0)) != std::future_status::ready) io.run_one();
    return done.get();
  };
  Status measured = complete(measure(&outside, inside->relay(), token, &waiting, figures));
  if (measured && &waiting == &kAsleep)
    measured = complete(measure_fan(&outside, inside->relay(), token, figures));
  inside.reset();
  asio::co_spawn(io, outside.stop(), asio::use_future);
  io.run();
  return measured;
}

Status run(const std::string& json) {
  allow_many_files();
  const TempFolder folder;
  feed::Tokens tokens;
  KS_TRY(const std::string token, tokens.add("bench", system_random(), system_clock().wall()));
  std::ofstream(folder / "tokens.json") << tokens.text();
  Figures figures;
  fmt::print("{:<28}{:>12}{:>10}{:>14}\n", "", "p50 us", "p99 us", "delivered");
  for (const Waiting* waiting : {&kAwake, &kAsleep}) {
    KS_CHECK(run_one(*waiting, folder / "tokens.json", token, &figures));
  }
  return write_json(json, figures);
}

}  // namespace
}  // namespace keystile::bench

int main(int argc, char** argv) {
  const bool has_json = argc == 3 && argv[1] == std::string_view("--json");
  if (argc != 1 && !has_json) {
    std::fprintf(stderr, "This is part of ./run bench feed [--json FILE].\n");
    return 2;
  }
  const auto done = keystile::bench::run(has_json ? argv[2] : "");
  if (!done) std::fprintf(stderr, "%s\n", done.error().message.c_str());
  return done ? 0 : 1;
}
