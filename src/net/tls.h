// Makes the certificate files of a realm's own listeners and of the sandbox: a small CA and server
// certificates under it, ECDSA P-256 (which every client library speaks).
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace keystile::net {

struct CertificateFiles {
  std::string certificate;  // PEM, mode 0644
  std::string key;          // PEM (PKCS#8), mode 0600
};

// A self-signed CA named `name`, valid for `days` from an hour before now. Nothing is overwritten.
// "net.certificate" says which file could not be written, and why.
Status create_ca(const CertificateFiles& files, const std::string& name, WallTime now, int days);

// A certificate for servers with these names ("localhost", "127.0.0.1", "::1"), signed by the CA.
Status create_server_certificate(const CertificateFiles& files, const CertificateFiles& ca,
                                 const std::vector<std::string>& names, WallTime now, int days);

}  // namespace keystile::net
