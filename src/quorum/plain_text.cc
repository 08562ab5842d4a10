#include "quorum/plain_text.h"

#include <fmt/format.h>

#include "base/utf8.h"

namespace keystile::quorum {

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

}  // namespace keystile::quorum
