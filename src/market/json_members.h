// Reading the members of JSON objects, strictly and without copying. Private to the readers.
//
//   KS_FAULT(read_members(in, quoted("p", &price), plain("T", &time), quoted("X", &kind)));
//
// reads each member once, in any order. A target that is a std::optional may be absent, null or an
// empty text; all others must be there. What nobody asked for is skipped, but must be JSON.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "market/number.h"
#include "market/scanner.h"

namespace keystile::market {

// A member that is written the other way than told is a fault.
inline Fault read_scalar(Scanner& in, Notation form, Number* target) {
  return in.take_number(form, target);
}
inline Fault read_scalar(Scanner& in, Notation form, int64_t* target) {
  return in.take_whole(form, target);
}
// Plain: the digits of an id.
Fault read_scalar(Scanner& in, Notation form, std::string_view* target);
Fault read_scalar(Scanner& in, Notation form, bool* target);

template <class T>
Fault read_scalar(Scanner& in, Notation form, std::optional<T>* target) {
  if (in.take_nothing()) return Fault::kNone;
  return read_scalar(in, form, &target->emplace());
}

template <class T>
inline constexpr bool kMayBeAbsent = false;
template <class T>
inline constexpr bool kMayBeAbsent<std::optional<T>> = true;

template <class T>
struct Scalar {
  std::string_view name;
  Notation form;
  T* target;
  static constexpr bool kOptional = kMayBeAbsent<T>;
  Fault read(Scanner& in) const { return read_scalar(in, form, target); }
};
template <class T>
Scalar<T> plain(std::string_view name, T* target) {
  return {name, Notation::kPlain, target};
}
template <class T>
Scalar<T> quoted(std::string_view name, T* target) {
  return {name, Notation::kQuoted, target};
}

// Times, since 1970: the target gets microseconds. Exchanges write milliseconds, some microseconds
// where the connection asked for them.
Fault read_time(Scanner& in, Notation form, int64_t* target_us);
Fault read_time(Scanner& in, Notation form, std::optional<int64_t>* target_us);

template <class T>
struct Time {
  std::string_view name;
  Notation form;
  T* target;
  static constexpr bool kOptional = kMayBeAbsent<T>;
  Fault read(Scanner& in) const { return read_time(in, form, target); }
};
template <class T>
Time<T> plain_time(std::string_view name, T* target_us) {
  return {name, Notation::kPlain, target_us};
}
template <class T>
Time<T> quoted_time(std::string_view name, T* target_us) {
  return {name, Notation::kQuoted, target_us};
}

// A member that a function reads: Fault(Scanner&), the whole value and no more.
template <class Function, bool optional>
struct Nested {
  std::string_view name;
  Function function;
  static constexpr bool kOptional = optional;
  Fault read(Scanner& in) const { return function(in); }
};
template <class Function>
Nested<Function, false> nested(std::string_view name, Function function) {
  return {name, std::move(function)};
}
template <class Function>
Nested<Function, true> nested_if_any(std::string_view name, Function function) {
  return {name, std::move(function)};
}

// Inlined, as it is into its callers, so that the second name is known when it is compiled.
[[gnu::always_inline]] inline bool is_same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), b.size()) == 0;
}

template <class... Members>
[[gnu::always_inline]] inline Fault read_members(Scanner& in, const Members&... members) {
  static_assert(sizeof...(Members) <= 32);
  if (!in.take('{')) return Fault::kType;
  uint32_t seen = 0;
  bool ended = in.take('}');
  while (!ended) {
    std::string_view name;
    // Exchanges write none with escapes: one that has them is a fault.
    if (in.take_plain_text(&name) != Fault::kNone || !in.take(':')) return Fault::kSyntax;
    Fault fault = Fault::kNone;
    uint32_t bit = 1;
    const auto is = [&](const auto& member) __attribute__((always_inline)) {
      if (!is_same_name(name, member.name)) {
        bit <<= 1;
        return false;
      }
      fault = seen & bit ? Fault::kRepeated : member.read(in);
      seen |= bit;
      return true;
    };
    if (!(is(members) || ...)) fault = in.skip();
    KS_FAULT(fault);
    ended = !in.take(',');
    if (ended && !in.take('}')) return Fault::kSyntax;
  }
  uint32_t bit = 1;
  bool complete = true;
  ((complete &= Members::kOptional || (seen & bit), bit <<= 1), ...);
  return complete ? Fault::kNone : Fault::kMissing;
}

// Calls Fault(Scanner&) for each item of an array.
template <class Function>
Fault read_items(Scanner& in, const Function& function) {
  if (!in.take('[')) return Fault::kType;
  if (in.take(']')) return Fault::kNone;
  do {
    KS_FAULT(function(in));
  } while (in.take(','));
  return in.take(']') ? Fault::kNone : Fault::kSyntax;
}

}  // namespace keystile::market
