#include <fmt/format.h>

#include "address/base58.h"
#include "address/forms.h"
#include "address/reasons.h"
#include "base/encoding.h"
#include "crypto/chain_hashes.h"

namespace keystile::address {
namespace {

constexpr size_t kXrpAccount = 20;

Address as_it_is(std::string_view text, bool has_checksum = true) {
  return {std::string(text), std::string(text), has_checksum};
}

// XLS-5: an X-address is a classic address and a tag in one: two bytes for the network, the
// account, one byte that says whether there is a tag, the tag in eight bytes, least first.
Result<Address> refuse_x_address(std::string_view payload) {
  if (payload.starts_with("\x04\x93")) return wrong_network("it is one of a test network");
  const std::string classic =
      base58check_encode('\0' + std::string(payload.substr(2, kXrpAccount)), kXrpAlphabet);
  uint64_t tag = 0;
  for (size_t i = 8; i-- > 0;) {
    tag = tag << 8 | static_cast<unsigned char>(payload[3 + kXrpAccount + i]);
  }
  const bool has_tag = payload[2 + kXrpAccount] == 1;
  return wrong_form(
      fmt::format("it is an X-address, which exchanges do not take; write {} with {}", classic,
                  has_tag ? fmt::format("destination tag {}", tag) : "no destination tag"));
}

}  // namespace

// Any 32 bytes: a key on the curve is a wallet, one off it a program's own address. Nothing in the
// text shows a mistyped character.
Result<Address> read_solana(std::string_view text, const FormRule&) {
  KS_TRY(const std::string key, base58_decode(text));
  if (key.size() != 32) return wrong_length("it does not stand for 32 bytes");
  return as_it_is(text, false);
}

Result<Address> read_xrp(std::string_view text, const FormRule&) {
  KS_TRY(const std::string payload, base58check_decode(text, kXrpAlphabet));
  const bool is_x = payload.starts_with("\x05\x44") || payload.starts_with("\x04\x93");
  if (is_x && payload.size() == 2 + kXrpAccount + 9) return refuse_x_address(payload);
  if (payload.size() != 1 + kXrpAccount || payload[0] != '\0') {
    return wrong_form("it is no classic address, which begins with r");
  }
  return as_it_is(text);
}

// Polkadot SDK, "SS58 address format": the network's number, 32 bytes, and the first two bytes of a
// BLAKE2b hash of "SS58PRE" and all that. The networks in the table have numbers below 64, which
// are one byte.
Result<Address> read_ss58(std::string_view text, const FormRule& rule) {
  constexpr size_t kNumber = 1, kAccount = 32, kChecksum = 2;
  KS_TRY(const std::string bytes, base58_decode(text));
  if (bytes.size() < kNumber + kAccount + kChecksum) return wrong_length("it is too short");
  const std::string_view body = std::string_view(bytes).substr(0, bytes.size() - kChecksum);
  const std::string hash = crypto::blake2b_512("SS58PRE" + std::string(body));
  if (bytes.substr(body.size()) != hash.substr(0, kChecksum)) return wrong_checksum();
  if (static_cast<unsigned char>(body[0]) != rule.number || body.size() != kNumber + kAccount) {
    return wrong_network(fmt::format("its network number is not {}", rule.number));
  }
  return as_it_is(text);
}

}  // namespace keystile::address
