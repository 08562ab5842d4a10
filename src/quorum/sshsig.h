// SSH signatures over a message (OpenSSH's PROTOCOL.sshsig), as `ssh-keygen -Y sign` writes them
// and `ssh-keygen -Y verify` checks them; but stricter: one spelling of each, and hardware keys
// must attest a touch, which ssh-keygen does not ask for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/ssh_key.h"

namespace keystile::quorum {

enum class SshHash { kSha256, kSha512 };

// What such a file says. Nothing of it is proven before verify().
struct SshSignature {
  crypto::SshKey key;
  std::string name_space;  // what the signature is for; one for one purpose cannot serve another
  SshHash hash = SshHash::kSha512;
  // As ssh-agent answers it: algorithm, bytes, and of a FIDO key flags and counter.
  std::string signature;

  // "-----BEGIN SSH SIGNATURE-----" … Lines end in LF or CRLF. "sshsig.format": anything that
  // ssh-keygen would not have written so.
  static Result<SshSignature> parse(std::string_view armored);
  // What stands between those lines, decoded.
  static Result<SshSignature> from_blob(std::string_view blob);

  std::string blob() const;
  // As ssh-keygen writes it.
  std::string armored() const;
};

// What a key or an agent has to sign.
std::string signed_data(std::string_view name_space, SshHash hash, std::string_view message);

struct Proven {
  crypto::Presence presence = crypto::Presence::kNone;
  // Of a FIDO key, else 0: how often the authenticator has signed. One that did not grow may be a
  // copied key, or an authenticator that does not count.
  uint32_t counter = 0;
};

// Whether `key` (as known from elsewhere: that a signature names a key proves nothing) signed this
// message for this purpose. Errors: "sshsig.key" another key, "sshsig.namespace" another purpose,
// "sshsig.key_type" and "sshsig.presence" what the rules ask, "sshsig.signature" it does not hold.
Result<Proven> verify(const SshSignature& signature, const crypto::SshKey& key,
                      std::string_view name_space, std::string_view message,
                      const crypto::SshKeyRules& rules);

}  // namespace keystile::quorum
