// People with keys, who sign.
#pragma once

#include "base/encoding.h"
#include "crypto/digest.h"
#include "crypto/keys.h"
#include "crypto/ssh_wire.h"
#include "quorum/resolution.h"
#include "quorum/tally.h"

namespace keystile::quorum {

// An SSH key, and what signs with it: the same name gives the same key in every run.
class KeyForTest {
 public:
  explicit KeyForTest(const std::string& name, bool fido = false)
      : signer_(open(name)), key_(public_key(signer_, fido)) {}

  const crypto::SshKey& key() const { return key_; }

  SshSignature sign(std::string_view name_space, std::string_view message,
                    crypto::Presence presence = crypto::Presence::kTouch) const {
    const std::string data = signed_data(name_space, SshHash::kSha512, message);
    std::string wire;
    crypto::append_string(&wire, crypto::to_string(key_.type()));
    if (!crypto::is_fido(key_.type())) {
      crypto::append_string(&wire, signer_.sign(data).value());
    } else {
      std::string attested(1, presence == crypto::Presence::kNone    ? '\0'
                              : presence == crypto::Presence::kTouch ? '\1'
                                                                     : '\5');
      crypto::append_uint32(&attested, 7);
      crypto::append_string(
          &wire, signer_.sign(crypto::sha256(key_.application()) + attested + crypto::sha256(data))
                     .value());
      wire += attested;
    }
    return {key_, std::string(name_space), SshHash::kSha512, wire};
  }

  Resolved resolve(const Proposal& proposal, const std::string& exchange_id) const {
    const Resolution what{exchange_id};
    return {proposal.id, what, sign(kResolveNamespace, resolution_text(proposal, what))};
  }

  Received sign(const Proposal& proposal, Decision decision = Decision::kApprove) const {
    return {decision, sign(name_space(proposal.action()), approval_text(proposal, decision)),
            proposal.created + Millis{1}};
  }

 private:
  static crypto::SigningKey open(const std::string& name) {
    // RFC 8410: PKCS#8 of the seed.
    const std::string der =
        std::string("\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20", 16) +
        crypto::sha256(name);
    const auto pem = SecretBytes::copy_of("-----BEGIN PRIVATE KEY-----\n" + base64_encode(der) +
                                          "\n-----END PRIVATE KEY-----\n");
    return crypto::SigningKey::open(crypto::KeyAlgorithm::kEd25519, *pem).value();
  }

  static crypto::SshKey public_key(const crypto::SigningKey& signer, bool fido) {
    std::string blob;
    crypto::append_string(&blob, fido ? "sk-ssh-ed25519@openssh.com" : "ssh-ed25519");
    crypto::append_string(&blob, signer.public_der()->substr(12));  // RFC 8410: the point is last
    if (fido) crypto::append_string(&blob, "ssh:");
    return crypto::SshKey::from_blob(blob).value();
  }

  crypto::SigningKey signer_;
  crypto::SshKey key_;
};

inline policy::Approver approver(const std::string& name, std::vector<const KeyForTest*> keys,
                                 std::vector<std::string> groups) {
  policy::Approver made{name, {}, std::move(groups)};
  for (const KeyForTest* key : keys) made.keys.push_back(key->key());
  return made;
}

}  // namespace keystile::quorum
