#include "feed/relay_query.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"

namespace keystile::feed {
namespace {

tl::unexpected<Error> wrong(std::string message) {
  return fail("relay.parameter", std::move(message));
}

}  // namespace

Result<RelayQuery> RelayQuery::parse(std::string_view query,
                                     std::initializer_list<std::string_view> known) {
  RelayQuery parsed;
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const size_t mark = std::min(pair.find('='), pair.size());
    auto name = percent_decode(pair.substr(0, mark), true);
    auto value = percent_decode(pair.substr(std::min(mark + 1, pair.size())), true);
    if (!name || !value) return wrong("the query is not form-encoded");
    if (std::find(known.begin(), known.end(), *name) == known.end()) {
      return wrong("this route has a parameter that it does not know; it knows " +
                   fmt::format("{}", fmt::join(known, ", ")));
    }
    const auto [place, is_new] = parsed.values_.try_emplace(*name, std::move(*value));
    if (!is_new) return wrong(place->first + " is there twice");
  }
  return parsed;
}

std::string_view RelayQuery::text(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::string_view() : found->second;
}

Result<std::string_view> RelayQuery::required(std::string_view name) const {
  const std::string_view value = text(name);
  if (value.empty()) return wrong(fmt::format("{} is missing", name));
  return value;
}

Result<size_t> RelayQuery::count(std::string_view name, size_t fallback, size_t most) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return fallback;
  const auto value = parse_uint64(found->second);
  if (!value || *value < 1 || *value > most) {
    return wrong(fmt::format("{} must be a whole number from 1 to {}", name, most));
  }
  return static_cast<size_t>(*value);
}

Result<Decimal> RelayQuery::amount(std::string_view name) const {
  KS_TRY(const std::string_view written, required(name));
  const auto value = Decimal::parse(written);
  if (!value || !value->is_positive()) {
    return wrong(fmt::format("{} must be a decimal number above zero", name));
  }
  return *value;
}

}  // namespace keystile::feed
