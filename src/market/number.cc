#include "market/number.h"

#include <algorithm>
#include <array>

namespace keystile::market {
namespace {

__extension__ typedef __int128 Int;
__extension__ typedef unsigned __int128 UInt;

constexpr int kMaxPower = 38;  // 10^38 is the largest that 128 bits hold

constexpr std::array<UInt, kMaxPower + 1> kPowers = [] {
  std::array<UInt, kMaxPower + 1> powers{};
  powers[0] = 1;
  for (int i = 1; i <= kMaxPower; ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

constexpr UInt kLimit = kPowers[Number::kMaxDigits];

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Digits gathered in pieces that fit 64 bits, since 128-bit multiplication is slower.
struct Gathered {
  UInt value = 0;
  uint64_t piece = 0;
  int piece_digits = 0;

  // False: too many digits.
  bool add(char digit) {
    piece = piece * 10 + static_cast<uint64_t>(digit - '0');
    return ++piece_digits < 19 || flush();
  }
  bool flush() {
    if (value > kLimit / kPowers[static_cast<size_t>(piece_digits)]) return false;
    value = value * kPowers[static_cast<size_t>(piece_digits)] + piece;
    piece = 0;
    piece_digits = 0;
    return value < kLimit;
  }
};

// [e|E][+|-]digits, all of the text. False: something else, or beyond any use.
bool parse_exponent(std::string_view text, int* exponent) {
  text.remove_prefix(1);
  const bool negative = !text.empty() && text.front() == '-';
  if (!text.empty() && (negative || text.front() == '+')) text.remove_prefix(1);
  if (text.empty() || text.size() > 3) return false;
  int value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return false;
    value = value * 10 + (c - '0');
  }
  *exponent = negative ? -value : value;
  return true;
}

UInt magnitude(Int value) { return value < 0 ? UInt(0) - UInt(value) : UInt(value); }

void append_digits(UInt coefficient, int scale, bool negative, std::string* out) {
  std::array<char, kMaxPower + 4> reversed;
  size_t size = 0;
  for (int digit = 0; coefficient != 0 || digit <= scale; ++digit) {
    if (digit == scale && scale > 0) reversed[size++] = '.';
    reversed[size++] = static_cast<char>('0' + static_cast<int>(coefficient % 10));
    coefficient /= 10;
  }
  if (negative) *out += '-';
  out->append(reversed.rend() - static_cast<ptrdiff_t>(size), reversed.rend());
}

}  // namespace

bool Number::parse(std::string_view text, Number* out) {
  size_t at = 0;
  const bool negative = !text.empty() && text[0] == '-';
  if (negative) ++at;
  if (at == text.size()) return false;
  if (text[at] == '0' && at + 1 < text.size() && is_digit(text[at + 1])) return false;
  Gathered digits;
  const size_t whole = at;
  for (; at < text.size() && is_digit(text[at]); ++at) {
    if (!digits.add(text[at])) return false;
  }
  if (at == whole) return false;
  int scale = 0;
  if (at < text.size() && text[at] == '.') {
    const size_t fraction = ++at;
    for (; at < text.size() && is_digit(text[at]); ++at) {
      if (!digits.add(text[at])) return false;
    }
    if (at == fraction || at - fraction > 256) return false;
    scale = static_cast<int>(at - fraction);
  }
  if (!digits.flush()) return false;
  if (at < text.size()) {
    int exponent = 0;
    if ((text[at] != 'e' && text[at] != 'E') || !parse_exponent(text.substr(at), &exponent)) {
      return false;
    }
    scale -= exponent;
  }
  if (scale > kMaxScale) return false;
  if (scale < 0) {
    if (digits.value == 0) scale = 0;
    if (scale < -kMaxDigits) return false;
    if (digits.value >= kPowers[static_cast<size_t>(kMaxDigits + scale)]) return false;
    digits.value *= kPowers[static_cast<size_t>(-scale)];
    scale = 0;
  }
  const auto coefficient = static_cast<Int>(digits.value);
  *out = Number(negative ? -coefficient : coefficient, scale);
  return true;
}

std::strong_ordering Number::compare_scaled(const Number& a, const Number& b) {
  if (a.scale_ > b.scale_) return 0 <=> compare_scaled(b, a);
  // b is the finer one.
  const int finer = b.scale_ - a.scale_;
  const UInt unit = kPowers[static_cast<size_t>(finer)];
  if (a.high_ == 0 && finer <= 18)
    return a.coefficient() * static_cast<Int>(unit) <=> b.coefficient();
  // Compare with b's whole part, and where they are the same, with the rest.
  const Int whole = b.coefficient() / static_cast<Int>(unit);
  if (a.coefficient() != whole) return a.coefficient() <=> whole;
  return Int(0) <=> b.coefficient() % static_cast<Int>(unit);
}

void Number::append_written(std::string* out) const {
  append_digits(magnitude(coefficient()), scale_, is_negative(), out);
}

void Number::append_shortest(std::string* out) const {
  UInt rest = magnitude(coefficient());
  int scale = scale_;
  for (; scale > 0 && rest % 10 == 0; --scale) rest /= 10;
  append_digits(rest, scale, is_negative(), out);
}

std::string Number::str() const {
  std::string text;
  append_shortest(&text);
  return text;
}

Result<Decimal> Number::to_decimal() const { return Decimal::parse(str()); }

}  // namespace keystile::market
