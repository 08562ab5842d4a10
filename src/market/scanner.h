// One JSON text (RFC 8259), read once from front to back: what stands next is taken, or it is a
// fault. Strict, and without a tree or an index of the text, which would cost more than all that is
// done with it afterwards. Private to the readers; src/market/json_members.h is built on it.
//
// Every take… reads what it says and the white space before it. A text's bytes must be valid UTF-8,
// and a '\0' must follow them: it ends every loop, as no JSON holds one.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>

#include "market/number.h"
#include "market/reader.h"

// KS_FAULT(call());  : return its fault, if it has one.
#define KS_FAULT(expression) KS_FAULT_INNER(KS_CONCAT(ks_fault_, __LINE__), expression)
#define KS_FAULT_INNER(name, expression) \
  if (const Fault name = (expression); name != Fault::kNone) return name

namespace keystile::market {

// How a number is written: "p":1.5 or "p":"1.5".
enum class Notation : uint8_t { kPlain, kQuoted };

class Scanner {
 public:
  // Lent: the text and its '\0' must outlive the scanner, and what it gave.
  explicit Scanner(std::string_view text) : text_(text) {}
  // Back to the front. What was given holds.
  void rewind() { at_ = text_.data(); }

  // The byte that comes next, or '\0' at the end.
  char next() {
    while (static_cast<unsigned char>(*at_) <= ' ' && is_space(*at_)) ++at_;
    return *at_;
  }
  bool is_at_end() { return next() == '\0' && at_ == end_; }
  bool take(char c) {
    if (next() != c) return false;
    ++at_;
    return true;
  }
  bool take_word(std::string_view word) {
    if (next() != word[0] || !std::string_view(at_, rest()).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  // "null", or a text of nothing: how exchanges write that there is no value.
  bool take_nothing() {
    if (next() == '"' && at_[1] == '"') {
      at_ += 2;
      return true;
    }
    return *at_ == 'n' && take_word("null");
  }

  // A text between quotes, without escapes: kType where something else comes, kSyntax where it has
  // escapes or does not end.
  Fault take_plain_text(std::string_view* text) {
    if (next() != '"') return Fault::kType;
    const char* const begin = ++at_;
    while (is_plain(*at_)) ++at_;
    *text = {begin, static_cast<size_t>(at_ - begin)};
    return *at_++ == '"' ? Fault::kNone : Fault::kSyntax;
  }
  // The same with escapes, which are replaced.
  Fault take_text(std::string_view* text);

  // A number that can be one of ours: kNumber; kType where it is written the other way.
  Fault take_number(Notation form, Number* number) {
    const bool is_quoted = next() == '"';
    if (is_quoted != (form == Notation::kQuoted)) return Fault::kType;
    const char* const after = Number::parse_front(at_ + is_quoted, end_, number);
    if (!after || (is_quoted && *after != '"')) return Fault::kNumber;
    at_ = after + is_quoted;
    return Fault::kNone;
  }
  // A whole number of at most 18 digits, with a sign or without: kNumber; kType where it is written
  // the other way.
  Fault take_whole(Notation form, int64_t* number);
  // Digits alone, at most 19 of them, as they stand: kNumber.
  Fault take_digits(std::string_view* digits);

  // Any value, nested at most so deep.
  Fault skip(int depth = 0);

 private:
  static bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
  // What stands for itself in a text: no quote, backslash or control character.
  static bool is_plain(char c) { return kPlain[static_cast<unsigned char>(c)]; }
  static constexpr std::array<bool, 256> kPlain = [] {
    std::array<bool, 256> plain{};
    for (size_t c = ' '; c < plain.size(); ++c) plain[c] = c != '"' && c != '\\';
    return plain;
  }();
  size_t rest() const { return static_cast<size_t>(end_ - at_); }

  Fault read_digits(uint64_t* value,
                    std::string_view* digits);  // from here on, without white space
  Fault skip_text();
  Fault skip_number();
  bool skip_digits();
  Fault skip_items(int depth);
  Fault skip_members(int depth);

  const std::string_view text_;
  const char* at_ = text_.data();
  const char* const end_ = at_ + text_.size();
  std::list<std::string> unescaped_;  // a list: what was given stays where it is
};

inline constexpr int kMaxDepth = 32;

}  // namespace keystile::market
