#include "signer/scrub.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/encoding.h"

namespace keystile::signer {
namespace {

constexpr std::string_view kDropped[] = {
    "Set-Cookie", "Server", "Alt-Svc", "Strict-Transport-Security", "Via", "Content-Encoding"};

unsigned char lower(char c) {
  return static_cast<unsigned char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

// Finds one text in others, also where it is spelled in other letters, small or large. Horspool's
// way: where the last letter does not fit, it may skip as far as the text is long, which for a key
// id is most of an answer's line.
class Finder {
 public:
  explicit Finder(std::string_view wanted) : wanted_(wanted) {
    const auto step = [](size_t n) { return static_cast<uint8_t>(std::min<size_t>(n, UINT8_MAX)); };
    skip_.fill(step(wanted.size()));
    for (size_t i = 0; i + 1 < wanted.size(); ++i)
      skip_[lower(wanted[i])] = step(wanted.size() - 1 - i);
  }

  size_t find_in(std::string_view text, size_t from) const {
    while (text.size() - from >= wanted_.size()) {
      if (equals_ignore_case(text.substr(from, wanted_.size()), wanted_)) return from;
      from += skip_[lower(text[from + wanted_.size() - 1])];
    }
    return text.npos;
  }

 private:
  std::string_view wanted_;
  std::array<uint8_t, 256> skip_;
};

void replace_all(std::string* text, const Finder& finder, size_t length, std::string_view with) {
  for (size_t at = 0; (at = finder.find_in(*text, at)) != std::string::npos; at += with.size())
    text->replace(at, length, with);
}

}  // namespace

Status scrub(HttpResponse* response, std::span<const std::string> real_key_ids,
             std::string_view virtual_key_id) {
  const std::string* encoding = find_header(response->headers, "Content-Encoding");
  if (encoding && !equals_ignore_case(*encoding, "identity")) {
    return fail("answer.encoded", "the exchange compressed an answer that was asked for plain");
  }
  for (const std::string_view name : kDropped) remove_headers(&response->headers, name);
  for (const std::string& real : real_key_ids) {
    if (real.empty()) continue;
    const Finder finder(real);
    replace_all(&response->body, finder, real.size(), virtual_key_id);
    for (Header& header : response->headers)
      replace_all(&header.value, finder, real.size(), virtual_key_id);
  }
  return {};
}

}  // namespace keystile::signer
