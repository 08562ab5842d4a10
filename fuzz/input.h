// Inputs that a person can read and write: the parts of a file.
#pragma once

#include <string>
#include <string_view>

#include "base/http.h"

namespace keystile::fuzz {

// The first line, without its end; *text keeps what follows it.
std::string_view take_line(std::string_view* text);
// Up to the first space; *line keeps what follows it.
std::string_view take_word(std::string_view* line);

// "Name: value", without its control characters.
Header read_header(std::string_view line);

// "POST /api/v3/order?a=1", headers one a line, an empty line, the body. Takes what no reader of
// HTTP would let through too, but for control characters in headers.
HttpRequest read_request(std::string_view text);

}  // namespace keystile::fuzz
