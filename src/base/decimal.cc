#include "base/decimal.h"

#include <algorithm>

namespace keystile {
namespace {

__extension__ typedef __int128 Int;
__extension__ typedef unsigned __int128 UInt;

constexpr size_t kMaxDigits = 36;    // Decimal::kMaxText: and a zero, the point and the sign
constexpr size_t kMaxWritten = 256;  // after the point, zeros and all

constexpr Int pow10(int exponent) {
  Int value = 1;
  for (int i = 0; i < exponent; ++i) value *= 10;
  return value;
}

constexpr Int kLimit = pow10(static_cast<int>(kMaxDigits));

tl::unexpected<Error> out_of_range() {
  return fail("decimal.range",
              "a number has more digits than money can have (36, 18 of them after "
              "the point)");
}

UInt magnitude(Int value) { return value < 0 ? UInt(0) - UInt(value) : UInt(value); }

// |a| * |b| in 256 bits: what is rounded off may go beyond 128.
struct Wide {
  UInt high, low;
};

Wide multiply(UInt a, UInt b) {
  constexpr UInt kMask = (UInt(1) << 64) - 1;
  const UInt a0 = a & kMask, a1 = a >> 64, b0 = b & kMask, b1 = b >> 64;
  const UInt p00 = a0 * b0, p01 = a0 * b1, p10 = a1 * b0, p11 = a1 * b1;
  const UInt middle = (p00 >> 64) + (p01 & kMask) + (p10 & kMask);
  return {p11 + (p01 >> 64) + (p10 >> 64) + (middle >> 64), (p00 & kMask) | middle << 64};
}

// Long division bit by bit: 256 by 128 bits. False if the quotient does not fit in 128 bits.
bool divide(Wide n, UInt d, UInt* quotient, UInt* remainder) {
  if (n.high >= d) return false;
  if (n.high == 0) {  // as nearly all money is
    *quotient = n.low / d;
    *remainder = n.low % d;
    return true;
  }
  UInt rest = n.high, result = 0;
  for (int bit = 127; bit >= 0; --bit) {
    const bool carry = rest >> 127;
    rest = rest << 1 | (n.low >> bit & 1);
    result <<= 1;
    if (carry || rest >= d) {
      rest -= d;
      result |= 1;
    }
  }
  *quotient = result;
  *remainder = rest;
  return true;
}

template <class Integer>
void strip_zeros_of(Integer* coefficient, int* scale) {
  for (; *scale > 0 && *coefficient % 10 == 0; --*scale) *coefficient /= 10;
}

void strip_zeros(Int* coefficient, int* scale) {
  auto narrow = static_cast<int64_t>(*coefficient);
  if (narrow != *coefficient) return strip_zeros_of(coefficient, scale);
  strip_zeros_of(&narrow, scale);  // dividing 128 bits is a function call
  *coefficient = narrow;
}

Result<Int> scaled_quotient(Wide numerator, UInt denominator, bool negative, Rounding rounding) {
  UInt quotient = 0, remainder = 0;
  if (!divide(numerator, denominator, &quotient, &remainder)) return out_of_range();
  // Before it is rounded up: the widest of all would become zero.
  if (quotient >= UInt(kLimit)) return out_of_range();
  if (remainder != 0 && rounding == Rounding::kUp) ++quotient;
  return negative ? -Int(quotient) : Int(quotient);
}

std::string_view without_zeros_before(std::string_view digits) {
  while (digits.starts_with('0')) digits.remove_prefix(1);
  return digits;
}

Int number_of(std::string_view whole, std::string_view fraction) {
  constexpr size_t kNarrow = 18;  // digits that 64 bits hold
  const auto read = [&](auto value) {
    for (const char c : whole) value = value * 10 + (c - '0');
    for (const char c : fraction) value = value * 10 + (c - '0');
    return Int{value};
  };
  return whole.size() + fraction.size() <= kNarrow ? read(int64_t{0}) : read(Int{0});
}

}  // namespace

Result<Decimal> Decimal::normalised(Int coefficient, int scale) {
  strip_zeros(&coefficient, &scale);
  if (coefficient >= kLimit || coefficient <= -kLimit) return out_of_range();
  return Decimal(coefficient, scale);
}

Result<Decimal> Decimal::parse(std::string_view text) {
  const auto bad = [] {
    return fail("decimal.syntax", "a number must be plain digits, such as 12 or 0.015");
  };
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  const size_t point = text.find('.');
  std::string_view whole = text.substr(0, point);
  std::string_view fraction = point == text.npos ? "" : text.substr(point + 1);
  if (whole.empty() || (point != text.npos && fraction.empty())) return bad();
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (!std::all_of(whole.begin(), whole.end(), is_digit) ||
      !std::all_of(fraction.begin(), fraction.end(), is_digit)) {
    return bad();
  }
  whole = without_zeros_before(whole);
  const size_t digits =
      whole.empty() ? without_zeros_before(fraction).size() : whole.size() + fraction.size();
  if (digits > kMaxDigits || fraction.size() > kMaxWritten) return out_of_range();
  while (fraction.ends_with('0')) fraction.remove_suffix(1);
  if (fraction.size() > kMaxScale) return out_of_range();
  const Int coefficient = number_of(whole, fraction);
  return Decimal(negative ? -coefficient : coefficient, static_cast<int>(fraction.size()));
}

Result<Decimal> Decimal::plus(const Decimal& other) const {
  const int common = std::max(scale(), other.scale());
  Int a = 0, b = 0, sum = 0;
  if (__builtin_mul_overflow(coefficient(), pow10(common - scale()), &a) ||
      __builtin_mul_overflow(other.coefficient(), pow10(common - other.scale()), &b) ||
      __builtin_add_overflow(a, b, &sum)) {
    return out_of_range();
  }
  return normalised(sum, common);
}

Result<Decimal> Decimal::minus(const Decimal& other) const { return plus(other.negated()); }

Result<Decimal> Decimal::times(const Decimal& other, Rounding rounding) const {
  const int all = scale() + other.scale();
  const int drop = std::max(0, all - kMaxScale);
  const Wide product = multiply(magnitude(coefficient()), magnitude(other.coefficient()));
  const bool negative = is_negative() != other.is_negative();
  KS_TRY(const Int value, scaled_quotient(product, UInt(pow10(drop)), negative, rounding));
  return normalised(value, all - drop);
}

Result<Decimal> Decimal::divided_by(const Decimal& other, Rounding rounding) const {
  if (other.is_zero()) return fail("decimal.zero", "a number was divided by zero");
  // a/10^s / (b/10^t) = a * 10^(18 + t - s) / b / 10^18, and 18 + t - s is never negative.
  const Wide numerator =
      multiply(magnitude(coefficient()), UInt(pow10(kMaxScale + other.scale() - scale())));
  const bool negative = is_negative() != other.is_negative();
  KS_TRY(const Int value,
         scaled_quotient(numerator, magnitude(other.coefficient()), negative, rounding));
  return normalised(value, kMaxScale);
}

Decimal Decimal::negated() const { return Decimal(-coefficient(), scale()); }

Decimal Decimal::rounded(int digits, Rounding rounding) const {
  if (digits >= scale()) return *this;
  const Int unit = pow10(scale() - digits);
  Int value = coefficient() / unit;
  if (rounding == Rounding::kUp && coefficient() % unit != 0) value += is_negative() ? -1 : 1;
  return *normalised(value, digits);
}

Result<Decimal> Decimal::floored_to(const Decimal& step) const {
  if (!step.is_positive()) return fail("decimal.zero", "a step must be above zero");
  const int common = std::max(scale(), step.scale());
  Int value = 0, unit = 0;
  if (__builtin_mul_overflow(coefficient(), pow10(common - scale()), &value) ||
      __builtin_mul_overflow(step.coefficient(), pow10(common - step.scale()), &unit)) {
    return out_of_range();
  }
  return normalised(value - value % unit, common);
}

std::string_view Decimal::text_in(std::span<char, kMaxText> room) const {
  char* const end = room.data() + room.size();
  char* at = end;
  int written = 0;
  const auto put = [&](int digit) {
    if (written == scale() && scale() > 0) *--at = '.';
    ++written;
    *--at = static_cast<char>('0' + digit);
  };
  UInt rest = magnitude(coefficient());
  for (; rest > UINT64_MAX; rest /= 10) put(static_cast<int>(rest % 10));
  for (auto narrow = static_cast<uint64_t>(rest); narrow != 0; narrow /= 10)
    put(static_cast<int>(narrow % 10));
  while (written <= scale()) put(0);
  if (is_negative()) *--at = '-';
  return {at, end};
}

std::string Decimal::str() const {
  char room[kMaxText];
  return std::string(text_in(room));
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
  if (a.is_negative() != b.is_negative()) {
    return a.is_negative() ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  if (a.scale() == b.scale()) return a.coefficient() <=> b.coefficient();
  // Same sign: compare |a| * 10^(t) with |b| * 10^(s) in 256 bits.
  const Wide x = multiply(magnitude(a.coefficient()), UInt(pow10(b.scale())));
  const Wide y = multiply(magnitude(b.coefficient()), UInt(pow10(a.scale())));
  auto order = x.high != y.high ? x.high <=> y.high : x.low <=> y.low;
  return a.is_negative() ? 0 <=> order : order;
}

}  // namespace keystile
