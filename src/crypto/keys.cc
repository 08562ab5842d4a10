#include "crypto/keys.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <sodium.h>

#include <optional>

#include "base/encoding.h"
#include "base/secret_reveal.h"
#include "crypto/digest.h"
#include "crypto/openssl.h"

namespace keystile::crypto {
namespace {

using DigestContext = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>>;

tl::unexpected<Error> bad_key(std::string_view what) {
  ERR_clear_error();
  return fail("key.format", "the key cannot be used: " + std::string(what));
}

unsigned char* bytes_of(std::string* text) {
  return reinterpret_cast<unsigned char*>(text->data());
}
const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// The key must be what the caller says it is, and strong enough.
Status check(const EVP_PKEY* key, KeyAlgorithm algorithm) {
  const int type = EVP_PKEY_get_base_id(key);
  if (algorithm == KeyAlgorithm::kEd25519 && type != EVP_PKEY_ED25519)
    return bad_key("it is not an Ed25519 key");
  if (algorithm == KeyAlgorithm::kRsaSha256) {
    if (type != EVP_PKEY_RSA) return bad_key("it is not an RSA key");
    const int bits = EVP_PKEY_get_bits(key);
    if (bits < 2048 || bits > 4096) return bad_key("RSA keys must have 2048 to 4096 bits");
  }
  if (algorithm == KeyAlgorithm::kEcdsaP256) {
    char group[32] = "";
    EVP_PKEY_get_group_name(key, group, sizeof group, nullptr);
    if (std::string_view(group) != SN_X9_62_prime256v1) return bad_key("it is not a P-256 key");
  }
  return {};
}

// A point of small order would make signatures that hold for almost any payload.
Status check_point(const EVP_PKEY* key, KeyAlgorithm algorithm) {
  if (algorithm != KeyAlgorithm::kEd25519) return {};
  unsigned char point[crypto_core_ed25519_BYTES];
  size_t size = sizeof point;
  if (EVP_PKEY_get_raw_public_key(key, point, &size) != 1 || size != sizeof point ||
      crypto_core_ed25519_is_valid_point(point) != 1) {
    return bad_key("its point is not one that an Ed25519 key pair has");
  }
  return {};
}

// No password prompt, ever: an encrypted PEM is an error.
int no_password(char*, int, int, void*) { return -1; }

const EVP_MD* digest_for(KeyAlgorithm algorithm) {
  return algorithm == KeyAlgorithm::kEd25519 ? nullptr : EVP_sha256();  // Ed25519 hashes itself
}

}  // namespace

Result<std::string> public_pem_of(EVP_PKEY* key) {
  if (!key) return bad_key("an HMAC key has no public half");
  const Bio bio{BIO_new(BIO_s_mem())};
  if (!bio || PEM_write_bio_PUBKEY(bio.get(), key) != 1)
    return bad_key("its public half has no PEM form");
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

std::string_view to_string(KeyAlgorithm algorithm) {
  switch (algorithm) {
    case KeyAlgorithm::kHmacSha256:
      return "hmac";
    case KeyAlgorithm::kRsaSha256:
      return "rsa";
    case KeyAlgorithm::kEd25519:
      return "ed25519";
    case KeyAlgorithm::kEcdsaP256:
      return "p256";
  }
  return "unknown";
}

Result<KeyAlgorithm> parse_algorithm(std::string_view text) {
  for (const auto algorithm :
       {KeyAlgorithm::kHmacSha256, KeyAlgorithm::kRsaSha256, KeyAlgorithm::kEd25519}) {
    if (text == to_string(algorithm)) return algorithm;
  }
  return fail("key.algorithm", "a key's algorithm must be hmac, rsa or ed25519");
}

struct SigningKey::Impl {
  KeyAlgorithm algorithm;
  HmacSha256 hmac;
  Pkey pkey;  // the others
};

EVP_PKEY* KeyAccess::pkey(const SigningKey& key) { return key.impl_->pkey.get(); }

SigningKey::SigningKey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;
SigningKey::~SigningKey() = default;
KeyAlgorithm SigningKey::algorithm() const { return impl_->algorithm; }

Result<SigningKey> SigningKey::open(KeyAlgorithm algorithm, const SecretBytes& secret) {
  const RevealToken token;
  if (secret.empty()) return bad_key("it is empty");
  auto impl = std::make_unique<Impl>(Impl{algorithm, {}, nullptr});
  if (algorithm == KeyAlgorithm::kHmacSha256) {
    KS_TRY(impl->hmac, HmacSha256::make(secret.bytes(token)));
    return SigningKey(std::move(impl));
  }
  const Bio bio = reader(secret.bytes(token));
  impl->pkey.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_password, nullptr));
  if (!impl->pkey) return bad_key("it is not an unencrypted PKCS#8 PEM private key");
  KS_CHECK(check(impl->pkey.get(), algorithm));
  return SigningKey(std::move(impl));
}

Result<std::string> SigningKey::sign(std::string_view payload) const {
  if (impl_->algorithm == KeyAlgorithm::kHmacSha256) {
    return std::string(std::string_view(impl_->hmac(payload)));
  }
  const DigestContext context{EVP_MD_CTX_new()};
  size_t size = 0;
  if (context &&
      EVP_DigestSignInit(context.get(), nullptr, digest_for(impl_->algorithm), nullptr,
                         impl_->pkey.get()) == 1 &&
      EVP_DigestSign(context.get(), nullptr, &size, bytes_of(payload), payload.size()) == 1) {
    std::string signature(size, '\0');
    if (EVP_DigestSign(context.get(), bytes_of(&signature), &size, bytes_of(payload),
                       payload.size()) == 1) {
      signature.resize(size);
      return signature;
    }
  }
  ERR_clear_error();
  return fail("key.sign", "OpenSSL could not sign with this key", ErrorClass::kFatal);
}

Result<std::string> SigningKey::public_pem() const { return public_pem_of(impl_->pkey.get()); }

Result<std::string> SigningKey::public_der() const {
  unsigned char* data = nullptr;
  const int size = impl_->pkey ? i2d_PUBKEY(impl_->pkey.get(), &data) : 0;
  if (size <= 0) return bad_key("it has no public half");
  std::string der(reinterpret_cast<const char*>(data), static_cast<size_t>(size));
  OPENSSL_free(data);
  return der;
}

struct VerifyingKey::Impl {
  KeyAlgorithm algorithm;
  HmacSha256 hmac;
  Pkey pkey;
};

VerifyingKey::VerifyingKey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
VerifyingKey::VerifyingKey(VerifyingKey&&) noexcept = default;
VerifyingKey& VerifyingKey::operator=(VerifyingKey&&) noexcept = default;
VerifyingKey::~VerifyingKey() = default;
KeyAlgorithm VerifyingKey::algorithm() const { return impl_->algorithm; }

Result<VerifyingKey> VerifyingKey::hmac(const SecretBytes& secret) {
  if (secret.empty()) return bad_key("it is empty");
  auto impl = std::make_unique<Impl>(Impl{KeyAlgorithm::kHmacSha256, {}, nullptr});
  KS_TRY(impl->hmac, HmacSha256::make(secret.bytes(RevealToken{})));
  return VerifyingKey(std::move(impl));
}

Result<VerifyingKey> VerifyingKey::from_public(KeyAlgorithm algorithm, std::string_view text) {
  if (algorithm == KeyAlgorithm::kHmacSha256) return bad_key("HMAC has no public key");
  auto impl = std::make_unique<Impl>(Impl{algorithm, {}, nullptr});
  if (const auto der = base64_decode(text)) {
    const unsigned char* at = bytes_of(std::string_view(*der));
    const unsigned char* const end = at + der->size();
    impl->pkey.reset(d2i_PUBKEY(nullptr, &at, static_cast<long>(der->size())));
    if (at != end) impl->pkey.reset();
  } else {
    const Bio bio = reader(text);
    impl->pkey.reset(PEM_read_bio_PUBKEY(bio.get(), nullptr, &no_password, nullptr));
  }
  if (!impl->pkey) return bad_key("it is not a SubjectPublicKeyInfo PEM (or its base64)");
  KS_CHECK(check(impl->pkey.get(), algorithm));
  KS_CHECK(check_point(impl->pkey.get(), algorithm));
  return VerifyingKey(std::move(impl));
}

bool VerifyingKey::verify(std::string_view payload, std::string_view signature) const {
  if (impl_->algorithm == KeyAlgorithm::kHmacSha256) {
    return constant_time_equal(impl_->hmac(payload), signature);
  }
  const DigestContext context{EVP_MD_CTX_new()};
  const bool good = context &&
                    EVP_DigestVerifyInit(context.get(), nullptr, digest_for(impl_->algorithm),
                                         nullptr, impl_->pkey.get()) == 1 &&
                    EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(),
                                     bytes_of(payload), payload.size()) == 1;
  ERR_clear_error();
  return good;
}

Result<std::string> VerifyingKey::public_pem() const { return public_pem_of(impl_->pkey.get()); }

Result<KeyPair> generate_key_pair(KeyAlgorithm algorithm) {
  Pkey key;
  if (algorithm == KeyAlgorithm::kEd25519) {
    key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  } else if (algorithm == KeyAlgorithm::kRsaSha256) {
    key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", size_t{2048}));
  } else if (algorithm == KeyAlgorithm::kEcdsaP256) {
    key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  } else {
    return bad_key("an HMAC key does not come in a pair");
  }
  // A secure BIO: the PEM never stands in ordinary heap memory.
  const Bio bio{BIO_new(BIO_s_secmem())};
  if (!key || !bio ||
      PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) !=
          1) {
    return bad_key("OpenSSL could not make a key pair");
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  KeyPair pair;
  KS_TRY(pair.private_pem, SecretBytes::copy_of({data, static_cast<size_t>(size)}));
  KS_TRY(pair.public_pem, public_pem_of(key.get()));
  return pair;
}

}  // namespace keystile::crypto
