#include "feed/link.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace keystile::feed {
namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr Millis kChore{100};
constexpr size_t kUntold = SIZE_MAX;  // refusals: what was told is no longer so

}  // namespace

Result<std::unique_ptr<Link>> Link::make(Shared& shared, net::TaskGate& tasks, size_t place,
                                         Connection plan) {
  std::unique_ptr<Link> made(new Link(shared, tasks, place, std::move(plan)));
  Link* const link = made.get();
  KS_TRY(made->succession_,
         market::Succession::make(
             shared.product, [link](const market::Event& event) { link->tell(event); },
             [link](const std::string& symbol) {
               if (link->heir_) link->heir_->want_again(symbol);
             },
             [&shared](std::string_view symbol) { return shared.selection.has(symbol); }));
  return made;
}

Link::Link(Shared& shared, net::TaskGate& tasks, size_t place, Connection plan)
    : shared_(shared),
      tasks_(tasks),
      place_(place),
      plan_(std::move(plan)),
      renewal_(shared.options.times),
      timer_(shared.executor) {}

asio::awaitable<void> Link::run() {
  while (!shared_.stopping) {
    look();
    timer_.expires_after(kChore);
    co_await timer_.async_wait(kAwait);
  }
}

void Link::look() {
  shared_.arrivals.set();  // the wall clock may have been set
  const MonoTime now = shared_.clock.mono();
  renewal_.lacks(heard_ && heard_->lacks_something());
  if (heard_ && heard_->is_leaving()) renewal_.leaves();
  if (is_heir_open_ && !renewal_.settled() && heir_->has_asked()) renewal_.heir_asked(now);
  tell_lacks();
  take_step(renewal_.next(now), now);
}

// On one connection they only become more.
void Link::tell_lacks() {
  Tap* const tap = shared_.options.tap;
  if (!tap || !is_heard_open_) return;
  const size_t lacks = heard_->refused_symbols().size() + heard_->refused();
  if (std::exchange(lacks_, lacks) == lacks) return;
  tap->lack(place_, heard_->refused_symbols(), heard_->refused() > 0);
}

void Link::take_step(Renewal::Step step, MonoTime now) {
  switch (step) {
    case Renewal::Step::kNone:
      break;
    case Renewal::Step::kConnect:
      if (!shared_.connections.take(now)) break;
      renewal_.begun(step, now);
      connect(Seat::kHeard);
      break;
    case Renewal::Step::kRaise:
      if (shared_.heirs > 0 && !heard_->is_leaving()) break;
      if (!shared_.connections.take(now)) break;
      ++shared_.heirs;
      renewal_.begun(step, now);
      connect(Seat::kHeir);
      break;
    case Renewal::Step::kSucceed:
      if (may_succeed()) succeed();
      break;
    case Renewal::Step::kGiveUp:
      heir_->end({"feed.renew",
                  shared_.product + ": a new connection brings less than the one that it is to "
                                    "replace; trying again",
                  ErrorClass::kRetryable});
      break;
  }
}

void Link::connect(Seat seat) {
  std::shared_ptr<Wire>& place = seat == Seat::kHeard ? heard_ : heir_;
  place = std::make_shared<Wire>(
      shared_, plan_,
      [this](const Wire& from, const market::Message& message, std::string_view rest_url) {
        return take(from, message, rest_url);
      });
  tasks_.spawn(serve(place));
}

asio::awaitable<void> Link::serve(std::shared_ptr<Wire> wire) {
  Status ended = co_await wire->open();
  if (ended && enter(*wire)) ended = co_await wire->run();
  leave(*wire, ended);
}

// False: nobody waits for it any more.
bool Link::enter(const Wire& wire) {
  const bool is_heir = &wire == heir_.get();
  if (!is_heir && &wire != heard_.get()) return false;
  shared_.arrivals.set();
  const int64_t now_ns = shared_.arrivals.next();
  Tap* const tap = shared_.options.tap;
  if (is_heir) {
    is_heir_open_ = true;
    if (tap) tap->begin(place_, Seat::kHeir, now_ns);
    succession_->begin_heir(now_ns);
  } else {
    is_heard_open_ = true;
    lacks_ = 0;
    renewal_.opened(shared_.clock.mono());
    if (tap) tap->begin(place_, Seat::kHeard, now_ns);
    succession_->begin();
  }
  return true;
}

// One that another one has replaced is neither.
void Link::leave(const Wire& wire, const Status& ended) {
  const bool was_heard = &wire == heard_.get();
  if (was_heard) {
    if (heir_) lose_heir();
    lose_heard(wire.missed_as());
  } else if (&wire == heir_.get()) {
    lose_heir();
  } else {
    return;
  }
  if (!ended && !shared_.stopping) shared_.on_trouble(ended.error());
}

void Link::lose_heard(market::Break why) {
  heard_.reset();
  asked_again_.clear();
  renewal_.lost(shared_.clock.mono(), shared_.random);
  if (!std::exchange(is_heard_open_, false)) return;
  const int64_t now_ns = shared_.arrivals.next();
  if (Tap* tap = shared_.options.tap) tap->end(place_, Seat::kHeard, now_ns, why);
  succession_->lose_books(why, now_ns);
}

void Link::lose_heir() {
  std::exchange(heir_, nullptr)->drop();
  --shared_.heirs;
  renewal_.heir_lost(shared_.clock.mono(), shared_.random);
  if (!std::exchange(is_heir_open_, false)) return;
  const int64_t now_ns = shared_.arrivals.next();
  if (Tap* tap = shared_.options.tap) tap->end(place_, Seat::kHeir, now_ns, market::Break::kGap);
  succession_->drop_heir();
}

bool Link::may_succeed() const {
  if (heir_->refused() > heard_->refused()) return false;
  market::RefusedSymbols refused = heir_->refused_symbols();
  for (const std::string& symbol : heard_->refused_symbols()) refused.erase(symbol);
  return succession_->is_heir_ready(shared_.arrivals.at(*renewal_.settled()), refused);
}

void Link::succeed() {
  const int64_t now_ns = shared_.arrivals.next();
  if (Tap* tap = shared_.options.tap) tap->succeed(place_, now_ns);
  const std::shared_ptr<Wire> replaced = std::exchange(heard_, std::exchange(heir_, nullptr));
  is_heir_open_ = false;
  --shared_.heirs;
  renewal_.succeeded(shared_.clock.mono());
  succession_->succeed(now_ns);
  replaced->drop();
  if (replaced->lacks_something()) lacks_ = kUntold;
  ask_again();
}

// Of the one that is heard now: what was asked of the other one does not come any more.
void Link::ask_again() {
  for (const std::string& symbol : asked_again_) heard_->want_again(symbol);
}

Result<bool> Link::take(const Wire& from, const market::Message& message,
                        std::string_view rest_url) {
  const bool is_heir = &from == heir_.get();
  if (!is_heir && &from != heard_.get()) return true;  // it was replaced
  if (Tap* tap = shared_.options.tap) {
    tap->message(place_, is_heir ? Seat::kHeir : Seat::kHeard, message, rest_url);
  }
  if (is_heir) return succession_->take_from_heir(message);
  auto told = succession_->take(message);
  if (Tap* tap = shared_.options.tap; tap && !told) tap->refuse(place_, message);
  return told;
}

void Link::tell(const market::Event& event) {
  const auto* notice = std::get_if<market::Notice>(&event);
  if (notice && notice->what == market::Break::kGap && heard_) {
    heard_->want_again(notice->origin.instrument->symbol);
  }
  const auto* change = std::get_if<market::BookChange>(&event);
  if (change && change->is_snapshot) asked_again_.erase(change->origin.instrument->symbol);
  shared_.on_event(event);
}

void Link::renew_book(const std::string& symbol) {
  const auto& books = plan_.books;
  const bool is_here = std::find(books.begin(), books.end(), symbol) != books.end();
  if (!is_here || !heard_) return;
  asked_again_.insert(symbol);
  heard_->want_again(symbol);
}

void Link::stop() {
  for (const auto& wire : {heard_, heir_}) {
    if (wire) wire->drop();
  }
  timer_.cancel();
}

}  // namespace keystile::feed
