#include "signer/scrub.h"

#include <algorithm>
#include <optional>

#include "base/encoding.h"
#include "base/hex_digit.h"
#include "base/secret_reveal.h"

namespace keystile::signer {
namespace {

constexpr std::string_view kDropped[] = {
    "Set-Cookie", "Server", "Alt-Svc", "Strict-Transport-Security", "Via", "Content-Encoding"};

unsigned char lower(char c) {
  return static_cast<unsigned char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

void replace_all(std::string* text, const Finder& finder, std::string_view with) {
  for (size_t at = 0; (at = finder.find_in(*text, at)) != std::string::npos; at += with.size())
    text->replace(at, finder.wanted().size(), with);
}

// What the escape of an ASCII character at the front of text means, and how long it is. JSON has
// "\u0041" and "\/", URLs have "%41".
struct Escape {
  char meaning;
  size_t size;
};
std::optional<Escape> escape_in(std::string_view text) {
  constexpr std::string_view kJson = "\\u00", kUrl = "%", kMarks = "\"\\/";
  const bool is_mark = text.size() >= 2 && text[0] == '\\' && kMarks.find(text[1]) != text.npos;
  if (is_mark) return Escape{text[1], 2};
  const std::string_view prefix = text.starts_with(kJson) ? kJson : kUrl;
  if (!text.starts_with(prefix) || text.size() < prefix.size() + 2) return std::nullopt;
  const int high = hex_digit(text[prefix.size()]), low = hex_digit(text[prefix.size() + 1]);
  if (high < 0 || low < 0) return std::nullopt;
  return Escape{static_cast<char>(high * 16 + low), prefix.size() + 2};
}

// text without such escapes; empty if it has none.
std::string unescaped(std::string_view text) {
  if (text.find('\\') == text.npos && text.find('%') == text.npos) return {};
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Escape next = escape_in(text).value_or(Escape{text.front(), 1});
    out += next.meaning;
    text.remove_prefix(next.size);
  }
  return out;
}

bool is_in_escapes(const Finder& finder, std::string_view text) {
  const std::string meant = unescaped(text);
  return finder.is_in(meant) || finder.is_in(unescaped(meant));  // JSON as a text of JSON
}

// One text taken out of an answer. False if it stands there in escapes.
bool take_out(HttpResponse* response, const Finder& finder, std::string_view with) {
  Headers& headers = response->headers;
  std::erase_if(headers, [&](const Header& header) { return finder.is_in(header.name); });
  replace_all(&response->body, finder, with);
  for (Header& header : headers) replace_all(&header.value, finder, with);
  return !is_in_escapes(finder, response->body) &&
         std::none_of(headers.begin(), headers.end(),
                      [&](const Header& header) { return is_in_escapes(finder, header.value); });
}

bool is_dropped(const Header& header) {
  return std::any_of(std::begin(kDropped), std::end(kDropped),
                     [&](std::string_view name) { return equals_ignore_case(header.name, name); });
}

bool is_encoded(const Header& header) {
  return equals_ignore_case(header.name, "Content-Encoding") &&
         !equals_ignore_case(header.value, "identity");
}

}  // namespace

Finder::Finder(std::string_view wanted)
    : wanted_(wanted), last_(wanted_.empty() ? 0 : lower(wanted_.back())) {
  const auto step = [](size_t n) { return static_cast<uint8_t>(std::min<size_t>(n, UINT8_MAX)); };
  skip_.fill(step(wanted_.size()));
  for (size_t i = 0; i + 1 < wanted_.size(); ++i)
    skip_[lower(wanted_[i])] = step(wanted_.size() - 1 - i);
}

size_t Finder::find_in(std::string_view text, size_t from) const {
  if (wanted_.empty()) return text.npos;
  while (text.size() - from >= wanted_.size()) {
    const unsigned char last = lower(text[from + wanted_.size() - 1]);
    if (last == last_ && equals_ignore_case(text.substr(from, wanted_.size()), wanted_))
      return from;
    from += skip_[last];
  }
  return text.npos;
}

Status scrub(HttpResponse* response, const Traces& traces) {
  if (std::any_of(response->headers.begin(), response->headers.end(), is_encoded)) {
    return fail("answer.encoded", "the exchange compressed an answer that was asked for plain");
  }
  std::erase_if(response->headers, is_dropped);
  bool clean = true;
  if (traces.passphrase && !traces.passphrase->empty()) {
    clean = take_out(response, Finder(traces.passphrase->bytes(RevealToken{})), "***");
  }
  for (const Finder& real : traces.real_key_ids) {
    clean = take_out(response, real, traces.virtual_key_id) && clean;
  }
  if (clean) return {};
  return fail("answer.tells_key", "the exchange's answer tells the real key in escapes");
}

}  // namespace keystile::signer
