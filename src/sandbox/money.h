// Arithmetic that cannot fail. The sandbox bounds every amount where it comes in (kMaxAmount, eight
// digits after the point), so that sums and products stay far inside Decimal's range; a result
// outside it is a defect here, and aborts.
#pragma once

#include <algorithm>

#include "base/decimal.h"

namespace keystile::sandbox {

constexpr int kScale = 8;  // digits after the point that any balance, fee or margin may have
constexpr Decimal kMaxAmount{1'000'000'000};

inline bool is_amount(const Decimal& value) {
  return value.is_positive() && value <= kMaxAmount &&
         value.rounded(kScale, Rounding::kDown) == value;
}

inline Decimal operator+(const Decimal& a, const Decimal& b) { return a.plus(b).value(); }
inline Decimal operator-(const Decimal& a, const Decimal& b) { return a.minus(b).value(); }
inline Decimal& operator+=(Decimal& a, const Decimal& b) { return a = a + b; }
inline Decimal& operator-=(Decimal& a, const Decimal& b) { return a = a - b; }
// Exact: the factors never have more than 18 digits after the point together.
inline Decimal operator*(const Decimal& a, const Decimal& b) {
  return a.times(b, Rounding::kDown).value();
}
inline Decimal divide(const Decimal& a, const Decimal& b, Rounding rounding) {
  return a.divided_by(b, rounding).value().rounded(kScale, rounding);
}
inline Decimal floor_to(const Decimal& value, const Decimal& step) {
  return value.floored_to(step).value();
}
inline bool is_multiple(const Decimal& value, const Decimal& step) {
  return floor_to(value, step) == value;
}
inline Decimal absolute(const Decimal& value) {
  return value.is_negative() ? value.negated() : value;
}
inline const Decimal& smaller(const Decimal& a, const Decimal& b) { return b < a ? b : a; }
inline const Decimal& larger(const Decimal& a, const Decimal& b) { return a < b ? b : a; }

}  // namespace keystile::sandbox
