#include <cstdlib>

#include "base/secret_reveal.h"
#include "crypto/sealing.h"
#include "vault/file.h"
#include "vault/format.h"
#include "vault/vault.h"

namespace keystile::vault {
namespace {

constexpr size_t kKeyTextSize = 2 * crypto::kSealingKeySize + 1;

Result<Unlock> unlock_from(const std::string& path, Privacy privacy) {
  const RevealToken token;
  const auto unfit = [&] {
    return fail("vault.unlock", path +
                                    " is not a key file: it must hold 64 lower-case hex digits and "
                                    "a newline");
  };
  auto text = read_private_secret(path, kKeyTextSize, privacy);
  if (!text) return fail("vault.unlock", "the key file cannot be used: " + text.error().message);
  const std::string_view bytes = text->bytes(token);
  if (bytes.size() != kKeyTextSize || bytes.back() != '\n') return unfit();
  KS_TRY(const SecretBytes digits, SecretBytes::copy_of(bytes.substr(0, kKeyTextSize - 1)));
  auto key = crypto::secret_from_hex(digits);
  if (!key) return unfit();
  return Unlock{UnlockKind::kKeyFile, std::move(*key)};
}

}  // namespace

Result<Unlock> unlock_from_file(const std::string& path) {
  return unlock_from(path, Privacy::kOwnerOnly);
}

Result<Unlock> unlock_from_systemd_credential(const std::string& name) {
  const char* const folder = std::getenv("CREDENTIALS_DIRECTORY");
  if (!folder) {
    return fail("vault.unlock",
                "there are no systemd credentials: start the service with "
                "LoadCredentialEncrypted=" +
                    name + ":…");
  }
  if (name.empty() || name.find('/') != name.npos) {
    return fail("vault.unlock", "a systemd credential's name must not be empty or hold a '/'");
  }
  return unlock_from(std::string(folder) + "/" + name, Privacy::kOwnerAndGroup);
}

Result<Unlock> unlock_from_passphrase(SecretBytes passphrase) {
  if (passphrase.empty()) return fail("vault.unlock", "the passphrase is empty");
  return Unlock{UnlockKind::kPassphrase, std::move(passphrase)};
}

Status create_key_file(const std::string& path) {
  const RevealToken token;
  KS_TRY(const SecretBytes key, SecretBytes::random(crypto::kSealingKeySize));
  KS_TRY(const SecretBytes digits, crypto::secret_to_hex(key));
  KS_TRY(SecretBytes text, SecretBytes::zeroed(kKeyTextSize));
  digits.bytes(token).copy(text.data(token), digits.size());
  text.data(token)[kKeyTextSize - 1] = '\n';
  return create_private(path, text);
}

Result<UnlockKind> unlock_kind_of(const std::string& path) {
  KS_TRY(const std::string file, read_private(path, kMaxFileSize));
  KS_TRY(const SealedVault sealed, parse(file));
  return sealed.header.key_source.kind;
}

}  // namespace keystile::vault
