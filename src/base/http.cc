#include "base/http.h"

#include <algorithm>

#include "base/encoding.h"

namespace keystile {

const std::string* find_header(const Headers& headers, std::string_view name) {
  for (const Header& header : headers) {
    if (equals_ignore_case(header.name, name)) return &header.value;
  }
  return nullptr;
}

size_t count_headers(const Headers& headers, std::string_view name) {
  return static_cast<size_t>(std::count_if(headers.begin(), headers.end(), [&](const Header& h) {
    return equals_ignore_case(h.name, name);
  }));
}

void remove_headers(Headers* headers, std::string_view name) {
  std::erase_if(*headers, [&](const Header& h) { return equals_ignore_case(h.name, name); });
}

void set_header(Headers* headers, std::string_view name, std::string value) {
  remove_headers(headers, name);
  headers->push_back({std::string(name), std::move(value)});
}

HttpRequest request_to(std::string method, std::string_view target) {
  const size_t mark = target.find('?');
  HttpRequest request;
  request.method = std::move(method);
  request.path = target.substr(0, mark);
  request.has_query = mark != target.npos;
  if (request.has_query) request.query = target.substr(mark + 1);
  return request;
}

}  // namespace keystile
