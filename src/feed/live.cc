#include "feed/live.h"

#include "feed/link.h"
#include "feed/refused.h"

namespace keystile::feed {
namespace {

class LiveImpl final : public Live {
 public:
  explicit LiveImpl(Shared shared) : shared_(std::move(shared)), tasks_(shared_.executor) {}

  Status add(Connection connection) {
    KS_TRY(auto link, Link::make(shared_, tasks_, links_.size(), std::move(connection)));
    links_.push_back(std::move(link));
    return {};
  }
  void start() override {
    for (const auto& link : links_) tasks_.spawn(link->run());
  }
  void renew_book(const std::string& symbol) override {
    for (const auto& link : links_) link->renew_book(symbol);
  }
  asio::awaitable<void> stop() override {
    shared_.stopping = true;
    for (const auto& link : links_) link->stop();
    co_await tasks_.drained();
  }

 private:
  Shared shared_;
  std::vector<std::unique_ptr<Link>> links_;
  net::TaskGate tasks_;
};

}  // namespace

Result<std::unique_ptr<Live>> Live::make(asio::any_io_executor executor, net::Client& client,
                                         const Clock& clock, Random& random, const Wanted& wanted,
                                         LiveOptions options, OnEvent on_event,
                                         OnTrouble on_trouble) {
  KS_TRY(Plan planned, plan(wanted));
  // What an exchange says stands in many of them.
  auto on_shown_trouble = [told = std::move(on_trouble)](const Error& error) {
    told({error.code, shown(error.message), error.kind});
  };
  auto made = std::make_unique<LiveImpl>(
      Shared{std::move(executor), client, clock, random, wanted.product,
             std::move(planned.stream_origin), std::move(planned.rest_origin), wanted.deep_books,
             options, std::move(on_event), std::move(on_shown_trouble), Arrivals(clock),
             Allowance(planned.most_connections), Selection(wanted.symbols)});
  for (Connection& connection : planned.connections) {
    KS_CHECK(made->add(std::move(connection)));
  }
  return made;
}

}  // namespace keystile::feed
