// The parameters of a request to the relay. Each at most once, and none that the route does not
// know: one that was ignored would answer another question than was asked.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/decimal.h"
#include "base/result.h"

namespace keystile::feed {

class RelayQuery {
 public:
  // "relay.parameter": not form-encoded, a name twice, or not one of `known`.
  static Result<RelayQuery> parse(std::string_view query,
                                  std::initializer_list<std::string_view> known);

  // Empty: it is not there.
  std::string_view text(std::string_view name) const;
  // "relay.parameter": it is missing or empty.
  Result<std::string_view> required(std::string_view name) const;
  // fallback where it is not there. "relay.parameter": no whole number from 1 to most.
  Result<size_t> count(std::string_view name, size_t fallback, size_t most) const;
  // "relay.parameter": missing, or no decimal above zero.
  Result<Decimal> amount(std::string_view name) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace keystile::feed
