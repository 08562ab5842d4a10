#include "address/base58.h"

#include <algorithm>
#include <vector>

#include "address/reasons.h"
#include "crypto/digest.h"

namespace keystile::address {
namespace {

constexpr size_t kLongest = 128;
constexpr size_t kChecksum = 4;

std::string checksum_of(std::string_view payload) {
  return crypto::sha256(crypto::sha256(payload)).substr(0, kChecksum);
}

size_t leading(std::string_view text, char c) {
  return std::min(text.find_first_not_of(c), text.size());
}

// digits: a number to base `from`, most significant first; the same to base `to`.
std::vector<unsigned> rebase(const std::vector<unsigned>& digits, unsigned from, unsigned to) {
  std::vector<unsigned> out;  // least significant first
  for (unsigned carry : digits) {
    for (unsigned& digit : out) {
      carry += digit * from;
      digit = carry % to;
      carry /= to;
    }
    for (; carry != 0; carry /= to) out.push_back(carry % to);
  }
  std::reverse(out.begin(), out.end());
  return out;
}

}  // namespace

Result<std::string> base58_decode(std::string_view text, std::string_view alphabet) {
  if (text.size() > kLongest) return wrong_length("it is far too long");
  std::vector<unsigned> digits;
  for (size_t i = 0; i < text.size(); ++i) {
    const size_t digit = alphabet.find(text[i]);
    if (digit == alphabet.npos) {
      return wrong_character(text, i, "this form has no 0, capital O, capital I or small l");
    }
    digits.push_back(static_cast<unsigned>(digit));
  }
  const size_t zeros = leading(text, alphabet[0]);
  std::string bytes(zeros, '\0');
  for (const unsigned byte : rebase(digits, 58, 256)) bytes += static_cast<char>(byte);
  return bytes;
}

std::string base58_encode(std::string_view bytes, std::string_view alphabet) {
  std::vector<unsigned> digits;
  for (const unsigned char byte : bytes) digits.push_back(byte);
  std::string text(leading(bytes, '\0'), alphabet[0]);
  for (const unsigned digit : rebase(digits, 256, 58)) text += alphabet[digit];
  return text;
}

Result<std::string> base58check_decode(std::string_view text, std::string_view alphabet) {
  KS_TRY(std::string bytes, base58_decode(text, alphabet));
  if (bytes.size() <= kChecksum) return wrong_length("it is too short");
  const std::string checksum = bytes.substr(bytes.size() - kChecksum);
  bytes.resize(bytes.size() - kChecksum);
  if (checksum != checksum_of(bytes)) return wrong_checksum();
  return bytes;
}

std::string base58check_encode(std::string_view payload, std::string_view alphabet) {
  return base58_encode(std::string(payload) + checksum_of(payload), alphabet);
}

}  // namespace keystile::address
