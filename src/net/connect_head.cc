#include "net/connect_head.h"

#include "base/encoding.h"
#include "base/http.h"
#include "net/framing.h"
#include "net/head.h"

namespace keystile::net {
namespace {

ConnectHead refused(int status, std::string text) { return {"", status, std::move(text)}; }

ConnectHead malformed() { return refused(400, "This is not a valid CONNECT request."); }

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
  const auto first = take_until(&head, "\r\n");
  const auto line = first ? read_request_line(*first) : std::nullopt;
  Headers headers;
  if (!line || !is_method(line->method) || !head.ends_with("\r\n")) return malformed();
  head.remove_suffix(2);
  if (!read_header_lines(head, &headers)) return malformed();
  if (line->method != "CONNECT") {
    return refused(405,
                   "This proxy takes only CONNECT: it carries https:// requests to exchanges, and "
                   "no http:// ones. Set HTTPS_PROXY, not HTTP_PROXY, to it.");
  }
  const std::string_view target = line->target;
  const size_t colon = target.rfind(':');
  if (colon == target.npos) return malformed();
  const std::string host = to_lower_ascii(target.substr(0, colon));
  if (!is_host(host)) return malformed();
  if (const char* fault =
          header_fault(headers, target, target.substr(0, colon), line->is_http_11)) {
    return refused(400, fault);
  }
  if (target.substr(colon + 1) != "443") {
    return refused(403, "This proxy only leads to port 443 of exchanges.");
  }
  return {host, 0, ""};
}

}  // namespace keystile::net
