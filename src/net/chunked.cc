#include "net/chunked.h"

#include <algorithm>

#include "base/hex_digit.h"

namespace keystile::net {
namespace {

using State = ChunkedBody::State;

// kMore: the two bytes are not there yet.
State read_crlf(std::string_view bytes, size_t* at) {
  constexpr std::string_view kCrlf = "\r\n";
  const std::string_view there = bytes.substr(*at, kCrlf.size());
  if (!kCrlf.starts_with(there)) return State::kMalformed;
  if (there.size() < kCrlf.size()) return State::kMore;
  *at += kCrlf.size();
  return State::kDone;
}

}  // namespace

State ChunkedBody::read_size(std::string_view bytes, size_t* at) {
  size_t end = *at, size = 0;
  for (; end < bytes.size(); ++end) {
    const int digit = hex_digit(bytes[end]);
    if (digit < 0) break;
    if (end - *at == kSizeDigits) return State::kMalformed;
    size = size * 16 + static_cast<size_t>(digit);
  }
  if (end == bytes.size()) return State::kMore;
  if (end == *at) return State::kMalformed;
  const bool extended = bytes[end] == ';' || bytes[end] == ' ' || bytes[end] == '\t';
  if (extended && extras_ == Extras::kDropped)
    end = std::min(bytes.find("\r\n", end), bytes.size());
  if (const State ended = read_crlf(bytes, &end); ended != State::kDone) return ended;
  if (size > limit_ - body_.size()) return State::kTooLarge;
  *at = end;
  left_ = size;
  part_ = size == 0 ? Part::kEnd : Part::kData;
  return State::kDone;
}

State ChunkedBody::read_data(std::string_view bytes, size_t* at) {
  const std::string_view some = bytes.substr(*at, left_);
  body_.append(some);
  *at += some.size();
  left_ -= some.size();
  if (left_ > 0) return State::kMore;
  part_ = Part::kDataEnd;
  return State::kDone;
}

State ChunkedBody::read_end(std::string_view bytes, size_t* at) {
  State state = read_crlf(bytes, at);
  while (state == State::kMalformed && extras_ == Extras::kDropped) {
    const size_t line_end = bytes.find("\r\n", *at);
    if (line_end == bytes.npos) return State::kMore;
    *at = line_end + 2;
    state = read_crlf(bytes, at);
  }
  return state;
}

State ChunkedBody::feed(std::string* bytes) {
  size_t at = 0;
  State state = State::kDone;  // of the part that was read last
  bool ended = false;
  while (state == State::kDone && !ended) {
    if (part_ == Part::kSize) {
      state = read_size(*bytes, &at);
    } else if (part_ == Part::kData) {
      state = read_data(*bytes, &at);
    } else if (part_ == Part::kDataEnd) {
      state = read_crlf(*bytes, &at);
      if (state == State::kDone) part_ = Part::kSize;
    } else {
      state = read_end(*bytes, &at);
      ended = state == State::kDone;
    }
  }
  bytes->erase(0, at);
  return state;
}

}  // namespace keystile::net
