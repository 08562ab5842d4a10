// What holds for the market messages of every exchange.
#pragma once

#include <span>
#include <string_view>

namespace keystile::fuzz {

// An input is lines: first which of the products, then messages. A line "GET SYMBOL …" is the
// answer of a REST call for that symbol's book.
void read_market(std::span<const std::string_view> products, std::string_view input);

}  // namespace keystile::fuzz
