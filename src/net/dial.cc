#include "net/dial.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <list>

namespace keystile::net {
namespace {

using boost::system::error_code;

constexpr Millis kStagger{250};  // RFC 8305 section 8: Connection Attempt Delay

}  // namespace

// Shared with the callbacks of the attempts, which may still be queued when the dialer is gone.
struct Dialer::Race : std::enable_shared_from_this<Race> {
  Race(const asio::any_io_executor& executor, const std::vector<tcp::endpoint>& endpoints)
      : timer(executor), untried(endpoints.begin(), endpoints.end()) {}

  void start_next(MonoTime now) {
    const tcp::endpoint endpoint = untried.front();
    untried.pop_front();
    next_start = now + kStagger;
    const auto socket = under_way.emplace(under_way.end(), timer.get_executor());
    socket->async_connect(endpoint, [self = shared_from_this(), socket](const error_code& error) {
      self->ended(socket, error);
    });
  }

  void ended(std::list<tcp::socket>::iterator socket, error_code error) {
    if (!error) socket->set_option(tcp::no_delay(true), error);
    if (error) {
      next_start = MonoTime::min();
    } else {
      connected.push_back(std::move(*socket));
    }
    under_way.erase(socket);
    timer.cancel();
  }

  asio::steady_timer timer;  // of who waits in next()
  std::deque<tcp::endpoint> untried;
  std::list<tcp::socket> under_way;
  std::deque<tcp::socket> connected;
  MonoTime next_start = MonoTime::min();
};

Dialer::Dialer(const asio::any_io_executor& executor, const std::vector<tcp::endpoint>& endpoints)
    : race_(std::make_shared<Race>(executor, endpoints)) {}

Dialer::~Dialer() {
  error_code ignored;
  for (tcp::socket& socket : race_->under_way) socket.close(ignored);
  race_->connected.clear();
}

size_t Dialer::left() const {
  return race_->untried.size() + race_->under_way.size() + race_->connected.size();
}

asio::awaitable<std::optional<tcp::socket>> Dialer::next(MonoTime until) {
  Race& race = *race_;
  for (MonoTime now = system_clock().mono(); now < until; now = system_clock().mono()) {
    if (!race.connected.empty()) {
      std::optional<tcp::socket> first(std::move(race.connected.front()));
      race.connected.pop_front();
      co_return std::move(first);
    }
    if (left() == 0) break;
    if (!race.untried.empty() && now >= race.next_start) {
      race.start_next(now);
      continue;
    }
    race.timer.expires_at(race.untried.empty() ? until : std::min(until, race.next_start));
    co_await race.timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  co_return std::nullopt;
}

}  // namespace keystile::net
