#include "signer/scrub.h"

#include <algorithm>
#include <cctype>

#include "base/encoding.h"

namespace keystile::signer {
namespace {

constexpr std::string_view kDropped[] = {
    "Set-Cookie", "Server", "Alt-Svc", "Strict-Transport-Security", "Via", "Content-Encoding"};

// Also where the exchange spells it in other letters, small or large.
void replace_all(std::string* text, std::string_view from, std::string_view to) {
  const auto same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
  };
  for (size_t begin = 0;;) {
    const auto at = std::search(text->begin() + static_cast<std::ptrdiff_t>(begin), text->end(),
                                from.begin(), from.end(), same);
    if (at == text->end()) return;
    begin = static_cast<size_t>(at - text->begin());
    text->replace(begin, from.size(), to);
    begin += to.size();
  }
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
    replace_all(&response->body, real, virtual_key_id);
    for (Header& header : response->headers) replace_all(&header.value, real, virtual_key_id);
  }
  return {};
}

}  // namespace keystile::signer
