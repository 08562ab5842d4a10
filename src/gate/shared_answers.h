// One answer of an exchange for all programs that poll the same public route: those who ask while
// it is on its way wait for it, and those who ask soon after get it too. So many programs cost the
// rate limit of one. All of it belongs to the executor's thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/http.h"
#include "base/time.h"
#include "exchanges/native_answers.h"
#include "metrics/family.h"
#include "signer/signer.h"

namespace keystile::gate {

namespace asio = boost::asio;

class SharedAnswers {
 public:
  // How long what market data said is said again: to make it takes up to a millisecond.
  static constexpr Millis kKnownFor{25};
  // What is kept at most. Beyond it answers are still shared by those who wait for them.
  static constexpr size_t kMostBytes = 64 << 20;
  static constexpr size_t kMostAnswers = 1000;

  using Ask = std::function<asio::awaitable<HttpResponse>(signer::Inbound)>;
  // What market data says without asking for it; nothing where it cannot say all of it.
  using Know = std::function<std::optional<exchanges::KeptAnswer>(const signer::Inbound&)>;

  // ask: how an answer is got; know: who is looked at first, or none. clock must outlive it.
  SharedAnswers(asio::any_io_executor executor, const Clock& clock, Ask ask, Know know = nullptr);

  // For how long others may have the same answer; nothing for anything but a GET of a polled route
  // (exchanges/polled_routes.h) without a body, and without "Cache-Control: no-cache".
  static std::optional<Millis> keeps(const signer::Inbound& inbound);

  // keep: as keeps() said. Answers say in X-Keystile-Source whose they are: the "exchange"'s, or
  // made from the "feed". X-Keystile-Age-Ms says how long ago they were asked for (the feed: since
  // the exchange last told of it), and X-Keystile-Shared whether it was for another request.
  //
  // What is no success is shared by those who wait for it, and not kept.
  asio::awaitable<HttpResponse> answer(signer::Inbound inbound, Millis keep);

  metrics::Family metrics() const;

 private:
  struct Flight;
  class Landing;
  using Key = std::string;
  enum class How { kAsked, kWaited, kKept, kKnown };

  struct Known {
    std::optional<exchanges::KeptAnswer> answer;
    MonoTime made;
  };

  std::optional<exchanges::KeptAnswer> known(const Key& key, const signer::Inbound& inbound);
  bool has_room_for(const HttpResponse& response) const;
  asio::awaitable<HttpResponse> lead(Key key, Millis keep, signer::Inbound inbound);
  HttpResponse told(exchanges::KeptAnswer known, const std::string& exchange);
  HttpResponse told(const Flight& flight, const std::string& exchange, How how);
  void drop_old();

  asio::any_io_executor executor_;
  const Clock& clock_;
  const Ask ask_;
  const Know know_;
  std::map<Key, std::shared_ptr<Flight>> flights_;
  size_t bytes_ = 0;  // of what is kept
  std::map<Key, Known> known_;
  std::map<std::pair<std::string, How>, uint64_t> counts_;
};

}  // namespace keystile::gate
