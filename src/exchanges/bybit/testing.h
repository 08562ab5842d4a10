// What this folder's tests share.
#pragma once

#include <string>
#include <string_view>

#include "exchanges/bybit/bybit.h"

namespace keystile::exchanges::bybit {

// text is the query of a GET, the body of anything else.
inline HttpRequest make_request(std::string_view method, std::string_view path,
                                std::string_view text) {
  HttpRequest request;
  request.method = method;
  request.path = path;
  if (method == "GET") {
    request.query = text;
    request.has_query = !text.empty();
  } else {
    request.body = text;
  }
  return request;
}

inline Result<Intent> interpret(std::string_view path, std::string_view body,
                                std::string_view method = "POST") {
  const Route* route = exchange().routes().find(method, path);
  if (!route) return fail("test.route", "no such route");
  return exchange().interpret(*route, make_request(method, path, body));
}

}  // namespace keystile::exchanges::bybit
