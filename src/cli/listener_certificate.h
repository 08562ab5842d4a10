// The certificate of the realm's own listeners (base URLs, the API), and the CA that programs trust
// for it. The CA's key is in the node's vault; it can vouch for the hosts that it was made for, and
// for nothing else.
#pragma once

#include <string>
#include <vector>

#include "base/time.h"
#include "cli/doctor.h"
#include "crypto/certificate.h"
#include "signer/layout.h"
#include "vault/vault.h"

namespace keystile::cli {

// The node's vault entry.
inline constexpr const char* kListenerCaKey = "listener-ca";

struct ListenerCertificate {
  crypto::CertificateFacts ca;
  bool is_new_ca = false;  // programs must be given its certificate
};
// Makes tls/server.pem and its key anew, for this machine itself ("localhost", 127.0.0.1, ::1), all
// hosts that the CA may vouch for, and `more`: lower-case host names and addresses. The CA is made
// anew (tls/ca.pem) where it may not vouch for all of them, ends too soon, or is of another key
// than the vault's. realm: goes into the CA's name. "certificate.name" if a host is neither.
Result<ListenerCertificate> make_listener_certificate(vault::Vault* node,
                                                      const signer::Layout& layout,
                                                      const std::string& realm,
                                                      const std::vector<std::string>& more,
                                                      const Clock& clock);

// All addresses of this machine, which is no name for it.
bool is_any_address(const std::string& address);
// "certificate.name" if one of `more` is no host; before anything is made.
Status check_hosts(const std::vector<std::string>& more);
// The hosts by whose names this node's listeners and API can be reached, as far as the settings
// say.
std::vector<std::string> named_hosts(const signer::NodeSettings& settings);

// The host by which programs know a gate that listens on all addresses: the first that the CA may
// vouch for beside this machine's own names; "localhost" where there is none.
std::string public_host(const signer::Layout& layout);

// For keystile doctor: what the CA may vouch for, and when the listeners' certificates end.
std::vector<Check> check_listener_certificates(const signer::Layout& layout,
                                               const signer::NodeSettings& settings, WallTime now);

}  // namespace keystile::cli
