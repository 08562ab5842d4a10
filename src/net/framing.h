// Where an HTTP/1.1 message begins and ends, and what its parts may be made of: checks on text (RFC
// 9112 sections 2.2, 3.2, 6.3, 11.2). Private to net/.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/http.h"

namespace keystile::net {

// A few upper-case letters.
bool is_method(std::string_view text);
// What a path or query may be made of: printable ASCII, no '#'.
bool is_target_text(std::string_view text);
// Path and query: such text from '/' on.
bool is_origin_form(std::string_view target);
// A name or address, with or without a port: what may stand in Host (RFC 9110 section 7.2).
bool is_host(std::string_view text);
// Bytes beyond ASCII mean what each reader takes them for.
bool are_ascii(const Headers& headers);
// How many bytes at the front of text may stand in a header's name (RFC 9110 section 5.6.2).
size_t token_length(std::string_view text);
// No byte of it could end a header's value (RFC 9110 section 5.5).
bool is_header_text(std::string_view text);
// Names are tokens, and values such text.
bool are_writable(const Headers& headers);

// Headers that are about the connection or the message's framing: never passed on.
bool is_framing(std::string_view name);

// What a message's headers say about its end, its connection and whom it is for: how often each of
// these stands there, and the first one's value.
struct Framing {
  struct Field {
    size_t count = 0;
    std::string value;
  };
  Field host, length, encoding, content_type, expect, protocol;  // protocol: of Upgrade
  bool close = false;                                            // "Connection: close"
  bool keep_alive = false;                                       // "Connection: keep-alive"
  bool upgrade = false;                                          // "Connection: Upgrade"
  bool names_too_many = false;                                   // Connection does

  enum class Of { kRequest, kResponse };
  // Takes out of the headers what is about this one connection, also what Connection names (RFC
  // 9110 section 7.6.1); of a request also Expect, of a response Content-Length.
  Framing(Headers* headers, Of of);
  // Null if the message's end is told in exactly one way, and Connection is a short list; else what
  // is wrong.
  const char* fault(bool is_http_11) const;
  bool keeps_alive(bool is_http_11) const { return !close && (is_http_11 || keep_alive); }

 private:
  void note_options(std::string_view value, std::vector<std::string>* others);
};

}  // namespace keystile::net
