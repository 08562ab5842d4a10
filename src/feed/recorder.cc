#include "feed/recorder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>
#include <zstd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/json_writer.h"
#include "base/utf8.h"
#include "feed/plan.h"
#include "feed/recorded_files.h"

namespace keystile::feed {
namespace {

namespace fs = std::filesystem;

constexpr size_t kFrame = 1 << 20;  // what has gathered is written when it is more than this
constexpr std::string_view kConnections = "connection";  // marks, answers, and whatever else

constexpr int64_t kNanosPerMilli = 1'000'000;
constexpr int64_t kNanosPerHour = 3'600'000 * kNanosPerMilli;

Status write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(fd, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return fail("record.write", std::strerror(errno));
    bytes.remove_prefix(static_cast<size_t>(wrote));
  }
  return {};
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

void Recorder::Free::operator()(ZSTD_CCtx_s* context) const { ZSTD_freeCCtx(context); }

Result<std::unique_ptr<Recorder>> Recorder::make(const std::string& folder, std::string product,
                                                 WallTime now, const Selection& selection) {
  const std::string place = folder + "/" + product;
  std::error_code failed;
  fs::create_directories(place, failed);
  const std::string path = place + "/lock";
  Descriptor lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
  if (lock.get() < 0) {
    return fail("record.folder",
                fmt::format("{} cannot be written: {}", path, std::strerror(errno)));
  }
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    return fail("record.busy", fmt::format("another program records {} in {}", product, folder));
  }
  std::unique_ptr<Recorder> made(
      new Recorder(place, std::move(product), std::move(lock), now, selection.str()));
  made->mark(market::Mark::kStart, epoch_ms(now) * kNanosPerMilli, nullptr, "symbols",
             made->symbols_);
  return made;
}

Recorder::Recorder(std::string folder, std::string product, Descriptor lock, WallTime now,
                   std::string symbols)
    : folder_(std::move(folder)),
      product_(std::move(product)),
      lock_(std::move(lock)),
      run_(std::to_string(epoch_ms(now))),
      symbols_(std::move(symbols)),
      hour_(epoch_ms(now) * kNanosPerMilli / kNanosPerHour),
      context_(ZSTD_createCCtx()) {
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
}

void Recorder::begin(size_t place, Seat seat, int64_t now_ns) {
  begin_hour(now_ns);
  sessions_[{place, seat}] = {fmt::format("{}-{}", run_, begun_++)};
  mark_begin({place, seat}, now_ns);
}

void Recorder::mark_begin(const std::pair<size_t, Seat>& at, int64_t now_ns) {
  const bool is_heir = at.second == Seat::kHeir;
  mark(market::Mark::kBegin, now_ns, &sessions_[at], "heir_of",
       is_heir ? sessions_[{at.first, Seat::kHeard}].name : "");
}

void Recorder::begin_hour(int64_t now_ns) {
  const int64_t hour = now_ns / kNanosPerHour;
  if (hour <= hour_) return;
  hour_ = hour;
  mark(market::Mark::kHour, hour * kNanosPerHour, nullptr, "symbols", symbols_);
  for (const auto& [at, session] : sessions_) mark_begin(at, hour * kNanosPerHour);
}

void Recorder::succeed(size_t place, int64_t now_ns) {
  begin_hour(now_ns);
  Session& heir = sessions_[{place, Seat::kHeir}];
  mark(market::Mark::kSucceed, now_ns, &heir);
  sessions_[{place, Seat::kHeard}] = std::move(heir);
  sessions_.erase({place, Seat::kHeir});
}

void Recorder::end(size_t place, Seat seat, int64_t now_ns, market::Break why) {
  begin_hour(now_ns);
  mark(why == market::Break::kStale ? market::Mark::kStale : market::Mark::kGap, now_ns,
       &sessions_[{place, seat}]);
  sessions_.erase({place, seat});
}

void Recorder::message(size_t place, Seat seat, const market::Message& message,
                       std::string_view rest_url) {
  begin_hour(*message.received_ns);
  std::string_view channel = kConnections;
  std::string stream(stream_in(product_, message.bytes));
  if (!rest_url.empty()) {
    stream = fmt::format("GET {}", rest_url);
    channel = name_of(Channel::kBook);
  } else if (const auto known = channel_of(product_, stream)) {
    channel = name_of(*known);
  }
  Session& session = sessions_[{place, seat}];
  line_.clear();
  json::Writer line(&line_);
  line.begin_object();
  line.number("received", *message.received_ns);
  line.text_if_any("stream", stream);
  if (is_utf8(message.bytes)) {
    line.text("raw", message.bytes);
  } else {
    // It could not be read, and must not be once these bytes are replaced by what can be written.
    line.text("raw", std::string(message.bytes) + '\xff');
  }
  line.text("src", session.name);
  line.number("n", session.messages++);
  line.end_object();
  gather(channel, *message.received_ns);
}

void Recorder::mark(market::Mark mark, int64_t now_ns, const Session* session,
                    std::string_view name, std::string_view value) {
  line_.clear();
  json::Writer line(&line_);
  line.begin_object();
  line.number("received", now_ns);
  line.text("mark", market::name_of(mark));
  if (session) {
    line.text("src", session->name);
    line.number("n", session->messages);
  }
  if (!value.empty()) line.text(name, value);
  line.end_object();
  gather(kConnections, now_ns);
}

// line_, of what came at this time.
void Recorder::gather(std::string_view channel, int64_t now_ns) {
  auto found = files_.find(channel);
  if (found == files_.end()) found = files_.emplace(channel, File()).first;
  File& file = found->second;
  const std::string hour = hour_of(now_ns);
  if (file.hour != hour || file.lines.size() > kFrame) note(write_out(found->first, &file));
  if (file.hour != hour) file.path.clear();
  file.hour = hour;
  file.lines += line_;
  file.lines += '\n';
}

void Recorder::note(Status done) {
  if (written_) written_ = std::move(done);
}

Status Recorder::flush() {
  for (auto& [channel, file] : files_) note(write_out(channel, &file));
  return written_;
}

Status Recorder::write_out(const std::string& channel, File* file) {
  if (!written_) file->lines.clear();  // a frame may be torn: nothing can follow it
  if (file->lines.empty()) return {};
  if (file->path.empty()) {
    KS_CHECK(open_next(channel, file));
  }
  frame_.resize(ZSTD_compressBound(file->lines.size()));
  const size_t size = ZSTD_compress2(context_.get(), frame_.data(), frame_.size(),
                                     file->lines.data(), file->lines.size());
  if (ZSTD_isError(size)) return fail("record.write", ZSTD_getErrorName(size));
  file->lines.clear();
  const Status wrote = write_all(file->open.get(), std::string_view(frame_).substr(0, size));
  if (wrote) return {};
  return fail("record.write", fmt::format("{} cannot be written: {}; nothing more is recorded",
                                          file->path, wrote.error().message));
}

Status Recorder::open_next(const std::string& channel, File* file) {
  const std::string place = fmt::format("{}/{}", folder_, channel);
  std::error_code failed;
  fs::create_directories(place, failed);
  constexpr int kMostParts = 10'000;
  for (int part = 1; part < kMostParts; ++part) {
    const std::string suffix = part == 1 ? "" : fmt::format(".{}", part);
    file->path = fmt::format("{}/{}{}.jsonl.zst", place, file->hour, suffix);
    file->open = Descriptor(
        ::open(file->path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0640));
    if (file->open.get() >= 0) return {};
    if (errno != EEXIST) break;
  }
  return fail("record.write", fmt::format("{} cannot be made: {}; nothing more is recorded",
                                          std::exchange(file->path, ""), std::strerror(errno)));
}

}  // namespace keystile::feed
