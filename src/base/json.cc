#include "base/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/error.hpp>

#include "base/encoding.h"
#include "base/json_writer.h"

namespace keystile::json {
namespace {

namespace bj = boost::json;

// Boost's event parser checks the grammar and the UTF-8; this keeps what its own values would lose:
// the text of numbers and the second of two members with one name.
class Builder {
 public:
  static constexpr std::size_t max_object_size = std::size_t(-1);
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = std::size_t(-1);
  static constexpr std::size_t max_string_size = std::size_t(-1);

  bool repeated() const { return repeated_; }
  Value take() { return std::move(root_); }

  bool on_document_begin(bj::error_code&) { return true; }
  bool on_document_end(bj::error_code&) { return true; }
  bool on_object_begin(bj::error_code&) {
    open_.push_back({Value(Object{}), std::exchange(name_, {})});
    return true;
  }
  bool on_object_end(std::size_t, bj::error_code& error) {
    repeated_ = repeats(*open_.back().value.if_object());
    if (repeated_) error = bj::error::syntax;
    return !repeated_ && close();
  }
  bool on_array_begin(bj::error_code&) {
    open_.push_back({Value(Array{}), std::exchange(name_, {})});
    return true;
  }
  bool on_array_end(std::size_t, bj::error_code&) { return close(); }
  bool on_key_part(bj::string_view part, std::size_t, bj::error_code&) { return append(part); }
  bool on_key(bj::string_view part, std::size_t, bj::error_code&) {
    name_ = ended_by(part);
    return true;
  }
  bool on_string_part(bj::string_view part, std::size_t, bj::error_code&) { return append(part); }
  bool on_string(bj::string_view part, std::size_t, bj::error_code&) {
    return add(Value(ended_by(part)));
  }
  bool on_number_part(bj::string_view part, bj::error_code&) { return append(part); }
  bool on_int64(int64_t, bj::string_view part, bj::error_code&) { return number(part); }
  bool on_uint64(uint64_t, bj::string_view part, bj::error_code&) { return number(part); }
  bool on_double(double, bj::string_view part, bj::error_code&) { return number(part); }
  bool on_bool(bool value, bj::error_code&) { return add(Value(value)); }
  bool on_null(bj::error_code&) { return add(Value(nullptr)); }
  bool on_comment_part(bj::string_view, bj::error_code&) { return true; }
  bool on_comment(bj::string_view, bj::error_code&) { return true; }

 private:
  struct Open {
    Value value;
    std::string name;  // its own name in the object around it
  };

  bool append(bj::string_view part) {
    text_.append(part.data(), part.size());
    return true;
  }
  // The whole text, of which this is the last part, and mostly the only one.
  std::string ended_by(bj::string_view part) {
    if (text_.empty()) return std::string(part.data(), part.size());
    append(part);
    return std::exchange(text_, {});
  }
  bool number(bj::string_view part) { return add(Value(Number{ended_by(part)})); }
  bool add(Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (Array* items = open_.back().value.if_array()) {
      items->push_back(std::move(value));
    } else {
      Object& members = *open_.back().value.if_object();
      if (members.size() == members.capacity())
        members.reserve(std::max<size_t>(16, 2 * members.size()));
      members.push_back({std::move(name_), std::move(value)});
    }
    return true;
  }
  bool close() {
    Open closed = std::move(open_.back());
    open_.pop_back();
    name_ = std::move(closed.name);
    return add(std::move(closed.value));
  }
  static uint32_t mark_of(const std::string& name) {
    const auto byte = [&](size_t at) -> uint32_t { return static_cast<unsigned char>(name[at]); };
    const auto size = static_cast<uint32_t>(name.size());
    return name.empty() ? 0 : size << 24 | byte(0) << 16 | byte(size / 2) << 8 | byte(size - 1);
  }
  static bool repeats(const Object& members) {
    constexpr size_t kFew = 24;  // comparing each with each is faster than sorting them
    if (members.size() <= kFew) {
      std::array<uint32_t, kFew> marks;  // what nearly all names differ by
      for (size_t i = 0; i < members.size(); ++i) {
        marks[i] = mark_of(members[i].name);
        for (size_t j = 0; j < i; ++j) {
          if (marks[i] == marks[j] && members[i].name == members[j].name) return true;
        }
      }
      return false;
    }
    std::vector<std::string_view> names;
    names.reserve(members.size());
    for (const Member& member : members) names.push_back(member.name);
    std::sort(names.begin(), names.end());
    return std::adjacent_find(names.begin(), names.end()) != names.end();
  }

  Value root_;
  std::vector<Open> open_;
  std::string name_, text_;
  bool repeated_ = false;
};

// indent < 0: compact.
void write(const Value& value, int indent, std::string* out) {
  const auto line = [&](int depth) {
    if (depth < 0) return;
    *out += '\n';
    out->append(static_cast<size_t>(depth) * 2, ' ');
  };
  const int inner = indent < 0 ? -1 : indent + 1;
  if (const bool* flag = value.if_bool()) {
    *out += *flag ? "true" : "false";
  } else if (const Number* n = value.if_number()) {
    *out += n->text;
  } else if (const std::string* text = value.if_string()) {
    append_quoted(*text, out);
  } else if (const Array* values = value.if_array()) {
    *out += '[';
    for (size_t i = 0; i < values->size(); ++i) {
      if (i > 0) *out += ',';
      line(inner);
      write((*values)[i], inner, out);
    }
    if (!values->empty()) line(indent);
    *out += ']';
  } else if (const Object* members = value.if_object()) {
    *out += '{';
    for (size_t i = 0; i < members->size(); ++i) {
      if (i > 0) *out += ',';
      line(inner);
      append_quoted((*members)[i].name, out);
      *out += indent < 0 ? ":" : ": ";
      write((*members)[i].value, inner, out);
    }
    if (!members->empty()) line(indent);
    *out += '}';
  } else {
    *out += "null";
  }
}

}  // namespace

const Value* Value::find(std::string_view name) const {
  const Object* members = if_object();
  if (!members) return nullptr;
  for (const Member& member : *members) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

std::string_view Value::text() const {
  if (const std::string* text = if_string()) return *text;
  if (const Number* number = if_number()) return number->text;
  return {};
}

std::string_view Value::text(std::string_view name) const {
  const Value* value = find(name);
  return value ? value->text() : std::string_view{};
}

Result<int64_t> Value::as_int64() const {
  std::string_view digits = text();
  const bool negative = !digits.empty() && digits.front() == '-';
  if (negative) digits.remove_prefix(1);
  const auto value = parse_uint64(digits);
  if (!value || *value > INT64_MAX) return fail("json.type", "a whole number was expected");
  return negative ? -static_cast<int64_t>(*value) : static_cast<int64_t>(*value);
}

void Value::set(std::string name, Value value) {
  Object& members = std::get<Object>(data_);
  if (members.size() == members.capacity())
    members.reserve(std::max<size_t>(16, 2 * members.size()));
  members.push_back({std::move(name), std::move(value)});
}

Result<Value> parse(std::string_view text, Limits limits) {
  if (text.size() > limits.bytes) return fail("json.limit", "the JSON is too long");
  bj::parse_options options;
  options.max_depth = limits.depth;
  bj::basic_parser<Builder> parser(options);
  bj::error_code error;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
  if (parser.handler().repeated()) {
    return fail("json.repeated", "a JSON object names the same member twice");
  }
  if (error == bj::error::too_deep) {
    return fail("json.limit", "the JSON is nested too deeply");
  }
  if (error) return fail("json.syntax", fmt::format("the JSON is not valid: {}", error.message()));
  if (used != text.size()) return fail("json.syntax", "there is text after the JSON value");
  return parser.handler().take();
}

std::string dump(const Value& value) {
  std::string out;
  out.reserve(1024);  // what an entry of the ledger takes
  write(value, -1, &out);
  return out;
}

std::string dump_pretty(const Value& value) {
  std::string out;
  write(value, 0, &out);
  return out;
}

std::string quoted(std::string_view text) {
  std::string out;
  append_quoted(text, &out);
  return out;
}

}  // namespace keystile::json
