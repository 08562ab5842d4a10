// Where requests come from: IP addresses and networks (CIDR), v4 and v6, and users of this machine.
// Mapped v6 addresses (::ffff:a.b.c.d) count as v4.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace keystile::policy {

struct Address {
  std::array<uint8_t, 16> bytes{};  // v4 in its mapped form
  // Instead of that: whoever came through a Unix socket, by the user that its process runs as.
  std::optional<uint32_t> uid = {};
  bool operator==(const Address&) const = default;
};
// Dotted quads without leading zeros, or RFC 4291 text without zone.
std::optional<Address> parse_address(std::string_view text);
// That, or "unix:1000".
std::string to_string(const Address& address);

struct Network {
  Address base;
  int prefix = 128;  // in the 128-bit form: 96 more than written for v4
  std::string text;  // as written
  bool contains(const Address& address) const;
};
// "10.0.0.0/8", "2001:db8::/32", one address, or "unix:1000" for one user of this machine: no
// network of addresses holds those. Refuses host bits set behind the prefix.
std::optional<Network> parse_network(std::string_view text);

}  // namespace keystile::policy
