// What of a JSON string stands for itself, found eight bytes at a time. Private to the reader and
// the writer.
#pragma once

#include <bit>
#include <boost/endian/conversion.hpp>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace keystile::json {

enum class To { kRead, kWrite };  // DEL may be read as it is

// How many bytes at the front of text are ASCII, and no quotes, backslashes or control characters.
template <To to>
size_t plain_length(std::string_view text) {
  constexpr uint64_t kOnes = 0x0101010101010101, kTops = 0x8080808080808080;
  constexpr uint64_t kDelete = to == To::kWrite ? kOnes : 0;  // added to DEL it is beyond ASCII
  // The top bit of each byte that is special, at least of the first (what is borrowed or carried
  // may mark later ones).
  const auto specials = [](uint64_t bytes) {
    const uint64_t quote = bytes ^ (kOnes * '"'), slash = bytes ^ (kOnes * '\\');
    return ((((bytes - kOnes * 0x20) & ~bytes) | ((quote - kOnes) & ~quote) |
             ((slash - kOnes) & ~slash)) |
            bytes | (bytes + kDelete)) &
           kTops;
  };
  const auto specials_at = [&](size_t at) {
    using boost::endian::order;
    const auto* here = reinterpret_cast<const unsigned char*>(text.data() + at);
    return specials(boost::endian::endian_load<uint64_t, sizeof(uint64_t), order::little>(here));
  };
  size_t at = 0;
  for (; at + sizeof(uint64_t) <= text.size(); at += sizeof(uint64_t)) {
    if (const uint64_t found = specials_at(at))
      return at + static_cast<size_t>(std::countr_zero(found)) / 8;
  }
  // What is left, with what is known to be plain before it.
  if (at > 0 && !specials_at(text.size() - sizeof(uint64_t))) return text.size();
  const auto is_special = [](unsigned char c) {
    return c == '"' || c == '\\' || c < 0x20 || c >= (to == To::kWrite ? 0x7f : 0x80);
  };
  while (at < text.size() && !is_special(static_cast<unsigned char>(text[at]))) ++at;
  return at;
}

}  // namespace keystile::json
