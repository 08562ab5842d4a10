#include "cli/upstream.h"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include "net/client.h"

namespace keystile::cli {
namespace {

namespace asio = boost::asio;

constexpr Millis kAnswerTime{5000};

const policy::Upstream* find_upstream(const policy::Environment& environment,
                                      std::string_view exchange) {
  for (const policy::Upstream& upstream : environment.upstreams) {
    if (upstream.exchange == exchange) return &upstream;
  }
  return nullptr;
}

std::string origin_of(const policy::Environment& environment, const policy::Upstream& upstream,
                      const exchanges::Exchange& exchange, const std::string& family) {
  const auto named = upstream.hosts.find(family);
  if (named != upstream.hosts.end()) return named->second;
  for (const exchanges::HostFamily& host : exchange.hosts()) {
    if (host.family != family) continue;
    const bool production = environment.tier == policy::Tier::kProduction;
    const std::string& name = production ? host.production : host.testnet;
    return name.empty() ? "" : "https://" + name;
  }
  return "";
}

}  // namespace

Result<HttpResponse> ask_upstream(const signer::Layout& layout, const policy::Policy& policy,
                                  const std::string& environment,
                                  const exchanges::Exchange& exchange, const std::string& family,
                                  HttpRequest request) {
  const policy::Environment* where = policy.environment(environment);
  const policy::Upstream* upstream = where ? find_upstream(*where, exchange.name()) : nullptr;
  const std::string origin = upstream ? origin_of(*where, *upstream, exchange, family) : "";
  if (origin.empty()) {
    return fail("upstream.none", fmt::format("environment {} has no host for {} of {}", environment,
                                             family, exchange.name()));
  }
  asio::io_context io;
  net::ClientOptions options;
  options.ca_file = upstream->ca_file.empty() ? "" : layout.resolve(upstream->ca_file);
  options.allow_tls12 = upstream->allow_tls12;
  KS_TRY(const auto client, net::Client::make(io.get_executor(), options));
  auto answer =
      asio::co_spawn(io, client->send(origin, std::move(request), kAnswerTime), asio::use_future);
  io.run();
  return answer.get();
}

}  // namespace keystile::cli
