// Money: exact decimal numbers. A 128-bit coefficient and a scale of 0 to 18 digits.
// No floating point anywhere near money.
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
  constexpr explicit Decimal(int64_t integer) : coefficient_(integer) {}

  // Strict: [-]digits[.digits], at least one digit on each side of the point, at most 18 after it
  // and 36 in all. No exponent, '+', space or second spelling of the point: a number that two
  // programs could read differently is refused ("decimal.syntax", "decimal.range").
  static Result<Decimal> parse(std::string_view text);

  // Exact, or "decimal.range".
  Result<Decimal> plus(const Decimal& other) const;
  Result<Decimal> minus(const Decimal& other) const;
  // Exact where the digits fit in scale 18, else rounded there as told.
  Result<Decimal> times(const Decimal& other, Rounding rounding) const;
  // Scale 18, rounded as told. Dividing by zero is "decimal.zero".
  Result<Decimal> divided_by(const Decimal& other, Rounding rounding) const;

  Decimal negated() const;
  // The same value, cut or raised to that many digits after the point.
  Decimal rounded(int scale, Rounding rounding) const;
  // The largest multiple of step not above this value's size (towards zero). step must be > 0.
  Result<Decimal> floored_to(const Decimal& step) const;

  bool is_zero() const { return coefficient_ == 0; }
  bool is_negative() const { return coefficient_ < 0; }
  bool is_positive() const { return coefficient_ > 0; }

  // Shortest form: no exponent, no trailing zeros ("0.1", "-2", "0").
  std::string str() const;
  // The same, somewhere in there.
  static constexpr size_t kMaxText = 39;
  std::string_view text_in(std::span<char, kMaxText> room) const;

  friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);
  friend bool operator==(const Decimal& a, const Decimal& b) { return (a <=> b) == 0; }

 private:
  __extension__ typedef __int128 Int;
  constexpr Decimal(Int coefficient, int scale) : coefficient_(coefficient), scale_(scale) {}
  static Result<Decimal> normalised(Int coefficient, int scale);

  Int coefficient_ = 0;
  int scale_ = 0;
};

}  // namespace keystile
