// One JSON reader and writer. Strict where it matters for a gate (RFC 8259): a repeated member
// name is refused, numbers keep the text they were written with (so money is never a double, and an
// exponent may have any length), depth and size are bounded, invalid UTF-8 is refused.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/decimal.h"
#include "base/result.h"

namespace keystile::json {

struct Member;
class Value;
using Array = std::vector<Value>;
using Object = std::vector<Member>;  // in the order of the text

struct Number {
  std::string text;  // as written
  bool operator==(const Number&) const = default;
};

class Value {
 public:
  Value();
  Value(std::nullptr_t);
  Value(bool value);
  Value(int value);
  Value(unsigned value);
  Value(int64_t value);
  Value(uint64_t value);
  Value(Number value);
  Value(const char* value);
  Value(std::string_view value);
  Value(std::string value);
  Value(const Decimal& value);  // a string, as exchanges write money
  Value(Array value);
  Value(Object value);

  bool is_null() const { return std::holds_alternative<std::nullptr_t>(data_); }
  const bool* if_bool() const { return std::get_if<bool>(&data_); }
  const Number* if_number() const { return std::get_if<Number>(&data_); }
  const std::string* if_string() const { return std::get_if<std::string>(&data_); }
  const Array* if_array() const { return std::get_if<Array>(&data_); }
  const Object* if_object() const { return std::get_if<Object>(&data_); }
  Array* if_array() { return std::get_if<Array>(&data_); }
  Object* if_object() { return std::get_if<Object>(&data_); }

  // A member of an object, or null where there is none (or this is no object).
  const Value* find(std::string_view name) const;
  // A string's text or a number's digits; empty for anything else. For reading exchanges' answers,
  // where "1" and 1 are used for the same field.
  std::string_view text() const;
  // text() of a member; empty where there is none.
  std::string_view text(std::string_view name) const;
  // A whole number that fits, from a number or a string of digits.
  Result<int64_t> as_int64() const;

  // Becomes an empty one of these, to be filled.
  template <class T>
  T& become() {
    return data_.emplace<T>();
  }
  // Adds a member; this must be an object.
  void set(std::string name, Value value);

 private:
  std::variant<std::nullptr_t, bool, Number, std::string, Array, Object> data_;
};

struct Member {
  std::string name;
  Value value;
};

// Here, not in the class: a Value can only be made once Member is complete.
inline Value::Value() : data_(nullptr) {}
inline Value::Value(std::nullptr_t) : data_(nullptr) {}
inline Value::Value(bool value) : data_(value) {}
inline Value::Value(int value) : data_(Number{std::to_string(value)}) {}
inline Value::Value(unsigned value) : data_(Number{std::to_string(value)}) {}
inline Value::Value(int64_t value) : data_(Number{std::to_string(value)}) {}
inline Value::Value(uint64_t value) : data_(Number{std::to_string(value)}) {}
inline Value::Value(Number value) : data_(std::move(value)) {}
inline Value::Value(const char* value) : data_(std::string(value)) {}
inline Value::Value(std::string_view value) : data_(std::string(value)) {}
inline Value::Value(std::string value) : data_(std::move(value)) {}
inline Value::Value(const Decimal& value) : data_(value.str()) {}
inline Value::Value(Array value) : data_(std::move(value)) {}
inline Value::Value(Object value) : data_(std::move(value)) {}

// object({{"a", 1}, {"b", "x"}})
inline Value object(std::initializer_list<Member> members) { return Value(Object(members)); }
inline Value array(std::initializer_list<Value> values) { return Value(Array(values)); }

struct Limits {
  size_t bytes = 1 << 20;
  int depth = 32;
};

// Errors: "json.syntax", "json.repeated" (a member name twice in one object), "json.limit".
Result<Value> parse(std::string_view text, Limits limits = {});

// Compact: no white space. Strings are as append_quoted() in json_writer.h writes them.
std::string dump(const Value& value);
// Indented by two spaces, for people.
std::string dump_pretty(const Value& value);
// The string as a JSON string, with its quotes.
std::string quoted(std::string_view text);

}  // namespace keystile::json
