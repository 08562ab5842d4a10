// A body in chunks (RFC 9112 section 7.1): a size of at most eight hex digits, CRLF, as many bytes,
// CRLF, and "0" CRLF CRLF at the end. Extensions of chunks and trailers mean nothing to us. In a
// request they may mean something to others, so there they are refused; in an answer they are
// dropped. Private to net/.
#pragma once

#include <string>
#include <string_view>

namespace keystile::net {

class ChunkedBody {
 public:
  enum class State { kMore, kDone, kMalformed, kTooLarge };

  enum class Extras { kRefused, kDropped };

  explicit ChunkedBody(size_t limit, Extras extras = Extras::kRefused)
      : limit_(limit), extras_(extras) {}

  // Takes what belongs to the body off the front of *bytes. At most one unfinished line stays.
  State feed(std::string* bytes);
  // kDone: the bytes of all chunks.
  std::string take() { return std::move(body_); }

 private:
  enum class Part { kSize, kData, kDataEnd, kEnd };
  static constexpr size_t kSizeDigits = 8;

  State read_size(std::string_view bytes, size_t* at);
  State read_data(std::string_view bytes, size_t* at);
  State read_end(std::string_view bytes, size_t* at);

  size_t limit_;
  Extras extras_;
  Part part_ = Part::kSize;
  size_t left_ = 0;  // of the chunk's data
  std::string body_;
};

}  // namespace keystile::net
