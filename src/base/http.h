// HTTP messages as plain values. net/ makes them from bytes; everything else only reads and writes
// these.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace keystile {

struct Header {
  std::string name;
  std::string value;
};
using Headers = std::vector<Header>;

// The first header of that name (case does not matter), or null.
const std::string* find_header(const Headers& headers, std::string_view name);
size_t count_headers(const Headers& headers, std::string_view name);
void remove_headers(Headers* headers, std::string_view name);
// Replaces all of that name by one.
void set_header(Headers* headers, std::string_view name, std::string value);

struct HttpRequest {
  std::string method;      // "GET"
  std::string path;        // "/api/v3/order": raw bytes as received, up to the first '?'
  std::string query;       // raw bytes after the first '?'
  bool has_query = false;  // true for a bare trailing '?' too
  Headers headers;
  std::string body;

  // path and query as they stand in the request line.
  std::string target() const { return has_query ? path + "?" + query : path; }
};

// A request without headers or body; target is split at its first '?'.
HttpRequest request_to(std::string method, std::string_view target);

struct HttpResponse {
  int status = 200;
  Headers headers;
  std::string body;
};

}  // namespace keystile
