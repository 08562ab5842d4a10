#include "policy/network.h"

#include <arpa/inet.h>

#include <algorithm>

#include "base/encoding.h"

namespace keystile::policy {
namespace {

constexpr std::array<uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

constexpr std::string_view kUserPrefix = "unix:";

bool is_v4(const Address& address) {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), address.bytes.begin());
}

bool bit(const Address& address, int index) {
  return address.bytes[static_cast<size_t>(index / 8)] >> (7 - index % 8) & 1;
}

bool has_host_bits(const Address& address, int prefix) {
  for (int i = prefix; i < 128; ++i) {
    if (bit(address, i)) return true;
  }
  return false;
}

// "0" to "128", without leading zeros.
std::optional<int> parse_prefix(std::string_view text, int longest) {
  if (text.size() > 3 || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  const auto value = parse_uint64(text);
  if (!value || *value > static_cast<uint64_t>(longest)) return std::nullopt;
  return static_cast<int>(*value);
}

std::optional<Network> parse_user(std::string_view text) {
  const auto uid = parse_uint64(text.substr(kUserPrefix.size()));
  if (!uid || *uid > UINT32_MAX) return std::nullopt;
  const Address user{{}, static_cast<uint32_t>(*uid)};
  if (to_string(user) != text) return std::nullopt;  // one spelling
  return Network{user, 128, std::string(text)};
}

}  // namespace

std::optional<Address> parse_address(std::string_view text) {
  // inet_pton wants a C string: a NUL inside would hide what follows it.
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != text.npos) return std::nullopt;
  const std::string terminated(text);
  Address address;
  if (text.find(':') != text.npos) {
    if (inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) != 1) return std::nullopt;
    return address;
  }
  std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), address.bytes.begin());
  if (inet_pton(AF_INET, terminated.c_str(), &address.bytes[12]) != 1) return std::nullopt;
  return address;
}

std::string to_string(const Address& address) {
  if (address.uid) return std::string(kUserPrefix) + std::to_string(*address.uid);
  if (is_v4(address)) {
    std::string text = std::to_string(address.bytes[12]);
    for (size_t i = 13; i < address.bytes.size(); ++i)
      text.append(".").append(std::to_string(address.bytes[i]));
    return text;
  }
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(AF_INET6, address.bytes.data(), text, sizeof text);
  return text;
}

// A network of one family never holds an address of the other, so "::/0" does not let v4 in.
bool Network::contains(const Address& address) const {
  if (base.uid || address.uid) return base.uid == address.uid;
  if (is_v4(address) != (is_v4(base) && prefix >= 96)) return false;
  const int whole = prefix / 8;
  if (!std::equal(base.bytes.begin(), base.bytes.begin() + whole, address.bytes.begin()))
    return false;
  for (int i = whole * 8; i < prefix; ++i) {
    if (bit(address, i) != bit(base, i)) return false;
  }
  return true;
}

std::optional<Network> parse_network(std::string_view text) {
  if (text.starts_with(kUserPrefix)) return parse_user(text);
  const size_t slash = text.find('/');
  const auto base = parse_address(text.substr(0, slash));
  if (!base) return std::nullopt;
  Network network{*base, 128, std::string(text)};
  if (slash != text.npos) {
    const bool dotted = text.find(':') == text.npos;
    const auto prefix = parse_prefix(text.substr(slash + 1), dotted ? 32 : 128);
    if (!prefix) return std::nullopt;
    network.prefix = dotted ? *prefix + 96 : *prefix;
  }
  if (has_host_bits(network.base, network.prefix)) return std::nullopt;
  return network;
}

}  // namespace keystile::policy
