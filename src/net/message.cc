#include "net/message.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>

#include "base/encoding.h"
#include "net/chunked.h"
#include "net/framing.h"

namespace keystile::net {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

constexpr size_t kResponseHeaderBytes = 64 * 1024;
constexpr size_t kMaxHeaders = 100;  // of a request
// What of a response may wait unread inside a body: a chunk's size line or the trailer section.
constexpr size_t kFramingBytes = 4096;
// The shortest end of a chunked body, "0\r\n\r\n". Given less of it, Beast 1.81 fails an assertion.
constexpr size_t kLastChunkBytes = 5;

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

template <class Fields>
Headers copy_headers(const Fields& fields) {
  Headers headers;
  for (const auto& field : fields) {
    headers.push_back({std::string(view(field.name_string())), std::string(view(field.value()))});
  }
  return headers;
}

// Feeds the parser until it is done or wants more; false on an error other than wanting more.
template <class Parser>
bool feed_parser(Parser* parser, std::string* bytes, error_code* error) {
  while (!parser->is_done() && !bytes->empty()) {
    const bool in_chunks = parser->is_header_done() && parser->chunked();
    if (in_chunks && bytes->size() < kLastChunkBytes) return true;
    const size_t used = parser->put(boost::asio::buffer(*bytes), *error);
    bytes->erase(0, used);
    if (*error == http::error::need_more) {
      *error = {};
      return true;
    }
    if (*error) return false;
    if (used == 0) return true;
  }
  return true;
}

void add_line(std::string* out, std::string_view name, std::string_view value) {
  out->append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

// --- requests ------------------------------------------------------------------------------------

struct RequestReader::Impl {
  using Parser = http::request_parser<http::string_body>;

  ReadState refuse(int status, std::string text) {
    refusal_status = status;
    refusal_text = std::move(text);
    return state = ReadState::kRefused;
  }

  ReadState refuse(const error_code& error) {
    if (error == http::error::body_limit) return refuse(413, "The body is too large.");
    if (error == http::error::header_limit) return refuse(431, "The headers are too large.");
    return refuse(400, "This is not a valid HTTP/1.1 request: " + error.message() + ".");
  }

  ReadState read_head(std::string* bytes) {
    bool bad_line = false;
    const size_t end = head_end(*bytes, &bad_line);
    if (std::min(end, bytes->size()) > header_bytes) {
      return refuse(431, "The headers are too large.");
    }
    if (bad_line) return refuse(400, "A header line is folded or does not end in CRLF.");
    if (end == std::string::npos) return state = ReadState::kHead;

    error_code error;
    std::string head = bytes->substr(0, end);
    bytes->erase(0, end);
    if (!feed_parser(&parser, &head, &error)) return refuse(error);
    if (!parser.is_header_done() || !head.empty()) {
      return refuse(400, "This is not a valid HTTP/1.1 request.");
    }
    return check_head();
  }

  ReadState check_head() {
    const auto& message = parser.get();
    request.method = std::string(view(message.method_string()));
    request.headers = copy_headers(message.base());
    const bool is_http_11 = message.version() == 11;
    const std::string_view target = view(message.target());

    if (request.headers.size() > kMaxHeaders) return refuse(431, "There are too many headers.");
    if (!are_ascii(request.headers)) return refuse(400, "A header has bytes beyond ASCII.");
    if (!is_method(request.method)) {
      return refuse(400, "The method is not a few upper-case letters.");
    }
    if (!is_origin_form(target)) {
      return refuse(400, "The target is not a path of printable characters.");
    }
    const size_t hosts = count_headers(request.headers, "Host");
    if (hosts > 1 || (is_http_11 && hosts == 0)) {
      return refuse(400, "There must be exactly one Host header.");
    }
    if (hosts == 1 && !is_host(*find_header(request.headers, "Host"))) {
      return refuse(400, "The Host header is not a host with or without a port.");
    }
    if (count_headers(request.headers, "Content-Type") > 1) {
      return refuse(400, "There are several Content-Type headers.");
    }
    if (const char* fault = framing_fault(request.headers, is_http_11)) {
      return refuse(400, std::string("The request has ") + fault + ".");
    }
    if (const std::string* expect = find_header(request.headers, "Expect")) {
      const bool is_only = count_headers(request.headers, "Expect") == 1;
      if (!is_only || !equals_ignore_case(*expect, "100-continue")) {
        return refuse(417, "The only expectation that is met is 100-continue.");
      }
      expects_continue = is_http_11;
    }
    const size_t mark = target.find('?');
    request.path = std::string(target.substr(0, mark));
    request.has_query = mark != target.npos;
    if (request.has_query) request.query = std::string(target.substr(mark + 1));
    keep_alive = is_http_11 && message.keep_alive();
    if (count_headers(request.headers, "Transfer-Encoding") > 0) chunks.emplace(body_bytes);
    remove_hop_by_hop(&request.headers);
    remove_headers(&request.headers, "Expect");
    return state = ReadState::kBody;
  }

  ReadState read_chunks(std::string* bytes) {
    using State = ChunkedBody::State;
    const State read = chunks->feed(bytes);
    if (read == State::kMalformed) return refuse(400, "The body's chunks are not plain ones.");
    if (read == State::kTooLarge) return refuse(http::error::body_limit);
    if (read == State::kMore) return state;
    request.body = chunks->take();
    return state = ReadState::kDone;
  }

  size_t header_bytes = 0;
  size_t body_bytes = 0;
  Parser parser;
  std::optional<ChunkedBody> chunks;  // set if the body comes in chunks
  ReadState state = ReadState::kStart;
  HttpRequest request;
  bool expects_continue = false;
  bool keep_alive = false;
  int refusal_status = 0;
  std::string refusal_text;
};

RequestReader::RequestReader(size_t header_bytes, size_t body_bytes)
    : impl_(std::make_unique<Impl>()) {
  impl_->header_bytes = header_bytes;
  impl_->body_bytes = body_bytes;
  impl_->parser.eager(true);
  impl_->parser.header_limit(static_cast<std::uint32_t>(header_bytes));
  impl_->parser.body_limit(body_bytes);
}

RequestReader::~RequestReader() = default;

ReadState RequestReader::feed(std::string* bytes) {
  Impl& self = *impl_;
  if (self.state == ReadState::kDone || self.state == ReadState::kRefused) return self.state;
  if (self.state != ReadState::kBody) {
    if (bytes->empty()) return self.state;
    if (self.read_head(bytes) != ReadState::kBody) return self.state;
  }
  if (self.chunks) return self.read_chunks(bytes);
  error_code error;
  if (!feed_parser(&self.parser, bytes, &error)) return self.refuse(error);
  if (!self.parser.is_done()) return self.state;
  self.request.body = std::move(self.parser.get().body());
  return self.state = ReadState::kDone;
}

ReadState RequestReader::state() const { return impl_->state; }
int RequestReader::refusal_status() const { return impl_->refusal_status; }
std::string_view RequestReader::refusal_text() const { return impl_->refusal_text; }
bool RequestReader::expects_continue() const { return impl_->expects_continue; }
bool RequestReader::keep_alive() const { return impl_->keep_alive; }
HttpRequest RequestReader::take() { return std::move(impl_->request); }

// --- responses -----------------------------------------------------------------------------------

struct ResponseReader::Impl {
  using Parser = http::response_parser<http::string_body>;

  void restart() {
    parser = std::make_unique<Parser>();
    parser->eager(true);
    parser->header_limit(kResponseHeaderBytes);
    parser->body_limit(body_bytes);
    parser->skip(to_head);
  }

  ReadState read_head(std::string* bytes) {
    bool bad_line = false;
    const size_t end = head_end(*bytes, &bad_line);
    if (bad_line || std::min(end, bytes->size()) > kResponseHeaderBytes) {
      return state = ReadState::kRefused;
    }
    if (end == std::string::npos) return state = ReadState::kHead;
    error_code error;
    std::string head = bytes->substr(0, end);
    bytes->erase(0, end);
    if (!feed_parser(parser.get(), &head, &error) || !parser->is_header_done() || !head.empty()) {
      return state = ReadState::kRefused;
    }
    const auto& message = parser->get();
    response.status = static_cast<int>(message.result_int());
    response.headers = copy_headers(message.base());
    if (framing_fault(response.headers, message.version() == 11) || response.status == 101) {
      return state = ReadState::kRefused;
    }
    if (response.status < 200) {
      restart();
      return state = ReadState::kHead;
    }
    keep_alive = message.keep_alive() && !message.need_eof();
    return state = ReadState::kBody;
  }

  ReadState finished() {
    response.body = std::move(parser->get().body());
    remove_hop_by_hop(&response.headers);
    remove_headers(&response.headers, "Content-Length");
    return state = ReadState::kDone;
  }

  size_t body_bytes = 0;
  bool to_head = false;
  std::unique_ptr<Parser> parser;
  ReadState state = ReadState::kStart;
  HttpResponse response;
  bool keep_alive = false;
};

ResponseReader::ResponseReader(size_t body_bytes, bool to_head) : impl_(std::make_unique<Impl>()) {
  impl_->body_bytes = body_bytes;
  impl_->to_head = to_head;
  impl_->restart();
}

ResponseReader::~ResponseReader() = default;

ReadState ResponseReader::feed(std::string* bytes) {
  Impl& self = *impl_;
  if (self.state == ReadState::kDone || self.state == ReadState::kRefused) return self.state;
  while (self.state != ReadState::kBody) {
    const size_t before = bytes->size();
    if (before == 0 || self.read_head(bytes) == ReadState::kRefused) return self.state;
    if (self.state == ReadState::kHead && bytes->size() == before) return self.state;
  }
  error_code error;
  if (!feed_parser(self.parser.get(), bytes, &error)) return self.state = ReadState::kRefused;
  if (self.parser->is_done()) return self.finished();
  if (bytes->size() > kFramingBytes) return self.state = ReadState::kRefused;
  return self.state;
}

ReadState ResponseReader::end() {
  Impl& self = *impl_;
  if (self.state == ReadState::kBody) {
    error_code error;
    self.parser->put_eof(error);
    if (!error && self.parser->is_done()) return self.finished();
  }
  return self.state = ReadState::kRefused;
}

bool ResponseReader::keep_alive() const { return impl_->keep_alive; }
HttpResponse ResponseReader::take() { return std::move(impl_->response); }

// --- writing -------------------------------------------------------------------------------------

bool is_writable(const HttpRequest& request) {
  return is_method(request.method) && is_origin_form(request.target()) &&
         are_writable(request.headers);
}

std::string to_bytes(const HttpRequest& request, std::string_view host) {
  std::string out = request.method + " " + request.target() + " HTTP/1.1\r\n";
  add_line(&out, "Host", host);
  for (const Header& header : request.headers) {
    if (!is_framing(header.name)) add_line(&out, header.name, header.value);
  }
  const bool says_length = !request.body.empty() || request.method == "POST" ||
                           request.method == "PUT" || request.method == "PATCH";
  if (says_length) add_line(&out, "Content-Length", std::to_string(request.body.size()));
  add_line(&out, "Connection", "keep-alive");
  return out + "\r\n" + request.body;
}

HttpResponse plain_answer(int status, std::string_view text) {
  return {status, {{"Content-Type", "text/plain"}}, std::string(text) + "\n"};
}

std::string to_bytes(const HttpResponse& response, bool to_head, bool keep_alive) {
  if (!are_writable(response.headers) || response.status < 200 || response.status > 999) {
    return to_bytes(HttpResponse{500, {}, ""}, to_head, keep_alive);
  }
  const auto reason =
      http::obsolete_reason(http::int_to_status(static_cast<unsigned>(response.status)));
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + " ";
  out.append(view(reason)).append("\r\n");
  for (const Header& header : response.headers) {
    if (!is_framing(header.name)) add_line(&out, header.name, header.value);
  }
  const bool has_body = response.status != 204 && response.status != 304;
  if (has_body) add_line(&out, "Content-Length", std::to_string(response.body.size()));
  add_line(&out, "Connection", keep_alive ? "keep-alive" : "close");
  out += "\r\n";
  return has_body && !to_head ? out + response.body : out;
}

}  // namespace keystile::net
