#include "feed/wire.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/encoding.h"

namespace keystile::feed {
namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr Millis kChore{100};  // how often it looks at what is to be done
constexpr Millis kSnapshotTime{10000};

// Of our address: whatever book it was asked for.
bool is_ban(const Result<HttpResponse>& answer) {
  return answer && (answer->status == 418 || answer->status == 429 || answer->status == 403);
}

// It is not made shorter by asking.
Millis ban_of(const HttpResponse& answer, Millis least) {
  const std::string* after = find_header(answer.headers, "Retry-After");
  const auto seconds = after ? parse_uint64(*after) : std::nullopt;
  if (!seconds) return least;
  constexpr uint64_t kMost = 3600;
  return std::max<Millis>(least, std::chrono::seconds(std::min(*seconds, kMost)));
}

}  // namespace

Wire::Wire(Shared& shared, const Connection& plan, Take take)
    : shared_(shared),
      plan_(plan),
      take_(std::move(take)),
      timer_(shared.executor),
      asked_(plan.most_requests),
      requests_(plan.requests.begin(), plan.requests.end()),
      pauses_(shared.options.times.least_pause, shared.options.times.retry_after,
              shared.options.times.stands_after),
      next_id_(plan.requests.size() + 1) {}

asio::awaitable<Status> Wire::open() {
  net::WebSocketLimits limits;
  limits.message_bytes = market::kMaxMessageBytes;
  KS_CO_TRY(socket_, co_await shared_.client.open_websocket(shared_.stream_origin, plan_.target,
                                                            limits, shared_.options.connect_time));
  const MonoTime now = shared_.clock.mono();
  heard_ = told_ = next_request_ = now;
  next_ping_ = now + plan_.ping_every;
  // Where the streams bring no snapshot, it comes by REST.
  for (const std::string& symbol : plan_.books) {
    if (!book_again(shared_.product, symbol, shared_.deep_books).rest_target.empty())
      books_.push_back({symbol});
  }
  is_open_ = true;
  co_return Status();
}

asio::awaitable<Status> Wire::run() {
  using asio::experimental::awaitable_operators::operator&&;
  co_await (listen() && work());
  socket_.reset();
  co_return why_ended_;
}

asio::awaitable<void> Wire::listen() {
  while (!ended_) {
    const Result<std::string_view> text = co_await socket_->read();
    if (!text) {
      end(text.error());
      break;
    }
    heard_ = shared_.clock.mono();
    take({*text, shared_.arrivals.next(), {}}, {});
  }
  timer_.cancel();
}

// Everything that is to be said or asked for, one after the other.
asio::awaitable<void> Wire::work() {
  while (!ended_ && !shared_.stopping) {
    const MonoTime now = shared_.clock.mono();
    if (is_frozen(now)) {
      missed_as_ = market::Break::kStale;
      end({"feed.stale", shared_.product + " is silent; connecting again", ErrorClass::kRetryable});
    } else if (!requests_.empty() && now >= next_request_ && asked_.take(now)) {
      next_request_ = now + plan_.pace;
      co_await say(take_request());
    } else if (!plan_.ping.empty() && now >= next_ping_) {
      next_ping_ = now + plan_.ping_every;
      co_await say(plan_.ping);
    } else if (const auto due = due_book(now); due != books_.end()) {
      std::string symbol = std::move(due->symbol);
      books_.erase(due);
      co_await ask_for_book(std::move(symbol));
    } else {
      co_await sleep(kChore);
    }
  }
  socket_->drop();
}

// Markets may be quiet: only what speaks all the time is missed, and answers to pings are. Where
// there is neither, WebSocket's own pings end a connection that is dead.
bool Wire::is_frozen(MonoTime now) const {
  const bool speaks = speaks_always();
  const bool is_silent = now - heard_ > shared_.options.stale_after;
  const bool is_quiet = now - told_ > shared_.options.quiet_after;
  return (is_silent && (speaks || !plan_.ping.empty())) || (is_quiet && speaks);
}

// It brings a book or a ticker. Of a symbol one stream may be refused and others not: what has told
// something goes on to.
bool Wire::speaks_always() const {
  return std::any_of(plan_.streams.begin(), plan_.streams.end(), [this](const auto& stream) {
    const auto& [symbol, channel] = stream;
    const bool is_steady = channel == Channel::kBook || channel == Channel::kBookTicker ||
                           channel == Channel::kDerivativeTicker;
    return is_steady && (has_told_ || !refused_symbols_.contains(symbol));
  });
}

// None: its end.
std::deque<Wire::Book>::iterator Wire::due_book(MonoTime now) {
  if (!requests_.empty() || now < shared_.next_snapshot) return books_.end();
  return std::find_if(books_.begin(), books_.end(), [&](const Book& book) {
    return now >= book.not_before && pauses_.may_ask(book.symbol, now);
  });
}

asio::awaitable<void> Wire::say(std::string text) {
  const Status said = co_await socket_->write(std::move(text));
  if (!said) end(said.error());
}

std::string Wire::take_request() {
  std::string next = std::move(requests_.front());
  requests_.pop_front();
  if (plan_.lists_taken) unanswered_.add(next);
  return next;
}

// Where streams bring no snapshot, by REST; else by subscribing again.
asio::awaitable<void> Wire::ask_for_book(std::string symbol) {
  Again again = book_again(shared_.product, symbol, shared_.deep_books, next_id_);
  next_id_ += again.requests.size();
  requests_.insert(requests_.end(), again.requests.begin(), again.requests.end());
  if (again.rest_target.empty()) {
    pauses_.asked(symbol, shared_.clock.mono());
  } else {
    co_await fetch_book(std::move(symbol), std::move(again.rest_target));
  }
}

asio::awaitable<void> Wire::fetch_book(std::string symbol, std::string target) {
  ask_no_book_for(shared_.options.snapshot_pace);
  HttpRequest request;
  request.method = "GET";
  const size_t mark = target.find('?');
  request.path = target.substr(0, mark);
  request.has_query = true;
  request.query = target.substr(mark + 1);
  const auto answer =
      co_await shared_.client.send(shared_.rest_origin, std::move(request), kSnapshotTime);
  // Of all connections, also where this one has ended.
  if (is_ban(answer)) ask_no_book_for(ban_of(*answer, shared_.options.times.most_pause));
  if (ended_) co_return;
  const bool is_read =
      answer && answer->status == 200 &&
      take({answer->body, shared_.arrivals.next(), symbol}, shared_.rest_origin + target);
  if (is_read) {
    pauses_.asked(symbol, shared_.clock.mono());
  } else {
    miss_book(symbol, answer);
  }
}

// A longer pause stands.
void Wire::ask_no_book_for(Millis time) {
  shared_.next_snapshot = std::max(shared_.next_snapshot, shared_.clock.mono() + time);
}

// What is wrong with one book holds up no other.
void Wire::miss_book(const std::string& symbol, const Result<HttpResponse>& answer) {
  // There is no such symbol any more: asking again soon would not help.
  const bool is_refused = answer && (answer->status == 400 || answer->status == 404);
  if (is_refused) refused_symbols_.insert(symbol);
  if (!answer) {
    tell_sometimes(answer.error());
  } else if (answer->status != 200) {
    shared_.on_trouble(
        {"feed.snapshot",
         "the book of " + symbol + " was answered with status " + std::to_string(answer->status),
         is_refused ? ErrorClass::kRefused : ErrorClass::kRetryable});
  }
  if (is_refused) return;
  const MonoTime soon = shared_.clock.mono() + shared_.options.times.most_pause;
  want_again(symbol, is_ban(answer) ? MonoTime{} : soon);
}

// False: it cannot be read.
bool Wire::take(const market::Message& message, std::string_view rest_url) {
  const auto told = take_(*this, message, rest_url);
  if (told && *told) {
    told_ = shared_.clock.mono();
    has_told_ = true;
  }
  if (told && !*told) look_for_answer(message.bytes);
  if (!told) tell_sometimes(told.error());
  return told.has_value();
}

void Wire::tell_sometimes(Error why) const {
  const auto told = shared_.refusals.tell(std::move(why), shared_.clock.mono());
  if (told) shared_.on_trouble({told->code, shared_.product + ": " + told->message, told->kind});
}

void Wire::look_for_answer(std::string_view text) {
  if (says_goodbye(text)) is_leaving_ = true;
  std::string why = refusal_in(text);
  if (why.empty()) why = unanswered_.left_out_in(text);
  if (!why.empty()) note_refusal(why);
}

// A symbol is told of once; what an exchange says beside that, or again, only sometimes.
void Wire::note_refusal(const std::string& why) {
  Error refused{"feed.refused", "the exchange refuses a subscription: " + why,
                ErrorClass::kRefused};
  const auto symbols = symbols_refused(why, plan_);
  if (symbols.empty()) ++refused_;
  const size_t known = refused_symbols_.size();
  refused_symbols_.insert(symbols.begin(), symbols.end());
  if (refused_symbols_.size() > known) {
    refused.message = shared_.product + ": " + refused.message;
    shared_.on_trouble(refused);
  } else {
    tell_sometimes(std::move(refused));
  }
  ask_for_the_rest(why);
}

// Of a request that was refused for one stream. One that only asked for a book anew lists no other.
void Wire::ask_for_the_rest(std::string_view why) {
  const std::string_view stream = stream_refused(why);
  if (stream.empty() || refused_streams_.contains(stream)) return;
  for (const std::string& symbol : symbols_refused(why, plan_)) {
    if (again_.contains(symbol)) return;
  }
  for (const std::string& request : plan_.requests) {
    std::optional<std::string> rest = without_stream(request, stream);
    if (!rest) continue;
    refused_streams_.emplace(stream);
    for (const std::string& other : refused_streams_) {
      if (auto less = without_stream(*rest, other)) rest = std::move(less);
    }
    requests_.push_back(std::move(*rest));
  }
}

void Wire::want_again(const std::string& symbol, MonoTime not_before) {
  again_.insert(symbol);
  const auto waits = std::find_if(books_.begin(), books_.end(),
                                  [&](const Book& book) { return book.symbol == symbol; });
  if (waits == books_.end()) {
    books_.push_back({symbol, not_before});
  } else {
    waits->not_before = std::max(waits->not_before, not_before);
  }
}

void Wire::end(Error why) {
  if (!ended_) why_ended_ = tl::unexpected<Error>(std::move(why));
  ended_ = true;
  drop();
}

void Wire::drop() {
  if (socket_) socket_->drop();
  timer_.cancel();
}

asio::awaitable<void> Wire::sleep(Millis time) {
  timer_.expires_after(time);
  co_await timer_.async_wait(kAwait);
}

}  // namespace keystile::feed
