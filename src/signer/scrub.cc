#include "signer/scrub.h"

#include "base/encoding.h"

namespace keystile::signer {
namespace {

constexpr std::string_view kDropped[] = {
    "Set-Cookie", "Server", "Alt-Svc", "Strict-Transport-Security", "Via", "Content-Encoding"};

void replace_all(std::string* text, std::string_view from, std::string_view to) {
  for (size_t at = text->find(from); at != text->npos; at = text->find(from, at + to.size())) {
    text->replace(at, from.size(), to);
  }
}

}  // namespace

Status scrub(HttpResponse* response, std::string_view real_key_id,
             std::string_view virtual_key_id) {
  const std::string* encoding = find_header(response->headers, "Content-Encoding");
  if (encoding && !equals_ignore_case(*encoding, "identity")) {
    return fail("answer.encoded", "the exchange compressed an answer that was asked for plain");
  }
  for (const std::string_view name : kDropped) remove_headers(&response->headers, name);
  if (real_key_id.empty()) return {};
  replace_all(&response->body, real_key_id, virtual_key_id);
  for (Header& header : response->headers) replace_all(&header.value, real_key_id, virtual_key_id);
  return {};
}

}  // namespace keystile::signer
