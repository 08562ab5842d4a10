#include "gate/ways_in.h"

#include "base/encoding.h"
#include "exchanges/host_names.h"

namespace keystile::gate {
namespace {

constexpr std::string_view kHttpsPort = ":443";

tl::unexpected<Error> misdirected(std::string message) {
  return fail("gate.misdirected", std::move(message));
}

// Takes "/NAME" off the path, byte for byte. Null if no exchange has that base path.
const exchanges::Exchange* take_base_path(HttpRequest* request) {
  const size_t slash = request->path.find('/', 1);
  if (slash == std::string::npos) return nullptr;
  const auto* exchange = exchanges::find_exchange(request->path.substr(1, slash - 1));
  if (exchange) request->path.erase(0, slash);
  return exchange;
}

// A program that believes it plays on a test network must never reach a real account. The other way
// round is what test environments are for.
bool is_served(const Listener& listener, const exchanges::HostName& host) {
  return host.production || !listener.production;
}

bool host_header_is(const HttpRequest& request, std::string_view name) {
  const std::string* header = find_header(request.headers, "Host");
  if (!header) return false;
  std::string_view host = *header;
  if (host.ends_with(kHttpsPort)) host.remove_suffix(kHttpsPort.size());
  return equals_ignore_case(host, name);
}

Result<const exchanges::Exchange*> exchange_by_name(const Listener& listener, const net::Peer& peer,
                                                    const HttpRequest& request) {
  const std::string& name = peer.server_name;
  if (name.empty()) return misdirected("the TLS handshake named no host (SNI)");
  if (listener.way == WayIn::kProxy && name != peer.tunnel) {
    return misdirected("the TLS handshake names another host than CONNECT did");
  }
  const exchanges::HostName* host = exchanges::find_host_name(name);
  if (!host || !is_served(listener, *host)) {
    return misdirected("no exchange is served here by the name of this connection");
  }
  if (!host_header_is(request, name)) {
    return misdirected("the Host header names another host than the connection");
  }
  return host->exchange;
}

}  // namespace

std::string refuse_tunnel(const Listener& listener, const std::string& host) {
  const exchanges::HostName* known = exchanges::find_host_name(host);
  if (!known) {
    return "Keystile's proxy leads to exchanges only, by the names of their APIs, and " + host +
           " is none of them. Name other hosts in NO_PROXY.";
  }
  if (!is_served(listener, *known)) {
    return host + " is a test network, and this proxy leads to real accounts. Use the proxy of a " +
           "test environment.";
  }
  return "";
}

Result<const exchanges::Exchange*> exchange_of(const Listener& listener, const net::Peer& peer,
                                               HttpRequest* request) {
  if (listener.way != WayIn::kBaseUrl) return exchange_by_name(listener, peer, *request);
  const exchanges::Exchange* exchange = listener.exchange;
  if (!exchange) exchange = take_base_path(request);
  if (exchange) return exchange;
  return fail("gate.base_path", "the path must begin with an exchange's name, such as /binance/");
}

}  // namespace keystile::gate
