#include "feed/visit.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "feed/relay_json.h"

namespace keystile::feed {
namespace {

constexpr uint16_t kPolicyViolation = 1008;  // RFC 6455 section 7.4.1
// What is asked of so many markets more counts as another request.
constexpr size_t kMarketsOfARequest = 10;

}  // namespace

Visit::Visit(asio::any_io_executor executor, Visits& visits, std::shared_ptr<net::WebSocket> socket,
             Visitor visitor, std::unique_ptr<Consumer> consumer, Readers& readers,
             RelayMeter& meter, const Clock& clock)
    : visits_(visits),
      socket_(std::move(socket)),
      visitor_(std::move(visitor)),
      consumer_(std::move(consumer)),
      readers_(readers),
      meter_(meter),
      clock_(clock),
      news_(executor) {
  news_.expires_at(MonoTime::max());
  consumer_->outbox().on_news([this] { news_.cancel(); });
  meter_.count_open(visitor_.name);
  visits_.insert(this);  // last: what throws in here is no visit
}

Visit::~Visit() {
  meter_.count_closed(visitor_.name);
  visits_.erase(this);
}

asio::awaitable<void> Visit::run() {
  charge();
  using asio::experimental::awaitable_operators::operator&&;
  co_await (read() && write());
}

void Visit::tick() {
  consumer_->tick();
  if (!readers_.holds(visitor_.name, visitor_.hash)) send_away("its token counts no more");
  if (consumer_->outbox().is_full()) send_away("too slow");
  const uint64_t conflated = consumer_->outbox().conflated();
  for (; conflated_ < conflated; ++conflated_) meter_.count_slow(visitor_.name, Slow::kConflate);
  // It had its time to take a goodbye, or is gone: what is being written to it is stuck.
  if (was_over_) socket_->drop();
  was_over_ = ended_ || goodbye_.has_value();
}

asio::awaitable<void> Visit::read() {
  while (!ended_) {
    const Result<std::string_view> text = co_await socket_->read();
    if (!text) break;
    take(*text);
  }
  ended_ = true;
  news_.cancel();
}

void Visit::take(std::string_view text) {
  const Admission admission = readers_.admit_again(visitor_.name, visitor_.hash, clock_.mono());
  if (!admission.name) return send_away("its token counts no more");
  if (admission.wait.count() == 0) {
    consumer_->receive(text);
    return charge();
  }
  consumer_->outbox().answer(
      R"({"type":"error","code":"relay.rate","message":"too many requests in a minute"})");
}

void Visit::charge() {
  const size_t requests = consumer_->take_asked() / kMarketsOfARequest;
  readers_.charge(visitor_.name, visitor_.hash, requests, clock_.mono());
}

asio::awaitable<void> Visit::write() {
  while (!ended_) {
    if (consumer_->outbox().is_full()) send_away("too slow");
    if (goodbye_) break;
    std::optional<std::string> text = consumer_->outbox().take();
    if (text) {
      meter_.count_message(visitor_.name);
      const Status written = co_await socket_->write(std::move(*text));
      if (!written) ended_ = true;
    } else {
      co_await news_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
  }
  if (goodbye_ && !ended_) {
    std::string why = *goodbye_;
    co_await socket_->close(kPolicyViolation, std::move(why));
  } else {
    socket_->drop();
  }
}

void Visit::send_away(std::string why) {
  if (goodbye_) return;
  if (consumer_->outbox().is_full()) meter_.count_slow(visitor_.name, Slow::kDrop);
  goodbye_ = std::move(why);
  news_.cancel();
}

}  // namespace keystile::feed
