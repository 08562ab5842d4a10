#include "signer/exchange_ca.h"

#include "exchanges/host_names.h"

namespace keystile::signer {
namespace {

constexpr int kCaDays = 3650;
constexpr int kServerDays = 30;
constexpr size_t kMaxName = 64;  // of a common name, RFC 5280 appendix A

tl::unexpected<Error> none(const Layout& layout) {
  return fail("ca.none", "this realm has no CA for exchange names: run `keystile --realm " +
                             layout.root() + " ca renew`");
}

}  // namespace

Status make_exchange_ca(vault::Vault* node, const Layout& layout, const std::string& origin,
                        const Clock& clock) {
  if (!node->find(kCaKey)) {
    KS_CHECK(node->add_pair(kCaKey, crypto::KeyAlgorithm::kEcdsaP256, clock));
  }
  crypto::Ca ca{("Keystile exchange names: " + origin).substr(0, kMaxName), {}};
  for (const exchanges::HostName& host : exchanges::all_host_names()) {
    ca.only_names.push_back(host.name);
  }
  KS_TRY(const std::string pem,
         crypto::make_ca_certificate(*node->signing_key(kCaKey), ca, clock.wall(), kCaDays));
  return write_file(layout.exchange_ca(), pem, 0644);
}

Result<ExchangeCa> read_exchange_ca(const Layout& layout) {
  auto pem = read_file(layout.exchange_ca());
  if (!pem) return none(layout);
  KS_TRY(crypto::CertificateFacts facts, crypto::read_certificate(*pem));
  return ExchangeCa{std::move(*pem), std::move(facts)};
}

Result<std::string> certify(const Layout& layout, const crypto::SigningKey* key,
                            std::string_view public_pem, WallTime now) {
  if (!key) return none(layout);
  KS_TRY(const ExchangeCa ca, read_exchange_ca(layout));
  if (now >= ca.facts.until) {
    return fail("ca.expired", "the realm's CA for exchange names ended at " +
                                  iso8601(ca.facts.until) + ": run `keystile ca renew`");
  }
  return crypto::make_server_certificate(*key, ca.pem, public_pem, ca.facts.only_names, now,
                                         kServerDays);
}

}  // namespace keystile::signer
