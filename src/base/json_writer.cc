#include "base/json_writer.h"

#include <fmt/format.h>

#include <charconv>

#include "base/encoding.h"
#include "base/json_plain.h"

namespace keystile::json {
namespace {

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
    const size_t plain = plain_length<Beyond::kAllowed>(text);
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
  append_hex(bytes, &out_);
  out_ += '"';
}

void Writer::text_if_any(std::string_view name, std::string_view value) {
  if (!value.empty()) text(name, value);
}

void Writer::flag_if_set(std::string_view name, bool value) {
  if (value) flag(name, true);
}

}  // namespace keystile::json
