#include "gate/control.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <cstring>
#include <set>

#include "gate/control_line.h"
#include "net/local_path.h"
#include "net/task_gate.h"

namespace keystile::gate {
namespace {

using boost::system::error_code;
using Local = asio::local::stream_protocol;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr Millis kConnectionTime{30000};

std::string reason() { return std::strerror(errno); }

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) {
    return fail("control.path", "the control socket's path must have 1 to " +
                                    std::to_string(sizeof(address.sun_path) - 1) +
                                    " bytes; use a shorter folder: " + path);
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

bool connect_to(int fd, const sockaddr_un& address) {
  return ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

Status prepare_folder(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return fail("control.path", "cannot make the folder " + folder + ": " + reason());
  }
  struct stat info {};
  if (::stat(folder.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
    return fail("control.path", folder + " is not a folder");
  }
  if (info.st_uid != ::geteuid() || (info.st_mode & 077) != 0) {
    return fail("control.path", "others may use the folder " + folder + "; chmod 700 it");
  }
  return {};
}

struct Connection {
  explicit Connection(Local::socket s) : socket(std::move(s)), timer(socket.get_executor()) {}
  Local::socket socket;
  asio::steady_timer timer;
};

class ControlImpl final : public ControlSocket {
 public:
  ControlImpl(const asio::any_io_executor& executor, std::string path, signer::Signer& signer)
      : path_(std::move(path)), signer_(signer), acceptor_(executor), tasks_(executor) {}

  Status open() {
    error_code error;
    acceptor_.open(Local(), error);
    if (!error) acceptor_.bind(Local::endpoint(path_), error);
    if (!error && ::chmod(path_.c_str(), 0600) != 0)
      error = {errno, boost::system::system_category()};
    if (!error) acceptor_.listen(16, error);
    if (error) {
      return fail("control.path", "cannot listen on " + path_ + ": " + error.message());
    }
    tasks_.spawn(accept());
    return {};
  }

  asio::awaitable<void> stop() override {
    error_code ignored;
    acceptor_.close(ignored);
    ::unlink(path_.c_str());
    for (Connection* connection : connections_) connection->socket.close(ignored);
    co_await tasks_.drained();
  }

 private:
  asio::awaitable<void> accept() {
    while (acceptor_.is_open()) {
      auto [error, socket] = co_await acceptor_.async_accept(kAwait);
      if (error == asio::error::operation_aborted) co_return;
      if (error) {
        asio::steady_timer pause(acceptor_.get_executor(), Millis{100});
        co_await pause.async_wait(kAwait);
        continue;
      }
      auto connection = std::make_shared<Connection>(std::move(socket));
      tasks_.spawn(serve(std::move(connection)));
    }
  }

  asio::awaitable<void> serve(std::shared_ptr<Connection> connection) {
    connections_.insert(connection.get());
    connection->timer.expires_after(kConnectionTime);
    connection->timer.async_wait([connection](const error_code& cancelled) {
      error_code ignored;
      if (!cancelled) connection->socket.close(ignored);
    });
    std::string line;
    auto [unread, size] = co_await asio::async_read_until(
        connection->socket, asio::dynamic_buffer(line, kCommandBytes), '\n', kAwait);
    if (!unread) {
      line.resize(size - 1);
      const std::string answer = answer_line(carry_out(signer_, line)) + "\n";
      co_await asio::async_write(connection->socket, asio::buffer(answer), kAwait);
    }
    connection->timer.cancel();
    connections_.erase(connection.get());
  }

  std::string path_;
  signer::Signer& signer_;
  Local::acceptor acceptor_;
  net::TaskGate tasks_;
  std::set<Connection*> connections_;
};

Result<std::string> exchange_lines(const sockaddr_un& address, const std::string& command,
                                   Millis timeout) {
  const Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval limit{static_cast<time_t>(timeout.count() / 1000),
                      static_cast<suseconds_t>(timeout.count() % 1000 * 1000)};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  if (!connect_to(socket.get(), address)) {
    return fail("control.absent", std::string("nothing answers on ") + address.sun_path + " (" +
                                      reason() + "); is `keystile serve` running here?");
  }
  for (size_t sent = 0; sent < command.size();) {
    const ssize_t n =
        ::send(socket.get(), command.data() + sent, command.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return fail("control.timeout", "the command could not be written: " + reason());
    sent += static_cast<size_t>(n);
  }
  std::string line;
  char buffer[4096];
  while (line.find('\n') == std::string::npos && line.size() <= kAnswerBytes) {
    const ssize_t n = ::recv(socket.get(), buffer, sizeof(buffer), 0);
    if (n < 0) {
      return fail("control.timeout",
                  "no answer in time; whether the command was carried out is "
                  "in the ledger",
                  ErrorClass::kOutcomeUnknown);
    }
    if (n == 0) break;
    line.append(buffer, static_cast<size_t>(n));
  }
  return line;
}

}  // namespace

Result<std::unique_ptr<ControlSocket>> ControlSocket::open(asio::any_io_executor executor,
                                                           const std::string& path,
                                                           signer::Signer& signer) {
  KS_CHECK(address_of(path));
  KS_CHECK(prepare_folder(path));
  KS_CHECK(net::free_local_path(path));
  auto control = std::make_unique<ControlImpl>(executor, path, signer);
  KS_CHECK(control->open());
  return control;
}

Result<json::Value> ask(const std::string& path, const json::Value& command, Millis timeout) {
  KS_TRY(const sockaddr_un address, address_of(path));
  KS_TRY(const std::string line, exchange_lines(address, json::dump(command) + "\n", timeout));
  return read_answer(line);
}

}  // namespace keystile::gate
