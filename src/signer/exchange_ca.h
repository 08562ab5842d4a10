// The realm's own CA for the exchanges' host names, which programs trust that come in by those
// names. Its key is in the node's vault; its certificate, tls/exchange-ca.pem, can vouch for
// exchange host names and for nothing else.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "crypto/certificate.h"
#include "signer/layout.h"
#include "vault/vault.h"

namespace keystile::signer {

// The node's vault entry.
inline constexpr const char* kCaKey = "exchange-ca";

// Makes the certificate anew, for the names that are known now, under the vault's key; makes that
// key too where there is none. origin: the realm's ledger origin, which goes into the CA's name.
Status make_exchange_ca(vault::Vault* node, const Layout& layout, const std::string& origin,
                        const Clock& clock);

struct ExchangeCa {
  std::string pem;
  crypto::CertificateFacts facts;
};
// "ca.none" if the realm has none; says how to make it.
Result<ExchangeCa> read_exchange_ca(const Layout& layout);

// A certificate for the holder of this public key, as a server of all names that the CA may vouch
// for; good for 30 days. key: of the CA; null if the vault has none. "ca.none", "ca.expired".
Result<std::string> certify(const Layout& layout, const crypto::SigningKey* key,
                            std::string_view public_pem, WallTime now);

}  // namespace keystile::signer
