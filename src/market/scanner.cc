#include "market/scanner.h"

#include "base/json.h"

namespace keystile::market {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

}  // namespace

Fault Scanner::take_text(std::string_view* text) {
  if (next() != '"') return Fault::kType;
  const char* const begin = at_;
  if (take_plain_text(text) == Fault::kNone) return Fault::kNone;
  at_ = begin;
  KS_FAULT(skip_text());
  // No exchange has been seen to write escapes: what reads them need not be quick.
  const auto value = json::parse({begin, static_cast<size_t>(at_ - begin)});
  if (!value || !value->if_string()) return Fault::kSyntax;
  *text = unescaped_.emplace_back(*value->if_string());
  return Fault::kNone;
}

Fault Scanner::take_whole(Notation form, int64_t* number) {
  constexpr size_t kMost = 18;
  const bool is_quoted = next() == '"';
  if (is_quoted != (form == Notation::kQuoted)) return Fault::kType;
  if (is_quoted) ++at_;
  const bool negative = *at_ == '-';
  if (negative) ++at_;
  uint64_t value = 0;
  std::string_view digits;
  KS_FAULT(read_digits(&value, &digits));
  if (digits.size() > kMost || (is_quoted && *at_++ != '"')) return Fault::kNumber;
  *number = negative ? -static_cast<int64_t>(value) : static_cast<int64_t>(value);
  return Fault::kNone;
}

Fault Scanner::take_digits(std::string_view* digits) {
  (void)next();
  uint64_t value = 0;
  return read_digits(&value, digits);
}

Fault Scanner::read_digits(uint64_t* value, std::string_view* digits) {
  constexpr ptrdiff_t kMost = 19;  // 64 bits hold all of these
  const char* const begin = at_;
  uint64_t sum = 0;
  for (; is_digit(*at_); ++at_) sum = sum * 10 + static_cast<uint64_t>(*at_ - '0');
  const ptrdiff_t count = at_ - begin;
  if (count == 0 || count > kMost || (*begin == '0' && count > 1)) return Fault::kNumber;
  if (*at_ == '.' || *at_ == 'e' || *at_ == 'E') return Fault::kNumber;
  *value = sum;
  *digits = {begin, static_cast<size_t>(count)};
  return Fault::kNone;
}

Fault Scanner::skip(int depth) {
  if (++depth > kMaxDepth) return Fault::kSyntax;
  switch (next()) {
    case '{':
      return skip_members(depth);
    case '[':
      return skip_items(depth);
    case '"':
      return skip_text();
    case 't':
      return take_word("true") ? Fault::kNone : Fault::kSyntax;
    case 'f':
      return take_word("false") ? Fault::kNone : Fault::kSyntax;
    case 'n':
      return take_word("null") ? Fault::kNone : Fault::kSyntax;
    default:
      return skip_number();
  }
}

Fault Scanner::skip_text() {
  for (++at_;; ++at_) {
    while (is_plain(*at_)) ++at_;
    if (*at_ == '"') break;
    if (*at_ != '\\') return Fault::kSyntax;  // a control character, or the end
    const char escaped = *++at_;
    if (escaped == '\0' || std::string_view("\"\\/bfnrtu").find(escaped) == std::string_view::npos)
      return Fault::kSyntax;
    if (escaped != 'u') continue;
    for (int i = 0; i < 4; ++i) {
      if (!is_hex(*++at_)) return Fault::kSyntax;
    }
  }
  ++at_;
  return Fault::kNone;
}

// The grammar alone (RFC 8259 section 6): a number that nobody reads may have any size.
Fault Scanner::skip_number() {
  if (*at_ == '-') ++at_;
  if (*at_ == '0' && is_digit(at_[1])) return Fault::kSyntax;
  if (!skip_digits()) return Fault::kSyntax;
  if (*at_ == '.') {
    ++at_;
    if (!skip_digits()) return Fault::kSyntax;
  }
  if (*at_ == 'e' || *at_ == 'E') {
    ++at_;
    if (*at_ == '-' || *at_ == '+') ++at_;
    if (!skip_digits()) return Fault::kSyntax;
  }
  return Fault::kNone;
}

bool Scanner::skip_digits() {
  const char* const begin = at_;
  while (is_digit(*at_)) ++at_;
  return at_ != begin;
}

Fault Scanner::skip_items(int depth) {
  ++at_;
  if (take(']')) return Fault::kNone;
  do {
    KS_FAULT(skip(depth));
  } while (take(','));
  return take(']') ? Fault::kNone : Fault::kSyntax;
}

Fault Scanner::skip_members(int depth) {
  ++at_;
  if (take('}')) return Fault::kNone;
  do {
    if (next() != '"') return Fault::kSyntax;
    KS_FAULT(skip_text());
    if (!take(':')) return Fault::kSyntax;
    KS_FAULT(skip(depth));
  } while (take(','));
  return take('}') ? Fault::kNone : Fault::kSyntax;
}

}  // namespace keystile::market
