// What the tests of this folder share.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "exchanges/binance/binance.h"

namespace keystile::exchanges::binance {

// "POST /api/v3/order"
inline const Route* route_of(std::string_view text) {
  const size_t space = text.find(' ');
  return exchange().routes().find(text.substr(0, space), text.substr(space + 1));
}

inline HttpRequest request_for(std::string_view route, std::string_view query,
                               std::string_view body = {}) {
  HttpRequest request;
  const size_t space = route.find(' ');
  request.method = route.substr(0, space);
  request.path = route.substr(space + 1);
  request.query = query;
  request.has_query = !query.empty();
  request.body = body;
  return request;
}

inline Result<Intent> intent_of(std::string_view route, std::string_view query,
                                std::string_view body = {}) {
  return exchange().interpret(*route_of(route), request_for(route, query, body));
}

inline SecretBytes secret(std::string_view text) { return *SecretBytes::copy_of(text); }

// The vendor's sample key of the spot documents.
inline constexpr std::string_view kSampleKey =
    "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";
inline constexpr std::string_view kSampleSecret =
    "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";

}  // namespace keystile::exchanges::binance
