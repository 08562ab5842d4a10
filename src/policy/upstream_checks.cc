// Where requests may be sent: origins, and what protects the way there.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/encoding.h"
#include "policy/draft.h"

namespace keystile::policy {
namespace {

struct Origin {
  bool tls = false;
  std::string host;  // lower case, without brackets
};

// "https://host[:port]" and nothing behind it.
std::optional<Origin> parse_origin(std::string_view text) {
  Origin origin;
  origin.tls = text.starts_with("https://");
  if (!origin.tls && !text.starts_with("http://")) return std::nullopt;
  text.remove_prefix(origin.tls ? 8 : 7);
  std::string_view port;
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == text.npos || !parse_address(text.substr(1, end - 1))) return std::nullopt;
    origin.host = to_lower_ascii(text.substr(1, end - 1));
    port = text.substr(end + 1);
  } else {
    origin.host = to_lower_ascii(text.substr(0, text.find(':')));
    port = text.substr(origin.host.size());
  }
  if (!port.empty()) {
    const auto number = port[0] == ':' ? parse_uint64(port.substr(1)) : std::nullopt;
    if (!number || *number == 0 || *number > 65535) return std::nullopt;
  }
  // A trailing dot would be another spelling of the same host.
  const bool clean =
      !origin.host.empty() && !origin.host.ends_with('.') &&
      std::all_of(origin.host.begin(), origin.host.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':';
      });
  return clean ? std::optional(origin) : std::nullopt;
}

bool is_loopback(const std::string& host) {
  static const Network kV4 = parse_network("127.0.0.0/8").value();
  static const Network kV6 = parse_network("::1").value();
  const auto address = parse_address(host);
  return host == "localhost" || (address && (kV4.contains(*address) || kV6.contains(*address)));
}

// The last two labels: "bybit.com" of "api.bybit.com".
std::string_view domain(std::string_view host) {
  const size_t last = host.rfind('.');
  if (last == host.npos || last == 0) return host;
  const size_t before = host.rfind('.', last - 1);
  return before == host.npos ? host : host.substr(before + 1);
}

class UpstreamCheck {
 public:
  UpstreamCheck(const Environment& environment, const Upstream& upstream,
                const ExchangeFacts& exchange, const Place& place, Report* report)
      : environment_(environment),
        upstream_(upstream),
        exchange_(exchange),
        place_(place),
        report_(report) {}

  void run() {
    for (const auto& [family, text] : upstream_.hosts) check_host(family, text);
    check_ca_file();
  }

 private:
  void error(std::string rule, std::string message) {
    report_->error(place_, std::move(rule), std::move(message));
  }

  bool production_tier() const { return environment_.tier == Tier::kProduction; }

  bool is_production_host(std::string_view host) const {
    const auto hosts = exchange_.hosts;
    return std::any_of(hosts.begin(), hosts.end(), [&](const auto& family) {
      const auto& aliases = family.aliases;
      return family.production == host ||
             std::find(aliases.begin(), aliases.end(), host) != aliases.end();
    });
  }

  bool is_of_exchange(std::string_view host) const {
    return std::any_of(exchange_.hosts.begin(), exchange_.hosts.end(), [&](const auto& family) {
      const auto& aliases = family.aliases;
      return domain(host) == domain(family.production) || domain(host) == domain(family.testnet) ||
             std::any_of(aliases.begin(), aliases.end(),
                         [&](const auto& alias) { return domain(host) == domain(alias); });
    });
  }

  void check_host(const std::string& family, const std::string& text) {
    const auto hosts = exchange_.hosts;
    if (std::none_of(hosts.begin(), hosts.end(),
                     [&](const auto& h) { return h.family == family; })) {
      error("upstream.family", fmt::format("{} has no host family \"{}\"", exchange_.name, family));
    }
    const auto origin = parse_origin(text);
    if (!origin) {
      error("upstream.host", "\"" + text + "\" must look like https://host or https://host:port");
      return;
    }
    if (!origin->tls && !is_loopback(origin->host)) {
      error("upstream.plain_http", text + " is not encrypted; http is only for loopback");
    }
    if (production_tier() && is_loopback(origin->host)) {
      error("upstream.loopback", text +
                                     " is this machine; a production environment needs the "
                                     "exchange itself");
    }
    if (!production_tier() && is_production_host(origin->host)) {
      error("upstream.production_host",
            fmt::format("{} is the real exchange; only a production environment may use it",
                        origin->host));
    }
  }

  // A CA of one's own could impersonate the exchange, so it is never for the exchange's domains.
  void check_ca_file() {
    if (upstream_.ca_file.empty()) return;
    // Families that are not named are the exchange's own.
    bool real = production_tier() && upstream_.hosts.size() < exchange_.hosts.size();
    for (const auto& [family, text] : upstream_.hosts) {
      const auto origin = parse_origin(text);
      real |= origin && is_of_exchange(origin->host);
    }
    if (real) {
      error("upstream.ca_file",
            "ca_file is not allowed where a host is the exchange's own; name every host of a "
            "sandbox, or take ca_file out");
    }
  }

  const Environment& environment_;
  const Upstream& upstream_;
  const ExchangeFacts& exchange_;
  const Place& place_;
  Report* report_;
};

}  // namespace

void check_upstreams(const Draft& draft, Report* report) {
  std::set<std::string> names;
  for (size_t i = 0; i < draft.policy.environments.size(); ++i) {
    const Environment& environment = draft.policy.environments[i];
    const auto& [place, places] = draft.environments[i];
    if (!environment.name.empty() && !names.insert(environment.name).second) {
      report->error(place, "name.repeated",
                    "environment \"" + environment.name + "\" is already defined");
    }
    std::set<std::string> exchanges;
    for (size_t u = 0; u < environment.upstreams.size(); ++u) {
      const Upstream& upstream = environment.upstreams[u];
      if (!exchanges.insert(upstream.exchange).second) {
        report->error(places[u], "upstream.repeated",
                      "this environment already has an upstream for " + upstream.exchange);
      }
      check_exchange(draft, upstream.exchange, places[u], report);
      if (const ExchangeFacts* exchange = draft.exchange(upstream.exchange)) {
        UpstreamCheck(environment, upstream, *exchange, places[u], report).run();
      }
    }
  }
}

}  // namespace keystile::policy
