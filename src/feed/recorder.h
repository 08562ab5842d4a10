// Writes what connections bring, as it came, to DIR/PRODUCT/CHANNEL/2026-11-21T15.jsonl.zst: lines
// as market/recording.h reads them, in zstd frames. A file belongs to one recorder alone: the next
// one of that hour writes 2026-11-21T15.2.jsonl.zst, and never after a frame that may be torn. Each
// hour begins with what stands, so that it can be read without those before it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/result.h"
#include "base/time.h"
#include "feed/selection.h"
#include "feed/tap.h"
#include "market/recording.h"

struct ZSTD_CCtx_s;

namespace keystile::feed {

// An open file descriptor; closed when it goes.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor();
  int get() const { return fd_; }

 private:
  int fd_;
};

class Recorder final : public Tap {
 public:
  // Makes DIR/PRODUCT. "record.folder": it cannot be made or written. "record.busy": another one
  // records the same product there.
  // selection: of what the messages tell that come from now on.
  static Result<std::unique_ptr<Recorder>> make(const std::string& folder, std::string product,
                                                WallTime now, const Selection& selection = {});

  void begin(size_t place, Seat seat, int64_t now_ns) override;
  void message(size_t place, Seat seat, const market::Message& message,
               std::string_view rest_url) override;
  void succeed(size_t place, int64_t now_ns) override;
  void end(size_t place, Seat seat, int64_t now_ns, market::Break why) override;

  // Writes what has gathered, as whole frames: a process that is killed then loses nothing of it.
  // To be called every second, and at the end. "record.write": it cannot be written, now or before;
  // nothing more is recorded.
  Status flush();

 private:
  struct Session {
    std::string name;
    uint64_t messages = 0;
  };
  struct File {
    std::string hour;   // of what has gathered
    std::string lines;  // what has gathered
    std::string path;   // of what is open; empty: nothing is
    Descriptor open;
  };
  struct Free {
    void operator()(ZSTD_CCtx_s* context) const;
  };

  Recorder(std::string folder, std::string product, Descriptor lock, WallTime now,
           std::string symbols);
  void begin_hour(int64_t now_ns);
  void mark_begin(const std::pair<size_t, Seat>& at, int64_t now_ns);
  // session: null: it is of all of them. name and value: what else the line tells.
  void mark(market::Mark mark, int64_t now_ns, const Session* session, std::string_view name = "",
            std::string_view value = "");
  void gather(std::string_view channel, int64_t now_ns);
  void note(Status done);
  Status write_out(const std::string& channel, File* file);
  Status open_next(const std::string& channel, File* file);

  const std::string folder_, product_;
  const Descriptor lock_;
  const std::string run_;      // when it began: sessions are named after it
  const std::string symbols_;  // as of Mark::kStart
  int64_t hour_;               // since 1970
  std::unique_ptr<ZSTD_CCtx_s, Free> context_;
  std::map<std::string, File, std::less<>> files_;       // by channel
  std::map<std::pair<size_t, Seat>, Session> sessions_;  // that have not ended
  uint64_t begun_ = 0;                                   // sessions
  std::string line_, frame_;
  Status written_;
};

}  // namespace keystile::feed
