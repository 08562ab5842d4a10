#include "base/json_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/encoding.h"
#include "base/json_plain.h"
#include "base/utf8.h"

namespace keystile::json {
namespace {

// Beyond ASCII: what terminals obey, and where some who read line by line see an end.
bool is_control(uint32_t code) { return code <= 0x9f || code == 0x2028 || code == 0x2029; }

void append_escaped(uint32_t code, std::string* out) {
  switch (code) {
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
      *out += fmt::format("\\u{:04x}", code);
  }
}

// The character that is not plain, and that the text begins with.
size_t append_special(std::string_view text, std::string* out) {
  constexpr uint32_t kReplacement = 0xfffd;
  const Character next = first_character(text);
  if (next.size > 1 && !is_control(next.code)) {
    out->append(text, 0, next.size);
  } else {
    append_escaped(next.size > 0 ? next.code : kReplacement, out);
  }
  return std::max<size_t>(next.size, 1);
}

char* put(std::string_view text, char* at) {
  return std::copy(text.begin(), text.end(), at);  // of no text too, which memcpy may not get
}

}  // namespace

void append_quoted(std::string_view text, std::string* out) {
  *out += '"';
  while (true) {
    const size_t plain = plain_length<To::kWrite>(text);
    out->append(text, 0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    text.remove_prefix(append_special(text, out));
  }
  *out += '"';
}

// Only a bracket that was just opened needs no comma before what follows it: strings end in a
// quote, numbers and words in neither.
void Writer::begin(char bracket) {
  if (!out_.empty() && out_.back() != '{' && out_.back() != '[') out_ += ',';
  out_ += bracket;
}

char* Writer::begin_member(std::string_view name, size_t most) {
  constexpr size_t kAround = 4;  // a comma, two quotes and a colon
  const size_t size = out_.size();
  const bool is_first = out_.back() == '{';
  out_.resize(size + name.size() + kAround + most);
  char* at = out_.data() + size;
  if (!is_first) *at++ = ',';
  *at++ = '"';
  at = put(name, at);
  *at++ = '"';
  *at++ = ':';
  return at;
}

void Writer::plain(std::string_view name, std::string_view value) {
  end_member(put(value, begin_member(name, value.size())));
}

void Writer::text(std::string_view name, std::string_view value) {
  const size_t plain_bytes = plain_length<To::kWrite>(value);
  char* at = begin_member(name, plain_bytes + 2);
  if (plain_bytes == value.size()) {
    *at++ = '"';
    at = put(value, at);
    *at++ = '"';
    return end_member(at);
  }
  end_member(at);
  append_quoted(value, &out_);
}

template <class Integer>
void Writer::integer(std::string_view name, Integer value) {
  constexpr size_t kDigits = 20;
  char* const at = begin_member(name, kDigits);
  end_member(std::to_chars(at, at + kDigits, value).ptr);
}

void Writer::number(std::string_view name, uint64_t value) { integer(name, value); }

void Writer::number(std::string_view name, int64_t value) { integer(name, value); }

void Writer::flag(std::string_view name, bool value) { plain(name, value ? "true" : "false"); }

void Writer::amount(std::string_view name, const Decimal& value) {
  char room[Decimal::kMaxText];
  char* at = begin_member(name, sizeof room + 2);
  *at++ = '"';
  at = put(value.text_in(room), at);
  *at++ = '"';
  end_member(at);
}

void Writer::hex(std::string_view name, std::string_view bytes) {
  char* at = begin_member(name, 2 * bytes.size() + 2);
  *at++ = '"';
  at = put_hex(bytes, at);
  *at++ = '"';
  end_member(at);
}

void Writer::text_if_any(std::string_view name, std::string_view value) {
  if (!value.empty()) text(name, value);
}

void Writer::flag_if_set(std::string_view name, bool value) {
  if (value) flag(name, true);
}

}  // namespace keystile::json
