#include "quorum/plain_text.h"

#include <fmt/format.h>

#include <cstdint>

namespace keystile::quorum {
namespace {

struct Character {
  uint32_t code = 0;
  size_t size = 0;  // in bytes; 0: not UTF-8
};

// RFC 3629 section 4. text is not empty.
Character first_character(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return {};
  uint32_t code = lead & (0xffu >> (size + 1));
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3f);
  }
  constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  if (code < kSmallest[size] || code > 0x10ffff || surrogate) return {};
  return {code, size};
}

}  // namespace

std::string plain_text(std::string_view text) {
  std::string out;
  char before = ' ';  // so that a space at the beginning is seen
  while (!text.empty()) {
    const Character next = first_character(text);
    if (next.size == 0) {
      before = '\0';
      out += fmt::format("\\x{{{:02x}}}", static_cast<unsigned char>(text[0]));
      text.remove_prefix(1);
      continue;
    }
    const bool last = text.size() == next.size;
    const bool hidden_space = next.code == ' ' && (before == ' ' || last);
    const bool own_bracket = next.code == '(' && out.empty();
    if (next.code < 0x20 || next.code > 0x7e || hidden_space || own_bracket) {
      out += fmt::format("\\u{{{:x}}}", next.code);
    } else if (next.code == '\\') {
      out += "\\\\";
    } else {
      out += text[0];
    }
    before = next.code == ' ' ? ' ' : '\0';
    text.remove_prefix(next.size);
  }
  return out;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const size_t size = first_character(text).size;
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

}  // namespace keystile::quorum
