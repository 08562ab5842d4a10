// The SSH wire format (RFC 4251 section 5): numbers big-endian, strings after their length.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace keystile::crypto {

// Reads forward. Once something is not there, or not written in its one way, every read gives
// nothing and done() is false.
class SshReader {
 public:
  explicit SshReader(std::string_view bytes) : bytes_(bytes) {}

  std::string_view take(size_t size) {
    if (failed_ || size > bytes_.size()) {
      failed_ = true;
      return {};
    }
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }

  uint8_t byte() {
    const std::string_view one = take(1);
    return one.empty() ? 0 : static_cast<unsigned char>(one[0]);
  }

  uint32_t uint32() {
    uint32_t value = 0;
    for (const char c : take(4)) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }

  std::string_view string() { return take(uint32()); }

  // A number above zero: its bytes without the zero that only says that it is not negative.
  std::string_view mpint() {
    std::string_view bytes = string();
    const bool padded = !bytes.empty() && bytes[0] == '\0';
    if (padded) bytes.remove_prefix(1);
    const bool high_bit = !bytes.empty() && (bytes[0] & 0x80) != 0;
    if (bytes.empty() || padded != high_bit) failed_ = true;
    return failed_ ? std::string_view{} : bytes;
  }

  // Everything was read, and there was nothing else.
  bool done() const { return !failed_ && bytes_.empty(); }

 private:
  std::string_view bytes_;
  bool failed_ = false;
};

inline void append_uint32(std::string* out, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) *out += static_cast<char>(value >> shift & 0xff);
}

inline void append_string(std::string* out, std::string_view text) {
  append_uint32(out, static_cast<uint32_t>(text.size()));
  *out += text;
}

}  // namespace keystile::crypto
