#include "base/json.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/json_writer.h"

namespace keystile::json {
namespace {

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
