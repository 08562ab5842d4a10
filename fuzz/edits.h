// Changes to bytes, as text: a target about sealed or signed files says what must follow from any
// change, and the fuzzer writes the changes.
#pragma once

#include <string>
#include <string_view>

namespace keystile::fuzz {

// One change a line: "set OFFSET HEX", "insert OFFSET HEX", "erase OFFSET COUNT", "cut OFFSET".
// Offsets wrap around at the end; what cannot be read changes nothing.
void edit(std::string_view line, std::string* bytes);

}  // namespace keystile::fuzz
