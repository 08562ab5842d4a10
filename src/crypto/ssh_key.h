// An OpenSSH public key: what an approver is known by.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"

namespace keystile::crypto {

enum class SshKeyType {
  kEd25519,      // ssh-ed25519
  kSkEd25519,    // sk-ssh-ed25519@openssh.com: in a FIDO authenticator
  kSkEcdsaP256,  // sk-ecdsa-sha2-nistp256@openssh.com: likewise
  kEcdsaP256,    // ecdsa-sha2-nistp256
  kRsa,          // ssh-rsa; 3072 bits or more
};
std::string_view to_string(SshKeyType type);  // as OpenSSH names it
std::optional<SshKeyType> parse_ssh_key_type(std::string_view text);

// Whether it says of each signature if somebody was there.
constexpr bool is_fido(SshKeyType type) {
  return type == SshKeyType::kSkEd25519 || type == SshKeyType::kSkEcdsaP256;
}

// What a FIDO authenticator attests with a signature; other keys attest nothing.
enum class Presence {
  kNone,
  kTouch,  // somebody was there
  kPin,    // and showed a PIN or a fingerprint
};

// Which keys may sign, and what each signature must attest.
struct SshKeyRules {
  std::set<SshKeyType> types = {SshKeyType::kEd25519, SshKeyType::kSkEd25519,
                                SshKeyType::kSkEcdsaP256};
  Presence presence = Presence::kNone;  // more than that only FIDO keys can meet
  bool operator==(const SshKeyRules&) const = default;
};

// Two keys are the same if their wire forms are; the comment is no part of it.
class SshKey {
 public:
  // "ssh-ed25519 AAAA… comment", as in an id_….pub file; one line, with or without its end.
  // Options, certificates, other types, weak keys and every second spelling are refused:
  // "ssh_key.format".
  static Result<SshKey> parse(std::string_view line);
  // The wire form (RFC 4253 section 6.6).
  static Result<SshKey> from_blob(std::string_view blob);

  SshKeyType type() const { return type_; }
  const std::string& blob() const { return blob_; }
  // Of a FIDO key: for whom it signs ("ssh:"); else empty.
  const std::string& application() const { return application_; }
  // "SHA256:…", as `ssh-keygen -l` prints it.
  std::string fingerprint() const;
  // "ssh-ed25519 AAAA…"
  std::string line() const;

  // The bare numbers, for bare_keys.h: an Ed25519 or P-256 point, or an RSA modulus and exponent.
  const std::string& point() const { return point_; }
  const std::string& exponent() const { return exponent_; }

  bool operator==(const SshKey& other) const { return blob_ == other.blob_; }
  auto operator<=>(const SshKey& other) const { return blob_ <=> other.blob_; }

 private:
  SshKey() = default;
  SshKeyType type_ = SshKeyType::kEd25519;
  std::string blob_, point_, exponent_, application_;
};

}  // namespace keystile::crypto
