#include "fuzz/edits.h"

#include "base/encoding.h"
#include "fuzz/input.h"

namespace keystile::fuzz {

void edit(std::string_view line, std::string* bytes) {
  const std::string_view what = take_word(&line);
  const auto number = parse_uint64(take_word(&line));
  if (!number) return;
  const size_t at = *number % (bytes->size() + 1);
  const std::string_view rest = take_word(&line);
  const std::string data = hex_decode(rest).value_or("");
  if (what == "set") {
    for (size_t i = 0; i < data.size() && at + i < bytes->size(); ++i) (*bytes)[at + i] = data[i];
  } else if (what == "insert") {
    bytes->insert(at, data);
  } else if (what == "erase") {
    bytes->erase(at, parse_uint64(rest).value_or(0));
  } else if (what == "cut") {
    bytes->resize(at);
  }
}

}  // namespace keystile::fuzz
