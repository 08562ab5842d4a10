// Bytes from a program: what is accepted has one reading, however it arrives, and survives being
// written and read again.
#include "fuzz/check.h"
#include "net/framing.h"
#include "net/message.h"

using namespace keystile;
using namespace keystile::net;

namespace {

constexpr size_t kHead = 1024, kBody = 256;

struct Reading {
  ReadState state = ReadState::kStart;
  int refusal = 0;
  bool keep_alive = false;
  HttpRequest request;
  std::string rest;
};

Reading read(std::string_view bytes, size_t step) {
  RequestReader reader(kHead, kBody);
  Reading reading;
  for (size_t at = 0; at < bytes.size(); at += step) {
    reading.rest.append(bytes.substr(at, step));
    reading.state = reader.feed(&reading.rest);
  }
  reading.refusal = reader.refusal_status();
  if (reading.state == ReadState::kDone) {
    reading.keep_alive = reader.keep_alive();
    reading.request = reader.take();
  }
  return reading;
}

bool same(const Headers& a, const Headers& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Header& x, const Header& y) {
    return x.name == y.name && x.value == y.value;
  });
}

bool same(const HttpRequest& a, const HttpRequest& b) {
  return a.method == b.method && a.target() == b.target() && a.body == b.body &&
         same(a.headers, b.headers);
}

void check_same(const Reading& a, const Reading& b) {
  KS_HOLDS(a.state == b.state);
  if (a.state != ReadState::kDone) return;
  KS_HOLDS(a.keep_alive == b.keep_alive);
  KS_HOLDS(a.rest == b.rest);
  KS_HOLDS(same(a.request, b.request));
}

void check_framing_is_plain(std::string_view taken) {
  // No line ends but CRLF; that, read naively, cannot be two requests or half of one.
  const std::string_view head = taken.substr(0, taken.find("\r\n\r\n"));
  for (size_t i = 0; i < head.size(); ++i) {
    if (head[i] == '\n') KS_HOLDS(i > 0 && head[i - 1] == '\r');
    if (head[i] == '\r') KS_HOLDS(i + 1 < head.size() && head[i + 1] == '\n');
  }
}

void check_rewritten(const HttpRequest& request) {
  KS_HOLDS(is_writable(request));
  KS_HOLDS(count_headers(request.headers, "Transfer-Encoding") == 0);
  KS_HOLDS(count_headers(request.headers, "Connection") == 0);
  const std::string bytes = to_bytes(request, "exchange.example");
  Reading again = read(bytes, bytes.size());
  // Written with our own headers around it, it may have become too large, and nothing else.
  if (again.state == ReadState::kRefused && again.refusal == 431) return;
  KS_HOLDS(again.state == ReadState::kDone);
  KS_HOLDS(again.rest.empty());
  Headers sent = request.headers;
  for (Headers* headers : {&sent, &again.request.headers}) {
    std::erase_if(*headers, [](const Header& header) { return is_framing(header.name); });
  }
  KS_HOLDS(same(sent, again.request.headers));
  again.request.headers = request.headers;
  KS_HOLDS(same(request, again.request));
}

}  // namespace

KS_FUZZ_TARGET(input) {
  const Reading whole = read(input, std::max<size_t>(1, input.size()));
  check_same(whole, read(input, 1));
  check_same(whole, read(input, 7));
  if (whole.state != ReadState::kDone) return;
  KS_HOLDS(input.ends_with(whole.rest));
  check_framing_is_plain(input.substr(0, input.size() - whole.rest.size()));
  check_rewritten(whole.request);
}
