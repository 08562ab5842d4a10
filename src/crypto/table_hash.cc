#include "crypto/table_hash.h"

#include <sodium.h>

#include <array>

#include "base/random.h"

namespace keystile::crypto {
namespace {

using Key = std::array<char, crypto_shorthash_KEYBYTES>;

Key draw_key() {
  Key key;
  system_random().fill(key.data(), key.size());
  return key;
}

const unsigned char* bytes_of(const char* text) {
  return reinterpret_cast<const unsigned char*>(text);
}

}  // namespace

size_t table_hash(std::string_view text) {
  static const Key key = draw_key();
  static_assert(sizeof(size_t) == crypto_shorthash_BYTES);
  size_t hash = 0;
  crypto_shorthash(reinterpret_cast<unsigned char*>(&hash), bytes_of(text.data()), text.size(),
                   bytes_of(key.data()));
  return hash;
}

}  // namespace keystile::crypto
