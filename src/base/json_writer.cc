#include "base/json_writer.h"

#include <fmt/format.h>

#include <charconv>
#include <cstring>

#include "base/encoding.h"

namespace keystile::json {
namespace {

constexpr uint64_t kOnes = 0x0101010101010101, kTops = 0x8080808080808080;

// Whether one of these eight bytes must be escaped: a quote, a backslash, a control character.
bool any_special(uint64_t bytes) {
  const uint64_t quote = bytes ^ (kOnes * '"'), slash = bytes ^ (kOnes * '\\');
  return (((bytes - kOnes * 0x20) & ~bytes) | ((quote - kOnes) & ~quote) |
          ((slash - kOnes) & ~slash)) &
         kTops;
}

bool is_special(char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; }

// How many bytes at the front of text may stand as they are.
size_t plain_length(std::string_view text) {
  size_t at = 0;
  for (uint64_t bytes = 0; at + sizeof bytes <= text.size(); at += sizeof bytes) {
    std::memcpy(&bytes, text.data() + at, sizeof bytes);
    if (any_special(bytes)) break;
  }
  while (at < text.size() && !is_special(text[at])) ++at;
  return at;
}

void append_escaped(char c, std::string* out) {
  switch (c) {
    case '"':
      *out += "\\\"";
      break;
    case '\\':
      *out += "\\\\";
      break;
    case '\n':
      *out += "\\n";
      break;
    default:
      *out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
  }
}

template <class Integer>
void append_number(Integer value, std::string* out) {
  char digits[24];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  out->append(digits, end);
}

}  // namespace

void append_quoted(std::string_view text, std::string* out) {
  *out += '"';
  while (true) {
    const size_t plain = plain_length(text);
    out->append(text, 0, plain);
    if (plain == text.size()) break;
    append_escaped(text[plain], out);
    text.remove_prefix(plain + 1);
  }
  *out += '"';
}

// Only a bracket that was just opened needs no comma before what follows it: strings end in a
// quote, numbers and words in neither.
void Writer::begin(char bracket) {
  if (!out_.empty() && out_.back() != '{' && out_.back() != '[') out_ += ',';
  out_ += bracket;
}

void Writer::name_of(std::string_view name) {
  if (out_.back() != '{') out_ += ',';
  out_ += '"';
  out_ += name;
  out_ += "\":";
}

void Writer::text(std::string_view name, std::string_view value) {
  name_of(name);
  append_quoted(value, &out_);
}

void Writer::number(std::string_view name, uint64_t value) {
  name_of(name);
  append_number(value, &out_);
}

void Writer::number(std::string_view name, int64_t value) {
  name_of(name);
  append_number(value, &out_);
}

void Writer::flag(std::string_view name, bool value) {
  name_of(name);
  out_ += value ? "true" : "false";
}

void Writer::amount(std::string_view name, const Decimal& value) {
  name_of(name);
  out_ += '"';
  out_ += value.str();
  out_ += '"';
}

void Writer::hex(std::string_view name, std::string_view bytes) {
  name_of(name);
  out_ += '"';
  out_ += hex_encode(bytes);
  out_ += '"';
}

void Writer::text_if_any(std::string_view name, std::string_view value) {
  if (!value.empty()) text(name, value);
}

void Writer::flag_if_set(std::string_view name, bool value) {
  if (value) flag(name, true);
}

}  // namespace keystile::json
