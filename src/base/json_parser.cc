// Reads a text once, from front to back, straight into values: RFC 8259 to the letter.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/hex_digit.h"
#include "base/json.h"
#include "base/json_plain.h"
#include "base/utf8.h"

namespace keystile::json {
namespace {

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

void append_utf8(uint32_t code, std::string* out) {
  const auto add = [&](uint32_t byte) { *out += static_cast<char>(byte); };
  if (code < 0x80) return add(code);
  if (code < 0x800) {
    add(0xc0 | code >> 6);
  } else if (code < 0x10000) {
    add(0xe0 | code >> 12);
    add(0x80 | (code >> 6 & 0x3f));
  } else {
    add(0xf0 | code >> 18);
    add(0x80 | (code >> 12 & 0x3f));
    add(0x80 | (code >> 6 & 0x3f));
  }
  add(0x80 | (code & 0x3f));
}

// A few bytes by which nearly all names differ.
uint32_t mark_of(const std::string& name) {
  const char* const bytes = name.data();
  const auto byte = [&](size_t at) -> uint32_t { return static_cast<unsigned char>(bytes[at]); };
  const auto size = static_cast<uint32_t>(name.size());
  return name.empty() ? 0 : size << 24 | byte(0) << 16 | byte(size / 2) << 8 | byte(size - 1);
}

bool repeats(const Object& members) {
  constexpr size_t kFew = 24;               // comparing each with each is faster than sorting them
  constexpr uint32_t kSpread = 0x9e3779b1;  // 2^32 over the golden ratio
  if (members.size() <= kFew) {
    std::array<uint32_t, kFew> marks;
    uint64_t seen = 0;  // one bit or another for each mark
    for (size_t i = 0; i < members.size(); ++i) {
      marks[i] = mark_of(members[i].name);
      const uint64_t bit = uint64_t{1} << (marks[i] * kSpread >> 26);
      for (size_t j = 0; (seen & bit) && j < i; ++j) {
        if (marks[i] == marks[j] && members[i].name == members[j].name) return true;
      }
      seen |= bit;
    }
    return false;
  }
  std::vector<std::string_view> names;
  names.reserve(members.size());
  for (const Member& member : members) names.push_back(member.name);
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) != names.end();
}

enum class Fault { kSyntax, kRepeated, kDepth };

class Parser {
 public:
  Parser(std::string_view text, int depth)
      : begin_(text.data()),
        at_(begin_),
        end_(at_ + text.size()),
        depth_(depth),
        depth_left_(depth) {}

  Result<Value> document() {
    Value value;
    if (read_value(&value) && next() == '\0' && at_ == end_) return value;
    switch (fault_) {
      case Fault::kRepeated:
        return fail("json.repeated", "a JSON object names the same member twice");
      case Fault::kDepth:
        return fail("json.limit", "the JSON is nested too deeply");
      case Fault::kSyntax:
        break;
    }
    return fail("json.syntax", fmt::format("the JSON is not valid at byte {}", at_ - begin_));
  }

 private:
  // The next byte, or '\0' at the end: nothing in JSON begins with it.
  char here() const { return at_ == end_ ? '\0' : *at_; }
  char next() {
    while (is_space(here())) ++at_;
    return here();
  }
  bool take(char c) {
    if (next() != c) return false;
    ++at_;
    return true;
  }
  bool take_word(std::string_view word) {
    if (!std::string_view(at_, end_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  bool read_value(Value* value) {
    switch (next()) {
      case '{':
        return read_object(value);
      case '[':
        return read_array(value);
      case '"':
        return read_text(&value->become<std::string>());
      case 't':
        *value = true;
        return take_word("true");
      case 'f':
        *value = false;
        return take_word("false");
      case 'n':
        return take_word("null");
      default:
        return read_number(value);
    }
  }

  // From its quote on.
  bool read_text(std::string* text) {
    ++at_;
    while (true) {
      const size_t plain = plain_length<To::kRead>({at_, end_});
      text->append(at_, plain);
      at_ += plain;
      if (at_ == end_) return false;
      if (*at_ == '"') break;
      if (!(*at_ == '\\' ? read_escape(text) : read_long_character(text))) return false;
    }
    ++at_;
    return true;
  }

  // What is not plain: a character of several bytes, or one that must not stand there.
  bool read_long_character(std::string* text) {
    const size_t size = first_character({at_, end_}).size;
    if (size < 2) return false;
    text->append(at_, size);
    at_ += size;
    return true;
  }

  bool read_escape(std::string* text) {
    constexpr std::string_view kLetters = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
    ++at_;
    if (here() == 'u') return read_code(text);
    const size_t which = kLetters.find(here());
    if (at_ == end_ || which == kLetters.npos) return false;
    ++at_;
    *text += kMeanings[which];
    return true;
  }

  // Two of them for what lies above U+FFFF; half a pair is no character.
  bool read_code(std::string* text) {
    uint32_t code = 0, low = 0;
    if (!read_hex(&code) || (code >= 0xdc00 && code <= 0xdfff)) return false;
    if (code >= 0xd800 && code <= 0xdbff) {
      if (!take_word("\\") || !read_hex(&low) || low < 0xdc00 || low > 0xdfff) return false;
      code = 0x10000 + ((code - 0xd800) << 10 | (low - 0xdc00));
    }
    append_utf8(code, text);
    return true;
  }

  // A small u and four hex digits.
  bool read_hex(uint32_t* code) {
    if (!take_word("u") || end_ - at_ < 4) return false;
    for (const char* const after = at_ + 4; at_ != after; ++at_) {
      const int digit = hex_digit(*at_);
      if (digit < 0) return false;
      *code = *code << 4 | static_cast<uint32_t>(digit);
    }
    return true;
  }

  bool read_number(Value* value) {
    const char* const number = at_;
    if (here() == '-') ++at_;
    if (here() == '0') {
      ++at_;
    } else if (!skip_digits()) {
      return false;
    }
    if (here() == '.') {
      ++at_;
      if (!skip_digits()) return false;
    }
    if (here() == 'e' || here() == 'E') {
      ++at_;
      if (here() == '+' || here() == '-') ++at_;
      if (!skip_digits()) return false;
    }
    value->become<Number>().text.assign(number, at_);
    return true;
  }

  bool skip_digits() {
    const char* const digits = at_;
    while (is_digit(here())) ++at_;
    return at_ != digits;
  }

  bool go_deeper() {
    if (depth_left_ == 0) fault_ = Fault::kDepth;
    return depth_left_-- > 0;
  }

  bool read_array(Value* value) {
    if (!go_deeper()) return false;
    Array& items = value->become<Array>();
    ++at_;
    if (!take(']')) {
      do {
        if (!read_value(&items.emplace_back())) return false;
      } while (take(','));
      if (!take(']')) return false;
    }
    ++depth_left_;
    return true;
  }

  bool read_object(Value* value) {
    if (!go_deeper()) return false;
    Object& members = value->become<Object>();
    // Only of the outermost: in three bytes there is room for one more object.
    if (depth_left_ + 1 == depth_) members.reserve(kUsual);
    ++at_;
    if (!take('}')) {
      do {
        Member& member = members.emplace_back();
        if (next() != '"' || !read_text(&member.name) || !take(':') || !read_value(&member.value)) {
          return false;
        }
      } while (take(','));
      if (!take('}')) return false;
    }
    ++depth_left_;
    if (repeats(members)) fault_ = Fault::kRepeated;
    return fault_ != Fault::kRepeated;
  }

  static constexpr size_t kUsual = 24;  // members of an object: an order has about twenty

  const char* const begin_;
  const char* at_;
  const char* const end_;
  const int depth_;
  int depth_left_;
  Fault fault_ = Fault::kSyntax;
};

}  // namespace

Result<Value> parse(std::string_view text, Limits limits) {
  if (text.size() > limits.bytes) return fail("json.limit", "the JSON is too long");
  return Parser(text, limits.depth).document();
}

}  // namespace keystile::json
