#include "address/bech32.h"
#include "address/forms.h"
#include "address/reasons.h"
#include "base/encoding.h"

namespace keystile::address {
namespace {

constexpr size_t kCardanoLongest = 128;

Result<std::string> payload_of(std::string_view text, const FormRule& rule, size_t longest) {
  KS_TRY(const Bech32 content, bech32_decode(text, longest));
  if (content.prefix != rule.prefix) return wrong_network("its prefix belongs to something else");
  if (content.kind != Bech32Kind::kBech32) return wrong_checksum();
  return bytes_of(content.values);
}

Address lower_case(std::string_view text) {
  const std::string lower = to_lower_ascii(text);
  return {.text = lower, .destination = lower};
}

// CIP-19: what follows the header byte. A pointer is three numbers of one to several bytes.
bool fits_kind(unsigned kind, size_t payload) {
  constexpr size_t kHash = 28;
  if (kind <= 3) return payload == 2 * kHash;
  if (kind <= 5) return payload >= kHash + 3 && payload <= kHash + 20;
  return payload == kHash;
}

}  // namespace

// Bech32 alone does not notice a missing or added q before a last p; the length does.
Result<Address> read_bech32_account(std::string_view text, const FormRule& rule) {
  KS_TRY(const std::string payload, payload_of(text, rule, kBech32Longest));
  if (payload.size() != 20 && payload.size() != 32) return wrong_length("its length is wrong");
  return lower_case(text);
}

Result<Address> read_cardano(std::string_view text, const FormRule& rule) {
  if (text.starts_with("Ae2") || text.starts_with("DdzFF")) {
    return wrong_form("it is in the old Byron form; ask for one that begins with addr1");
  }
  if (text.starts_with("stake1"))
    return wrong_form("it is a stake address, which takes no payment");
  KS_TRY(const std::string bytes, payload_of(text, rule, kCardanoLongest));
  if (bytes.empty()) return wrong_length("it is too short");
  const auto header = static_cast<unsigned char>(bytes[0]);
  if ((header & 15) != 1) return wrong_network("it is one of a test network");
  if (header >> 4 > 7) return wrong_form("it is of a kind that takes no payment");
  if (!fits_kind(header >> 4, bytes.size() - 1)) {
    return wrong_length("the length does not fit its kind");
  }
  return lower_case(text);
}

}  // namespace keystile::address
