#include "crypto/bare_keys.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <sodium.h>

#include "crypto/openssl.h"

namespace keystile::crypto {
namespace {

using Number = std::unique_ptr<BIGNUM, Deleter<BN_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Deleter<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>>;
using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, Deleter<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Deleter<OSSL_PARAM_free>>;
using P256Signature = std::unique_ptr<ECDSA_SIG, Deleter<ECDSA_SIG_free>>;

constexpr size_t kPointSize = 65;
constexpr size_t kScalarSize = 32;

tl::unexpected<Error> bad_key(std::string_view what) {
  return fail("key.format", "the public key cannot be used: " + std::string(what));
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Number number(std::string_view bytes) {
  return Number{BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr)};
}

// Null if OpenSSL does not take it.
Pkey key_of(const char* type, OSSL_PARAM* params) {
  const KeyContext context{EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr)};
  EVP_PKEY* key = nullptr;
  if (context && params && EVP_PKEY_fromdata_init(context.get()) == 1) {
    EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params);
  }
  ERR_clear_error();
  return Pkey{key};
}

Pkey p256_key(std::string_view point) {
  if (point.size() != kPointSize || point[0] != '\x04') return nullptr;
  std::string group = SN_X9_62_prime256v1, bytes(point);
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size()),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, bytes.data(), bytes.size()),
      OSSL_PARAM_construct_end()};
  return key_of("EC", params);
}

Pkey rsa_key(std::string_view modulus, std::string_view exponent) {
  const Number n = number(modulus), e = number(exponent);
  const ParamBuilder builder{OSSL_PARAM_BLD_new()};
  if (!n || !e || !builder ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return nullptr;
  }
  const Params params{OSSL_PARAM_BLD_to_param(builder.get())};
  return key_of("RSA", params.get());
}

bool verify(EVP_PKEY* key, const EVP_MD* digest, std::string_view message,
            std::string_view signature) {
  const DigestContext context{EVP_MD_CTX_new()};
  const bool good = key && context &&
                    EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key) == 1 &&
                    EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(),
                                     bytes_of(message), message.size()) == 1;
  ERR_clear_error();
  return good;
}

bool is_exponent(std::string_view bytes) {
  uint64_t value = 0;
  if (bytes.size() > sizeof value) return false;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value >= 65537 && value % 2 == 1;
}

}  // namespace

Status check_ed25519(std::string_view point) {
  if (point.size() != crypto_core_ed25519_BYTES ||
      crypto_core_ed25519_is_valid_point(bytes_of(point)) != 1) {
    return bad_key("its point is not one that an Ed25519 key pair has");
  }
  return {};
}

bool verify_ed25519(std::string_view point, std::string_view message, std::string_view signature) {
  return check_ed25519(point) && signature.size() == crypto_sign_BYTES &&
         crypto_sign_verify_detached(bytes_of(signature), bytes_of(message), message.size(),
                                     bytes_of(point)) == 0;
}

Status check_p256(std::string_view point) {
  if (!p256_key(point)) return bad_key("it is not an uncompressed point of P-256");
  return {};
}

bool verify_p256(std::string_view point, std::string_view message, std::string_view signature) {
  return verify(p256_key(point).get(), EVP_sha256(), message, signature);
}

std::string p256_signature(std::string_view r, std::string_view s) {
  if (r.size() > kScalarSize || s.size() > kScalarSize) return {};
  const P256Signature signature{ECDSA_SIG_new()};
  Number first = number(r), second = number(s);
  if (!signature || !first || !second ||
      ECDSA_SIG_set0(signature.get(), first.get(), second.get()) != 1) {
    return {};
  }
  (void)first.release();  // the signature owns them now
  (void)second.release();
  unsigned char* data = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &data);
  if (size <= 0) return {};
  std::string der(reinterpret_cast<const char*>(data), static_cast<size_t>(size));
  OPENSSL_free(data);
  return der;
}

Status check_rsa(std::string_view modulus, std::string_view exponent) {
  const Pkey key = rsa_key(modulus, exponent);
  if (!key) return bad_key("it is not an RSA key");
  if (modulus.empty() || modulus.front() == '\0') return bad_key("its modulus begins with zeros");
  const int bits = EVP_PKEY_get_bits(key.get());
  if (bits < 3072 || bits > 8192) return bad_key("RSA keys must have 3072 to 8192 bits");
  if (modulus.back() % 2 == 0) return bad_key("its modulus is even");
  if (!is_exponent(exponent)) return bad_key("its exponent must be odd and at least 65537");
  return {};
}

bool verify_rsa(std::string_view modulus, std::string_view exponent, RsaHash hash,
                std::string_view message, std::string_view signature) {
  if (signature.size() != modulus.size()) return false;
  return verify(rsa_key(modulus, exponent).get(),
                hash == RsaHash::kSha256 ? EVP_sha256() : EVP_sha512(), message, signature);
}

}  // namespace keystile::crypto
