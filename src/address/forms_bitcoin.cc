// Bitcoin and what descends from it: BIP-13, BIP-173, BIP-350, and CashAddr.
#include <algorithm>

#include "address/base58.h"
#include "address/bech32.h"
#include "address/forms.h"
#include "address/reasons.h"
#include "base/encoding.h"

namespace keystile::address {
namespace {

constexpr size_t kHash = 20;

bool has_prefix(std::string_view text, std::string_view prefix, char separator) {
  return !prefix.empty() && text.size() > prefix.size() && text[prefix.size()] == separator &&
         equals_ignore_case(text.substr(0, prefix.size()), prefix);
}

// A witness program of version 0 is 20 or 32 bytes; later versions are 2 to 40 (BIP-141).
Status check_program(uint8_t version, std::string_view program, Bech32Kind kind) {
  if (version > 16) return wrong_form("its witness version is not one of 0 to 16");
  if (kind != (version == 0 ? Bech32Kind::kBech32 : Bech32Kind::kBech32m)) return wrong_checksum();
  const bool fits = version == 0 ? program.size() == 20 || program.size() == 32
                                 : program.size() >= 2 && program.size() <= 40;
  if (!fits) return wrong_length("the length does not fit its witness version");
  // Versions 2 to 16 and other lengths of version 1 mean nothing yet: anybody could spend what is
  // sent there. Only the two kinds that wallets make pass.
  if (version > 1 || (version == 1 && program.size() != 32)) {
    return wrong_form(
        "its witness version or length has no meaning yet, so the coins would be "
        "anybody's");
  }
  return {};
}

Result<Address> read_segwit(std::string_view text) {
  KS_TRY(const Bech32 content, bech32_decode(text));
  if (content.values.empty()) return wrong_length("it is too short");
  KS_TRY(const std::string program, bytes_of({content.values.begin() + 1, content.values.end()}));
  KS_CHECK(check_program(content.values[0], program, content.kind));
  const std::string lower = to_lower_ascii(text);
  return Address{.text = lower, .destination = lower};
}

Address cashaddr(const std::vector<uint8_t>& values, std::string_view prefix) {
  const std::string spelled = cashaddr_encode(values, prefix);
  return {.text = spelled, .destination = spelled};
}

}  // namespace

Result<Address> read_bitcoin(std::string_view text, const FormRule& rule) {
  if (has_prefix(text, rule.prefix, '1')) return read_segwit(text);
  KS_TRY(const std::string payload, base58check_decode(text));
  const bool known =
      std::any_of(rule.versions.begin(), rule.versions.end(), [&](std::string_view version) {
        return payload.size() == version.size() + kHash && payload.starts_with(version);
      });
  if (!known) return wrong_network("it is none of this network's main network");
  return Address{.text = std::string(text), .destination = std::string(text)};
}

// The first byte holds the kind (0: key hash, 1: script hash; 2 and 3 the same for tokens) and the
// hash's size; only hashes of 20 and 32 bytes are in use.
Result<Address> read_cashaddr(std::string_view text, const FormRule& rule) {
  if (text.find(':') == text.npos && base58check_decode(text)) {
    return wrong_form(
        "it is in the old form, which Bitcoin has too; ask for the one that begins "
        "with q or p");
  }
  KS_TRY(const auto values, cashaddr_decode(text, rule.prefix));
  KS_TRY(const std::string bytes, bytes_of(values));
  const auto version = static_cast<unsigned char>(bytes.empty() ? 0xff : bytes[0]);
  const size_t hash = (version & 7) == 0 ? 20 : (version & 7) == 3 ? 32 : 0;
  if (version >> 3 > 3 || hash == 0) return wrong_form("it is of a kind that is not in use");
  if (bytes.size() != 1 + hash) return wrong_length("the length does not fit its kind");
  return cashaddr(values, rule.prefix);
}

// rusty-kaspa, crypto/addresses: version 0 is a Schnorr key, 1 an ECDSA key, 8 a script hash.
Result<Address> read_kaspa(std::string_view text, const FormRule& rule) {
  KS_TRY(const auto values, cashaddr_decode(text, rule.prefix));
  KS_TRY(const std::string bytes, bytes_of(values));
  const auto version = static_cast<unsigned char>(bytes.empty() ? 0xff : bytes[0]);
  if (version != 0 && version != 1 && version != 8) {
    return wrong_form("it is of a kind that is not in use");
  }
  if (bytes.size() != (version == 1 ? 34 : 33)) {
    return wrong_length("the length does not fit its kind");
  }
  return cashaddr(values, rule.prefix);
}

}  // namespace keystile::address
