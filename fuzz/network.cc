// Addresses and networks, against the C library's own reading.
#include "policy/network.h"

#include <arpa/inet.h>

#include "fuzz/check.h"
#include "fuzz/input.h"

using namespace keystile;
using namespace keystile::policy;

namespace {

void check_address(std::string_view text) {
  const auto address = parse_address(text);
  in_addr v4{};
  const std::string terminated(text);
  // inet_aton takes short, octal and hexadecimal forms: those we must not.
  if (address && text.find(':') == text.npos) {
    KS_HOLDS(inet_aton(terminated.c_str(), &v4) == 1);
    const auto* bytes = reinterpret_cast<const uint8_t*>(&v4);
    KS_HOLDS(std::equal(bytes, bytes + 4, address->bytes.begin() + 12));
    KS_HOLDS(to_string(*address) == text);
  }
  if (address) KS_HOLDS(parse_address(to_string(*address)) == address);
}

}  // namespace

// Two lines: a network, and an address.
KS_FUZZ_TARGET(input) {
  const std::string_view first = fuzz::take_line(&input);
  const std::string_view second = fuzz::take_line(&input);
  check_address(first);
  check_address(second);
  const auto network = parse_network(first);
  if (!network) return;
  KS_HOLDS(network->prefix >= 0 && network->prefix <= 128);
  KS_HOLDS(network->contains(network->base));
  KS_HOLDS(network->text == first);
  const auto address = parse_address(second);
  if (!address || !network->contains(*address)) return;
  // Same bits as far as the prefix says, and the same family.
  const size_t whole = static_cast<size_t>(network->prefix) / 8;
  KS_HOLDS(std::equal(address->bytes.begin(), address->bytes.begin() + whole,
                      network->base.bytes.begin()));
  const auto is_v4 = [](const Address& a) { return to_string(a).find(':') == std::string::npos; };
  KS_HOLDS(is_v4(*address) == (is_v4(network->base) && network->prefix >= 96));
}
