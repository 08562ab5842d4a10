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

// The value of eight digits. False: not all of them are. Each step adds up neighbours: to bytes of
// two digits, to words of four, to eight.
bool read_eight(const char* text, uint64_t* value) {
  uint64_t bytes;
  std::memcpy(&bytes, text, sizeof bytes);
  constexpr uint64_t kZeros = 0x3030303030303030, kSixes = 0x0606060606060606,
                     kHigh = 0xf0f0f0f0f0f0f0f0;
  if ((bytes & kHigh) != kZeros || ((bytes + kSixes) & kHigh) != kZeros) return false;
  bytes -= kZeros;
  bytes = (bytes * 10 + (bytes >> 8)) & 0x00ff00ff00ff00ff;
  bytes = (bytes * 100 + (bytes >> 16)) & 0x0000ffff0000ffff;
  *value = (bytes * 10'000 + (bytes >> 32)) & 0xffffffff;
  return true;
}
static_assert(std::endian::native == std::endian::little);

// The digits of a number, one part after the other.
class Digits {
 public:
  // Takes those from the front of a text; where they end.
  const char* take(const char* at, const char* end) {
    for (uint64_t eight; end - at >= 8 && read_eight(at, &eight); at += 8) {
      append(eight, kPowers[8]);
    }
    for (; at != end && is_digit(*at); ++at) append(static_cast<uint64_t>(*at - '0'), 10);
    return at;
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

const char* Number::parse_front(const char* at, const char* end, Number* out) {
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
