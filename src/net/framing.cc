#include "net/framing.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>

#include "base/encoding.h"

namespace keystile::net {
namespace {

enum class Role {
  kNone,
  kHost,
  kLength,
  kEncoding,
  kContentType,
  kExpect,
  kConnection,
  kUpgrade,
  kHopByHop
};

struct Known {
  std::string_view name;
  Role role;
};
constexpr std::array kKnown = {
    Known{"Host", Role::kHost},
    Known{"Content-Length", Role::kLength},
    Known{"Transfer-Encoding", Role::kEncoding},
    Known{"Content-Type", Role::kContentType},
    Known{"Expect", Role::kExpect},
    Known{"Connection", Role::kConnection},
    Known{"Keep-Alive", Role::kHopByHop},
    Known{"Proxy-Connection", Role::kHopByHop},
    Known{"Proxy-Authenticate", Role::kHopByHop},
    Known{"Proxy-Authorization", Role::kHopByHop},
    Known{"TE", Role::kHopByHop},
    Known{"Trailer", Role::kHopByHop},
    Known{"Upgrade", Role::kUpgrade},
};

// The same by the length of the name, for most headers have a name of another length.
constexpr size_t kLengths = 20, kOfOneLength = 2;
constexpr auto kByLength = [] {
  std::array<std::array<Known, kOfOneLength>, kLengths> by_length{};
  for (const Known& known : kKnown) {
    auto& same = by_length.at(known.name.size());
    size_t free = 0;
    while (!same.at(free).name.empty()) ++free;  // too many of one length do not compile
    same[free] = known;
  }
  return by_length;
}();

Role role_of(std::string_view name) {
  if (name.size() >= kLengths) return Role::kNone;
  for (const Known& known : kByLength[name.size()]) {
    if (equals_ignore_case(known.name, name)) return known.role;
  }
  return Role::kNone;
}

bool is_hop_by_hop(Role role) {
  return role == Role::kConnection || role == Role::kEncoding || role == Role::kUpgrade ||
         role == Role::kHopByHop;
}

// Each is looked for among all headers.
constexpr size_t kMostNamed = 100;

// Says what the body is, to whoever reads it: no matter of the connection, whatever it is named in.
constexpr std::string_view kOfTheBody = "Content-Encoding";

// By byte: what names may be made of.
constexpr std::array<bool, 256> kToken = [] {
  std::array<bool, 256> is{};
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) is[static_cast<unsigned char>(c)] = true;
  for (unsigned char c = '0'; c <= '9'; ++c) is[c] = true;
  for (unsigned char c = 'a'; c <= 'z'; ++c) is[c] = is[c - 'a' + 'A'] = true;
  return is;
}();

bool is_token(std::string_view text) { return !text.empty() && token_length(text) == text.size(); }

// Whether one of the eight bytes there is below a space, or 0x7f.
constexpr size_t kWord = sizeof(uint64_t);
bool has_control(const char* bytes) {
  constexpr uint64_t kOnes = 0x0101010101010101, kTops = kOnes << 7;
  uint64_t word = 0;
  std::memcpy(&word, bytes, kWord);
  const uint64_t deleted = word ^ (kOnes * 0x7f);
  return (((word - kOnes * 0x20) & ~word) | ((deleted - kOnes) & ~deleted)) & kTops;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

bool is_method(std::string_view text) {
  constexpr size_t kLongest = 20;
  return !text.empty() && text.size() <= kLongest &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool is_target_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c > 0x20 && c < 0x7f && c != '#'; });
}

bool is_origin_form(std::string_view target) {
  return !target.empty() && target.front() == '/' && is_target_text(target);
}

bool is_host(std::string_view text) {
  constexpr std::string_view kMarks = ".-_:[]";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

bool are_ascii(const Headers& headers) {
  unsigned char all = 0;
  for (const Header& header : headers) {
    for (const unsigned char c : header.value) all |= c;
  }
  return all < 0x80;
}

size_t token_length(std::string_view text) {
  const auto end =
      std::find_if(text.begin(), text.end(), [](unsigned char c) { return !kToken[c]; });
  return static_cast<size_t>(end - text.begin());
}

bool is_header_text(std::string_view text) {
  const size_t size = text.size();
  bool plain = size >= kWord;
  for (size_t at = 0; plain && at + kWord < size; at += kWord) plain = !has_control(&text[at]);
  if (plain && !has_control(&text[size - kWord])) return true;
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return c == '\t' || (c >= 0x20 && c != 0x7f); });
}

bool are_writable(const Headers& headers) {
  return std::all_of(headers.begin(), headers.end(), [](const Header& header) {
    return is_token(header.name) && is_header_text(header.value);
  });
}

bool is_framing(std::string_view name) {
  const Role role = role_of(name);
  return role == Role::kHost || role == Role::kLength || is_hop_by_hop(role);
}

Framing::Framing(Headers* headers, Of of) {
  const Role goes_too = of == Of::kRequest ? Role::kExpect : Role::kLength;
  std::vector<std::string> named;  // by Connection, beyond what goes anyway
  const auto note = [](Field* field, const Header& header) {
    if (field->count++ == 0) field->value = header.value;
  };
  std::erase_if(*headers, [&](const Header& header) {
    const Role role = role_of(header.name);
    if (role == Role::kNone) return false;
    if (role == Role::kHost) note(&host, header);
    if (role == Role::kLength) note(&length, header);
    if (role == Role::kEncoding) note(&encoding, header);
    if (role == Role::kContentType) note(&content_type, header);
    if (role == Role::kExpect) note(&expect, header);
    if (role == Role::kUpgrade) note(&protocol, header);
    if (role == Role::kConnection) note_options(header.value, &named);
    return is_hop_by_hop(role) || role == goes_too;
  });
  for (const std::string& name : named) remove_headers(headers, name);
}

void Framing::note_options(std::string_view value, std::vector<std::string>* others) {
  while (!value.empty()) {
    const size_t comma = std::min(value.find(','), value.size());
    const std::string_view option = trimmed(value.substr(0, comma));
    value.remove_prefix(std::min(comma + 1, value.size()));
    if (equals_ignore_case(option, "close")) {
      close = true;
    } else if (equals_ignore_case(option, "keep-alive")) {
      keep_alive = true;
    } else if (others->size() == kMostNamed) {
      names_too_many = true;
      return;
    } else if (!equals_ignore_case(option, kOfTheBody)) {
      upgrade = upgrade || equals_ignore_case(option, "upgrade");
      others->emplace_back(option);
    }
  }
}

const char* Framing::fault(bool is_http_11) const {
  if (names_too_many) return "too many names in Connection";
  if (length.count > 1) return "several Content-Length headers";
  if (encoding.count > 0 && length.count > 0) return "both Transfer-Encoding and Content-Length";
  if (encoding.count > 0 && !is_http_11) return "Transfer-Encoding in HTTP/1.0";
  if (encoding.count > 1 ||
      (encoding.count == 1 && !equals_ignore_case(encoding.value, "chunked"))) {
    return "a Transfer-Encoding other than chunked";
  }
  if (length.count == 0) return nullptr;
  const bool is_padded =
      length.value.size() > 1 && length.value.front() == '0';  // octal, to some readers
  return is_padded || !parse_uint64(length.value) ? "a Content-Length that is not a plain number"
                                                  : nullptr;
}

}  // namespace keystile::net
