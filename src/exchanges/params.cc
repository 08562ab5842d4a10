#include "exchanges/params.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/utf8.h"

namespace keystile::exchanges {
namespace {

tl::unexpected<Error> bad_encoding(std::string_view what) {
  return fail("parameter.encoding", fmt::format("the parameters are not well formed: {}", what));
}

// A parameter name in a message: only if it is harmless to echo.
std::string safe(std::string_view name) {
  const bool plain =
      !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               c == '_' || c == '-' || c == '.';
      });
  return plain ? fmt::format("'{}'", name) : std::string("with an odd name");
}

// UTF-8, and no control characters.
bool is_clean(std::string_view text) {
  while (!text.empty()) {
    const Character next = first_character(text);
    if (next.size == 0 || next.code < 0x20 || next.code == 0x7f) return false;
    text.remove_prefix(next.size);
  }
  return true;
}

// To the end whatever it finds: so it reads many bytes at once.
bool is_plain(std::string_view part) {
  unsigned char odd = 0;
  for (const char byte : part) {
    const auto c = static_cast<unsigned char>(byte);
    odd |= static_cast<unsigned char>((c <= 0x20) | (c >= 0x7f) | (c == '%') | (c == '+'));
  }
  return odd == 0;
}

// A name or value as it is meant.
Result<std::string> decoded_part(std::string_view part, bool is_plain, bool plus_is_space) {
  if (is_plain) return std::string(part);
  auto text = percent_decode(part, plus_is_space);
  if (!text) return bad_encoding("a '%' is not followed by two hex digits");
  if (!is_clean(*text)) {
    return bad_encoding("a parameter holds control characters or is not UTF-8");
  }
  return std::move(*text);
}

}  // namespace

Status split_params(std::string_view text, ParamSource source, std::vector<RawParam>* out) {
  if (text.empty()) return {};
  const bool all_plain = is_plain(text);  // as most texts are
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('&', begin), text.size());
    const std::string_view piece = text.substr(begin, end - begin);
    if (piece.empty()) return bad_encoding("there is an empty piece between two '&'");
    const size_t equals = piece.find('=');
    const std::string_view name = piece.substr(0, equals);
    const std::string_view value = equals == piece.npos ? "" : piece.substr(equals + 1);
    if (name.empty()) return bad_encoding("a parameter has no name");
    out->push_back({name, value, source, begin, end, all_plain || is_plain(name),
                    all_plain || is_plain(value)});
    begin = end + 1;
  }
  return {};
}

Status check_encoding(const RawParam& raw, bool plus_is_space) {
  if (raw.name_is_plain && raw.value_is_plain) return {};
  KS_TRY(const Param decodable, decoded(raw, plus_is_space));
  return {};
}

Result<Param> decoded(const RawParam& raw, bool plus_is_space) {
  KS_TRY(std::string name, decoded_part(raw.name, raw.name_is_plain, plus_is_space));
  KS_TRY(std::string value, decoded_part(raw.value, raw.value_is_plain, plus_is_space));
  return Param{std::move(name), std::move(value), raw.source, raw.begin, raw.end};
}

Result<std::vector<Param>> parse_params(std::string_view text, ParamSource source,
                                        bool plus_is_space) {
  std::vector<RawParam> raw;
  KS_CHECK(split_params(text, source, &raw));
  std::vector<Param> params;
  params.reserve(raw.size());
  for (const RawParam& one : raw) {
    KS_TRY(Param param, decoded(one, plus_is_space));
    params.push_back(std::move(param));
  }
  return params;
}

ParamReader::ParamReader(std::vector<Param> params) {
  entries_.reserve(params.size());
  for (Param& param : params) add(std::move(param.name), std::move(param.value));
}

void ParamReader::add(std::string name, std::string value) {
  entries_.push_back({std::move(name), json::Value(std::move(value)), false});
}

Status ParamReader::add(const RawParam& raw, bool plus_is_space) {
  constexpr size_t kUsual = 16;  // as an order has
  if (entries_.capacity() == 0) entries_.reserve(kUsual);
  if (!raw.name_is_plain || !raw.value_is_plain) {
    KS_TRY(Param param, decoded(raw, plus_is_space));
    add(std::move(param.name), std::move(param.value));
    return {};
  }
  Entry& entry = entries_.emplace_back();
  entry.name = raw.name;
  entry.value.become<std::string>() = raw.value;
  return {};
}

Result<ParamReader> ParamReader::from_json(const json::Value& object) {
  const json::Object* members = object.if_object();
  if (!members) return fail("parameter.value", "a JSON object was expected");
  ParamReader reader;
  for (const json::Member& member : *members) {
    reader.entries_.push_back({member.name, member.value, false});
  }
  return reader;
}

ParamReader::Entry* ParamReader::entry(std::string_view name) {
  for (Entry& e : entries_) {
    if (e.name == name) return &e;
  }
  return nullptr;
}

Status ParamReader::check_unique() const {
  for (size_t i = 0; i < entries_.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (entries_[i].name == entries_[j].name) {
        return fail("parameter.repeated",
                    fmt::format("parameter {} stands more than once", safe(entries_[i].name)));
      }
    }
  }
  return {};
}

bool ParamReader::has(std::string_view name) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](const Entry& e) { return e.name == name; });
}

Result<std::optional<std::string_view>> ParamReader::take(std::string_view name) {
  using Text = std::optional<std::string_view>;
  Entry* e = entry(name);
  if (!e) return Text();
  e->taken = true;
  if (const bool* flag = e->value.if_bool()) return Text(*flag ? "true" : "false");
  if (!e->value.if_string() && !e->value.if_number()) {
    return fail("parameter.value",
                fmt::format("parameter {} must be text or a number", safe(name)));
  }
  return Text(e->value.text());
}

Result<std::string_view> ParamReader::require(std::string_view name) {
  KS_TRY(const auto value, take(name));
  if (!value || value->empty()) {
    return fail("parameter.missing", fmt::format("parameter {} is missing or empty", safe(name)));
  }
  return *value;
}

Result<std::optional<Decimal>> ParamReader::take_decimal(std::string_view name) {
  KS_TRY(const auto text, take(name));
  if (!text || text->empty()) return std::optional<Decimal>();
  const auto value = Decimal::parse(*text);
  if (!value) {
    return fail("parameter.value", fmt::format("parameter {} is no plain decimal number: {}",
                                               safe(name), value.error().message));
  }
  return std::optional<Decimal>(*value);
}

Result<std::optional<bool>> ParamReader::take_bool(std::string_view name) {
  KS_TRY(const auto text, take(name));
  if (!text || text->empty()) return std::optional<bool>();
  if (*text == "true") return std::optional<bool>(true);
  if (*text == "false") return std::optional<bool>(false);
  return fail("parameter.value", fmt::format("parameter {} must be true or false", safe(name)));
}

Result<std::optional<json::Value>> ParamReader::take_json(std::string_view name) {
  Entry* e = entry(name);
  if (!e) return std::optional<json::Value>();
  e->taken = true;
  const std::string* text = e->value.if_string();
  if (!text) return std::optional<json::Value>(e->value);
  if (text->empty()) return std::optional<json::Value>();
  const auto value = json::parse(*text);
  if (!value) {
    return fail(value.error().code == "json.repeated" ? "parameter.repeated" : "parameter.value",
                fmt::format("parameter {}: {}", safe(name), value.error().message));
  }
  return std::optional<json::Value>(*value);
}

void ParamReader::ignore(std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    Entry* e = entry(name);
    if (e && !e->value.if_array() && !e->value.if_object()) e->taken = true;
  }
}

void ParamReader::ignore_json(std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (Entry* e = entry(name)) e->taken = true;
  }
}

Status ParamReader::check_all_taken() const {
  for (const Entry& e : entries_) {
    if (!e.taken) {
      return fail("parameter.unknown",
                  fmt::format("parameter {} is not known on this route", safe(e.name)));
    }
  }
  return {};
}

}  // namespace keystile::exchanges
