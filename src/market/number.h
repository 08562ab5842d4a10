// A decimal as an exchange wrote it, exact, in 16 bytes: what market data is made of. base's
// Decimal is for money that is reckoned with; this only is read, compared and written again, some
// ten million times a second.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/decimal.h"
#include "base/result.h"

namespace keystile::market {

class Number {
 public:
  static constexpr int kMaxDigits = 28;  // significant ones
  static constexpr int kMaxScale = 36;   // after the point

  constexpr Number() = default;

  // What RFC 8259 calls a number, up to the digits above; with an exponent only where the value
  // still has no more of them. False, and *out untouched, for anything else: no NaN, no '+', no
  // leading zeros.
  static bool parse(std::string_view text, Number* out);
  // The same for the front of a text: where the number ends. Null: it does not begin with one.
  static const char* parse_front(const char* text, const char* end, Number* out);

  bool is_zero() const { return low_ == 0 && high_ == 0; }
  bool is_negative() const { return high_ < 0; }
  bool is_positive() const { return !is_zero() && !is_negative(); }

  // As it was written (an exponent aside): "0.10" stays "0.10". Checksums need that.
  void append_written(std::string* out) const;
  // Shortest: "0.1", "-2", "0".
  void append_shortest(std::string* out) const;
  std::string str() const;

  // "decimal.range": more than 18 digits after the point.
  Result<Decimal> to_decimal() const;

  // By value: 0.10 equals 0.1.
  friend std::strong_ordering operator<=>(const Number& a, const Number& b) {
    if (a.scale_ != b.scale_) return compare_scaled(a, b);
    if (a.high_ != b.high_) return a.high_ <=> b.high_;
    return a.low_ <=> b.low_;
  }
  friend bool operator==(const Number& a, const Number& b) { return (a <=> b) == 0; }

 private:
  __extension__ typedef __int128 Int;
  Number(Int coefficient, int scale)
      : low_(static_cast<uint64_t>(coefficient)),
        high_(static_cast<int32_t>(coefficient >> 64)),
        scale_(static_cast<uint8_t>(scale)) {}
  Int coefficient() const { return static_cast<Int>(high_) << 64 | low_; }
  static const char* parse_short(const char* text, const char* end, Number* out);
  static const char* parse_any(const char* text, const char* end, Number* out);
  static std::strong_ordering compare_scaled(const Number& a, const Number& b);

  // The coefficient, 96 bits of it in two's complement: below 10^28, so it fits.
  uint64_t low_ = 0;
  int32_t high_ = 0;
  uint8_t scale_ = 0;
};

static_assert(sizeof(Number) == 16);

}  // namespace keystile::market
