#include "market/number.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>

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

// The digits at the front of a text, at most eight: their value and how many. All at once: what is
// no digit is found in all bytes, and the digits before it are moved to the end of the word, where
// each step adds up neighbours: to bytes of two digits, to words of four, to eight.
struct Run {
  uint64_t value = 0;
  int digits = 0;
};
[[gnu::always_inline]] inline Run read_run(const char* at, const char* end) {
  uint64_t bytes = 0;
  if (end - at >= 8) {
    std::memcpy(&bytes, at, 8);
  } else {
    for (int shift = 0; at != end; ++at, shift += 8)
      bytes |= uint64_t{static_cast<uint8_t>(*at)} << shift;
  }
  bytes ^= 0x3030303030303030;  // digits become 0 to 9
  // Carries only go to the bytes behind the first that is no digit.
  const uint64_t others = ((bytes + 0x7676767676767676) | bytes) & 0x8080808080808080;
  const int digits = std::countr_zero(others) / 8;  // of no bits: 64
  if (digits == 0) return {};
  bytes <<= 64 - 8 * digits;
  bytes = (bytes * 10 + (bytes >> 8)) & 0x00ff00ff00ff00ff;
  bytes = (bytes * 100 + (bytes >> 16)) & 0x0000ffff0000ffff;
  return {(bytes * 10'000 + (bytes >> 32)) & 0xffffffff, digits};
}
static_assert(std::endian::native == std::endian::little);

// The digits of a number, one part after the other.
class Digits {
 public:
  // Takes those from the front of a text; where they end.
  const char* take(const char* at, const char* end) {
    for (;;) {
      const Run run = read_run(at, end);
      append(run.value, kPowers[static_cast<size_t>(run.digits)]);
      at += run.digits;
      if (run.digits < 8) return at;
    }
  }
  // Above kLimit: too many digits.
  UInt value() const { return is_wide_ ? wide_ : narrow_; }

 private:
  // 64 bits as long as they do.
  void append(uint64_t digits, UInt power) {
    constexpr uint64_t kNarrow = 100'000'000'000;  // and eight digits more
    if (!is_wide_ && narrow_ < kNarrow) {
      narrow_ = narrow_ * static_cast<uint64_t>(power) + digits;
      return;
    }
    if (!is_wide_) wide_ = narrow_;
    is_wide_ = true;
    wide_ = std::min(wide_ * power + digits, kLimit);
  }
  uint64_t narrow_ = 0;
  UInt wide_ = 0;
  bool is_wide_ = false;
};

// [e|E][+|-]digits. Where it ends; null: something else, or beyond any use.
const char* parse_exponent(const char* at, const char* end, int* exponent) {
  const bool negative = ++at != end && *at == '-';
  if (at != end && (*at == '-' || *at == '+')) ++at;
  const char* const begin = at;
  int value = 0;
  for (; at != end && is_digit(*at) && at - begin < 4; ++at) value = value * 10 + (*at - '0');
  *exponent = negative ? -value : value;
  return at == begin || at - begin == 4 ? nullptr : at;
}

// A coefficient that ends in zeros instead of a negative scale. False: too many digits.
bool scale_up(ptrdiff_t* scale, UInt* value) {
  const ptrdiff_t zeros = *value == 0 ? 0 : -*scale;
  if (zeros > Number::kMaxDigits) return false;
  if (*value >= kPowers[static_cast<size_t>(Number::kMaxDigits - zeros)]) return false;
  *value *= kPowers[static_cast<size_t>(zeros)];
  *scale = 0;
  return true;
}

UInt magnitude(Int value) { return value < 0 ? UInt(0) - UInt(value) : UInt(value); }

// 64 bits at a time: dividing 128 is a function call.
char* write_digits(UInt value, char* at) {
  constexpr uint64_t kPiece = 10'000'000'000'000'000'000u;  // 10^19
  if (value >= kPiece) {
    at = write_digits(value / kPiece, at);
    const auto low = static_cast<uint64_t>(value % kPiece);
    char piece[20];
    const char* end = std::to_chars(piece, piece + sizeof piece, low).ptr;
    at = std::fill_n(at, 19 - (end - piece), '0');
    return std::copy(piece, const_cast<char*>(end), at);
  }
  return std::to_chars(at, at + 20, static_cast<uint64_t>(value)).ptr;
}

void append_digits(UInt coefficient, int scale, bool negative, std::string* out) {
  char digits[40], text[48];
  const ptrdiff_t count = write_digits(coefficient, digits) - digits;
  char* at = text;
  if (negative) *at++ = '-';
  const ptrdiff_t whole = count - scale;
  if (whole <= 0) {
    *at++ = '0';
  } else {
    at = std::copy_n(digits, whole, at);
  }
  if (scale > 0) *at++ = '.';
  if (whole < 0) at = std::fill_n(at, -whole, '0');
  at = std::copy(digits + std::max<ptrdiff_t>(whole, 0), digits + count, at);
  out->append(text, at);
}

}  // namespace

// Nearly all numbers: at most seven digits before the point and eight after it.
const char* Number::parse_short(const char* at, const char* end, Number* out) {
  const bool negative = at != end && *at == '-';
  if (negative) ++at;
  const Run whole = read_run(at, end);
  if (whole.digits == 0 || whole.digits == 8 || (*at == '0' && whole.digits > 1)) return nullptr;
  at += whole.digits;
  uint64_t value = whole.value;
  int scale = 0;
  if (at != end && *at == '.') {
    const Run fraction = read_run(++at, end);
    if (fraction.digits == 0) return nullptr;
    at += fraction.digits;
    value = value * static_cast<uint64_t>(kPowers[static_cast<size_t>(fraction.digits)]) +
            fraction.value;
    scale = fraction.digits;
  }
  if (at != end && (is_digit(*at) || *at == 'e' || *at == 'E')) return nullptr;
  const auto coefficient = static_cast<int64_t>(value);
  *out = Number(negative ? -coefficient : coefficient, scale);
  return at;
}

const char* Number::parse_front(const char* at, const char* end, Number* out) {
  const char* const after = parse_short(at, end, out);
  return after ? after : parse_any(at, end, out);
}

const char* Number::parse_any(const char* at, const char* end, Number* out) {
  const bool negative = at != end && *at == '-';
  if (negative) ++at;
  if (at == end || !is_digit(*at)) return nullptr;
  if (*at == '0' && end - at > 1 && is_digit(at[1])) return nullptr;
  Digits digits;
  at = digits.take(at, end);
  ptrdiff_t scale = 0;
  if (at != end && *at == '.') {
    const char* const fraction = ++at;
    at = digits.take(at, end);
    scale = at - fraction;
    if (scale == 0) return nullptr;
  }
  UInt value = digits.value();
  if (at != end && (*at == 'e' || *at == 'E')) {
    int exponent = 0;
    at = parse_exponent(at, end, &exponent);
    if (!at) return nullptr;
    scale -= exponent;
    if (scale < 0 && !scale_up(&scale, &value)) return nullptr;
  }
  if (scale > kMaxScale || value >= kLimit) return nullptr;
  const auto coefficient = static_cast<Int>(value);
  *out = Number(negative ? -coefficient : coefficient, static_cast<int>(scale));
  return at;
}

bool Number::parse(std::string_view text, Number* out) {
  const char* const end = text.data() + text.size();
  Number parsed;
  if (parse_front(text.data(), end, &parsed) != end || text.empty()) return false;
  *out = parsed;
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
