#include <algorithm>
#include <cstdint>

#include "address/base32.h"
#include "address/forms.h"
#include "address/reasons.h"
#include "base/encoding.h"
#include "crypto/chain_hashes.h"

namespace keystile::address {
namespace {

constexpr size_t kKey = 32;

Address as_it_is(std::string_view text) { return {std::string(text), std::string(text), true}; }

unsigned char byte_at(std::string_view bytes, size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

}  // namespace

// SEP-23. An account begins with version byte 6 << 3 (G) and ends with its CRC, low byte first.
Result<Address> read_stellar(std::string_view text, const FormRule&) {
  KS_TRY(const std::string bytes, base32_decode(text));
  if (bytes.size() < 3) return wrong_length("it is too short");
  const std::string_view body = std::string_view(bytes).substr(0, bytes.size() - 2);
  const unsigned stated = byte_at(bytes, body.size()) | byte_at(bytes, body.size() + 1) << 8;
  if (stated != crc16(body)) return wrong_checksum();
  if (byte_at(body, 0) == 12 << 3) {
    return wrong_form("it is a muxed address; ask for the account (G) and its memo");
  }
  if (byte_at(body, 0) != 6 << 3) return wrong_form("it is no account, which begins with G");
  if (body.size() != 1 + kKey) return wrong_length("it does not stand for 32 bytes");
  return as_it_is(text);
}

// developer.algorand.org, "Keys and addresses": a key and the last four bytes of its SHA-512/256.
Result<Address> read_algorand(std::string_view text, const FormRule&) {
  constexpr size_t kChecksum = 4;
  KS_TRY(const std::string bytes, base32_decode(text));
  if (bytes.size() != kKey + kChecksum) return wrong_length("it is not 58 characters long");
  const std::string hash = crypto::sha512_256(bytes.substr(0, kKey));
  if (hash.substr(kKey - kChecksum) != bytes.substr(kKey)) return wrong_checksum();
  return as_it_is(text);
}

// docs.ton.org, "Address formats": flags, workchain, 32 bytes, CRC high byte first, in base 64 of
// either alphabet. 0x11: returns what the receiver refuses; 0x51: does not; 0x80 more: a test
// network. Both flags pay the same account.
Result<Address> read_ton(std::string_view text, const FormRule&) {
  if (text.find(':') != text.npos) {
    return wrong_form(
        "it is in the raw form, which has no checksum; ask for the one of 48 "
        "characters");
  }
  if (text.size() != 48) return wrong_length("it is not 48 characters long");
  std::string standard(text), url(text);
  std::replace(standard.begin(), standard.end(), '-', '+');
  std::replace(standard.begin(), standard.end(), '_', '/');
  std::replace(url.begin(), url.end(), '+', '-');
  std::replace(url.begin(), url.end(), '/', '_');
  const auto bytes = base64_decode(standard);
  if (!bytes || (text != standard && text != url)) {
    return wrong_form("it has a character that this form has not, or two spellings in one");
  }
  const std::string_view body = std::string_view(*bytes).substr(0, bytes->size() - 2);
  const unsigned stated = byte_at(*bytes, body.size()) << 8 | byte_at(*bytes, body.size() + 1);
  if (stated != crc16(body)) return wrong_checksum();
  const unsigned char flags = byte_at(body, 0), workchain = byte_at(body, 1);
  if (flags == (0x11 | 0x80) || flags == (0x51 | 0x80)) {
    return wrong_network("it is one of a test network");
  }
  if (flags != 0x11 && flags != 0x51) return wrong_form("its first byte is not known");
  if (workchain != 0 && workchain != 0xff) return wrong_form("its workchain is not known");
  const std::string_view chain = workchain == 0 ? "0:" : "-1:";
  return Address{.text = url, .destination = std::string(chain) + hex_encode(body.substr(2))};
}

}  // namespace keystile::address
