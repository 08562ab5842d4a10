#include "gate/shared_answers.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "exchanges/polled_routes.h"

namespace keystile::gate {
namespace {

// Everything that the exchange's answer can depend on.
std::string key_of(const signer::Inbound& inbound) {
  const HttpRequest& request = inbound.request;
  std::string key = inbound.environment + '\n' + std::string(inbound.exchange->name()) + '\n' +
                    request.path + (request.has_query ? "?" : "") + request.query;
  for (const char* name : {"Accept", "Accept-Encoding"}) {
    const std::string* value = find_header(request.headers, name);
    key += '\n' + (value ? *value : "");
  }
  return key;
}

}  // namespace

struct SharedAnswers::Flight {
  explicit Flight(const asio::any_io_executor& executor)
      : landed(executor, asio::steady_timer::time_point::max()) {}

  asio::steady_timer landed;  // cancelled then
  std::optional<HttpResponse> answer;
  MonoTime asked{}, until{};
};

// However the asking ends, nobody waits for it afterwards.
class SharedAnswers::Landing {
 public:
  Landing(SharedAnswers& all, Key key, std::shared_ptr<Flight> flight)
      : all_(all), key_(std::move(key)), flight_(std::move(flight)) {
    all_.flights_[key_] = flight_;
  }
  ~Landing() {
    if (flight_->answer && all_.has_room_for(*flight_->answer)) {
      all_.bytes_ += flight_->answer->body.size();
    } else {
      all_.flights_.erase(key_);
    }
    flight_->landed.cancel();
  }
  Landing(const Landing&) = delete;
  Landing& operator=(const Landing&) = delete;

 private:
  SharedAnswers& all_;
  const Key key_;
  const std::shared_ptr<Flight> flight_;
};

SharedAnswers::SharedAnswers(asio::any_io_executor executor, const Clock& clock, Ask ask, Know know)
    : executor_(std::move(executor)), clock_(clock), ask_(std::move(ask)), know_(std::move(know)) {}

std::optional<Millis> SharedAnswers::keeps(const signer::Inbound& inbound) {
  const HttpRequest& request = inbound.request;
  if (request.method != "GET" || !request.body.empty()) return std::nullopt;
  const std::string* caching = find_header(request.headers, "Cache-Control");
  if (caching && caching->find("no-cache") != caching->npos) return std::nullopt;
  return exchanges::shared_for(inbound.exchange->name(), request.path);
}

asio::awaitable<HttpResponse> SharedAnswers::answer(signer::Inbound inbound, Millis keep) {
  const std::string exchange(inbound.exchange->name());
  std::string key = key_of(inbound);
  auto from_feed = known(key, inbound);
  if (from_feed) co_return told(std::move(*from_feed), exchange);
  const auto found = flights_.find(key);
  const std::shared_ptr<Flight> flight = found == flights_.end() ? nullptr : found->second;
  if (flight && !flight->answer) {
    co_await flight->landed.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!flight->answer) co_return co_await ask_(std::move(inbound));  // who asked is gone
    co_return told(*flight, exchange, How::kWaited);
  }
  if (flight && clock_.mono() <= flight->until) co_return told(*flight, exchange, How::kKept);
  co_return co_await lead(std::move(key), keep, std::move(inbound));
}

std::optional<exchanges::KeptAnswer> SharedAnswers::known(const Key& key,
                                                          const signer::Inbound& inbound) {
  if (!know_) return {};
  const MonoTime now = clock_.mono();
  std::erase_if(known_, [&](const auto& item) { return now - item.second.made > kKnownFor; });
  auto found = known_.find(key);
  if (found == known_.end()) found = known_.emplace(key, Known{know_(inbound), now}).first;
  auto answer = found->second.answer;
  if (answer) answer->age += std::chrono::ceil<Millis>(now - found->second.made);
  return answer;
}

asio::awaitable<HttpResponse> SharedAnswers::lead(Key key, Millis keep, signer::Inbound inbound) {
  drop_old();
  const std::string exchange(inbound.exchange->name());
  const auto flight = std::make_shared<Flight>(executor_);
  flight->asked = clock_.mono();
  flight->until = flight->asked + keep;
  const Landing landing(*this, std::move(key), flight);
  flight->answer = co_await ask_(std::move(inbound));
  co_return told(*flight, exchange, How::kAsked);
}

bool SharedAnswers::has_room_for(const HttpResponse& response) const {
  return response.status == 200 && flights_.size() <= kMostAnswers &&
         bytes_ + response.body.size() <= kMostBytes;
}

HttpResponse SharedAnswers::told(const Flight& flight, const std::string& exchange, How how) {
  ++counts_[{exchange, how}];
  HttpResponse response = *flight.answer;
  set_header(&response.headers, "X-Keystile-Source", "exchange");
  const auto age = std::chrono::ceil<Millis>(clock_.mono() - flight.asked);
  set_header(&response.headers, "X-Keystile-Age-Ms", std::to_string(age.count()));
  set_header(&response.headers, "X-Keystile-Shared", how == How::kAsked ? "no" : "yes");
  return response;
}

HttpResponse SharedAnswers::told(exchanges::KeptAnswer known, const std::string& exchange) {
  ++counts_[{exchange, How::kKnown}];
  return {200,
          {{"Content-Type", "application/json"},
           {"X-Keystile-Source", "feed"},
           {"X-Keystile-Age-Ms", std::to_string(known.age.count())}},
          std::move(known.body)};
}

void SharedAnswers::drop_old() {
  const MonoTime now = clock_.mono();
  std::erase_if(flights_, [&](const auto& item) {
    const Flight& flight = *item.second;
    if (!flight.answer || now <= flight.until) return false;
    bytes_ -= flight.answer->body.size();
    return true;
  });
}

metrics::Family SharedAnswers::metrics() const {
  metrics::Family answers = metrics::counter(
      "keystile_shared_answers_total",
      "Answers to requests of polled public routes, by exchange and how each was got.");
  for (const auto& [of, count] : counts_) {
    constexpr const char* kNames[] = {"asked", "waited", "kept", "feed"};
    const char* how = kNames[static_cast<size_t>(of.second)];
    metrics::add(&answers, static_cast<double>(count), {{"exchange", of.first}, {"how", how}});
  }
  return answers;
}

}  // namespace keystile::gate
