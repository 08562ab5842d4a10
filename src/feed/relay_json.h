// JSON as the relay writes it: numbers as JSON numbers with all their digits, nothing where nothing
// is known, times as whole milliseconds since 1970.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/json_writer.h"
#include "market/events.h"

namespace keystile::feed {

class RelayJson {
 public:
  // *out must outlive it.
  explicit RelayJson(std::string* out) : out_(out), writer_(out) {}

  // text(), number(), flag(), begin_…(), end_…() of the same name.
  json::Writer* operator->() { return &writer_; }

  void exact(std::string_view name, const market::Number& value);
  void exact(std::string_view name, const Decimal& value);
  void exact(std::string_view name, const std::optional<market::Number>& value) {
    if (value) exact(name, *value);
  }
  void time(std::string_view name, std::optional<int64_t> us) {
    if (us) writer_.number(name, *us / 1000);
  }
  // "exchange" and "symbol".
  void instrument(const market::Instrument& instrument);
  // [[price, amount], …]
  void levels(std::string_view name, std::span<const market::Level> levels);

 private:
  void name(std::string_view name);

  std::string* out_;
  json::Writer writer_;
};

std::string_view to_string(market::Side side);
std::string_view to_string(market::Trading trading);

// {"error":{"code":…,"message":…}}
std::string error_json(const Error& error);

}  // namespace keystile::feed
