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
void append_hex(std::string_view bytes, std::string* out);
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
bool equals_ignore_case(std::string_view a, std::string_view b);

}  // namespace keystile
