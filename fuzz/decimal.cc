// Decimals against Boost's exact rationals. Input: two numbers, a line each.
#include "base/decimal.h"

#include <boost/multiprecision/cpp_int.hpp>

#include "fuzz/check.h"
#include "fuzz/input.h"

using namespace keystile;
using boost::multiprecision::cpp_int;
using boost::multiprecision::cpp_rational;

namespace {

cpp_rational exact(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  cpp_int digits = 0, scale = 1;
  bool behind_point = false;
  for (const char c : text) {
    if (c == '.') {
      behind_point = true;
      continue;
    }
    digits = digits * 10 + (c - '0');
    if (behind_point) scale *= 10;
  }
  return {negative ? cpp_int(-digits) : digits, scale};
}

cpp_rational exact(const Decimal& value) { return exact(std::string_view(value.str())); }

// result is on the side of `wanted` that the rounding says, and less than the last digit away.
void check_rounded(const Result<Decimal>& result, const cpp_rational& wanted, Rounding rounding) {
  if (!result) return;
  const cpp_rational got = exact(*result), ulp(1, cpp_int("1000000000000000000"));
  const cpp_rational excess = abs(got) - abs(wanted);
  KS_HOLDS(rounding == Rounding::kDown ? excess <= 0 && excess > -ulp
                                       : excess >= 0 && excess < ulp);
  KS_HOLDS(got == 0 || (got > 0) == (wanted > 0));
}

}  // namespace

KS_FUZZ_TARGET(input) {
  const std::string_view first = fuzz::take_line(&input);
  const auto a = Decimal::parse(first);
  if (!a) return;
  KS_HOLDS(exact(*a) == exact(first));
  const auto again = Decimal::parse(a->str());
  KS_HOLDS(again && *again == *a && again->str() == a->str());
  KS_HOLDS(exact(a->negated()) == -exact(*a));
  const auto b = Decimal::parse(fuzz::take_line(&input));
  if (!b) return;
  const cpp_rational x = exact(*a), y = exact(*b);
  KS_HOLDS((*a < *b) == (x < y) && (*a == *b) == (x == y));
  if (const auto sum = a->plus(*b)) KS_HOLDS(exact(*sum) == x + y);
  if (const auto difference = a->minus(*b)) KS_HOLDS(exact(*difference) == x - y);
  for (const Rounding rounding : {Rounding::kDown, Rounding::kUp}) {
    check_rounded(a->times(*b, rounding), x * y, rounding);
    const auto quotient = a->divided_by(*b, rounding);
    KS_HOLDS(!b->is_zero() || !quotient);
    if (!b->is_zero()) check_rounded(quotient, x / y, rounding);
  }
  if (!b->is_positive()) return;
  if (const auto floored = a->floored_to(*b)) {
    const cpp_rational steps = exact(*floored) / y;
    KS_HOLDS(denominator(steps) == 1);
    KS_HOLDS(abs(exact(*floored)) <= abs(x) && abs(x) - abs(exact(*floored)) < y);
  }
}
