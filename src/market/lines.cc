#include "market/lines.h"

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <cstdio>

#include "market/reader.h"

namespace keystile::market {
namespace {

// A recorded message is a JSON string in a line: at worst every byte is written as six.
constexpr size_t kMaxLine = 6 * kMaxMessageBytes + 4096;
// A frame ends with the line that makes it longer than a megabyte, so this is far above any.
constexpr size_t kMaxFrame = 2 * kMaxLine;
constexpr std::string_view kMagic = "\x28\xb5\x2f\xfd";  // begins each zstd frame

class GzLines final : public Lines {
 public:
  explicit GzLines(gzFile file) : file_(file) { gzbuffer(file, 1 << 17); }
  ~GzLines() override { gzclose(file_); }
  GzLines(const GzLines&) = delete;
  GzLines& operator=(const GzLines&) = delete;

  Result<bool> next(std::string* line) override {
    line->clear();
    std::array<char, 1 << 16> piece;
    while (line->size() <= kMaxLine &&
           gzgets(file_, piece.data(), static_cast<int>(piece.size()))) {
      *line += piece.data();
      if (line->ends_with('\n')) {
        line->pop_back();
        ++number_;
        return true;
      }
    }
    int status = Z_OK;
    gzerror(file_, &status);
    if ((status != Z_OK && status != Z_STREAM_END) || line->size() > kMaxLine) {
      return fail("recording.read", fmt::format("line {} cannot be read", number_ + 1));
    }
    return !line->empty();
  }

 private:
  gzFile file_;
  uint64_t number_ = 0;
};

struct CloseFile {
  void operator()(FILE* file) const { std::fclose(file); }
};
using OpenFile = std::unique_ptr<FILE, CloseFile>;

class ZstdLines final : public Lines {
 public:
  explicit ZstdLines(OpenFile file) : file_(std::move(file)) {}

  Result<bool> next(std::string* line) override {
    while (at_ == text_.size()) {
      KS_TRY(const bool more, next_frame());
      if (!more) return false;
    }
    const size_t end = text_.find('\n', at_);
    if (end == text_.npos) return broken("holds half a line");
    line->assign(text_, at_, end - at_);
    at_ = end + 1;
    return true;
  }

 private:
  // Into text_.
  Result<bool> next_frame() {
    bytes_.erase(0, used_);
    offset_ += used_;
    used_ = 0;
    text_.clear();
    at_ = 0;
    size_t size = 0;
    for (;;) {
      size = ZSTD_findFrameCompressedSize(bytes_.data(), bytes_.size());
      if (!ZSTD_isError(size)) break;
      if (bytes_.size() > kMaxFrame) return broken("is larger than any that is written");
      KS_TRY(const bool more, read_more());
      if (!more && bytes_.empty()) return false;
      // Before other frames: nobody writes behind a torn one.
      if (!more && bytes_.find(kMagic, 1) != bytes_.npos) return broken("is damaged");
      if (!more) return torn();
    }
    const unsigned long long length = ZSTD_getFrameContentSize(bytes_.data(), size);
    if (length > kMaxFrame) return broken("does not say its size, or too large a one");
    text_.resize(length);
    const size_t got = ZSTD_decompress(text_.data(), text_.size(), bytes_.data(), size);
    if (ZSTD_isError(got) || got != length) return broken("is damaged");
    used_ = size;
    return true;
  }

  Result<bool> read_more() {
    const size_t had = bytes_.size();
    bytes_.resize(had + (size_t{1} << 18));
    const size_t got = std::fread(bytes_.data() + had, 1, bytes_.size() - had, file_.get());
    bytes_.resize(had + got);
    if (std::ferror(file_.get())) return broken("cannot be read");
    return got > 0;
  }

  tl::unexpected<Error> broken(std::string_view how) {
    return over("recording.read", fmt::format("the frame at byte {} {}", offset_, how));
  }
  tl::unexpected<Error> torn() {
    return over("recording.torn", fmt::format("the last {} bytes, from byte {} on, are no whole "
                                              "frame: the recorder was ended before it wrote more",
                                              bytes_.size(), offset_));
  }
  tl::unexpected<Error> over(std::string code, std::string why) {
    bytes_.clear();
    text_.clear();
    used_ = at_ = 0;
    std::fseek(file_.get(), 0, SEEK_END);
    return fail(std::move(code), std::move(why));
  }

  OpenFile file_;
  std::string bytes_, text_;  // what was read, and what its first frame says
  size_t used_ = 0;           // of bytes_, by text_
  size_t at_ = 0;             // in text_
  uint64_t offset_ = 0;       // of bytes_, in the file
};

}  // namespace

Result<std::unique_ptr<Lines>> Lines::open(const std::string& path) {
  const auto refused = [&path] {
    return fail("recording.open", fmt::format("{} cannot be opened", path));
  };
  OpenFile file(std::fopen(path.c_str(), "rb"));
  if (!file) return refused();
  std::array<char, kMagic.size()> magic{};
  const size_t got = std::fread(magic.data(), 1, magic.size(), file.get());
  if (std::string_view(magic.data(), got) == kMagic || path.ends_with(".zst")) {
    std::rewind(file.get());
    return std::make_unique<ZstdLines>(std::move(file));
  }
  gzFile packed = gzopen(path.c_str(), "rb");
  if (!packed) return refused();
  return std::make_unique<GzLines>(packed);
}

}  // namespace keystile::market
