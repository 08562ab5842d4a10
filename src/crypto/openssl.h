// OpenSSL's objects as owned values. Private to crypto/ and net/.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>

#include <memory>
#include <string_view>

#include "crypto/keys.h"

namespace keystile::crypto {

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using Pkey = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Bio = std::unique_ptr<BIO, Deleter<BIO_free_all>>;

// Reads text, which must outlive it.
inline Bio reader(std::string_view text) {
  return Bio{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

// SubjectPublicKeyInfo. "key.format" for null: an HMAC key, which has no public half.
Result<std::string> public_pem_of(EVP_PKEY* key);

// The key inside, for OpenSSL's calls that sign structures. Null for HMAC.
struct KeyAccess {
  static EVP_PKEY* pkey(const SigningKey& key);
};

}  // namespace keystile::crypto
