#include "net/head.h"

#include "net/framing.h"

namespace keystile::net {
namespace {

constexpr size_t kUsualHeaders = 16;  // more may come

bool is_version(std::string_view text, bool* is_http_11) {
  *is_http_11 = text == "HTTP/1.1";
  return *is_http_11 || text == "HTTP/1.0";
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

size_t HeadEnd::find(std::string_view bytes) {
  for (size_t at = 0; (at = bytes.find('\n', line_)) != bytes.npos; line_ = at + 1) {
    const bool in_crlf = at > line_ && bytes[at - 1] == '\r';
    if (in_crlf && at == line_ + 1) return at + 1;
    if (!in_crlf) has_bare_lf_ = true;
  }
  return bytes.npos;
}

std::optional<std::string_view> take_until(std::string_view* text, std::string_view separator) {
  const size_t end = text->find(separator);
  if (end == text->npos) return std::nullopt;
  const std::string_view taken = text->substr(0, end);
  text->remove_prefix(end + separator.size());
  return taken;
}

std::optional<RequestLine> read_request_line(std::string_view line) {
  RequestLine read;
  const auto method = take_until(&line, " ");
  const auto target = method ? take_until(&line, " ") : std::nullopt;
  if (!target || !is_version(line, &read.is_http_11)) return std::nullopt;
  read.method = *method;
  read.target = *target;
  return read;
}

std::optional<StatusLine> read_status_line(std::string_view line) {
  StatusLine read;
  const auto version = take_until(&line, " ");
  if (!version || !is_version(*version, &read.is_http_11)) return std::nullopt;
  const bool ends = line.size() == 3 || (line.size() > 3 && line[3] == ' ');  // then the reason
  if (!ends) return std::nullopt;
  for (const char digit : line.substr(0, 3)) {
    if (digit < '0' || digit > '9') return std::nullopt;
    read.status = read.status * 10 + (digit - '0');
  }
  return read;
}

bool read_header_lines(std::string_view lines, Headers* headers) {
  headers->reserve(kUsualHeaders);
  while (!lines.empty()) {
    const std::string_view name = lines.substr(0, token_length(lines));
    const size_t end = lines.find('\r', name.size());
    if (name.empty() || end == lines.npos || lines[name.size()] != ':') return false;
    if (!lines.substr(end).starts_with("\r\n")) return false;
    const std::string_view value = trimmed(lines.substr(name.size() + 1, end - name.size() - 1));
    if (!is_header_text(value)) return false;
    Header& header = headers->emplace_back();
    header.name = name;
    header.value = value;
    lines.remove_prefix(end + 2);
  }
  return true;
}

}  // namespace keystile::net
