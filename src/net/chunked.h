// The body of a request in chunks (RFC 9112 section 7.1), read in the one form that every reader
// reads alike: a size of at most eight hex digits, CRLF, as many bytes, CRLF, and "0" CRLF CRLF at
// the end. Extensions and trailers mean nothing to us and something else to others, so they are
// refused. Private to net/.
#pragma once

#include <string>

namespace keystile::net {

class ChunkedBody {
 public:
  enum class State { kMore, kDone, kMalformed, kTooLarge };

  explicit ChunkedBody(size_t limit) : limit_(limit) {}

  // Takes what belongs to the body off the front of *bytes. At most one unfinished size line stays.
  State feed(std::string* bytes);
  // kDone: the bytes of all chunks.
  std::string take() { return std::move(body_); }

 private:
  enum class Part { kSize, kData, kDataEnd, kEnd };
  static constexpr size_t kSizeDigits = 8;

  State read_size(std::string* bytes, size_t* at);
  bool read_crlf(const std::string& bytes, size_t* at, bool* malformed) const;

  size_t limit_;
  Part part_ = Part::kSize;
  size_t left_ = 0;  // of the chunk's data
  std::string body_;
};

}  // namespace keystile::net
