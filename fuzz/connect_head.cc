// The head of a request to the proxy: what is granted is CONNECT to port 443 of a host in lower
// case, and reads the same when it is written plainly.
#include "net/connect_head.h"

#include "fuzz/check.h"
#include "net/framing.h"

using namespace keystile;
using namespace keystile::net;

KS_FUZZ_TARGET(bytes) {
  const ConnectHead head = read_connect(bytes);
  KS_HOLDS(head.host.empty() == (head.refusal_status != 0));
  KS_HOLDS(head.refusal_text.empty() == (head.refusal_status == 0));
  if (head.refusal_status != 0) return;
  KS_HOLDS(bytes.starts_with("CONNECT ") && bytes.ends_with("\r\n\r\n"));
  KS_HOLDS(is_host(head.host));
  for (const char c : head.host) KS_HOLDS(!(c >= 'A' && c <= 'Z') && c > ' ' && c < 0x7f);
  const std::string target = head.host + ":443";
  const ConnectHead again =
      read_connect("CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n\r\n");
  KS_HOLDS(again.host == head.host);
}
