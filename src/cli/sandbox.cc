// keystile sandbox: the simulated exchanges, until SIGINT or SIGTERM.
#include "sandbox/sandbox.h"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <exception>
#include <filesystem>

#include "cli/commands.h"
#include "cli/sandbox_folder.h"
#include "cli/until_signal.h"
#include "sandbox/seed.h"
#include "vault/file.h"

namespace keystile::cli {
namespace {

namespace asio = boost::asio;
using sandbox::Sandbox;

struct Options {
  std::string folder, host = "127.0.0.1";
  int64_t port_base = 7101, tick_ms = 1000, seed = 1;
  bool plain = false;
};

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

Result<sandbox::SandboxOptions> server_options(const Options& o, const SandboxFolder& folder) {
  if (o.port_base < 0 || o.port_base > 65'000) {
    return fail("sandbox.port", "--port-base must be from 0 (any free ports) to 65000");
  }
  if (o.tick_ms < 0 || o.seed < 0) {
    return fail("sandbox.option", "--tick-ms and --seed cannot be negative");
  }
  if (o.plain && !is_loopback(o.host)) {
    return fail("sandbox.plain", "--plain (no TLS) is for loopback addresses only");
  }
  sandbox::SandboxOptions options{.host = o.host,
                                  .port_base = static_cast<uint16_t>(o.port_base),
                                  .tick_every = Millis{o.tick_ms},
                                  .seed = static_cast<uint64_t>(o.seed)};
  if (!o.plain) options.tls = net::ServerTls{folder.server.certificate, folder.server.key};
  return options;
}

Status add_key(sandbox::Venue& venue, SandboxKey& key) {
  sandbox::KeySpec spec{.account = key.account, .label = key.name};
  spec.permissions.insert(key.permissions.begin(), key.permissions.end());
  if (key.algorithm == crypto::KeyAlgorithm::kHmacSha256) {
    return sandbox::add_hmac_key(venue, key.key_id, key.secret, std::move(key.passphrase),
                                 std::move(spec));
  }
  return sandbox::add_public_key(venue, key.key_id, key.algorithm, key.public_key, std::move(spec));
}

Status add_keys(Sandbox& world, std::vector<SandboxKey>& keys) {
  for (const Sandbox::Served& served : world.exchanges()) {
    for (SandboxKey& key : keys) {
      if (key.exchange != served.exchange) continue;
      KS_CHECK(add_key(*served.venue, key));
    }
  }
  return {};
}

std::string url(const Options& o, uint16_t port) {
  const std::string host = o.host.find(':') == std::string::npos ? o.host : "[" + o.host + "]";
  return fmt::format("{}://{}:{}", o.plain ? "http" : "https", host, port);
}

json::Value describe(const Options& o, const SandboxFolder& folder, Sandbox& world) {
  json::Value exchanges = json::object({});
  for (const Sandbox::Served& served : world.exchanges()) {
    json::Array accounts;
    for (const sandbox::Account* account : served.venue->accounts().all()) {
      accounts.push_back(json::object({{"name", account->name},
                                       {"id", std::to_string(number(account->id))},
                                       {"email", account->email}}));
    }
    exchanges.set(served.exchange,
                  json::object({{"url", url(o, served.port)}, {"accounts", std::move(accounts)}}));
  }
  return json::object({{"ca_file", std::filesystem::absolute(folder.ca.certificate).string()},
                       {"exchanges", std::move(exchanges)}});
}

void print(const Options& o, const SandboxFolder& folder, Sandbox& world, Output& out) {
  out.line("The sandbox's exchanges:");
  for (const Sandbox::Served& served : world.exchanges()) {
    out.line(fmt::format("  {:<8} {}", served.exchange, url(o, served.port)));
  }
  if (!o.plain) out.line("Their certificates are signed by " + folder.ca.certificate);
  out.line("Their API keys are in " + o.folder + "/keys.json");
  out.line("Ctrl-C ends them; nothing but the keys is kept.");
}

Result<int> run_sandbox(const Options& o, Output& out) {
  KS_TRY(SandboxFolder folder,
         open_sandbox_folder(o.folder, system_random(), system_clock().wall()));
  KS_TRY(sandbox::SandboxOptions options, server_options(o, folder));
  asio::io_context io{1};
  KS_TRY(const auto world, Sandbox::make(io.get_executor(), std::move(options), system_clock()));
  KS_CHECK(add_keys(*world, folder.keys));
  KS_CHECK(world->listen());
  const json::Value state = describe(o, folder, *world);
  KS_TRY(auto written,
         vault::Replacement::prepare(folder.state_file, json::dump_pretty(state) + "\n"));
  KS_CHECK(written.commit());
  print(o, folder, *world, out);
  out.result(state);
  run_until_signal(&io, [&world](int) { return world->stop(); });
  return kOk;
}

}  // namespace

void add_sandbox(Command& root) {
  const auto o = std::make_shared<Options>();
  root.add("sandbox",
           "Simulated Binance, OKX and Bybit, to try programs on without money; and Deribit's "
           "markets")
      .option("--folder", &o->folder, "Where its certificates and API keys are kept", true)
      .option("--host", &o->host, "Address to listen on (127.0.0.1)")
      .option("--port-base", &o->port_base,
              "Port of the first exchange; the others follow. 0: any free ports")
      .option("--tick-ms", &o->tick_ms, "Prices move this often; 0: only by POST /__sandbox__/tick")
      .option("--seed", &o->seed, "The same seed gives the same market")
      .flag("--plain", &o->plain, "HTTP without TLS, on loopback only")
      .run([o](const Globals&, Output& out) { return run_sandbox(*o, out); });
}

}  // namespace keystile::cli
