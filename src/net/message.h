// HTTP/1.1 messages from and to bytes, without I/O. Private to net/. The parser is Beast's; around
// it stand the checks of framing.h that keep two readers of one byte stream from seeing different
// requests.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/http.h"
#include "base/result.h"

namespace keystile::net {

enum class ReadState {
  kStart,  // no byte of a message seen
  kHead,
  kBody,
  kDone,
  kRefused,
};

// Reads one request.
class RequestReader {
 public:
  RequestReader(size_t header_bytes, size_t body_bytes);
  ~RequestReader();

  // Takes what belongs to the request from the front of *bytes and leaves the rest.
  ReadState feed(std::string* bytes);
  ReadState state() const;

  // kRefused: how to answer.
  int refusal_status() const;
  std::string_view refusal_text() const;

  // From kBody on: the client waits for "100 Continue" before it sends the body.
  bool expects_continue() const;
  bool keep_alive() const;
  // kDone: the request, without the headers that are about this connection only.
  HttpRequest take();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Reads one response; informational ones (1xx) before it are skipped.
class ResponseReader {
 public:
  // to_head: it answers a HEAD request and has no body, whatever its headers say.
  ResponseReader(size_t body_bytes, bool to_head);
  ~ResponseReader();

  ReadState feed(std::string* bytes);
  // The peer ended its stream properly: completes a body that has no other end.
  ReadState end();
  bool keep_alive() const;
  HttpResponse take();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// True if no byte of it can be taken for the end of the part it stands in.
bool is_writable(const HttpRequest& request);

// The whole message. Headers about the connection and its framing are replaced by ours. The request
// must be writable.
std::string to_bytes(const HttpRequest& request, std::string_view host);
// An answer of the server's own, to people.
HttpResponse plain_answer(int status, std::string_view text);
// A response with a header that cannot be written becomes an empty 500.
std::string to_bytes(const HttpResponse& response, bool to_head, bool keep_alive);

}  // namespace keystile::net
