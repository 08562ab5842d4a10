#include "feed/relay_token.h"

#include <algorithm>

#include "base/encoding.h"

namespace keystile::feed {
namespace {

constexpr std::string_view kBearer = "bearer ";
constexpr std::string_view kInQuery = "token=";

std::string take_from_query(std::string* query) {
  for (size_t at = 0; at < query->size();) {
    const size_t end = std::min(query->find('&', at), query->size());
    const std::string_view pair = std::string_view(*query).substr(at, end - at);
    if (pair.starts_with(kInQuery)) {
      std::string token(pair.substr(kInQuery.size()));
      query->erase(at, end - at + 1);
      return token;
    }
    at = end + 1;
  }
  return "";
}

}  // namespace

std::string take_token(HttpRequest* request) {
  const std::string in_query = take_from_query(&request->query);
  if (const std::string* given = find_header(request->headers, "Authorization")) {
    const bool is_bearer =
        equals_ignore_case(std::string_view(*given).substr(0, kBearer.size()), kBearer);
    return is_bearer ? given->substr(kBearer.size()) : "";
  }
  if (const std::string* given = find_header(request->headers, "X-API-Key")) return *given;
  return in_query;
}

}  // namespace keystile::feed
