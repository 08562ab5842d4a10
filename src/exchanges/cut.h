// Reading the embedded tables and query strings piece by piece. Private to exchanges/.
#pragma once

#include <string_view>

namespace keystile::exchanges {

// Cuts `text` at the first `separator` and returns what stood before it.
inline std::string_view cut(std::string_view* text, char separator) {
  const size_t at = text->find(separator);
  const std::string_view head = text->substr(0, at);
  *text = at == text->npos ? std::string_view{} : text->substr(at + 1);
  return head;
}

}  // namespace keystile::exchanges
