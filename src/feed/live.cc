#include "feed/live.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>

#include "feed/refusals.h"
#include "net/task_gate.h"

namespace keystile::feed {
namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr Millis kChore{100};  // how often a connection looks at what is to be done
constexpr Millis kSnapshotTime{10000};

// Receive times: the wall clock tells milliseconds, the monotonic one what is between. Each is
// later than the one before, so that they also tell the order.
class Arrivals {
 public:
  explicit Arrivals(const Clock& clock) : clock_(clock) { set(); }
  // By the wall clock as it is now.
  void set() {
    wall_ = clock_.wall();
    mono_ = clock_.mono();
  }
  int64_t next() {
    const std::chrono::nanoseconds since = clock_.mono() - mono_;
    const int64_t now = (std::chrono::nanoseconds(wall_.time_since_epoch()) + since).count();
    return last_ = std::max(last_ + 1, now);
  }

 private:
  const Clock& clock_;
  WallTime wall_{};
  MonoTime mono_{};
  int64_t last_ = 0;
};

struct Shared {
  asio::any_io_executor executor;
  net::Client& client;
  const Clock& clock;
  Random& random;
  std::string product, stream_origin, rest_origin;
  LiveOptions options;
  OnEvent on_event;
  OnTrouble on_trouble;
  Arrivals arrivals;
  Allowance connections;
  Refusals refusals = {};
  bool stopping = false;
};

// One connection, again and again.
class Link {
 public:
  Link(Shared& shared, size_t number, Connection plan, std::unique_ptr<market::Reader> reader)
      : shared_(shared),
        number_(number),
        plan_(std::move(plan)),
        session_(std::move(reader), [this](const market::Event& event) { tell(event); }),
        timer_(shared.executor),
        asked_(plan_.most_requests),
        pause_(shared.options.least_pause) {}

  asio::awaitable<void> run() {
    while (!shared_.stopping) {
      if (!shared_.connections.take(shared_.clock.mono())) {
        co_await sleep(kChore);
        continue;
      }
      const Status ended = co_await run_once();
      if (shared_.stopping) break;
      if (!ended) shared_.on_trouble(ended.error());
      const auto half = static_cast<uint64_t>(pause_.count() / 2);
      const Millis jittered{static_cast<int64_t>(half + shared_.random.below(half + 1))};
      co_await sleep(jittered);
      pause_ = std::min(pause_ * 2, shared_.options.most_pause);
    }
  }

  void renew_book(const std::string& symbol) {
    const auto& books = plan_.books;
    if (std::find(books.begin(), books.end(), symbol) != books.end()) want_again(symbol);
  }
  void stop() {
    if (socket_) socket_->drop();
    timer_.cancel();
  }

 private:
  asio::awaitable<Status> run_once() {
    net::WebSocketLimits limits;
    limits.message_bytes = market::kMaxMessageBytes;
    KS_CO_TRY(socket_,
              co_await shared_.client.open_websocket(shared_.stream_origin, plan_.target, limits,
                                                     shared_.options.connect_time));
    begin();
    using asio::experimental::awaitable_operators::operator&&;
    co_await (listen() && work());
    const Status ended = why_ended_;
    socket_.reset();
    lose_books();
    co_return ended;
  }

  void begin() {
    const MonoTime now = shared_.clock.mono();
    why_ended_ = {};
    ended_ = false;
    heard_ = opened_ = now;
    shared_.arrivals.set();
    session_.begin();
    missed_as_ = market::Break::kGap;
    if (Tap* tap = shared_.options.tap) tap->begin(number_, shared_.arrivals.next());
    asked_ = Allowance(plan_.most_requests);  // of each connection
    next_request_ = now;  // next_snapshot_ stays: a new connection is no reason to ask sooner
    next_ping_ = now + plan_.ping_every;
    requests_.assign(plan_.requests.begin(), plan_.requests.end());
    snapshots_.clear();
    for (const std::string& symbol : plan_.books) want_book(symbol);
  }

  asio::awaitable<void> listen() {
    while (!ended_) {
      const Result<std::string_view> text = co_await socket_->read();
      if (!text) {
        end(text.error());
        break;
      }
      heard_ = shared_.clock.mono();
      if (heard_ - opened_ > shared_.options.stands_after) pause_ = shared_.options.least_pause;
      take({*text, shared_.arrivals.next(), {}}, {});
    }
    timer_.cancel();
  }

  // Everything that is to be said or asked for, one after the other.
  asio::awaitable<void> work() {
    while (!ended_ && !shared_.stopping) {
      const MonoTime now = shared_.clock.mono();
      if (now - heard_ > shared_.options.stale_after) {
        missed_as_ = market::Break::kStale;
        end({"feed.stale", shared_.product + " is silent; connecting again",
             ErrorClass::kRetryable});
      } else if (now - opened_ > shared_.options.renew_after) {
        end({"feed.renew", shared_.product + " is connected anew before the exchange ends it",
             ErrorClass::kRetryable});
      } else if (!requests_.empty() && now >= next_request_ && asked_.take(now)) {
        next_request_ = now + plan_.pace;
        co_await say(take_request());
      } else if (!plan_.ping.empty() && now >= next_ping_) {
        next_ping_ = now + plan_.ping_every;
        co_await say(plan_.ping);
      } else if (!snapshots_.empty() && requests_.empty() && now >= next_snapshot_) {
        next_snapshot_ = now + shared_.options.snapshot_pace;
        co_await fetch_book();
      } else {
        co_await sleep(kChore);
      }
    }
    socket_->drop();
  }

  asio::awaitable<void> say(std::string text) {
    const Status said = co_await socket_->write(std::move(text));
    if (!said) end(said.error());
  }

  std::string take_request() {
    std::string next = std::move(requests_.front());
    requests_.pop_front();
    return next;
  }

  asio::awaitable<void> fetch_book() {
    const std::string symbol = std::move(snapshots_.front());
    snapshots_.pop_front();
    const std::string target = book_again(shared_.product, symbol).rest_target;
    HttpRequest request;
    request.method = "GET";
    const size_t mark = target.find('?');
    request.path = target.substr(0, mark);
    request.has_query = true;
    request.query = target.substr(mark + 1);
    const auto answer =
        co_await shared_.client.send(shared_.rest_origin, std::move(request), kSnapshotTime);
    if (ended_) co_return;
    if (answer && answer->status == 200) {
      take({answer->body, shared_.arrivals.next(), symbol}, shared_.rest_origin + target);
      co_return;
    }
    shared_.on_trouble(answer ? Error{"feed.snapshot",
                                      "the book of " + symbol + " was answered with status " +
                                          std::to_string(answer->status),
                                      ErrorClass::kRetryable}
                              : answer.error());
    // A ban is not made shorter by asking.
    next_snapshot_ = shared_.clock.mono() + shared_.options.most_pause;
    snapshots_.push_back(symbol);
  }

  void take(const market::Message& message, std::string_view rest_url) {
    if (Tap* tap = shared_.options.tap) tap->message(number_, message, rest_url);
    const auto told = session_.take(message);
    if (!told) return tell_refusal(told.error());
    if (!*told) look_for_refusal(message.bytes);
  }

  void tell_refusal(const Error& why) const {
    const auto told = shared_.refusals.tell(why, shared_.clock.mono());
    if (told) shared_.on_trouble({told->code, shared_.product + ": " + told->message, told->kind});
  }

  void look_for_refusal(std::string_view text) const {
    const std::string why = refusal_in(text);
    if (why.empty()) return;
    shared_.on_trouble({"feed.refused", shared_.product + " refuses a subscription: " + why,
                        ErrorClass::kRefused});
  }

  void tell(const market::Event& event) {
    const auto* notice = std::get_if<market::Notice>(&event);
    if (notice && notice->what == market::Break::kGap) {
      want_again(notice->origin.instrument->symbol);
    }
    shared_.on_event(event);
  }

  // At the beginning: by REST where the streams bring no snapshot.
  void want_book(const std::string& symbol) {
    if (!book_again(shared_.product, symbol).rest_target.empty()) snapshots_.push_back(symbol);
  }
  void want_again(const std::string& symbol) {
    const Again again = book_again(shared_.product, symbol);
    if (!again.rest_target.empty()) {
      const bool waits =
          std::find(snapshots_.begin(), snapshots_.end(), symbol) != snapshots_.end();
      if (!waits) snapshots_.push_back(symbol);
    }
    requests_.insert(requests_.end(), again.requests.begin(), again.requests.end());
  }

  void lose_books() {
    const int64_t now = shared_.arrivals.next();
    if (Tap* tap = shared_.options.tap) tap->end(number_, now, missed_as_);
    session_.lose_books(missed_as_, now);
  }

  void end(Error why) {
    if (!ended_) why_ended_ = tl::unexpected<Error>(std::move(why));
    ended_ = true;
  }

  asio::awaitable<void> sleep(Millis time) {
    timer_.expires_after(time);
    co_await timer_.async_wait(kAwait);
  }

  Shared& shared_;
  const size_t number_;
  const Connection plan_;
  market::Session session_;
  asio::steady_timer timer_;
  Allowance asked_;
  Millis pause_;
  std::shared_ptr<net::WebSocket> socket_;  // while it is open
  Status why_ended_;
  market::Break missed_as_ = market::Break::kGap;
  bool ended_ = false;
  MonoTime heard_{}, opened_{}, next_request_{}, next_ping_{}, next_snapshot_{};
  std::deque<std::string> requests_, snapshots_;
};

class LiveImpl final : public Live {
 public:
  explicit LiveImpl(Shared shared) : shared_(std::move(shared)), tasks_(shared_.executor) {}

  Status add(Connection connection) {
    KS_TRY(auto reader, market::make_reader(shared_.product));
    links_.push_back(
        std::make_unique<Link>(shared_, links_.size(), std::move(connection), std::move(reader)));
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
  auto made = std::make_unique<LiveImpl>(Shared{
      std::move(executor), client, clock, random, wanted.product, std::move(planned.stream_origin),
      std::move(planned.rest_origin), options, std::move(on_event), std::move(on_trouble),
      Arrivals(clock), Allowance(planned.most_connections)});
  for (Connection& connection : planned.connections) {
    KS_CHECK(made->add(std::move(connection)));
  }
  return made;
}

}  // namespace keystile::feed
