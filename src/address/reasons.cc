#include "address/reasons.h"

#include <fmt/format.h>

namespace keystile::address {
namespace {

std::string shown(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0x80) return "not plain ASCII (it may only look like a letter)";
  if (byte == ' ') return "a space";
  if (byte < 0x20 || byte == 0x7f) return "a control character";
  return fmt::format("'{}'", c);
}

}  // namespace

tl::unexpected<Error> wrong_form(std::string why) { return fail("address.form", std::move(why)); }

tl::unexpected<Error> wrong_length(std::string why) {
  return fail("address.length", std::move(why));
}

tl::unexpected<Error> wrong_checksum() {
  return fail("address.checksum",
              "the checksum does not match, so at least one character is mistyped or missing");
}

tl::unexpected<Error> wrong_network(std::string why) {
  return fail("address.network", std::move(why));
}

tl::unexpected<Error> wrong_character(std::string_view text, size_t at, std::string_view rule) {
  return fail("address.character",
              fmt::format("character {} is {}; {}", at + 1, shown(text[at]), rule));
}

}  // namespace keystile::address
