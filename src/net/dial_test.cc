// Hosts with several addresses, of which some do not answer.
#include <poll.h>

#include <list>

#include "net/net_for_test.h"

namespace keystile::net {
namespace {

constexpr std::chrono::seconds kLong{60};

class KnownAddresses final : public Resolver {
 public:
  explicit KnownAddresses(std::vector<tcp::endpoint> all) : all_(std::move(all)) {}
  asio::awaitable<std::vector<tcp::endpoint>> resolve(std::string, std::string, MonoTime) override {
    co_return all_;
  }

 private:
  std::vector<tcp::endpoint> all_;
};

// Listens, but its queue is full, so that the kernel drops who comes: what an address that nobody
// has looks like from afar.
class DeadAddress {
 public:
  DeadAddress() : acceptor_(context_, tcp::v4()) {
    acceptor_.bind({asio::ip::address_v4::loopback(), 0});
    acceptor_.listen(0);
    bool dropped = false;
    while (!dropped && waiting_.size() < 8) {
      tcp::socket& socket = waiting_.emplace_back(context_, tcp::v4());
      socket.non_blocking(true);
      const tcp::endpoint here = acceptor_.local_endpoint();
      (void)::connect(socket.native_handle(), here.data(), here.size());
      pollfd ready{socket.native_handle(), POLLOUT, 0};
      dropped = ::poll(&ready, 1, 50) == 0;
    }
    EXPECT_TRUE(dropped);
  }
  tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

 private:
  asio::io_context context_;
  tcp::acceptor acceptor_;
  std::list<tcp::socket> waiting_;
};

class Dial : public Net {
 protected:
  Client& client_of(std::vector<tcp::endpoint> addresses, Millis connect_time = kLong) {
    ClientOptions options;
    options.ca_file = ca_.certificate;
    options.resolver = std::make_shared<KnownAddresses>(std::move(addresses));
    options.connect_time = connect_time;
    return client(std::move(options));
  }
  static tcp::endpoint at(const Server& server) {
    return {asio::ip::address_v4::loopback(), server.port()};
  }
  tcp::endpoint nobody() {
    tcp::acceptor unused(raw_context_, {asio::ip::address_v4::loopback(), 0});
    return unused.local_endpoint();
  }
};

TEST_F(Dial, DeadAddressesDoNotEatTheConnectTime) {
  const DeadAddress first, second;
  Server& server = serve(true);
  const MonoTime began = system_clock().mono();
  const auto answer =
      get(client_of({first.endpoint(), second.endpoint(), at(server)}), https(server), "/", kLong);
  ASSERT_TRUE(answer) << answer.error().message;
  const auto took = system_clock().mono() - began;
  EXPECT_GE(took, Millis{500});
  EXPECT_LT(took, kLong / 6);  // one after the other, each would have had a third
}

TEST_F(Dial, WhereTheFirstAnswersTheOthersAreNotAsked) {
  Server& server = serve(true);
  tcp::acceptor other(raw_context_, {asio::ip::address_v4::loopback(), 0});
  ASSERT_TRUE(get(client_of({at(server), other.local_endpoint()}), https(server), "/"));
  other.non_blocking(true);
  error_code nobody_came;
  other.accept(nobody_came);
  EXPECT_EQ(nobody_came, asio::error::would_block);
}

TEST_F(Dial, WhereOneRefusesTheNextIsAskedAtOnce) {
  Server& server = serve(true);
  std::vector<tcp::endpoint> addresses(40, nobody());
  addresses.push_back(at(server));
  const auto answer = get(client_of(addresses), https(server), "/", Millis{9000});
  EXPECT_TRUE(answer) << answer.error().message;  // and not after 40 quarters of a second
}

TEST_F(Dial, APeerThatConnectsButIsOfNoUseIsNotTheLast) {
  Server& server = serve(true);
  tcp::acceptor silent(raw_context_, {asio::ip::address_v4::loopback(), 0});
  const auto answer =
      get(client_of({silent.local_endpoint(), at(server)}, Millis{1500}), https(server), "/");
  EXPECT_TRUE(answer) << answer.error().message;
}

TEST_F(Dial, WhereNobodyAnswersInTimeNothingWasSent) {
  const DeadAddress dead;
  const auto code = [&](std::vector<tcp::endpoint> addresses) {
    const auto answer = get(client_of(std::move(addresses)), "https://localhost", "/", Millis{300});
    return answer ? "answered" : answer.error().code;
  };
  EXPECT_EQ(code({dead.endpoint(), nobody()}), "net.timeout");
  EXPECT_EQ(code({nobody(), nobody()}), "net.connect");
}

}  // namespace
}  // namespace keystile::net
