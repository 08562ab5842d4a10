#include "market/recording.h"

#include <fmt/format.h>
#include <zlib.h>

#include <array>

#include "base/json.h"

namespace keystile::market {
namespace {

// A recorded message is a JSON string in a line: at worst every byte is written as six.
constexpr size_t kMaxLine = 6 * kMaxMessageBytes + 4096;

gzFile gz(void* file) { return static_cast<gzFile>(file); }

// The value of symbol=… in a URL.
std::string_view symbol_in(std::string_view url) {
  size_t at = url.find('?');
  while (at != url.npos) {
    const std::string_view rest = url.substr(at + 1);
    constexpr std::string_view kName = "symbol=";
    if (rest.starts_with(kName)) {
      return rest.substr(kName.size(), rest.find('&') - kName.size());
    }
    at = url.find('&', at + 1);
  }
  return "";
}

}  // namespace

void Recording::Close::operator()(void* file) const { gzclose(gz(file)); }

Message Recorded::message() const {
  return {raw, received_ns, is_rest() ? symbol_in(stream) : std::string_view()};
}

Result<Recording> Recording::open(const std::string& path) {
  gzFile file = gzopen(path.c_str(), "rb");
  if (!file) return fail("recording.open", fmt::format("{} cannot be opened", path));
  gzbuffer(file, 1 << 17);
  return Recording(file);
}

Result<bool> Recording::next_line() {
  line_.clear();
  std::array<char, 1 << 16> piece;
  while (gzgets(gz(file_.get()), piece.data(), static_cast<int>(piece.size()))) {
    line_ += piece.data();
    if (line_.ends_with('\n')) {
      line_.pop_back();
      return true;
    }
    if (line_.size() > kMaxLine) break;
  }
  int status = Z_OK;
  gzerror(gz(file_.get()), &status);
  if ((status != Z_OK && status != Z_STREAM_END) || line_.size() > kMaxLine) {
    return fail("recording.read", fmt::format("line {} cannot be read", number_ + 1));
  }
  return !line_.empty();
}

Result<bool> Recording::next(Recorded* recorded) {
  KS_TRY(const bool more, next_line());
  if (!more) return false;
  ++number_;
  const auto bad = [this] {
    return fail("recording.line", fmt::format("line {} is no recorded message", number_));
  };
  const auto value = json::parse(line_, {.bytes = kMaxLine, .depth = 8});
  if (!value) return bad();
  const json::Value* raw = value->find("raw");
  const json::Value* received = value->find("received");
  if (!raw || !raw->if_string() || !received) return bad();
  recorded->line = number_;
  recorded->raw = *raw->if_string();
  recorded->received_ns.reset();
  if (!received->is_null()) {
    const auto time = received->as_int64();
    if (!time) return bad();
    recorded->received_ns = *time;
  }
  recorded->stream = value->text("stream");
  recorded->session = value->text("src");
  return true;
}

}  // namespace keystile::market
