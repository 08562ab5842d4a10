#include "net/connect.h"

#include <array>

#include "net/head.h"
#include "net/message.h"

namespace keystile::net {
namespace {

ConnectHead refused(int status, std::string text) { return {"", status, std::move(text)}; }

}  // namespace

asio::awaitable<ConnectHead> grant_tunnel(Stream* stream, const TunnelRule* rule,
                                          size_t header_bytes) {
  ConnectHead head;
  std::string bytes;
  std::array<char, 4096> buffer;
  HeadEnd head_end;
  size_t end = std::string::npos;
  while (end == std::string::npos && !head_end.has_bare_lf() && bytes.size() <= header_bytes) {
    const Io got = co_await stream->read_some(asio::buffer(buffer));
    if (got.end != IoEnd::kOk) co_return head;
    bytes.append(buffer.data(), got.bytes);
    end = head_end.find(bytes);
  }
  if (head_end.has_bare_lf()) {
    head = refused(400, "A line does not end in CRLF.");
  } else if (end == std::string::npos || end > header_bytes) {
    head = refused(431, "The headers are too large.");
  } else {
    head = read_connect(std::string_view(bytes).substr(0, end));
  }
  if (head.refusal_status == 0 && end != bytes.size()) {
    head = refused(400, "Wait for the answer to CONNECT before you speak TLS.");
  }
  if (head.refusal_status == 0) {
    const std::string why = (*rule)(head.host);
    if (!why.empty()) head = refused(403, why);
  }
  std::string answer = "HTTP/1.1 200 Connection established\r\n\r\n";
  if (head.refusal_status != 0) {
    HttpResponse refusal = plain_answer(head.refusal_status, head.refusal_text);
    if (head.refusal_status == 405) refusal.headers.push_back({"Allow", "CONNECT"});
    answer = to_bytes(refusal, false, false);
  }
  const Io written = co_await stream->write(answer);
  if (written.end != IoEnd::kOk) head.host.clear();
  co_return head;
}

}  // namespace keystile::net
