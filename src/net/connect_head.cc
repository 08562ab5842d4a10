#include "net/connect_head.h"

#include "base/encoding.h"
#include "base/http.h"
#include "net/framing.h"

namespace keystile::net {
namespace {

ConnectHead refused(int status, std::string text) { return {"", status, std::move(text)}; }

ConnectHead malformed() { return refused(400, "This is not a valid CONNECT request."); }

// Takes the text up to the separator off the front of *text; false if there is none.
bool take_until(std::string_view* text, std::string_view separator, std::string_view* taken) {
  const size_t end = text->find(separator);
  if (end == text->npos) return false;
  *taken = text->substr(0, end);
  text->remove_prefix(end + separator.size());
  return true;
}

bool read_headers(std::string_view lines, Headers* headers) {
  std::string_view line, name;
  while (take_until(&lines, "\r\n", &line) && !line.empty()) {
    if (!take_until(&line, ":", &name)) return false;
    while (line.starts_with(' ') || line.starts_with('\t')) line.remove_prefix(1);
    while (line.ends_with(' ') || line.ends_with('\t')) line.remove_suffix(1);
    headers->push_back({std::string(name), std::string(line)});
  }
  return lines.empty() && are_writable(*headers);
}

// Null if the headers go with the target.
const char* header_fault(const Headers& headers, std::string_view target, std::string_view host,
                         bool is_http_11) {
  if (find_header(headers, "Content-Length") || find_header(headers, "Transfer-Encoding")) {
    return "A CONNECT request has no body.";
  }
  const size_t hosts = count_headers(headers, "Host");
  if (hosts > 1 || (is_http_11 && hosts == 0)) return "There must be exactly one Host header.";
  const std::string* named = find_header(headers, "Host");
  if (named && !equals_ignore_case(*named, target) && !equals_ignore_case(*named, host)) {
    return "The Host header names another host than the target.";
  }
  return nullptr;
}

}  // namespace

ConnectHead read_connect(std::string_view head) {
  std::string_view line, method, target;
  if (!take_until(&head, "\r\n", &line) || !take_until(&line, " ", &method) ||
      !take_until(&line, " ", &target) || (line != "HTTP/1.1" && line != "HTTP/1.0")) {
    return malformed();
  }
  Headers headers;
  if (!is_method(method) || !read_headers(head, &headers)) return malformed();
  if (method != "CONNECT") {
    return refused(405,
                   "This proxy takes only CONNECT: it carries https:// requests to exchanges, and "
                   "no http:// ones. Set HTTPS_PROXY, not HTTP_PROXY, to it.");
  }
  const size_t colon = target.rfind(':');
  if (colon == target.npos) return malformed();
  const std::string host = to_lower_ascii(target.substr(0, colon));
  if (!is_host(host)) return malformed();
  if (const char* fault =
          header_fault(headers, target, target.substr(0, colon), line == "HTTP/1.1")) {
    return refused(400, fault);
  }
  if (target.substr(colon + 1) != "443") {
    return refused(403, "This proxy only leads to port 443 of exchanges.");
  }
  return {host, 0, ""};
}

}  // namespace keystile::net
