// SSH signature files. The key has signed one text once: whatever else verifies is a forgery, and
// another spelling of the same signature is one too.
#include "quorum/sshsig.h"

#include "base/encoding.h"
#include "crypto/digest.h"
#include "fuzz/check.h"

using namespace keystile;
using namespace keystile::quorum;

namespace {

// testdata/sshsig.json of src/quorum, the first of "generated"; corpus/sshsig/own.
constexpr const char* kKey =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMJ8pcb8BHTJFvEefKUOTTNSz0sUEW1NuMViy1aNosum";
constexpr const char* kNamespace = "approval@gateway.example";
constexpr const char* kMessage =
    "{\"v\":1,\"request\":\"7f3c\",\"action\":\"withdraw\",\"asset\":\"USDT\","
    "\"amount\":\"100.00\"}\n";
// SHA-256 of the one signature there is.
constexpr const char* kSignature =
    "d1907e35d0bb6cab83e113a89de54be769fc921f853660280c946b492c802a61";

void check(const SshSignature& signature) {
  static const crypto::SshKey key = crypto::SshKey::parse(kKey).value();
  const auto again = SshSignature::parse(signature.armored());
  KS_HOLDS(again && again->blob() == signature.blob());
  if (verify(signature, key, kNamespace, kMessage, crypto::SshKeyRules{})) {
    KS_HOLDS(hex_encode(crypto::sha256(signature.blob())) == kSignature);
  }
}

}  // namespace

KS_FUZZ_TARGET(input) {
  if (const auto signature = SshSignature::parse(input)) check(*signature);
  if (const auto signature = SshSignature::from_blob(input)) {
    KS_HOLDS(signature->blob() == input);
    check(*signature);
  }
}
