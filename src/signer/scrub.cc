#include "signer/scrub.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/encoding.h"
#include "base/hex_digit.h"

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

// text without the escapes of ASCII that JSON ("\u0041") and URLs ("%41") have; empty if it has
// none.
std::string unescaped(std::string_view text) {
  constexpr std::string_view kJson = "\\u00", kUrl = "%";
  if (text.find(kJson) == text.npos && text.find(kUrl) == text.npos) return {};
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    const size_t prefix = rest.starts_with(kJson)  ? kJson.size()
                          : rest.starts_with(kUrl) ? kUrl.size()
                                                   : 0;
    const bool whole = prefix > 0 && rest.size() >= prefix + 2;
    const int high = whole ? hex_digit(rest[prefix]) : -1;
    const int low = whole ? hex_digit(rest[prefix + 1]) : -1;
    const bool escape = high >= 0 && low >= 0;
    out += escape ? static_cast<char>(high * 16 + low) : rest.front();
    at += escape ? prefix + 2 : 1;
  }
  return out;
}

// One text taken out of an answer. False if it stands there in escapes.
bool take_out(HttpResponse* response, std::string_view text, std::string_view with) {
  if (text.empty()) return true;
  const Finder finder(text);
  const auto holds = [&](std::string_view where) { return finder.find_in(where, 0) != where.npos; };
  Headers& headers = response->headers;
  headers.erase(std::remove_if(headers.begin(), headers.end(),
                               [&](const Header& header) { return holds(header.name); }),
                headers.end());
  replace_all(&response->body, finder, text.size(), with);
  for (Header& header : headers) replace_all(&header.value, finder, text.size(), with);
  return !holds(unescaped(response->body)) &&
         std::none_of(headers.begin(), headers.end(),
                      [&](const Header& header) { return holds(unescaped(header.value)); });
}

}  // namespace

Status scrub(HttpResponse* response, const Traces& traces) {
  const std::string* encoding = find_header(response->headers, "Content-Encoding");
  if (encoding && !equals_ignore_case(*encoding, "identity")) {
    return fail("answer.encoded", "the exchange compressed an answer that was asked for plain");
  }
  for (const std::string_view name : kDropped) remove_headers(&response->headers, name);
  bool clean = take_out(response, traces.passphrase, "***");
  for (const std::string& real : traces.real_key_ids) {
    clean = take_out(response, real, traces.virtual_key_id) && clean;
  }
  if (clean) return {};
  return fail("answer.tells_key", "the exchange's answer tells the real key in escapes");
}

}  // namespace keystile::signer
