#include "cli/upstream.h"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <future>

#include "net/client.h"
#include "policy/origin.h"

namespace keystile::cli {
namespace {

namespace asio = boost::asio;

constexpr Millis kAnswerTime{5000};

}  // namespace

Result<HttpResponse> ask_upstream(const signer::Layout& layout, const policy::Policy& policy,
                                  const std::string& environment,
                                  const exchanges::Exchange& exchange, const std::string& family,
                                  HttpRequest request) {
  const policy::Environment* where = policy.environment(environment);
  const std::string origin = where ? policy::origin_of(*where, exchange, family) : "";
  if (origin.empty()) {
    return fail("upstream.none", fmt::format("environment {} has no host for {} of {}", environment,
                                             family, exchange.name()));
  }
  const policy::Upstream* upstream = policy::upstream_of(*where, exchange.name());
  KS_TRY(const signer::NodeSettings settings, signer::load_settings(layout));
  return ask_origin(origin, std::move(request), upstream ? layout.resolve(upstream->ca_file) : "",
                    upstream && upstream->allow_tls12, settings.name_servers);
}

Result<HttpResponse> ask_origin(const std::string& origin, HttpRequest request,
                                const std::string& ca_file, bool allow_tls12,
                                const std::vector<std::string>& name_servers) {
  asio::io_context io;
  net::ClientOptions options;
  options.ca_file = ca_file;
  options.allow_tls12 = allow_tls12;
  if (!name_servers.empty()) {
    KS_TRY(options.resolver, net::Resolver::direct(io.get_executor(), name_servers));
  }
  KS_TRY(const auto client, net::Client::make(io.get_executor(), options));
  auto answer =
      asio::co_spawn(io, client->send(origin, std::move(request), kAnswerTime), asio::use_future);
  const auto there = [&] { return answer.wait_for(Millis{0}) == std::future_status::ready; };
  while (!there() && io.run_one() > 0) {
    // run() would wait for the deadline of the pooled connection
  }
  return answer.get();
}

}  // namespace keystile::cli
