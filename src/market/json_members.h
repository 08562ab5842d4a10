// Reading the members of JSON objects, strictly and without copying, by simdjson's on-demand
// parser. Private to the readers.
//
//   KS_FAULT(read_members(data, quoted("p", &price), plain("T", &time), quoted("X", &kind)));
//
// reads each member once, in any order. A target that is a std::optional may be absent, null or an
// empty text; all others must be there. What nobody asked for is skipped, but must be JSON.
#pragma once

// Without it a result that nobody looked at throws where it is used.
#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "market/level_text.h"
#include "market/number.h"
#include "market/reader.h"

// KS_FAULT(call());  : return its fault, if it has one.
#define KS_FAULT(expression) KS_FAULT_INNER(KS_CONCAT(ks_fault_, __LINE__), expression)
#define KS_FAULT_INNER(name, expression) \
  if (const Fault name = (expression); name != Fault::kNone) return name

namespace keystile::market {

namespace ondemand = simdjson::ondemand;

inline constexpr int kMaxDepth = 32;

// A value that nobody asked for.
Fault skip(ondemand::value value, int depth = 0);

// A scalar as it stands in the message, without the white space after it. Nothing where a colon
// follows, which simdjson would take for the colon of a name and skip.
inline std::string_view token_of(ondemand::value& value) {
  std::string_view token = value.raw_json_token();
  if (*(token.data() + token.size()) == ':') return {};
  while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') token.remove_suffix(1);
  return token;
}

inline bool unquote(std::string_view* token) {
  if (token->size() < 2 || token->front() != '"' || token->back() != '"') return false;
  *token = token->substr(1, token->size() - 2);
  return true;
}

// A member that is written the other way than told is a fault.
Fault read_scalar(ondemand::value value, Form form, Number* target);
Fault read_scalar(ondemand::value value, Form form, int64_t* target);  // of at most 18 digits
// Plain: the digits of an id.
Fault read_scalar(ondemand::value value, Form form, std::string_view* target);
Fault read_scalar(ondemand::value value, Form form, bool* target);

template <class T>
Fault read_scalar(ondemand::value value, Form form, std::optional<T>* target) {
  const std::string_view token = token_of(value);
  if (token == "null" || token == "\"\"") return Fault::kNone;
  return read_scalar(value, form, &target->emplace());
}

template <class T>
inline constexpr bool kMayBeAbsent = false;
template <class T>
inline constexpr bool kMayBeAbsent<std::optional<T>> = true;

template <class T>
struct Scalar {
  std::string_view name;
  Form form;
  T* target;
  static constexpr bool kOptional = kMayBeAbsent<T>;
  Fault read(ondemand::value value) const { return read_scalar(value, form, target); }
};
template <class T>
Scalar<T> plain(std::string_view name, T* target) {
  return {name, Form::kPlain, target};
}
template <class T>
Scalar<T> quoted(std::string_view name, T* target) {
  return {name, Form::kQuoted, target};
}

// Times, since 1970: the target gets microseconds. Exchanges write milliseconds, some microseconds
// where the connection asked for them.
Fault read_time(ondemand::value value, Form form, int64_t* target_us);
Fault read_time(ondemand::value value, Form form, std::optional<int64_t>* target_us);

template <class T>
struct Time {
  std::string_view name;
  Form form;
  T* target;
  static constexpr bool kOptional = kMayBeAbsent<T>;
  Fault read(ondemand::value value) const { return read_time(value, form, target); }
};
template <class T>
Time<T> plain_time(std::string_view name, T* target_us) {
  return {name, Form::kPlain, target_us};
}
template <class T>
Time<T> quoted_time(std::string_view name, T* target_us) {
  return {name, Form::kQuoted, target_us};
}

// A member that a function reads: Fault(ondemand::value).
template <class Function, bool optional>
struct Nested {
  std::string_view name;
  Function function;
  static constexpr bool kOptional = optional;
  Fault read(ondemand::value value) const { return function(value); }
};
template <class Function>
Nested<Function, false> nested(std::string_view name, Function function) {
  return {name, std::move(function)};
}
template <class Function>
Nested<Function, true> nested_if_any(std::string_view name, Function function) {
  return {name, std::move(function)};
}

// A member's name. Exchanges write none with escapes: one that has them is a fault.
inline Fault read_name(const ondemand::raw_json_string& raw, std::string_view* name) {
  const char* const begin = raw.raw();
  const char* end = begin;
  while (*end != '"' && *end != '\\') ++end;
  *name = {begin, static_cast<size_t>(end - begin)};
  return *end == '"' ? Fault::kNone : Fault::kSyntax;
}

template <class... Members>
Fault read_members(ondemand::object object, const Members&... members) {
  static_assert(sizeof...(Members) <= 32);
  uint32_t seen = 0;
  for (auto field : object) {
    ondemand::raw_json_string raw;
    ondemand::value value;
    if (field.key().get(raw) || field.value().get(value)) return Fault::kSyntax;
    std::string_view name;
    Fault fault = read_name(raw, &name);
    KS_FAULT(fault);
    uint32_t bit = 1;
    const auto is = [&](const auto& member) {
      if (name != member.name) {
        bit <<= 1;
        return false;
      }
      fault = seen & bit ? Fault::kRepeated : member.read(value);
      seen |= bit;
      return true;
    };
    if (!(is(members) || ...)) fault = skip(value);
    KS_FAULT(fault);
  }
  uint32_t bit = 1;
  bool complete = true;
  ((complete &= Members::kOptional || (seen & bit), bit <<= 1), ...);
  return complete ? Fault::kNone : Fault::kMissing;
}

template <class... Members>
Fault read_members(ondemand::value value, const Members&... members) {
  ondemand::object object;
  if (value.get_object().get(object)) return Fault::kType;
  return read_members(object, members...);
}

// Calls Fault(ondemand::value) for each item of an array.
template <class Function>
Fault read_items(ondemand::value value, const Function& function) {
  ondemand::array array;
  if (value.get_array().get(array)) return Fault::kType;
  for (auto item : array) {
    ondemand::value each;
    if (item.get(each)) return Fault::kSyntax;
    KS_FAULT(function(each));
  }
  return Fault::kNone;
}

}  // namespace keystile::market
