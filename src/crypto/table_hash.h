// A hash for tables of what others name as they like.
#pragma once

#include <cstddef>
#include <string_view>

namespace keystile::crypto {

// SipHash-2-4 under a key that each process draws anew: nobody can make names that all fall on one
// place, where each look-up would go through all of them. Not the same in the next process.
size_t table_hash(std::string_view text);

}  // namespace keystile::crypto
