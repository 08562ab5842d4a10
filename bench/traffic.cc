// The generator and the exchange, both in one thread with one epoll, so that together they cost
// less than the proxy between them: its core is to be the one that is full.
//
// Prints {"port":…} (the exchange's), then obeys lines on standard input, each answered by one
// line:
//   prepare COUNT                          signs that many orders ahead
//   load PORT CONNECTIONS SECONDS RATE     sends them; RATE 0: each connection as fast as it can
// With a rate, a request's latency counts from when it was due, not from when a connection was free
// to send it, so that a proxy that stalls cannot hide it.
#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <deque>
#include <map>
#include <memory>

#include "base/encoding.h"
#include "bench/commands.h"
#include "bench/sample.h"
#include "bench/upstream.h"

namespace keystile::bench {
namespace {

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

struct Peer {
  explicit Peer(int descriptor) : fd(descriptor) {}
  ~Peer() { ::close(fd); }
  int fd;
  std::string unread;
  int64_t due = 0;  // of the request whose answer is awaited; 0: none
  bool generates = false;
};

struct Load {
  int64_t end = 0, interval = 0, next = 0;  // ns; interval 0: no rate
  uint64_t errors = 0;
  std::vector<int64_t> latencies;
};

class Traffic {
 public:
  Status open() {
    KS_TRY(auto writer, OrderWriter::make(0));
    writer_ = std::make_unique<OrderWriter>(std::move(writer));
    epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(listener_, 1024) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      return fail("bench.listen", "cannot listen on loopback");
    }
    ::fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
    watch(listener_);
    watch(STDIN_FILENO);
    say(fmt::format(R"({{"port":{}}})", ntohs(address.sin_port)));
    return {};
  }

  void run() {
    while (!over_) turn(-1);
  }

 private:
  static void say(const std::string& line) {
    std::puts(line.c_str());
    std::fflush(stdout);
  }

  void watch(int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  void turn(int timeout_ms) {
    std::array<epoll_event, 256> events;
    const int count = ::epoll_wait(epoll_, events.data(), events.size(), timeout_ms);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<size_t>(i)].data.fd;
      if (fd == listener_) {
        accept();
      } else if (fd == STDIN_FILENO) {
        read_commands();
      } else {
        read_peer(fd);
      }
    }
  }

  Peer* add(int fd, bool generates) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    auto peer = std::make_unique<Peer>(fd);
    peer->generates = generates;
    watch(fd);
    return (peers_[fd] = std::move(peer)).get();
  }

  void accept() {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) add(fd, false);
  }

  void read_peer(int fd) {
    const auto at = peers_.find(fd);
    if (at == peers_.end()) return;
    Peer& peer = *at->second;
    const ssize_t got = ::read(fd, buffer_.data(), buffer_.size());
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
      if (peer.generates && load_) ++load_->errors;
      peers_.erase(at);
      return;
    }
    peer.unread.append(buffer_.data(), static_cast<size_t>(got));
    if (peer.generates) {
      take_answer(peer);
    } else {
      answer(peer);
    }
  }

  void send(const Peer& peer, std::string_view bytes) {
    const ssize_t sent = ::write(peer.fd, bytes.data(), bytes.size());
    if (sent != static_cast<ssize_t>(bytes.size()) && load_) ++load_->errors;
  }

  // As the exchange.
  void answer(Peer& peer) {
    std::string_view rest = peer.unread;
    answers_.clear();
    while (answer_one(&rest, system_clock().wall(), &answers_)) {
    }
    peer.unread.erase(0, peer.unread.size() - rest.size());
    if (!answers_.empty()) send(peer, answers_);
  }

  // As the program.
  void take_answer(Peer& peer) {
    constexpr std::string_view kLength = "ontent-Length: ";
    const size_t head = peer.unread.find("\r\n\r\n");
    if (head == std::string::npos) return;
    const size_t at = peer.unread.find(kLength);
    if (at == std::string::npos) return;
    const std::string_view digits = std::string_view(peer.unread).substr(at + kLength.size(), 20);
    const auto length = parse_uint64(digits.substr(0, digits.find('\r')));
    if (peer.unread.size() < head + 4 + length.value_or(0)) return;
    const int64_t now = now_ns();
    if (!peer.unread.starts_with("HTTP/1.1 200")) note_error(peer.unread);
    peer.unread.clear();
    if (!load_) return;
    load_->latencies.push_back(now - peer.due);
    peer.due = 0;
    if (load_->interval == 0) {
      if (now < load_->end) send_order(peer, now);
    } else {
      free_.push_back(peer.fd);
    }
  }

  void note_error(const std::string& answer) {
    if (!load_ || load_->errors++ > 0) return;
    std::fprintf(stderr, "the first answer that is not 200: %s\n", answer.c_str());
  }

  void send_order(Peer& peer, int64_t due) {
    if (next_order_ == orders_.size()) {
      if (load_->end > now_ns()) load_->end = now_ns();
      return;
    }
    peer.due = due;
    send(peer, orders_[next_order_++]);
  }

  void read_commands() {
    const ssize_t got = ::read(STDIN_FILENO, buffer_.data(), buffer_.size());
    if (got == 0) over_ = true;
    if (got > 0) commands_.append(buffer_.data(), static_cast<size_t>(got));
    for (size_t end = 0; (end = commands_.find('\n')) != std::string::npos;) {
      const std::string line = commands_.substr(0, end);
      commands_.erase(0, end + 1);
      unsigned port = 0, connections = 0, rate = 0;
      unsigned long count = 0;
      double seconds = 0;
      if (std::sscanf(line.c_str(), "prepare %lu", &count) == 1) prepare(count);
      if (std::sscanf(line.c_str(), "load %u %u %lf %u", &port, &connections, &seconds, &rate) == 4)
        run_load(static_cast<uint16_t>(port), connections, seconds, rate);
    }
  }

  void prepare(size_t count) {
    orders_.clear();
    next_order_ = 0;
    const WallTime now = system_clock().wall();
    for (size_t i = 0; i < count; ++i) {
      auto body = writer_->body(++number_, now);
      if (body) orders_.push_back(wire(writer_->request(std::move(*body))));
    }
    say(fmt::format(R"({{"prepared":{}}})", orders_.size()));
  }

  void connect(uint16_t port, unsigned connections) {
    const sockaddr_in address = loopback(port);
    for (unsigned i = 0; i < connections; ++i) {
      const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        std::perror("keystile_bench: connect");
        std::exit(1);
      }
      ::fcntl(fd, F_SETFL, O_NONBLOCK);
      add(fd, true);
      free_.push_back(fd);
    }
  }

  void run_load(uint16_t port, unsigned connections, double seconds, unsigned rate) {
    connect(port, connections);
    load_ = std::make_unique<Load>();
    load_->latencies.reserve(orders_.size());
    const int64_t begin = now_ns();
    load_->end = begin + static_cast<int64_t>(seconds * 1e9);
    load_->interval = rate == 0 ? 0 : 1'000'000'000 / rate;
    load_->next = begin;
    // It never sleeps: to be on time, and so that neither proxy pays for waking it up.
    if (rate == 0) {
      for (const int fd : free_) send_order(*peers_[fd], now_ns());
      while (now_ns() < load_->end) turn(0);
    } else {
      while (now_ns() < load_->end) {
        send_due();
        turn(0);
      }
    }
    const double lasted = static_cast<double>(now_ns() - begin) / 1e9;
    report(lasted);
    load_.reset();
    free_.clear();
    std::erase_if(peers_, [](const auto& item) { return item.second->generates; });
  }

  void send_due() {
    while (!free_.empty() && now_ns() >= load_->next && next_order_ < orders_.size()) {
      const auto peer = peers_.find(free_.front());
      free_.pop_front();
      if (peer == peers_.end()) continue;
      send_order(*peer->second, load_->next);
      load_->next += load_->interval;
    }
  }

  void report(double seconds) {
    std::vector<int64_t>& all = load_->latencies;
    std::sort(all.begin(), all.end());
    const auto at = [&](double share) {
      return all.empty()
                 ? 0.0
                 : static_cast<double>(
                       all[static_cast<size_t>(share * static_cast<double>(all.size() - 1))]) /
                       1e3;
    };
    say(fmt::format(
        R"({{"requests":{},"errors":{},"seconds":{:.4f},"p50_us":{:.1f},"p99_us":{:.1f},"max_us":{:.1f}}})",
        all.size(), load_->errors, seconds, at(0.5), at(0.99), at(1)));
  }

  std::unique_ptr<OrderWriter> writer_;
  int epoll_ = -1, listener_ = -1;
  bool over_ = false;
  std::map<int, std::unique_ptr<Peer>> peers_;
  std::array<char, 65536> buffer_;
  std::string commands_, answers_;
  std::vector<std::string> orders_;
  size_t next_order_ = 0;
  uint64_t number_ = 0;
  std::deque<int> free_;  // connections that wait for the next due time
  std::unique_ptr<Load> load_;
};

}  // namespace

Status run_traffic(const Arguments&) {
  auto traffic = std::make_unique<Traffic>();
  KS_CHECK(traffic->open());
  traffic->run();
  return {};
}

}  // namespace keystile::bench
