#include "net/resolver.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <unistd.h>

#include <boost/asio/ip/udp.hpp>
#include <thread>

#include "net/net_for_test.h"

namespace keystile::net {
namespace {

using udp = asio::ip::udp;

// A name server on loopback that knows one name: A, 127.0.0.n, good for a minute.
class NameServer {
 public:
  explicit NameServer(std::string name)
      : socket_(context_, {asio::ip::address_v4::loopback(), 0}),
        thread_([this, name = std::move(name)] {
          while (answer(name)) continue;
        }) {}
  ~NameServer() {
    udp::socket(context_, udp::v4()).send_to(asio::buffer("", 0), socket_.local_endpoint());
    thread_.join();
  }
  void move_to(char last_byte) { last_byte_ = last_byte; }
  std::string address() const {
    return "127.0.0.1:" + std::to_string(socket_.local_endpoint().port());
  }

 private:
  // RFC 1035 section 4: the question comes back, with an answer if it is the name's and for A.
  // An empty message ends it.
  bool answer(const std::string& name) {
    std::array<char, 512> buffer;
    udp::endpoint asker;
    const size_t size = socket_.receive_from(asio::buffer(buffer), asker);
    if (size == 0) return false;
    std::string wanted;
    size_t at = 12;
    while (at < size && buffer[at] != 0) {
      const size_t length = static_cast<unsigned char>(buffer[at]);
      wanted += (wanted.empty() ? "" : ".") + std::string(&buffer[at + 1], length);
      at += length + 1;
    }
    const bool known = wanted == name && buffer[at + 2] == 1;
    std::string out(buffer.data(), at + 5);
    out.replace(2, 10, std::string("\x81\x80\0\1\0\0\0\0\0\0", 10));
    if (known) {
      out[7] = 1;
      out += std::string("\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0", 15) + last_byte_.load();
    } else if (wanted != name) {
      out[3] = '\x83';  // no such name
    }
    socket_.send_to(asio::buffer(out), asker);
    return true;
  }

  asio::io_context context_;
  udp::socket socket_;
  std::atomic<char> last_byte_ = 1;
  std::thread thread_;
};

MonoTime in_time() { return system_clock().mono() + std::chrono::seconds(10); }

class Named : public Net {
 protected:
  void SetUp() override {
    server_files_ = {dir_ / "named.pem", dir_ / "named.key"};
    ASSERT_TRUE(
        create_server_certificate(server_files_, ca_, {"exchange.test"}, system_clock().wall(), 1));
  }
  ClientOptions asking(const NameServer& names) {
    ClientOptions options;
    options.ca_file = ca_.certificate;
    options.resolver = Resolver::direct(loop_.context.get_executor(), {names.address()}).value();
    return options;
  }
  size_t connections(const Server& server) {
    size_t open = 0;
    loop_.on_thread([&] { open = server.connections(); });
    return open;
  }
};

TEST_F(Named, NamesAreAskedOfTheNameServerAlone) {
  NameServer names("exchange.test");
  Server& server = serve(true);
  const auto answer = get(client(asking(names)), https(server, "exchange.test"), "/");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 200);
}

// An exchange that moves is found as soon as a connection is opened anew, whatever its name server
// said about how long the old address is good for; one that stands is used on.
TEST_F(Named, ANameIsAskedAnewForTheNextConnection) {
  NameServer names("exchange.test");
  Server& first = serve(true);
  const std::string origin = https(first, "exchange.test");
  Client& from = client(asking(names));
  ASSERT_TRUE(get(from, origin, "/1"));
  Server& second = serve(true, {}, first.port(), "127.0.0.2");
  names.move_to(2);
  ASSERT_TRUE(get(from, origin, "/2"));
  EXPECT_EQ(connections(second), 0u);
  loop_.run(first.stop(Millis{5000}));
  const auto moved = get(from, origin, "/3");
  ASSERT_TRUE(moved) << moved.error().message;
  EXPECT_EQ(connections(second), 1u);
}

// A gate has a descriptor for each connection.
TEST_F(Net, NamesAreAskedAlsoBesideAThousandConnections) {
  NameServer names("exchange.test");
  auto resolver = Resolver::direct(loop_.context.get_executor(), {names.address()}).value();
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit more{std::min<rlim_t>(before.rlim_max, 4096), before.rlim_max};
  ASSERT_GT(more.rlim_cur, 2 * FD_SETSIZE) << "this machine allows too few descriptors";
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &more), 0);
  std::vector<int> held;
  while (held.empty() || held.back() < 2 * FD_SETSIZE) {
    held.push_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    ASSERT_GE(held.back(), 0);
  }
  const auto found = loop_.run(resolver->resolve("exchange.test", "443", in_time()));
  for (const int each : held) ::close(each);
  EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0], tcp::endpoint(asio::ip::make_address("127.0.0.1"), 443));
}

TEST_F(Net, UnknownNamesAndAddresses) {
  NameServer names("exchange.test");
  auto resolver = Resolver::direct(loop_.context.get_executor(), {names.address()}).value();
  EXPECT_TRUE(loop_.run(resolver->resolve("other.test", "443", in_time())).empty());
  const auto literal = loop_.run(resolver->resolve("192.0.2.7", "8443", in_time()));
  ASSERT_EQ(literal.size(), 1u);
  EXPECT_EQ(literal[0], tcp::endpoint(asio::ip::make_address("192.0.2.7"), 8443));
  const auto direct = [this](const char* server) {
    return Resolver::direct(loop_.context.get_executor(), {server});
  };
  for (const char* right : {"9.9.9.9", "9.9.9.9:5353", "2620:fe::fe", "[2620:fe::fe]:53"}) {
    EXPECT_TRUE(direct(right)) << right;
  }
  for (const char* wrong : {"", "name.test", "1.2.3.4.5", "9.9.9.9:", "9.9.9.9:0", "9.9.9.9:x",
                            "[::1", "[::1]53", "9.9.9.9,8.8.8.8"}) {
    const auto refused = direct(wrong);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().code, "net.resolver");
  }
}

TEST_F(Net, RefusedAddressesAreNotAsked) {
  Server& server = serve(true);
  ClientOptions options;
  options.ca_file = ca_.certificate;
  options.address_rule = [](const std::string& host, const std::string& address, uint16_t) {
    return host == "localhost" && address == "127.0.0.1" ? "not there:" : "";
  };
  Client& from = client(options);
  const auto refused = get(from, https(server), "/");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "net.address");
  EXPECT_EQ(refused.error().kind, ErrorClass::kRetryable);
  EXPECT_TRUE(get(from, https(server, "127.0.0.1"), "/"));
  EXPECT_EQ(behaviour_.handled, 1);
}

}  // namespace
}  // namespace keystile::net
