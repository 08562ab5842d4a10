// Parameters of a request, read once and strictly, from a query string, a form body or a JSON body.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/decimal.h"
#include "base/json.h"
#include "base/result.h"

namespace keystile::exchanges {

enum class ParamSource { kQuery, kBody };

// One piece of a query string or form body, as it stands there.
struct RawParam {
  std::string_view name, value;
  ParamSource source = ParamSource::kQuery;
  size_t begin = 0, end = 0;  // the raw "name=value" in its source text
  // Whether it stands for itself in every encoding, as most names and values do.
  bool name_is_plain = false, value_is_plain = false;
};

struct Param {
  std::string name;   // decoded
  std::string value;  // decoded
  ParamSource source = ParamSource::kQuery;
  size_t begin = 0, end = 0;  // the raw "name=value" in its source text
};

// A query string or form body, in order. Refuses ("parameter.encoding") a bad escape, an empty
// name, a control character, and text that does not decode to valid UTF-8. Empty pieces
// ("a=1&&b=2", trailing '&') are refused too. plus_is_space: form encoding.
Result<std::vector<Param>> parse_params(std::string_view text, ParamSource source,
                                        bool plus_is_space);
// Its parts, for whoever reads the same text more than once. The pieces, as views into `text`, of
// which only the shape is judged; appends. Then, for each, whether its name and value are well
// encoded, and what they mean.
Status split_params(std::string_view text, ParamSource source, std::vector<RawParam>* out);
Status check_encoding(const RawParam& raw, bool plus_is_space);
Result<Param> decoded(const RawParam& raw, bool plus_is_space);

// A set of named parameters of which each may be read once, and all must be read: what is left over
// is an unknown parameter. One object serves a form, a query or a JSON object.
class ParamReader {
 public:
  ParamReader() = default;
  explicit ParamReader(std::vector<Param> params);
  // A JSON object; nested values are kept as JSON. "parameter.value" if it is no object.
  static Result<ParamReader> from_json(const json::Value& object);

  // Before the first is read. Decoded; "parameter.encoding" as for parse_params().
  Status add(const RawParam& raw, bool plus_is_space);

  // "parameter.repeated" if any name stands twice. Call before reading.
  Status check_unique() const;

  bool has(std::string_view name) const;
  // Takes a parameter; its text is lent by the reader. Absent: nullopt. For JSON a string or number
  // gives its text and a bool "true"/"false"; anything else is "parameter.value".
  Result<std::optional<std::string_view>> take(std::string_view name);
  Result<std::string_view> require(std::string_view name);  // "parameter.missing" (also if empty)
  Result<std::optional<Decimal>> take_decimal(std::string_view name);
  Result<std::optional<bool>> take_bool(std::string_view name);         // exactly true or false
  Result<std::optional<json::Value>> take_json(std::string_view name);  // nested, or text of JSON
  // Takes and drops parameters that mean nothing to policy. ignore() leaves a list or an object
  // where it is, so that it is refused: nobody knows what another reader makes of it.
  void ignore(std::initializer_list<std::string_view> names);
  void ignore_json(std::initializer_list<std::string_view> names);
  // "parameter.unknown" naming the first parameter that was not taken.
  Status check_all_taken() const;

 private:
  struct Entry {
    std::string name;
    json::Value value;
    bool taken = false;
  };
  void add(std::string name, std::string value);
  Entry* entry(std::string_view name);
  std::vector<Entry> entries_;
};

}  // namespace keystile::exchanges
