#include "crypto/chain_hashes.h"

#include <openssl/evp.h>
#include <sodium.h>

#include <cstdlib>

namespace keystile::crypto {

std::string sha512_256(std::string_view data) {
  std::string out(32, '\0');
  if (EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(out.data()), nullptr,
                 EVP_sha512_256(), nullptr) != 1) {
    std::abort();  // no memory; a wrong hash must never be used
  }
  return out;
}

std::string blake2b_512(std::string_view data) {
  std::string out(crypto_generichash_BYTES_MAX, '\0');
  if (crypto_generichash(reinterpret_cast<unsigned char*>(out.data()), out.size(),
                         reinterpret_cast<const unsigned char*>(data.data()), data.size(), nullptr,
                         0) != 0) {
    std::abort();
  }
  return out;
}

}  // namespace keystile::crypto
