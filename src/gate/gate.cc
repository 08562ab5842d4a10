#include "gate/gate.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>

#include "base/json.h"
#include "gate/address_rule.h"
#include "gate/edge_refusals.h"
#include "gate/leaf.h"
#include "gate/shared_answers.h"
#include "gate/upstream_errors.h"
#include "gate/ways_in.h"
#include "net/client.h"
#include "net/task_gate.h"

namespace keystile::gate {
namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr Millis kErrandsEvery{100};
constexpr Millis kDurableEvery{1};

class GateImpl final : public Gate {
 public:
  GateImpl(asio::any_io_executor executor, GateConfig config, signer::Signer& signer)
      : executor_(executor),
        config_(std::move(config)),
        signer_(signer),
        shared_(
            executor, system_clock(),
            [this](signer::Inbound inbound) { return ask(std::move(inbound)); }, config_.known),
        errand_timer_(executor),
        tasks_(executor) {}

  Status open() {
    if (config_.name_servers.empty()) {
      resolver_ = net::Resolver::system(executor_);
    } else {
      KS_TRY(resolver_, net::Resolver::direct(executor_, config_.name_servers));
    }
    for (const UpstreamTrust& trust : config_.upstreams) {
      KS_CHECK(make_client({trust.environment, trust.exchange}, trust));
    }
    for (const Listener& listener : config_.listeners) {
      net::Handler handler = [this, &listener](HttpRequest request, const net::Peer& peer) {
        return serve(listener, std::move(request), peer);
      };
      KS_CHECK(listen(listener, std::move(handler)));
    }
    tasks_.spawn(run_errands());
    return {};
  }

  std::vector<uint16_t> ports() const override {
    std::vector<uint16_t> ports;
    for (const auto& server : servers_) ports.push_back(server->port());
    return ports;
  }

  metrics::Families metrics() const override {
    metrics::Family connections =
        metrics::gauge("keystile_connections", "Open connections of programs, by listener.");
    metrics::Family displaced =
        metrics::counter("keystile_connections_displaced_total",
                         "Connections closed to make room for others, by listener.");
    std::vector<EdgeRefusals> refused;
    for (size_t i = 0; i < servers_.size(); ++i) {
      const Listener& listener = config_.listeners[i];
      const net::Endpoint& endpoint = listener.endpoint;
      std::string name = endpoint.path.empty()
                             ? endpoint.host + ":" + std::to_string(servers_[i]->port())
                             : "unix:" + endpoint.path;
      metrics::add(&connections, static_cast<double>(servers_[i]->connections()),
                   {{"listener", name}});
      metrics::add(&displaced, static_cast<double>(servers_[i]->displaced()), {{"listener", name}});
      const auto own = refused_.find(&listener);
      refused.push_back({std::move(name), servers_[i]->refused(),
                         own == refused_.end() ? net::CountsByStatus{} : own->second});
    }
    metrics::Family limit = metrics::gauge("keystile_connections_limit",
                                           "How many connections a listener has at most.");
    metrics::add(&limit, static_cast<double>(config_.limits.connections));
    return {std::move(connections), std::move(limit),           std::move(displaced),
            edge_refusals(refused), upstream_errors_.collect(), shared_.metrics()};
  }

  asio::awaitable<void> stop(Millis grace) override {
    stopping_ = true;
    errand_timer_.cancel();
    for (const auto& server : servers_) tasks_.spawn(server->stop(grace));
    co_await tasks_.drained();
  }

 private:
  using ClientKey = std::pair<std::string, std::string>;  // environment, exchange

  Status listen(const Listener& listener, net::Handler handler) {
    std::optional<net::ServerTls> tls = listener.tls;
    net::TunnelRule tunnel;
    if (listener.way != WayIn::kBaseUrl) {
      if (!leaf_) {
        KS_TRY(leaf_, Leaf::make(signer_, system_clock()));
      }
      tls = net::ServerTls{"", "", leaf_->identity()};
    }
    if (listener.way == WayIn::kProxy) {
      tunnel = [&listener](const std::string& host) { return refuse_tunnel(listener, host); };
    }
    KS_TRY(auto server, net::Server::listen(executor_, listener.endpoint, std::move(tls),
                                            config_.limits, std::move(handler), tunnel));
    own_.push_back(listener.endpoint);
    own_.back().port = server->port();
    servers_.push_back(std::move(server));
    return {};
  }

  Result<net::Client*> make_client(const ClientKey& key, const UpstreamTrust& trust) {
    net::ClientOptions options;
    options.ca_file = trust.ca_file;
    options.allow_tls12 = trust.allow_tls12;
    options.resolver = resolver_;
    options.address_rule = [this](const std::string& host, const std::string& address,
                                  uint16_t port) {
      return refuse_address(own_, host, address, port);
    };
    KS_TRY(auto client, net::Client::make(executor_, std::move(options)));
    auto& slot = clients_[key];
    slot = std::move(client);
    upstream_errors_.expect(key.first, key.second);
    return slot.get();
  }

  Result<net::Client*> client_for(const signer::Destination& to) {
    const ClientKey key{to.environment, to.exchange};
    const auto found = clients_.find(key);
    if (found != clients_.end()) return found->second.get();
    return make_client(key, {});
  }

  // This and ask() are no coroutines: what they do before anything is waited for needs none.
  asio::awaitable<HttpResponse> serve(const Listener& listener, HttpRequest&& request,
                                      const net::Peer& peer) {
    const auto source = source_of(config_.proxies, peer, request.headers);
    if (!source) return refuse(listener, 400, source.error());
    // Read or not, nothing after this may take it for true, or tell the exchange.
    remove_headers(&request.headers, config_.proxies.header);
    const auto exchange = exchange_of(listener, peer, &request);
    if (!exchange) {
      const int status = exchange.error().code == "gate.base_path" ? 404 : 421;
      return refuse(listener, status, exchange.error());
    }
    signer::Inbound inbound{*exchange, listener.environment, std::move(request), *source};
    const auto keep = SharedAnswers::keeps(inbound);
    if (keep) return shared_.answer(std::move(inbound), *keep);
    return ask(std::move(inbound));
  }

  asio::awaitable<HttpResponse> ask(signer::Inbound&& inbound) {
    signer::Step step = signer_.begin(std::move(inbound));
    if (auto* answer = std::get_if<signer::Answer>(&step))
      return known(std::move(answer->response));
    return pass_on(std::move(std::get<signer::Forward>(step)));
  }

  static asio::awaitable<HttpResponse> known(HttpResponse response) { co_return response; }

  asio::awaitable<HttpResponse> pass_on(signer::Forward forward) {
    const uint64_t ticket = forward.ticket;
    auto upstream = co_await carry(std::move(forward));
    co_return signer_.finish(ticket, std::move(upstream));
  }

  // An answer of our own, where no exchange's shape can be given.
  asio::awaitable<HttpResponse> refuse(const Listener& listener, int status, const Error& error) {
    ++refused_[&listener][status];
    const json::Value body = json::object({{"error", error.code}, {"message", error.message}});
    return known({status, {{"Content-Type", "application/json"}}, json::dump(body)});
  }

  asio::awaitable<Result<HttpResponse>> carry(signer::Forward forward) {
    if (forward.delay > Millis{0}) co_await sleep(forward.delay);
    Millis left = forward.timeout;
    if (forward.after) {
      const MonoTime deadline = system_clock().mono() + left;
      const bool durable = co_await durable_above(*forward.after, deadline);
      if (!durable) {
        co_return fail("gate.durable", "the ledger was not on disk in time; nothing was sent",
                       ErrorClass::kRetryable);
      }
      left = std::chrono::ceil<Millis>(deadline - system_clock().mono());
    }
    KS_CO_TRY(net::Client * client, client_for(forward.to));
    const net::Turn turn{forward.who, forward.is_urgent};
    auto answer =
        co_await client->send(std::move(forward.to.origin), std::move(forward.request), left, turn);
    upstream_errors_.note(forward.to.environment, forward.to.exchange, answer);
    co_return answer;
  }

  asio::awaitable<void> sleep(Millis time) {
    asio::steady_timer timer(executor_, time);
    co_await timer.async_wait(kAwait);
  }

  asio::awaitable<bool> durable_above(ledger::Index index, MonoTime deadline) {
    asio::steady_timer timer(executor_);
    while (signer_.durable() <= index) {
      if (system_clock().mono() >= deadline) co_return false;
      timer.expires_after(kDurableEvery);
      co_await timer.async_wait(kAwait);
    }
    co_return true;
  }

  asio::awaitable<void> run_errands() {
    while (!stopping_) {
      std::vector<signer::Errand> due = signer_.errands();
      for (signer::Errand& errand : due) tasks_.spawn(run_errand(std::move(errand)));
      if (leaf_) leaf_->renew_if_due();
      errand_timer_.expires_after(kErrandsEvery);
      co_await errand_timer_.async_wait(kAwait);
    }
  }

  asio::awaitable<void> run_errand(signer::Errand errand) {
    const uint64_t id = errand.id;
    signer::Forward forward;
    forward.to = std::move(errand.to);
    forward.request = std::move(errand.request);
    forward.timeout = errand.timeout;
    forward.is_urgent = true;  // prices and orders are what others are judged by
    auto upstream = co_await carry(std::move(forward));
    signer_.errand_done(id, std::move(upstream));
  }

  asio::any_io_executor executor_;
  GateConfig config_;
  signer::Signer& signer_;
  std::map<ClientKey, std::unique_ptr<net::Client>> clients_;
  UpstreamErrors upstream_errors_;
  std::shared_ptr<net::Resolver> resolver_;
  std::vector<net::Endpoint> own_;  // what we listen on
  std::unique_ptr<Leaf> leaf_;      // where programs come in by name
  std::vector<std::unique_ptr<net::Server>> servers_;
  std::map<const Listener*, net::CountsByStatus> refused_;
  SharedAnswers shared_;
  asio::steady_timer errand_timer_;
  net::TaskGate tasks_;
  bool stopping_ = false;
};

}  // namespace

Result<std::unique_ptr<Gate>> Gate::open(asio::any_io_executor executor, GateConfig config,
                                         signer::Signer& signer) {
  auto gate = std::make_unique<GateImpl>(executor, std::move(config), signer);
  KS_CHECK(gate->open());
  return gate;
}

}  // namespace keystile::gate
