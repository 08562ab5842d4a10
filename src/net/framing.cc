#include "net/framing.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"

namespace keystile::net {
namespace {

constexpr std::array<std::string_view, 9> kHopByHop = {
    "Connection", "Keep-Alive",        "Proxy-Connection", "Proxy-Authenticate", "TE",
    "Trailer",    "Transfer-Encoding", "Upgrade",          "Proxy-Authorization"};

bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

bool is_method(std::string_view text) {
  constexpr size_t kLongest = 20;
  return !text.empty() && text.size() <= kLongest &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool is_origin_form(std::string_view target) {
  return !target.empty() && target.front() == '/' &&
         std::all_of(target.begin(), target.end(),
                     [](char c) { return c > 0x20 && c < 0x7f && c != '#'; });
}

bool is_host(std::string_view text) {
  constexpr std::string_view kMarks = ".-_:[]";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

bool are_ascii(const Headers& headers) {
  return std::all_of(headers.begin(), headers.end(), [](const Header& header) {
    return std::all_of(header.value.begin(), header.value.end(),
                       [](unsigned char c) { return c < 0x80; });
  });
}

bool are_writable(const Headers& headers) {
  return std::all_of(headers.begin(), headers.end(), [](const Header& header) {
    return is_token(header.name) &&
           std::all_of(header.value.begin(), header.value.end(),
                       [](unsigned char c) { return c == '\t' || (c >= 0x20 && c != 0x7f); });
  });
}

bool is_framing(std::string_view name) {
  return equals_ignore_case(name, "Host") || equals_ignore_case(name, "Content-Length") ||
         std::any_of(kHopByHop.begin(), kHopByHop.end(),
                     [&](std::string_view hop) { return equals_ignore_case(name, hop); });
}

void remove_hop_by_hop(Headers* headers) {
  // What Connection names goes too.
  std::string named;
  for (const Header& header : *headers) {
    if (equals_ignore_case(header.name, "Connection")) named += header.value + ",";
  }
  for (size_t from = 0, comma; (comma = named.find(',', from)) != std::string::npos;
       from = comma + 1) {
    remove_headers(headers, trimmed(std::string_view(named).substr(from, comma - from)));
  }
  for (const std::string_view name : kHopByHop) remove_headers(headers, name);
}

const char* framing_fault(const Headers& headers, bool is_http_11) {
  const size_t lengths = count_headers(headers, "Content-Length");
  const size_t encodings = count_headers(headers, "Transfer-Encoding");
  if (lengths > 1) return "several Content-Length headers";
  if (encodings > 0 && lengths > 0) return "both Transfer-Encoding and Content-Length";
  if (encodings > 0 && !is_http_11) return "Transfer-Encoding in HTTP/1.0";
  if (encodings > 1 ||
      (encodings == 1 &&
       !equals_ignore_case(*find_header(headers, "Transfer-Encoding"), "chunked"))) {
    return "a Transfer-Encoding other than chunked";
  }
  if (lengths == 0) return nullptr;
  const std::string& length = *find_header(headers, "Content-Length");
  const bool is_padded = length.size() > 1 && length.front() == '0';  // octal, to some readers
  return is_padded || !parse_uint64(length) ? "a Content-Length that is not a plain number"
                                            : nullptr;
}

size_t head_end(std::string_view bytes, bool* bad_line) {
  const size_t blank = bytes.find("\r\n\r\n");
  const std::string_view head = bytes.substr(0, blank == bytes.npos ? bytes.npos : blank + 4);
  for (size_t at = 0; (at = head.find('\n', at)) != head.npos; ++at) {
    const bool folded = at + 1 < head.size() && (head[at + 1] == ' ' || head[at + 1] == '\t');
    if (at == 0 || head[at - 1] != '\r' || folded) *bad_line = true;
  }
  return blank == bytes.npos ? blank : blank + 4;
}

}  // namespace keystile::net
