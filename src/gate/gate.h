// Serves the exchanges' own protocols to clients, and carries what the signer passes to the
// exchanges. It owns sockets and nothing else: it decides nothing, and keeps no request.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "exchanges/exchange.h"
#include "exchanges/native_answers.h"
#include "gate/source.h"
#include "metrics/family.h"
#include "net/server.h"
#include "signer/signer.h"

namespace keystile::gate {

namespace asio = boost::asio;

// How a program finds the gate.
enum class WayIn {
  kBaseUrl,  // it was given the gate's address instead of the exchange's
  kProxy,    // HTTPS_PROXY: it asks for a tunnel to the exchange's host
  kHosts,    // it asks the exchange's host name, which leads here (hosts file, DNS)
};

struct Listener {
  net::Endpoint endpoint;
  std::string environment;  // of all requests that come in here
  // For clients that take only a host: everything here is for this exchange. Null: every exchange
  // has a base path, its name ("/binance/api/v3/order").
  const exchanges::Exchange* exchange = nullptr;
  // Base URLs only; none: plain HTTP, and the caller decides where that is right. By name, the
  // gate shows a certificate of the realm's CA for exchange names.
  std::optional<net::ServerTls> tls;
  WayIn way = WayIn::kBaseUrl;
  bool production = false;  // by name: the environment's accounts are real
};

// How to trust an exchange's hosts. What is not listed has the defaults: the system's certificate
// authorities and TLS 1.3.
struct UpstreamTrust {
  std::string environment;
  std::string exchange;
  std::string ca_file;
  bool allow_tls12 = false;
};

struct GateConfig {
  std::vector<Listener> listeners;
  std::vector<UpstreamTrust> upstreams;
  Proxies proxies;
  // Name servers that are asked directly for the exchanges' addresses ("9.9.9.9"); none: as the
  // operating system says. Needed where the exchanges' names lead to this gate.
  std::vector<std::string> name_servers;
  net::ServerLimits limits;
  // What market data beside the gate says to polled public routes (shared_answers.h); or none.
  std::function<std::optional<exchanges::KeptAnswer>(const signer::Inbound&)> known;
};

class Gate {
 public:
  // Listens, and runs the signer's errands. signer must outlive the gate; all of it runs on the one
  // thread of the executor. "net.bind", "net.tls" (also for a CA file that cannot be read),
  // "ca.none" and "ca.expired" where programs are to come in by name.
  static Result<std::unique_ptr<Gate>> open(asio::any_io_executor executor, GateConfig config,
                                            signer::Signer& signer);
  virtual ~Gate() = default;

  // One per listener, in the order of the config.
  virtual std::vector<uint16_t> ports() const = 0;

  // Connections, and what went wrong with the exchanges. docs/operations.md explains each.
  virtual metrics::Families metrics() const = 0;

  // Accepts no more, answers what was read (see net::Server::stop), and ends the errands. Completes
  // when the signer has had finish() for every Forward and errand_done() for every errand. Must
  // have completed before the gate is destroyed.
  virtual asio::awaitable<void> stop(Millis grace) = 0;
};

}  // namespace keystile::gate
