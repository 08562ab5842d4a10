// The head of an HTTP/1.1 message (RFC 9112 sections 3 to 5), line by line, in the one spelling
// that every reader takes alike: single spaces in the first line, none before a colon, nothing but
// text in a value, no line that goes on in the next. Private to net/.
#pragma once

#include <optional>
#include <string_view>

#include "base/http.h"

namespace keystile::net {

// Looks for the end of a head that comes in pieces; what was looked at is not looked at again.
class HeadEnd {
 public:
  // Where the head ends in bytes, behind its empty line; npos: not yet. Then it is to be asked
  // again with more behind the same bytes.
  size_t find(std::string_view bytes);
  // A line ends otherwise than in CRLF.
  bool has_bare_lf() const { return has_bare_lf_; }

 private:
  size_t line_ = 0;  // where the one begins that has not ended yet
  bool has_bare_lf_ = false;
};

// Takes the text before the separator, and the separator, off the front of *text. None: it has no
// separator.
std::optional<std::string_view> take_until(std::string_view* text, std::string_view separator);

struct RequestLine {
  std::string_view method, target;  // not looked at yet
  bool is_http_11 = false;          // else 1.0
};
std::optional<RequestLine> read_request_line(std::string_view line);

struct StatusLine {
  int status = 0;  // three digits
  bool is_http_11 = false;
};
std::optional<StatusLine> read_status_line(std::string_view line);

// The lines between the first one and the empty one, each with its CRLF. Values come without the
// blanks around them. False: one of them is no header.
bool read_header_lines(std::string_view lines, Headers* headers);

}  // namespace keystile::net
