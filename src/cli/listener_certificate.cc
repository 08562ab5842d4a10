#include "cli/listener_certificate.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/secret_reveal.h"

namespace keystile::cli {
namespace {

constexpr int kCaDays = 3650, kServerDays = 825;  // clients refuse longer server certificates
constexpr size_t kMaxName = 64;                   // of a common name, RFC 5280 appendix A
constexpr std::chrono::hours kDay{24};
constexpr std::chrono::hours kSoon = 30 * kDay;

std::string ca_file(const signer::Layout& layout) { return layout.tls() + "/ca.pem"; }
std::string server_file(const signer::Layout& layout) { return layout.tls() + "/server.pem"; }

struct Ca {
  std::string pem;
  crypto::CertificateFacts facts;
};

Result<Ca> read_ca(const signer::Layout& layout) {
  KS_TRY(std::string pem, signer::read_file(ca_file(layout)));
  KS_TRY(crypto::CertificateFacts facts, crypto::read_certificate(pem));
  return Ca{std::move(pem), std::move(facts)};
}

std::vector<std::string> own_names() { return {"localhost", "127.0.0.1", "::1"}; }

void add_host(std::vector<std::string>* hosts, const std::string& host) {
  if (std::find(hosts->begin(), hosts->end(), host) == hosts->end()) hosts->push_back(host);
}

bool goes_on(const Ca& ca, const std::vector<std::string>& hosts, WallTime now) {
  return ca.facts.only_names == hosts && now + kServerDays * kDay < ca.facts.until;
}

}  // namespace

Result<ListenerCertificate> make_listener_certificate(vault::Vault* node,
                                                      const signer::Layout& layout,
                                                      const std::string& realm,
                                                      const std::vector<std::string>& more,
                                                      const Clock& clock) {
  KS_CHECK(check_hosts(more));
  if (!node->find(kListenerCaKey)) {
    KS_CHECK(node->add_pair(kListenerCaKey, crypto::KeyAlgorithm::kEcdsaP256, clock));
  }
  const crypto::SigningKey& key = *node->signing_key(kListenerCaKey);
  std::vector<std::string> hosts = own_names();
  auto ca = read_ca(layout);
  // Whoever could only write the file must not choose what the next one vouches for.
  const bool is_ours = ca && crypto::is_ca_of(ca->pem, key);
  if (is_ours) {
    for (const std::string& host : ca->facts.only_names) add_host(&hosts, host);
  }
  for (const std::string& host : more) add_host(&hosts, host);
  const WallTime now = clock.wall();
  const bool is_new = !is_ours || !goes_on(*ca, hosts, now);
  if (is_new) {
    const std::string name = ("Keystile realm " + realm).substr(0, kMaxName);
    KS_TRY(const std::string pem, crypto::make_ca_certificate(key, {name, hosts}, now, kCaDays));
    KS_CHECK(signer::write_file(ca_file(layout), pem, 0644));
    ca = read_ca(layout);
    if (!ca) return tl::unexpected<Error>(ca.error());
  }
  KS_TRY(const crypto::KeyPair pair, crypto::generate_key_pair(crypto::KeyAlgorithm::kEcdsaP256));
  KS_TRY(const std::string certificate,
         crypto::make_server_certificate(key, ca->pem, pair.public_pem, hosts, now, kServerDays));
  KS_CHECK(signer::write_file(layout.tls() + "/server.key", pair.private_pem.bytes(RevealToken{}),
                              0600));
  KS_CHECK(signer::write_file(server_file(layout), certificate, 0644));
  return ListenerCertificate{std::move(ca->facts), is_new};
}

Status check_hosts(const std::vector<std::string>& more) {
  std::vector<std::string> hosts = own_names();
  hosts.insert(hosts.end(), more.begin(), more.end());
  return crypto::check_ca_names(hosts);
}

bool is_any_address(const std::string& address) { return address == "0.0.0.0" || address == "::"; }

std::vector<std::string> named_hosts(const signer::NodeSettings& settings) {
  std::vector<std::string> hosts;
  const auto add = [&](const std::string& address) {
    if (!address.empty() && !is_any_address(address)) add_host(&hosts, address);
  };
  for (const signer::ListenerSettings& listener : settings.listeners) add(listener.address);
  if (settings.api) add(settings.api->address);
  return hosts;
}

std::string public_host(const signer::Layout& layout) {
  const std::vector<std::string> own = own_names();
  const auto ca = read_ca(layout);
  if (!ca) return own.front();
  for (const std::string& host : ca->facts.only_names) {
    if (std::find(own.begin(), own.end(), host) == own.end()) return host;
  }
  return own.front();
}

namespace {

Check check_certificate(const signer::Layout& layout, const std::string& path, WallTime now) {
  using Level = Check::Level;
  const auto pem = signer::read_file(path);
  if (!pem) return {Level::kBad, "certificate", pem.error().message};
  const auto facts = crypto::read_certificate(*pem);
  if (!facts) return {Level::kBad, "certificate", path + ": " + facts.error().message};
  const std::string what = path == server_file(layout)
                               ? "run `keystile ca listener`, then start `serve` again"
                               : "put a new one in its place, then start `serve` again";
  const std::string until = iso8601(facts->until);
  if (now >= facts->until) {
    return {Level::kBad, "certificate", fmt::format("{} ended at {}: {}", path, until, what)};
  }
  if (now >= facts->until - kSoon) {
    return {Level::kWarning, "certificate", fmt::format("{} ends at {}: {}", path, until, what)};
  }
  return {Level::kGood, "certificate", fmt::format("{} is good until {}", path, until)};
}

}  // namespace

std::vector<Check> check_listener_certificates(const signer::Layout& layout,
                                               const signer::NodeSettings& settings, WallTime now) {
  using Level = Check::Level;
  std::vector<Check> found;
  std::set<std::string> files;
  for (const signer::ListenerSettings& listener : settings.listeners) {
    if (!listener.certificate.empty()) files.insert(layout.resolve(listener.certificate));
  }
  if (settings.api) files.insert(layout.resolve(settings.api->certificate));
  for (const std::string& file : files) found.push_back(check_certificate(layout, file, now));

  std::error_code error;
  if (std::filesystem::exists(layout.tls() + "/ca.key", error)) {
    found.push_back({Level::kWarning, "certificate",
                     fmt::format("{0}/ca.key, of an earlier build, can vouch for any host to "
                                 "programs that trust {0}/ca.pem: run `keystile ca listener`, give "
                                 "them the new ca.pem, and delete that key",
                                 layout.tls())});
  }
  return found;
}

}  // namespace keystile::cli
