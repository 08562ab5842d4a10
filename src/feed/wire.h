// One connection to an exchange, from its opening to its end: says what the plan has for it, asks
// for books, answers for its being alive. What comes is handed on as it came.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "base/random.h"
#include "feed/arrivals.h"
#include "feed/book_pauses.h"
#include "feed/live.h"
#include "feed/plan.h"
#include "feed/refusals.h"
#include "feed/refused.h"
#include "feed/selection.h"
#include "net/client.h"

namespace keystile::feed {

// What all connections of one product share.
struct Shared {
  asio::any_io_executor executor;
  net::Client& client;
  const Clock& clock;
  Random& random;
  std::string product, stream_origin, rest_origin;
  bool deep_books;
  LiveOptions options;
  OnEvent on_event;
  OnTrouble on_trouble;
  Arrivals arrivals;
  Allowance connections;
  Selection selection;
  Refusals refusals = {};
  MonoTime next_snapshot{};  // when the next book may be asked for
  bool stopping = false;
  size_t heirs = 0;  // one at a time, and one of each connection that the exchange will end
};

class Wire {
 public:
  // False: nothing was found in it; it may be an answer. rest_url: see Tap.
  using Take = std::function<Result<bool>(const Wire& from, const market::Message& message,
                                          std::string_view rest_url)>;

  // shared and plan must outlive it, and what it runs.
  Wire(Shared& shared, const Connection& plan, Take take);

  // Connects. Errors as of Client::open_websocket().
  asio::awaitable<Status> open();
  // Until it ends, and why; once, after open().
  asio::awaitable<Status> run();
  void end(Error why);
  // At once, with whatever it is doing.
  void drop();

  // A book that is not whole, or is wrong.
  void want_again(const std::string& symbol, MonoTime not_before = {});
  // All was asked for that the plan has. Of books by REST only that they will be.
  bool has_asked() const { return is_open_ && requests_.empty(); }
  // Of which the exchange refused a subscription or the book,
  const market::RefusedSymbols& refused_symbols() const { return refused_symbols_; }
  // and how many refusals named none.
  size_t refused() const { return refused_; }
  // The exchange said that it will end it.
  bool is_leaving() const { return is_leaving_; }
  // Something that the plan has does not come.
  bool lacks_something() const { return refused_ > 0 || !refused_symbols_.empty(); }
  // What its end is to be called.
  market::Break missed_as() const { return missed_as_; }

 private:
  struct Book {
    std::string symbol;
    MonoTime not_before{};
  };

  asio::awaitable<void> listen();
  asio::awaitable<void> work();
  bool is_frozen(MonoTime now) const;
  bool speaks_always() const;
  asio::awaitable<void> say(std::string text);
  std::deque<Book>::iterator due_book(MonoTime now);
  asio::awaitable<void> ask_for_book(std::string symbol);
  asio::awaitable<void> fetch_book(std::string symbol, std::string target);
  void ask_no_book_for(Millis time);
  void miss_book(const std::string& symbol, const Result<HttpResponse>& answer);
  std::string take_request();
  bool take(const market::Message& message, std::string_view rest_url);
  void tell_sometimes(Error why) const;
  void look_for_answer(std::string_view text);
  void note_refusal(const std::string& why);
  void ask_for_the_rest(std::string_view why);
  asio::awaitable<void> sleep(Millis time);

  Shared& shared_;
  const Connection& plan_;
  const Take take_;
  asio::steady_timer timer_;
  Allowance asked_;
  std::shared_ptr<net::WebSocket> socket_;  // once it is open
  Status why_ended_;
  market::Break missed_as_ = market::Break::kGap;
  bool is_open_ = false, is_leaving_ = false, ended_ = false, has_told_ = false;
  size_t refused_ = 0;
  market::RefusedSymbols refused_symbols_;
  std::set<std::string, std::less<>> refused_streams_;  // that took others of a request with them
  std::set<std::string, std::less<>> again_;            // books that were asked for anew
  MonoTime heard_{}, told_{};                           // anything, and an event
  MonoTime next_request_{}, next_ping_{};
  std::deque<std::string> requests_;
  std::deque<Book> books_;  // to be asked for, or anew
  BookPauses pauses_;
  Unanswered unanswered_;
  uint64_t next_id_;  // of a request
};

}  // namespace keystile::feed
