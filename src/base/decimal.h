// Money: exact decimal numbers. A coefficient of up to 36 digits and a scale of 0 to 18, together
// in 16 bytes, for an order has many of them. No floating point anywhere near money.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace keystile {

enum class Rounding { kDown, kUp };  // towards zero, away from zero

class Decimal {
 public:
  static constexpr int kMaxScale = 18;

  constexpr Decimal() = default;
  constexpr explicit Decimal(int64_t integer) : Decimal(Int{integer}, 0) {}

  // Strict: [-]digits[.digits], at least one digit on each side of the point, at most 18 after it
  // and 36 in all. No exponent, '+', space or second spelling of the point: a number that two
  // programs could read differently is refused ("decimal.syntax", "decimal.range").
  static Result<Decimal> parse(std::string_view text);

  // Exact, or "decimal.range".
  Result<Decimal> plus(const Decimal& other) const;
  Result<Decimal> minus(const Decimal& other) const;
  // Exact where the digits fit in scale 18, else rounded there as told.
  Result<Decimal> times(const Decimal& other, Rounding rounding) const;
  // Scale 18, rounded as told: "decimal.range" from 10^18 on. Dividing by zero is "decimal.zero".
  Result<Decimal> divided_by(const Decimal& other, Rounding rounding) const;

  Decimal negated() const;
  // The same value, cut or raised to that many digits after the point.
  Decimal rounded(int digits, Rounding rounding) const;
  // The largest multiple of step not above this value's size (towards zero). step must be > 0.
  Result<Decimal> floored_to(const Decimal& step) const;

  bool is_zero() const { return (high_ | low_) == 0; }
  bool is_negative() const { return static_cast<int64_t>(high_) < 0; }
  bool is_positive() const { return !is_zero() && !is_negative(); }

  // Shortest form: no exponent, no trailing zeros ("0.1", "-2", "0").
  std::string str() const;
  // The same, somewhere in there.
  static constexpr size_t kMaxText = 39;
  std::string_view text_in(std::span<char, kMaxText> room) const;

  friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);
  // A value has one form only: without zeros at the end of what stands after the point.
  friend bool operator==(const Decimal& a, const Decimal& b) = default;

 private:
  __extension__ typedef __int128 Int;
  __extension__ typedef unsigned __int128 UInt;
  // Only of what is normalised.
  constexpr Decimal(Int coefficient, int scale)
      : high_(static_cast<uint64_t>(packed(coefficient, scale) >> 64)),
        low_(static_cast<uint64_t>(packed(coefficient, scale))) {}
  static constexpr UInt packed(Int coefficient, int scale) {
    return UInt(coefficient) << kScaleBits | UInt(scale);
  }
  static Result<Decimal> normalised(Int coefficient, int scale);
  Int coefficient() const { return Int(UInt(high_) << 64 | low_) >> kScaleBits; }
  int scale() const { return static_cast<int>(low_ & ((1 << kScaleBits) - 1)); }

  static constexpr int kScaleBits = 5;
  // Two halves, where one __int128 would have to stand at a multiple of 16.
  uint64_t high_ = 0, low_ = 0;
};

}  // namespace keystile
