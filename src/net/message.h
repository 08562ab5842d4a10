// HTTP/1.1 messages from and to bytes, without I/O. Private to net/. What is read has one meaning:
// see head.h, framing.h and chunked.h for what keeps two readers of one byte stream from seeing
// different requests.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/http.h"
#include "net/chunked.h"
#include "net/head.h"

namespace keystile::net {

enum class ReadState {
  kStart,  // no byte of a message seen
  kHead,
  kBody,
  kDone,
  kRefused,
};

// A body as its message's head announced it.
class Body {
 public:
  enum class State { kMore, kDone, kMalformed, kTooLarge };

  static Body none() { return Body(0); }
  static Body of_length(uint64_t bytes) { return Body(bytes); }
  static Body in_chunks(ChunkedBody chunks);
  static Body until_end(size_t limit);  // of the stream

  // Takes what belongs to the body off the front of *bytes.
  State feed(std::string* bytes);
  bool ends_with_stream() const { return until_end_; }
  std::string take();

 private:
  explicit Body(uint64_t left) : left_(left) {}

  std::optional<ChunkedBody> chunks_;
  bool until_end_ = false;
  uint64_t left_ = 0;  // still to come, or that may still come
  std::string bytes_;
};

// Reads one request.
class RequestReader {
 public:
  RequestReader(size_t header_bytes, size_t body_bytes)
      : header_bytes_(header_bytes), body_bytes_(body_bytes) {}

  // Takes what belongs to the request from the front of *bytes and leaves the rest.
  ReadState feed(std::string* bytes);
  ReadState state() const { return state_; }

  // kRefused: how to answer.
  int refusal_status() const { return refusal_status_; }
  std::string_view refusal_text() const { return refusal_text_; }

  // From kBody on: the client waits for "100 Continue" before it sends the body.
  bool expects_continue() const { return expects_continue_; }
  bool keep_alive() const { return keep_alive_; }
  // It would rather go on as a WebSocket (RFC 6455 section 4.1).
  bool asks_websocket() const { return asks_websocket_; }
  // kDone: the request, without the headers that are about this connection only.
  HttpRequest take() { return std::move(request_); }

 private:
  ReadState refuse(int status, std::string text);
  ReadState read_head(std::string* bytes);
  ReadState read_lines(std::string_view head);
  ReadState check_headers(bool is_http_11);

  size_t header_bytes_, body_bytes_;
  ReadState state_ = ReadState::kStart;
  HeadEnd head_end_;
  HttpRequest request_;
  Body body_ = Body::none();
  bool expects_continue_ = false;
  bool keep_alive_ = false;
  bool asks_websocket_ = false;
  int refusal_status_ = 0;
  std::string refusal_text_;
};

// Reads one response; informational ones (1xx) before it are skipped.
class ResponseReader {
 public:
  // to_head: it answers a HEAD request and has no body, whatever its headers say.
  ResponseReader(size_t body_bytes, bool to_head) : body_bytes_(body_bytes), to_head_(to_head) {}

  ReadState feed(std::string* bytes);
  // The peer ended its stream properly: completes a body that has no other end.
  ReadState end();
  bool keep_alive() const { return keep_alive_; }
  HttpResponse take() { return std::move(response_); }

 private:
  ReadState read_head(std::string* bytes);
  ReadState read_lines(std::string_view head);
  ReadState finished();

  size_t body_bytes_;
  bool to_head_;
  ReadState state_ = ReadState::kStart;
  HeadEnd head_end_;
  HttpResponse response_;
  Body body_ = Body::none();
  bool keep_alive_ = false;
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
