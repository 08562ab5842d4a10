// Big-endian numbers and counted text, for the vault's own file format.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace keystile::vault {

// Reads forward. Once something is not there, failed() is true and every read gives nothing.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  std::string_view take(size_t size) {
    if (failed_ || size > bytes_.size() - offset_) {
      failed_ = true;
      return {};
    }
    offset_ += size;
    return bytes_.substr(offset_ - size, size);
  }

  uint64_t number(size_t size) {
    uint64_t value = 0;
    for (const char c : take(size)) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }

  // Text after its length, a number of that many bytes.
  std::string text(size_t length_size) { return std::string(take(number(length_size))); }

  bool failed() const { return failed_; }
  bool at_end() const { return !failed_ && offset_ == bytes_.size(); }
  size_t offset() const { return offset_; }

 private:
  std::string_view bytes_;
  size_t offset_ = 0;
  bool failed_ = false;
};

inline void append_number(std::string* out, uint64_t value, size_t size) {
  for (size_t i = size; i-- > 0;) *out += static_cast<char>(value >> (8 * i) & 0xff);
}

inline void append_text(std::string* out, std::string_view text, size_t length_size) {
  append_number(out, text.size(), length_size);
  *out += text;
}

}  // namespace keystile::vault
