// Text encodings, strict: each decoder accepts exactly one spelling of a value and refuses the
// rest, so that no two texts mean the same.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace keystile {

// Lower-case hex.
std::string hex_encode(std::string_view bytes);
// Two digits for each byte, from there on; where they end.
char* put_hex(std::string_view bytes, char* at);
// Either case, even length. (Exchanges accept either case in signatures.)
std::optional<std::string> hex_decode(std::string_view text);

// RFC 4648 section 4, standard alphabet, padded.
std::string base64_encode(std::string_view bytes);
// The same, canonical only: right padding, zero trailing bits, no white space.
std::optional<std::string> base64_decode(std::string_view text);

// RFC 3986 percent-encoding of everything but unreserved characters (upper-case hex).
std::string percent_encode(std::string_view bytes);
// %XX, either case. '+' means a space only if plus_is_space (form encoding). Refuses a '%' that is
// not followed by two hex digits.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

// Decimal digits only; no sign, no space, no overflow.
std::optional<uint64_t> parse_uint64(std::string_view text);

std::string to_lower_ascii(std::string_view text);
// Of texts as long as each other; equals_ignore_case() is what to call.
bool same_but_for_case(const char* a, const char* b, size_t size);
// Most names that are compared differ in their length already.
inline bool equals_ignore_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && same_but_for_case(a.data(), b.data(), a.size());
}

}  // namespace keystile
