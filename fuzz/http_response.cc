// Bytes from an exchange: one reading however they arrive, and written for a client they are one
// message again.
#include "fuzz/check.h"
#include "net/framing.h"
#include "net/message.h"

using namespace keystile;
using namespace keystile::net;

namespace {

constexpr size_t kBody = 256;

struct Reading {
  ReadState state = ReadState::kStart;
  bool keep_alive = false;
  HttpResponse response;
  std::string rest;
};

Reading read(std::string_view bytes, size_t step, bool to_head) {
  ResponseReader reader(kBody, to_head);
  Reading reading;
  for (size_t at = 0; at < bytes.size(); at += step) {
    reading.rest.append(bytes.substr(at, step));
    reading.state = reader.feed(&reading.rest);
  }
  if (reading.state != ReadState::kDone) reading.state = reader.end();
  if (reading.state == ReadState::kDone) {
    reading.keep_alive = reader.keep_alive();
    reading.response = reader.take();
  }
  return reading;
}

std::string spelled(const HttpResponse& response) {
  std::string text = std::to_string(response.status) + "\n";
  for (const Header& header : response.headers) text += header.name + ": " + header.value + "\n";
  return text + "\n" + response.body;
}

void check_same(const Reading& a, const Reading& b) {
  KS_HOLDS(a.state == b.state);
  if (a.state != ReadState::kDone) return;
  KS_HOLDS(a.keep_alive == b.keep_alive);
  KS_HOLDS(a.rest == b.rest);
  KS_HOLDS(spelled(a.response) == spelled(b.response));
}

void check_rewritten(const HttpResponse& response, bool to_head) {
  const std::string bytes = to_bytes(response, to_head, true);
  const Reading again = read(bytes, bytes.size(), to_head);
  KS_HOLDS(again.state == ReadState::kDone);
  KS_HOLDS(again.rest.empty());
  KS_HOLDS(again.keep_alive);
  if (are_writable(response.headers)) KS_HOLDS(again.response.status == response.status);
}

}  // namespace

// The first byte: whether it answers a HEAD request.
KS_FUZZ_TARGET(input) {
  if (input.empty()) return;
  const bool to_head = input[0] == 'H';
  input.remove_prefix(1);
  const Reading whole = read(input, std::max<size_t>(1, input.size()), to_head);
  check_same(whole, read(input, 1, to_head));
  check_same(whole, read(input, 7, to_head));
  if (whole.state != ReadState::kDone) return;
  KS_HOLDS(whole.response.body.size() <= kBody);
  KS_HOLDS(!to_head || whole.response.body.empty());
  KS_HOLDS(count_headers(whole.response.headers, "Content-Length") == 0);
  KS_HOLDS(count_headers(whole.response.headers, "Transfer-Encoding") == 0);
  check_rewritten(whole.response, to_head);
}
