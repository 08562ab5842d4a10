// UTF-8 as RFC 3629 section 4 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace keystile {

struct Character {
  uint32_t code = 0;
  size_t size = 0;  // in bytes; 0: what stands there is not UTF-8
};

// text is not empty.
Character first_character(std::string_view text);
bool is_utf8(std::string_view text);

}  // namespace keystile
