#include "market/json_members.h"

#include <algorithm>

#include "base/encoding.h"

namespace keystile::market {
namespace {

// Takes digits; false where there is none.
bool take_digits(std::string_view* text) {
  const size_t end = std::min(text->find_first_not_of("0123456789"), text->size());
  text->remove_prefix(end);
  return end > 0;
}

// The grammar alone (RFC 8259 section 6): a number that nobody reads may have any size.
bool is_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9') return false;
  if (!take_digits(&text)) return false;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (!take_digits(&text)) return false;
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    if (!take_digits(&text)) return false;
  }
  return text.empty();
}

Fault skip_object(ondemand::value value, int depth) {
  ondemand::object object;
  if (value.get_object().get(object)) return Fault::kSyntax;
  for (auto field : object) {
    ondemand::raw_json_string raw;
    ondemand::value member;
    if (field.key().get(raw) || field.value().get(member)) return Fault::kSyntax;
    std::string_view name;
    KS_FAULT(read_name(raw, &name));
    KS_FAULT(skip(member, depth));
  }
  return Fault::kNone;
}

}  // namespace

Fault skip(ondemand::value value, int depth) {
  if (++depth > kMaxDepth) return Fault::kSyntax;
  ondemand::json_type type;
  if (value.type().get(type)) return Fault::kSyntax;
  switch (type) {
    case ondemand::json_type::object:
      return skip_object(value, depth);
    case ondemand::json_type::array:
      return read_items(value, [depth](ondemand::value item) { return skip(item, depth); });
    case ondemand::json_type::boolean:
      return value.get_bool().error() ? Fault::kSyntax : Fault::kNone;
    case ondemand::json_type::null: {
      bool is_null = false;
      return value.is_null().get(is_null) || !is_null ? Fault::kSyntax : Fault::kNone;
    }
    case ondemand::json_type::number:
      return is_number(token_of(value)) ? Fault::kNone : Fault::kSyntax;
    case ondemand::json_type::string: {
      std::string_view text;
      return read_scalar(value, Form::kQuoted, &text);
    }
  }
  return Fault::kSyntax;
}

Fault read_scalar(ondemand::value value, Form form, Number* target) {
  std::string_view token = token_of(value);
  const bool is_quoted = unquote(&token);
  if (is_quoted != (form == Form::kQuoted)) return Fault::kType;
  return Number::parse(token, target) ? Fault::kNone : Fault::kNumber;
}

Fault read_scalar(ondemand::value value, Form form, int64_t* target) {
  std::string_view token = token_of(value);
  const bool is_quoted = unquote(&token);
  if (is_quoted != (form == Form::kQuoted)) return Fault::kType;
  const bool negative = token.starts_with('-');
  if (negative) token.remove_prefix(1);
  if (token.size() > 18) return Fault::kNumber;
  const auto digits = parse_uint64(token);
  if (!digits) return Fault::kNumber;
  const auto number = static_cast<int64_t>(*digits);
  *target = negative ? -number : number;
  return Fault::kNone;
}

Fault read_scalar(ondemand::value value, Form form, std::string_view* target) {
  std::string_view token = token_of(value);
  if (form == Form::kPlain) {
    *target = token;
    return parse_uint64(token) ? Fault::kNone : Fault::kType;
  }
  if (!unquote(&token)) return Fault::kType;
  if (token.find('\\') == token.npos) {
    *target = token;
    return Fault::kNone;
  }
  return value.get_string().get(*target) ? Fault::kSyntax : Fault::kNone;
}

Fault read_time(ondemand::value value, Form form, int64_t* target_us) {
  constexpr int64_t kNoMillis = 1'000'000'000'000'000;  // the year 33658
  KS_FAULT(read_scalar(value, form, target_us));
  if (*target_us < 0) return Fault::kNumber;
  if (*target_us < kNoMillis) *target_us *= 1000;
  return Fault::kNone;
}

Fault read_time(ondemand::value value, Form form, std::optional<int64_t>* target_us) {
  KS_FAULT(read_scalar(value, form, target_us));
  return *target_us ? read_time(value, form, &**target_us) : Fault::kNone;
}

Fault read_scalar(ondemand::value value, Form, bool* target) {
  return value.get_bool().get(*target) ? Fault::kType : Fault::kNone;
}

}  // namespace keystile::market
