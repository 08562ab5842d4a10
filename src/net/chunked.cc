#include "net/chunked.h"

#include <algorithm>
#include <optional>

namespace keystile::net {
namespace {

std::optional<size_t> hex_value(char c) {
  if (c >= '0' && c <= '9') return static_cast<size_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<size_t>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<size_t>(c - 'A') + 10;
  return std::nullopt;
}

}  // namespace

// False: the two bytes are not there yet, or wrong.
bool ChunkedBody::read_crlf(const std::string& bytes, size_t* at, bool* malformed) const {
  const size_t there = std::min<size_t>(2, bytes.size() - *at);
  *malformed = bytes.compare(*at, there, "\r\n", there) != 0;
  if (*malformed || there < 2) return false;
  *at += 2;
  return true;
}

ChunkedBody::State ChunkedBody::read_size(std::string* bytes, size_t* at) {
  size_t end = *at, size = 0;
  for (; end < bytes->size(); ++end) {
    const auto digit = hex_value((*bytes)[end]);
    if (!digit) break;
    if (end - *at == kSizeDigits) return State::kMalformed;
    size = size * 16 + *digit;
  }
  if (end == bytes->size()) return State::kMore;
  bool malformed = end == *at;
  if (malformed || !read_crlf(*bytes, &end, &malformed)) {
    return malformed ? State::kMalformed : State::kMore;
  }
  if (size > limit_ - body_.size()) return State::kTooLarge;
  *at = end;
  left_ = size;
  part_ = size == 0 ? Part::kEnd : Part::kData;
  return State::kDone;
}

ChunkedBody::State ChunkedBody::feed(std::string* bytes) {
  size_t at = 0;
  State state = State::kDone;  // of the part that was read last
  bool ended = false;
  while (state == State::kDone && !ended) {
    if (part_ == Part::kSize) {
      state = read_size(bytes, &at);
    } else if (part_ == Part::kData) {
      const size_t some = std::min(left_, bytes->size() - at);
      body_.append(*bytes, at, some);
      at += some;
      left_ -= some;
      if (left_ == 0) part_ = Part::kDataEnd;
      if (left_ > 0) state = State::kMore;
    } else {
      bool malformed = false;
      if (read_crlf(*bytes, &at, &malformed)) {
        ended = part_ == Part::kEnd;
        part_ = Part::kSize;
      } else {
        state = malformed ? State::kMalformed : State::kMore;
      }
    }
  }
  bytes->erase(0, at);
  return state;
}

}  // namespace keystile::net
