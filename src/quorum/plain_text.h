// Text that cannot deceive the person who reads it.
#pragma once

#include <string>
#include <string_view>

namespace keystile::quorum {

// What somebody else wrote, as one line of printable ASCII. Two different texts never give the same
// line, and nothing that is seen is hidden: every other character is written as \u{430}, a byte
// that is no UTF-8 as \x{ff}, a backslash twice, and a space where it could be overlooked (at
// either end, after another one) as \u{20}. An opening bracket at the beginning is \u{28}: what
// Keystile itself says of a fact, such as (none), begins with a plain one.
std::string plain_text(std::string_view text);

}  // namespace keystile::quorum
