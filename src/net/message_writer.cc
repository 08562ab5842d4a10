#include <ostream>  // Boost 1.81 forgets it: keep it first

#include <boost/beast/http/status.hpp>

#include "net/framing.h"
#include "net/message.h"

namespace keystile::net {
namespace {

namespace http = boost::beast::http;

std::string_view reason_of(int status) {
  const auto text = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(status)));
  return {text.data(), text.size()};
}

void add_line(std::string* out, std::string_view name, std::string_view value) {
  out->append(name).append(": ").append(value).append("\r\n");
}

void add_headers(std::string* out, const Headers& headers) {
  for (const Header& header : headers) {
    if (!is_framing(header.name)) add_line(out, header.name, header.value);
  }
}

// What the lines of the headers take, roughly.
size_t size_of(const Headers& headers) {
  size_t size = 128;
  for (const Header& header : headers) size += header.name.size() + header.value.size() + 4;
  return size;
}

}  // namespace

bool is_writable(const HttpRequest& request) {
  return is_method(request.method) && is_origin_form(request.path) &&
         is_target_text(request.query) && are_writable(request.headers);
}

std::string to_bytes(const HttpRequest& request, std::string_view host) {
  std::string out;
  out.reserve(size_of(request.headers) + host.size() + request.path.size() + request.query.size() +
              request.body.size());
  out.append(request.method).append(" ").append(request.path);
  if (request.has_query) out.append("?").append(request.query);
  out.append(" HTTP/1.1\r\n");
  add_line(&out, "Host", host);
  add_headers(&out, request.headers);
  const bool says_length = !request.body.empty() || request.method == "POST" ||
                           request.method == "PUT" || request.method == "PATCH";
  if (says_length) add_line(&out, "Content-Length", std::to_string(request.body.size()));
  add_line(&out, "Connection", "keep-alive");
  out.append("\r\n").append(request.body);
  return out;  // and no copy of it
}

HttpResponse plain_answer(int status, std::string_view text) {
  return {status, {{"Content-Type", "text/plain"}}, std::string(text) + "\n"};
}

std::string to_bytes(const HttpResponse& response, bool to_head, bool keep_alive) {
  if (!are_writable(response.headers) || response.status < 200 || response.status > 999) {
    return to_bytes(HttpResponse{500, {}, ""}, to_head, keep_alive);
  }
  std::string out;
  out.reserve(size_of(response.headers) + response.body.size());
  out.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  out.append(reason_of(response.status)).append("\r\n");
  add_headers(&out, response.headers);
  const bool has_body = response.status != 204 && response.status != 304;
  if (has_body) add_line(&out, "Content-Length", std::to_string(response.body.size()));
  add_line(&out, "Connection", keep_alive ? "keep-alive" : "close");
  out.append("\r\n");
  if (has_body && !to_head) out.append(response.body);
  return out;
}

}  // namespace keystile::net
