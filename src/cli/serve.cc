// keystile serve: the gate, the signer and the ledger of one realm, until SIGINT or SIGTERM.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <csignal>
#include <exception>

#include "cli/client_text.h"
#include "cli/commands.h"
#include "cli/feed_thread.h"
#include "cli/history.h"
#include "cli/notices.h"
#include "cli/policy_folder.h"
#include "cli/realm_access.h"
#include "cli/serve_metrics.h"
#include "cli/until_signal.h"
#include "feed/kept_answers.h"
#include "feed/places.h"
#include "feed/reference.h"
#include "gate/api_listener.h"
#include "gate/control.h"
#include "gate/gate.h"
#include "gate/metrics_listener.h"
#include "gate/open_files.h"
#include "signer/signer.h"

namespace keystile::cli {
namespace {

namespace asio = boost::asio;

constexpr Millis kGrace{10000};  // how long requests under way may take when the gate stops

Result<gate::Listener> listener_of(const signer::Realm& realm,
                                   const signer::ListenerSettings& settings) {
  gate::Listener listener;
  listener.endpoint = {settings.address, settings.port, realm.layout().resolve(settings.socket),
                       settings.socket_mode};
  listener.environment = settings.environment;
  if (!settings.exchange.empty()) {
    listener.exchange = exchanges::find_exchange(settings.exchange);
    if (!listener.exchange) {
      return fail("settings.listener", fmt::format("{}: keystile does not know an exchange {}",
                                                   realm.layout().settings(), settings.exchange));
    }
  }
  const policy::Environment* environment = realm.policy().environment(settings.environment);
  if (!environment) {
    return fail("settings.listener",
                fmt::format("{}: the listener on {} is for environment {}, which the policy "
                            "in force has not",
                            realm.layout().settings(), url_of(realm.layout(), settings),
                            settings.environment));
  }
  listener.production = environment->tier == policy::Tier::kProduction;
  listener.way = settings.kind == "proxy"   ? gate::WayIn::kProxy
                 : settings.kind == "hosts" ? gate::WayIn::kHosts
                                            : gate::WayIn::kBaseUrl;
  if (listener.way == gate::WayIn::kBaseUrl && settings.socket.empty()) {
    listener.tls = net::ServerTls{realm.layout().resolve(settings.certificate),
                                  realm.layout().resolve(settings.key)};
  }
  return listener;
}

net::ServerLimits limits_of(const signer::LimitSettings& settings) {
  net::ServerLimits limits;
  limits.header_bytes = settings.header_bytes.value_or(limits.header_bytes);
  limits.body_bytes = settings.body_bytes.value_or(limits.body_bytes);
  limits.connections = settings.connections.value_or(limits.connections);
  const auto set = [](const std::optional<uint32_t>& ms, Millis* limit) {
    if (ms) *limit = Millis(*ms);
  };
  set(settings.header_ms, &limits.header_time);
  set(settings.body_ms, &limits.body_time);
  set(settings.idle_ms, &limits.idle_time);
  set(settings.write_ms, &limits.write_time);
  return limits;
}

Result<gate::GateConfig> config_of(const signer::Realm& realm) {
  gate::GateConfig config;
  for (const signer::ListenerSettings& settings : realm.settings().listeners) {
    KS_TRY(gate::Listener listener, listener_of(realm, settings));
    config.listeners.push_back(std::move(listener));
  }
  if (config.listeners.empty()) {
    return fail("settings.listener",
                realm.layout().settings() + " has no [[listener]]: there is nothing to serve");
  }
  for (const signer::WitnessSettings& witness : realm.settings().witnesses.list) {
    if (witness.ca_file.empty()) continue;
    config.upstreams.push_back(
        {"", signer::witness_name(witness), realm.layout().resolve(witness.ca_file), false});
  }
  for (const policy::Environment& environment : realm.policy().environments) {
    for (const policy::Upstream& upstream : environment.upstreams) {
      config.upstreams.push_back({environment.name, upstream.exchange,
                                  realm.layout().resolve(upstream.ca_file), upstream.allow_tls12});
    }
  }
  for (const std::string& text : realm.settings().proxies.trusted) {
    const auto network = policy::parse_network(text);
    if (!network) {
      return fail("settings.proxies",
                  fmt::format("{}: {} is no address or network", realm.layout().settings(), text));
    }
    config.proxies.trusted.push_back(*network);
  }
  config.proxies.header = realm.settings().proxies.header;
  config.name_servers = realm.settings().name_servers;
  config.limits = limits_of(realm.settings().limits);
  return config;
}

// An exception of the main tasks has no request left to refuse: it ends the process, and the ledger
// holds what was recorded.

// What this process listens on; null where the settings do not ask for it.
struct Doors {
  std::unique_ptr<gate::Gate> gate;
  std::unique_ptr<gate::ApiListener> api;
  std::unique_ptr<gate::MetricsListener> metrics;
  std::unique_ptr<gate::ControlSocket> control;
};

asio::awaitable<void> stop(Doors* doors, Millis grace) {
  if (doors->control) co_await doors->control->stop();
  if (doors->api) co_await doors->api->stop();
  if (doors->gate) co_await doors->gate->stop(grace);
  if (doors->metrics) co_await doors->metrics->stop();
}

asio::awaitable<void> end(Doors* doors, int signal) {
  spdlog::info("stopping on {}: requests under way are answered first",
               signal == SIGINT ? "SIGINT" : "SIGTERM");
  co_await stop(doors, kGrace);
}

Result<std::unique_ptr<gate::ApiListener>> open_api(const asio::any_io_executor& executor,
                                                    const signer::Realm& realm,
                                                    signer::Signer& signer) {
  const auto& settings = realm.settings().api;
  if (!settings) return nullptr;
  const signer::Layout& layout = realm.layout();
  return gate::ApiListener::open(
      executor, {settings->address, settings->port},
      {layout.resolve(settings->certificate), layout.resolve(settings->key)}, signer);
}

Status open(asio::io_context& io, const signer::Realm& realm, gate::GateConfig config,
            signer::Signer& signer, const feed::Feed* feed, const PolicyFolder& policy,
            Doors* doors) {
  const asio::any_io_executor executor = io.get_executor();
  KS_TRY(doors->gate, gate::Gate::open(executor, std::move(config), signer));
  KS_TRY(doors->api, open_api(executor, realm, signer));
  KS_TRY(doors->metrics,
         open_metrics(executor, realm, {*doors->gate, doors->api.get(), signer, feed, policy}));
  KS_TRY(doors->control,
         gate::ControlSocket::open(executor, realm.layout().control_socket(), signer));
  return {};
}

std::string what_is(const signer::ListenerSettings& listener) {
  if (listener.kind == "proxy") return "HTTPS_PROXY to every exchange";
  if (listener.kind == "hosts") return "exchange host names";
  return listener.exchange.empty() ? "every exchange under /NAME" : listener.exchange;
}

void print_doors(const signer::Realm& realm, const Doors& doors, Output& out) {
  const signer::NodeSettings& settings = realm.settings();
  const auto& listeners = settings.listeners;
  const std::vector<uint16_t> ports = doors.gate->ports();
  for (size_t i = 0; i < listeners.size() && i < ports.size(); ++i) {
    signer::ListenerSettings open = listeners[i];
    open.port = ports[i];
    out.line(fmt::format("  {}  {} ({})", url_of(realm.layout(), open), what_is(open),
                         open.environment));
  }
  if (const auto& api = settings.api; api && doors.api) {
    out.line(fmt::format("  https://{}:{}/{}  approvers and the executor", api->address,
                         doors.api->port(), settings.ledger_origin));
  }
  if (const auto& metrics = settings.metrics; metrics && doors.metrics) {
    out.line(fmt::format("  http://{}:{}/metrics, /healthz, /readyz", metrics->address,
                         doors.metrics->port()));
  }
}

// What the feed reads is one environment's: a sandbox's prices are none for real orders.
Result<std::string> environment_of(const signer::Realm& realm, const FeedThread& feed) {
  std::string name = feed.settings().environment;
  const auto& environments = realm.policy().environments;
  if (name.empty() && environments.size() == 1) name = environments.front().name;
  if (realm.policy().environment(name)) return name;
  return fail("settings.environment",
              fmt::format("{}/feed.toml: say whose markets it reads by environment = \"NAME\"; {}",
                          realm.layout().root(),
                          name.empty() ? "the policy in force has several"
                                       : "the policy in force has none of the name " + name));
}

// Market data beside the gate.
struct Beside {
  std::unique_ptr<FeedThread> feed;  // none where there is no feed.toml
  std::optional<feed::Reference> reference;
  std::optional<feed::KeptAnswers> answers;
  signer::LiveSource live;
};

// By the policy that is in force when it is asked.
feed::IsBelieved believed(const signer::Realm& realm, std::string environment,
                          feed::Places places) {
  return [&realm, environment = std::move(environment), places = std::move(places)](
             std::string_view exchange, exchanges::Product product) {
    const policy::Environment* in_force = realm.policy().environment(environment);
    return in_force && places.has(*in_force, exchange, product);
  };
}

Status open_feed(const signer::Realm& realm, Beside* beside, Output& out) {
  KS_TRY(beside->feed, FeedThread::open(realm.layout().root()));
  if (!beside->feed) return {};
  const feed::Settings& settings = beside->feed->settings();
  const feed::State& state = beside->feed->feed().state();
  KS_TRY(std::string environment, environment_of(realm, *beside->feed));
  KS_TRY(feed::Places places, feed::Places::of(settings.products));
  for (const std::string& warning : places.elsewhere(*realm.policy().environment(environment))) {
    out.warn(warning);
  }
  const feed::IsBelieved is_believed = believed(realm, environment, std::move(places));
  beside->reference.emplace(state, system_clock(), is_believed);
  beside->answers.emplace(state, system_clock(), settings.answers, is_believed);
  beside->live = {&*beside->reference, std::move(environment)};
  return {};
}

// What is known of the markets of one environment says nothing of another's.
std::optional<exchanges::KeptAnswer> known(const Beside& beside, const signer::Inbound& inbound) {
  if (!beside.answers || inbound.environment != beside.live.environment) return {};
  return beside.answers->answer(inbound.exchange->name(), inbound.request);
}

// It must come through where only cancels do. The policy: after damage it tells which was in force,
// and so it is not said where that is not known.
Result<ledger::Index> record_life(signer::Realm* realm, const char* type) {
  json::Value entry = json::object({{"type", type}, {"by", operator_name()}});
  if (realm->policy_is_known()) entry.set("policy", realm->policy_version());
  return realm->record(entry, ledger::Priority::kReserve);
}

void tell_damage(const signer::Realm& realm, Output& out) {
  if (realm.whole()) return;
  for (const ledger::Damage& damage : realm.ledger().damage()) {
    spdlog::error("THE LEDGER IS DAMAGED: {}", to_string(damage));
  }
  out.warn(realm.whole().error().message);
  if (const Status known = realm.policy_is_known(); !known) out.warn(known.error().message);
}

Result<int> serve(const Globals& globals, Output& out) {
  std::signal(SIGXFSZ, SIG_IGN);  // a file size limit is a full disk, not an end
  auto whole = signer::Realm::open(globals.realm, ask_passphrase(), system_clock());
  if (!whole && whole.error().code == "ledger.corrupt") {
    whole.error().message += "; `keystile ledger fsck` names all that is damaged: put it back";
  }
  KS_TRY(auto realm, std::move(whole));
  if (realm->policy_version() == 0) {
    KS_CHECK(realm->whole());  // the entry by which one was adopted may be lost
    return fail("policy.none", "no policy is in force yet: run `keystile policy apply` first");
  }
  tell_damage(*realm, out);
  KS_CHECK(record_life(realm.get(), "gate.started"));
  KS_TRY(gate::GateConfig config, config_of(*realm));
  Beside beside;
  // No reason to leave programs without a gate: their cancels must come through.
  if (const Status fed = open_feed(*realm, &beside, out); !fed) {
    beside.reference.reset();
    beside.feed.reset();
    out.warn("there is no market data, until this is mended and the gate is started again: " +
             fed.error().message);
  }
  const size_t connections = config.listeners.size() * config.limits.connections;
  KS_CHECK(gate::allow_open_files(connections +
                                  (beside.feed ? relay_connections(beside.feed->settings()) : 0)));
  config.known = [&beside](const signer::Inbound& inbound) { return known(beside, inbound); };
  const feed::Feed* const feed = beside.feed ? &beside.feed->feed() : nullptr;
  const auto signer = signer::make_signer(*realm, system_clock(), system_random(), beside.live);
  asio::io_context io{1};
  const PolicyFolder policy(&io, *realm);
  Doors doors;
  const Status opened = open(io, *realm, std::move(config), *signer, feed, policy, &doors);
  if (!opened) {  // what was opened must be stopped before it goes
    asio::co_spawn(io, stop(&doors, Millis{0}), asio::use_future);
    io.run();
    return tl::unexpected<Error>(opened.error());
  }
  out.line(fmt::format("Keystile serves {} with policy version {}:", realm->layout().root(),
                       realm->policy_version()));
  print_doors(*realm, doors, out);
  if (feed) {
    out.line(fmt::format("  market data of {} markets", feed->state().markets().size()));
    print_relay(beside.feed->settings(), *feed, out);
  }
  std::optional<HistoryFollower> history;
  std::optional<Notices> notices;
  if (realm->whole()) {  // else nothing happens to proposals, and what the files say is not proven
    history.emplace(realm->layout());
    notices.emplace(realm->layout(), realm->settings().notices);
  }
  run_until_signal(&io, [&doors](int signal) { return end(&doors, signal); });
  KS_CHECK(record_life(realm.get(), "gate.stopped"));
  KS_CHECK(realm->ledger().sync());
  return kOk;
}

}  // namespace

void add_serve(Command& root) {
  root.add("serve", "Serve the realm: programs in front, exchanges behind").run(serve);
}

}  // namespace keystile::cli
