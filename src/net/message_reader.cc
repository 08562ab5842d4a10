#include <algorithm>

#include "base/encoding.h"
#include "net/framing.h"
#include "net/head.h"
#include "net/message.h"

namespace keystile::net {
namespace {

constexpr size_t kResponseHeaderBytes = 64 * 1024;
constexpr size_t kMaxHeaders = 100;  // of a request
// What of a response may wait unread inside a body: a chunk's size line or a trailer's.
constexpr size_t kFramingBytes = 4096;

// The first line of a head, which ends in an empty one; what stays is the header lines.
std::string_view take_first_line(std::string_view* head) {
  head->remove_suffix(2);
  return take_until(head, "\r\n").value_or("");
}

}  // namespace

// --- bodies --------------------------------------------------------------------------------------

Body Body::in_chunks(ChunkedBody chunks) {
  Body body(0);
  body.chunks_ = std::move(chunks);
  return body;
}

Body Body::until_end(size_t limit) {
  Body body(limit);
  body.until_end_ = true;
  return body;
}

Body::State Body::feed(std::string* bytes) {
  if (chunks_) {
    const ChunkedBody::State read = chunks_->feed(bytes);
    if (read == ChunkedBody::State::kMalformed) return State::kMalformed;
    if (read == ChunkedBody::State::kTooLarge) return State::kTooLarge;
    return read == ChunkedBody::State::kDone ? State::kDone : State::kMore;
  }
  if (until_end_ && bytes->size() > left_) return State::kTooLarge;
  const size_t some = std::min<uint64_t>(left_, bytes->size());
  bytes_.append(*bytes, 0, some);
  bytes->erase(0, some);
  left_ -= some;
  return left_ == 0 && !until_end_ ? State::kDone : State::kMore;
}

std::string Body::take() { return chunks_ ? chunks_->take() : std::move(bytes_); }

// --- requests ------------------------------------------------------------------------------------

ReadState RequestReader::refuse(int status, std::string text) {
  refusal_status_ = status;
  refusal_text_ = std::move(text);
  return state_ = ReadState::kRefused;
}

ReadState RequestReader::read_head(std::string* bytes) {
  const size_t end = head_end_.find(*bytes);
  if (std::min(end, bytes->size()) > header_bytes_) {
    return refuse(431, "The headers are too large.");
  }
  if (head_end_.has_bare_lf()) return refuse(400, "A line does not end in CRLF.");
  if (end == std::string::npos) return state_ = ReadState::kHead;
  const ReadState read = read_lines(std::string_view(*bytes).substr(0, end));
  bytes->erase(0, end);
  return read;
}

ReadState RequestReader::read_lines(std::string_view head) {
  const auto first = read_request_line(take_first_line(&head));
  if (!first) return refuse(400, "The first line is not METHOD TARGET HTTP/1.1.");
  if (!is_method(first->method)) {
    return refuse(400, "The method is not a few upper-case letters.");
  }
  if (!is_origin_form(first->target)) {
    return refuse(400, "The target is not a path of printable characters.");
  }
  if (!read_header_lines(head, &request_.headers)) {
    return refuse(400, "A header line is not NAME: TEXT.");
  }
  request_.method = first->method;
  const size_t mark = first->target.find('?');
  request_.path = first->target.substr(0, mark);
  request_.has_query = mark != first->target.npos;
  if (request_.has_query) request_.query = first->target.substr(mark + 1);
  return check_headers(first->is_http_11);
}

ReadState RequestReader::check_headers(bool is_http_11) {
  if (request_.headers.size() > kMaxHeaders) return refuse(431, "There are too many headers.");
  if (!are_ascii(request_.headers)) return refuse(400, "A header has bytes beyond ASCII.");
  const Framing framing(&request_.headers, Framing::Of::kRequest);
  if (framing.host.count > 1 || (is_http_11 && framing.host.count == 0)) {
    return refuse(400, "There must be exactly one Host header.");
  }
  if (framing.host.count == 1 && !is_host(framing.host.value)) {
    return refuse(400, "The Host header is not a host with or without a port.");
  }
  if (framing.content_type.count > 1) {
    return refuse(400, "There are several Content-Type headers.");
  }
  if (const char* fault = framing.fault(is_http_11)) {
    return refuse(400, std::string("The request has ") + fault + ".");
  }
  if (framing.expect.count > 0) {
    const bool known = equals_ignore_case(framing.expect.value, "100-continue");
    if (!known || framing.expect.count > 1) {
      return refuse(417, "The only expectation that is met is 100-continue.");
    }
    expects_continue_ = is_http_11;
  }
  const uint64_t length = parse_uint64(framing.length.value).value_or(0);
  if (length > body_bytes_) return refuse(413, "The body is too large.");
  body_ = framing.encoding.count > 0 ? Body::in_chunks(ChunkedBody(body_bytes_))
                                     : Body::of_length(length);
  keep_alive_ = is_http_11 && framing.keeps_alive(is_http_11);
  asks_websocket_ = is_http_11 && framing.upgrade && request_.method == "GET" &&
                    equals_ignore_case(framing.protocol.value, "websocket");
  return state_ = ReadState::kBody;
}

ReadState RequestReader::feed(std::string* bytes) {
  if (state_ == ReadState::kDone || state_ == ReadState::kRefused) return state_;
  if (state_ != ReadState::kBody) {
    if (bytes->empty()) return state_;
    if (read_head(bytes) != ReadState::kBody) return state_;
  }
  const Body::State read = body_.feed(bytes);
  if (read == Body::State::kMalformed) return refuse(400, "The body's chunks are not plain ones.");
  if (read == Body::State::kTooLarge) return refuse(413, "The body is too large.");
  if (read == Body::State::kMore) return state_;
  request_.body = body_.take();
  return state_ = ReadState::kDone;
}

// --- responses -----------------------------------------------------------------------------------

ReadState ResponseReader::read_head(std::string* bytes) {
  const size_t end = head_end_.find(*bytes);
  if (head_end_.has_bare_lf() || std::min(end, bytes->size()) > kResponseHeaderBytes) {
    return state_ = ReadState::kRefused;
  }
  if (end == std::string::npos) return state_ = ReadState::kHead;
  const ReadState read = read_lines(std::string_view(*bytes).substr(0, end));
  bytes->erase(0, end);
  head_end_ = {};  // another may follow an informational one
  return read;
}

ReadState ResponseReader::read_lines(std::string_view head) {
  response_ = {};
  const auto first = read_status_line(take_first_line(&head));
  if (!first || first->status < 100 || !read_header_lines(head, &response_.headers)) {
    return state_ = ReadState::kRefused;
  }
  response_.status = first->status;
  const Framing framing(&response_.headers, Framing::Of::kResponse);
  const uint64_t length = parse_uint64(framing.length.value).value_or(0);
  const bool has_body =
      !to_head_ && response_.status != 204 && response_.status != 304 && response_.status >= 200;
  if (framing.fault(first->is_http_11) || response_.status == 101 ||
      (has_body && length > body_bytes_)) {
    return state_ = ReadState::kRefused;
  }
  if (response_.status < 200) return state_ = ReadState::kHead;
  if (!has_body) {
    body_ = Body::none();
  } else if (framing.encoding.count > 0) {
    body_ = Body::in_chunks(ChunkedBody(body_bytes_, ChunkedBody::Extras::kDropped));
  } else {
    body_ = framing.length.count > 0 ? Body::of_length(length) : Body::until_end(body_bytes_);
  }
  keep_alive_ = framing.keeps_alive(first->is_http_11) && !body_.ends_with_stream();
  return state_ = ReadState::kBody;
}

ReadState ResponseReader::finished() {
  response_.body = body_.take();
  return state_ = ReadState::kDone;
}

ReadState ResponseReader::feed(std::string* bytes) {
  if (state_ == ReadState::kDone || state_ == ReadState::kRefused) return state_;
  while (state_ != ReadState::kBody) {
    const size_t before = bytes->size();
    if (before == 0 || read_head(bytes) == ReadState::kRefused) return state_;
    if (state_ == ReadState::kHead && bytes->size() == before) return state_;
  }
  const Body::State read = body_.feed(bytes);
  if (read == Body::State::kDone) return finished();
  const bool fits = read == Body::State::kMore && bytes->size() <= kFramingBytes;
  return fits ? state_ : state_ = ReadState::kRefused;
}

ReadState ResponseReader::end() {
  if (state_ == ReadState::kBody && body_.ends_with_stream()) return finished();
  return state_ = ReadState::kRefused;
}

}  // namespace keystile::net
