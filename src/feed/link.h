// One place in a plan: a connection that is heard, made anew whenever it ends, and before an
// exchange would end it replaced by another one without a gap.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "feed/renewal.h"
#include "feed/wire.h"
#include "market/succession.h"
#include "net/task_gate.h"

namespace keystile::feed {

class Link {
 public:
  // "market.product". shared and tasks must outlive it.
  static Result<std::unique_ptr<Link>> make(Shared& shared, net::TaskGate& tasks, size_t place,
                                            Connection plan);
  // Until the product stops.
  asio::awaitable<void> run();
  void renew_book(const std::string& symbol);
  void stop();

 private:
  Link(Shared& shared, net::TaskGate& tasks, size_t place, Connection plan);

  void look();
  void take_step(Renewal::Step step, MonoTime now);
  void connect(Seat seat);
  asio::awaitable<void> serve(std::shared_ptr<Wire> wire);
  bool enter(const Wire& wire);
  void leave(const Wire& wire, const Status& ended);
  void lose_heard(market::Break why);
  void lose_heir();
  void succeed();
  bool may_succeed() const;
  Result<bool> take(const Wire& from, const market::Message& message, std::string_view rest_url);
  void tell(const market::Event& event);
  void ask_again();
  void tell_lacks();

  Shared& shared_;
  net::TaskGate& tasks_;
  const size_t place_;
  const Connection plan_;
  std::unique_ptr<market::Succession> succession_;
  Renewal renewal_;
  asio::steady_timer timer_;
  std::shared_ptr<Wire> heard_, heir_;  // from connecting to the end
  bool is_heard_open_ = false, is_heir_open_ = false;
  size_t lacks_ = 0;  // how many refusals were told of the one that is heard
  std::set<std::string, std::less<>> asked_again_;  // by renew_book(), and not told since
};

}  // namespace keystile::feed
