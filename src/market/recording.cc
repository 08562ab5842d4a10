#include "market/recording.h"

#include <fmt/format.h>

#include <array>

#include "base/json.h"

namespace keystile::market {
namespace {

constexpr std::array<std::pair<std::string_view, Mark>, 6> kMarks{{{"start", Mark::kStart},
                                                                   {"hour", Mark::kHour},
                                                                   {"begin", Mark::kBegin},
                                                                   {"succeed", Mark::kSucceed},
                                                                   {"gap", Mark::kGap},
                                                                   {"stale", Mark::kStale}}};

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

std::string_view name_of(Mark mark) {
  for (const auto& [name, each] : kMarks) {
    if (each == mark) return name;
  }
  return "";
}

Message Recorded::message() const {
  return {raw, received_ns, is_rest() ? symbol_in(stream) : std::string_view()};
}

Result<Recording> Recording::open(const std::string& path) {
  KS_TRY(auto lines, Lines::open(path));
  return Recording(std::move(lines));
}

Result<bool> Recording::next(Recorded* recorded) {
  KS_TRY(const bool more, lines_->next(&line_));
  if (!more) return false;
  ++number_;
  const auto bad = [this] {
    return fail("recording.line", fmt::format("line {} is no recorded message", number_));
  };
  const auto value = json::parse(line_, {.bytes = line_.size(), .depth = 8});
  if (!value) return bad();
  const json::Value* raw = value->find("raw");
  const json::Value* received = value->find("received");
  recorded->mark = Mark::kNone;
  for (const auto& [name, mark] : kMarks) {
    if (value->text("mark") == name) recorded->mark = mark;
  }
  const bool is_message = raw && raw->if_string();
  if (is_message == (recorded->mark != Mark::kNone) || !received) return bad();
  recorded->line = number_;
  recorded->raw = is_message ? *raw->if_string() : "";
  recorded->received_ns.reset();
  if (!received->is_null()) {
    const auto time = received->as_int64();
    if (!time) return bad();
    recorded->received_ns = *time;
  }
  recorded->stream = value->text("stream");
  recorded->session = value->text("src");
  recorded->symbols = value->text("symbols");
  recorded->heir_of = value->text("heir_of");
  const json::Value* before = value->find("n");
  recorded->before.reset();
  if (before) {
    constexpr int64_t kMost = 1'000'000'000'000'000;
    const auto count = before->as_int64();
    if (!count || *count < 0 || *count > kMost) return bad();
    recorded->before = *count;
  }
  return true;
}

}  // namespace keystile::market
