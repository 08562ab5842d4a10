// Keccak-f[1600] of FIPS 202, section 3. Our own because no library that Keystile links has the
// old padding (OpenSSL has it from 3.2), and one more for 25 words of state is not worth its risk.
// The test compares it with OpenSSL's SHA-3, which is the same but for the padding.
#include <array>
#include <bit>
#include <cstdint>

#include "crypto/chain_hashes.h"

namespace keystile::crypto {
namespace {

constexpr size_t kRounds = 24;
constexpr size_t kRate = 136;  // bytes

using State = std::array<uint64_t, 25>;  // lane (x, y) at x + 5 y

// Section 3.2.5: bit 2^j - 1 of round i's constant is output bit j + 7 i of a shift register.
constexpr std::array<uint64_t, kRounds> round_constants() {
  std::array<uint64_t, kRounds> constants{};
  unsigned bits = 1;
  for (uint64_t& constant : constants) {
    for (int j = 0; j <= 6; ++j) {
      if (bits & 1) constant |= uint64_t{1} << ((1 << j) - 1);
      bits = bits & 0x80 ? bits << 1 ^ 0x171 : bits << 1;
    }
  }
  return constants;
}
constexpr std::array<uint64_t, kRounds> kConstants = round_constants();

void theta(State& a) {
  std::array<uint64_t, 5> parity;
  for (size_t x = 0; x < 5; ++x) parity[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
  for (size_t x = 0; x < 5; ++x) {
    const uint64_t d = parity[(x + 4) % 5] ^ std::rotl(parity[(x + 1) % 5], 1);
    for (size_t y = 0; y < 25; y += 5) a[x + y] ^= d;
  }
}

// Sections 3.2.2 and 3.2.3 in one: each lane is turned, then moved from (x, y) to (y, 2x + 3y).
void rho_and_pi(State& a) {
  size_t x = 1, y = 0;
  uint64_t moving = a[1];
  for (int t = 0; t < 24; ++t) {
    const size_t next = (2 * x + 3 * y) % 5;
    x = y;
    y = next;
    std::swap(moving, a[x + 5 * y]);
    a[x + 5 * y] = std::rotl(a[x + 5 * y], (t + 1) * (t + 2) / 2 % 64);
  }
}

void chi(State& a) {
  for (size_t y = 0; y < 25; y += 5) {
    const std::array<uint64_t, 5> row{a[y], a[y + 1], a[y + 2], a[y + 3], a[y + 4]};
    for (size_t x = 0; x < 5; ++x) a[y + x] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
  }
}

void permute(State& a) {
  for (const uint64_t constant : kConstants) {
    theta(a);
    rho_and_pi(a);
    chi(a);
    a[0] ^= constant;
  }
}

void mix(State& a, size_t at, unsigned char byte) { a[at / 8] ^= uint64_t{byte} << (at % 8 * 8); }

}  // namespace

std::string keccak_sponge(std::string_view data, unsigned char suffix) {
  State state{};
  size_t at = 0;
  for (const char c : data) {
    mix(state, at, static_cast<unsigned char>(c));
    if (++at == kRate) {
      permute(state);
      at = 0;
    }
  }
  mix(state, at, suffix);
  mix(state, kRate - 1, 0x80);
  permute(state);
  std::string out(32, '\0');
  for (size_t i = 0; i < out.size(); ++i) out[i] = static_cast<char>(state[i / 8] >> (i % 8 * 8));
  return out;
}

std::string keccak256(std::string_view data) { return keccak_sponge(data, 0x01); }

}  // namespace keystile::crypto
