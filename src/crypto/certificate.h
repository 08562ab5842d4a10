// X.509 certificates, in PEM: CAs and the server certificates that they sign. No files: who keeps
// what where is the caller's business.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "crypto/keys.h"

namespace keystile::crypto {

// All certificates hold from an hour before now, for clocks that go behind.

struct Ca {
  std::string name;  // common name
  // If there are any: the CA can vouch for these DNS names (and names below them) and IP addresses
  // only. A critical extension, so that who does not understand it trusts nothing (RFC 5280 section
  // 4.2.1.10). At least one must be a DNS name: where none is permitted, every one is.
  std::vector<std::string> only_names;
};
// Self-signed; may sign server certificates, but no further CA. "certificate.name",
// "certificate.make".
Result<std::string> make_ca_certificate(const SigningKey& key, const Ca& ca, WallTime now,
                                        int days);

// "certificate.name" if no CA can be made that is only for these.
Status check_ca_names(const std::vector<std::string>& names);
// Whether the key signed the certificate, and it is a CA's of that key.
bool is_ca_of(std::string_view pem, const SigningKey& key);

// For the holder of public_pem's other half, as a TLS server of these names: lower-case DNS names
// (also "*.name") and IP addresses. "certificate.name", "certificate.make".
Result<std::string> make_server_certificate(const SigningKey& ca_key, std::string_view ca_pem,
                                            std::string_view public_pem,
                                            const std::vector<std::string>& names, WallTime now,
                                            int days);

// What a certificate says of itself.
struct CertificateFacts {
  std::string subject;  // common name
  WallTime from{}, until{};
  std::string sha256;                   // of its DER, lower-case hex
  std::string public_pem;               // its key
  std::vector<std::string> only_names;  // what a CA may vouch for: DNS names and IP addresses
};
// "certificate.format".
Result<CertificateFacts> read_certificate(std::string_view pem);

}  // namespace keystile::crypto
