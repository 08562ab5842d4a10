// Why a text is no address: half sentences, which check_address() completes with the network's
// name and with what to do.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace keystile::address {

// The shape of the text is another one: "address.form".
tl::unexpected<Error> wrong_form(std::string why);
// "address.length"
tl::unexpected<Error> wrong_length(std::string why);
// "address.checksum"
tl::unexpected<Error> wrong_checksum();
// It is well formed, but for somebody else: "address.network".
tl::unexpected<Error> wrong_network(std::string why);
// The character at `at`; rule: which ones there are. "address.character". Only an ASCII letter or
// digit is quoted: anything else could be made to look like one.
tl::unexpected<Error> wrong_character(std::string_view text, size_t at, std::string_view rule);

}  // namespace keystile::address
