// Loaded into a gate (LD_PRELOAD) by the tests beside it: lets single file system calls fail, or
// end the process. Only calls on files under one folder count. Which one, and how, stands in a file
// that the test and this share as memory (struct Plan; faults.py has the same layout).
//
//   KEYSTILE_FAULTS        that file
//   KEYSTILE_FAULTS_UNDER  the folder
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>

extern "C" int open(const char* path, int flags, ...);

namespace {

enum Call {
  kOpen,
  kRead,
  kWrite,
  kSync,
  kTruncate,
  kRename,
  kUnlink,
  kMkdir,
  kAllocate,
  kStat,
  kLock,
  kClose,
  kCalls
};
enum Mode : uint32_t { kFail, kKillBefore, kKillAfter };

struct Plan {
  std::atomic<uint32_t> calls;  // bit n: Call n is meant
  std::atomic<uint32_t> mode, number;
  std::atomic<uint32_t> skip;   // so many more pass first
  std::atomic<uint32_t> times;  // then so many fail
  std::atomic<uint32_t> met;    // so many have
  std::atomic<uint32_t> seen[kCalls];
};

constexpr int kDescriptors = 4096;
std::atomic<bool> watched[kDescriptors];

Plan* plan() {
  static Plan* const shared = []() -> Plan* {
    const char* path = getenv("KEYSTILE_FAULTS");
    const int fd = path ? open(path, O_RDWR) : -1;
    if (fd < 0) return nullptr;
    void* memory = mmap(nullptr, sizeof(Plan), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return memory == MAP_FAILED ? nullptr : static_cast<Plan*>(memory);
  }();
  return shared;
}

bool is_under(const char* path) {
  static const char* const folder = getenv("KEYSTILE_FAULTS_UNDER");
  return folder && path && strncmp(path, folder, strlen(folder)) == 0;
}
bool is_watched(int fd) { return fd >= 0 && fd < kDescriptors && watched[fd]; }

// One of n, if any is left.
bool take(std::atomic<uint32_t>* n) {
  for (uint32_t left = *n; left > 0;) {
    if (n->compare_exchange_weak(left, left - 1)) return true;
  }
  return false;
}

// Runs the call, unless this is the one that is to fail.
template <class Do>
auto meddle(Call call, bool counts, Do real) -> decltype(real()) {
  Plan* const p = counts ? plan() : nullptr;
  if (!p) return real();
  ++p->seen[call];
  if (!(p->calls & 1u << call) || take(&p->skip) || !take(&p->times)) return real();
  ++p->met;
  if (p->mode == kKillAfter) real();
  if (p->mode != kFail) kill(getpid(), SIGKILL);
  errno = static_cast<int>(p->number.load());
  return -1;
}

template <class F>
F next(const char* name) {
  return reinterpret_cast<F>(dlsym(RTLD_NEXT, name));
}

int open_as(const char* path, int flags, mode_t mode) {
  static const auto real = next<int (*)(const char*, int, ...)>("open");
  const bool counts = is_under(path);
  const int fd = meddle(kOpen, counts, [&] { return real(path, flags, mode); });
  if (fd >= 0 && fd < kDescriptors) watched[fd] = counts;
  return fd;
}

mode_t mode_of(int flags, va_list more) {
  return flags & (O_CREAT | O_TMPFILE) ? static_cast<mode_t>(va_arg(more, int)) : 0;
}

}  // namespace

#define OPEN(name)                             \
  int name(const char* path, int flags, ...) { \
    va_list more;                              \
    va_start(more, flags);                     \
    const mode_t mode = mode_of(flags, more);  \
    va_end(more);                              \
    return open_as(path, flags, mode);         \
  }

extern "C" {
OPEN(open)
OPEN(open64)
int __open_2(const char* path, int flags) { return open_as(path, flags, 0); }
int __open64_2(const char* path, int flags) { return open_as(path, flags, 0); }

ssize_t read(int fd, void* buffer, size_t size) {
  static const auto real = next<ssize_t (*)(int, void*, size_t)>("read");
  return meddle(kRead, is_watched(fd), [&] { return real(fd, buffer, size); });
}
ssize_t write(int fd, const void* buffer, size_t size) {
  static const auto real = next<ssize_t (*)(int, const void*, size_t)>("write");
  return meddle(kWrite, is_watched(fd), [&] { return real(fd, buffer, size); });
}
int fsync(int fd) {
  static const auto real = next<int (*)(int)>("fsync");
  return meddle(kSync, is_watched(fd), [&] { return real(fd); });
}
int ftruncate(int fd, off_t size) noexcept {
  static const auto real = next<int (*)(int, off_t)>("ftruncate");
  return meddle(kTruncate, is_watched(fd), [&] { return real(fd, size); });
}
int rename(const char* from, const char* to) noexcept {
  static const auto real = next<int (*)(const char*, const char*)>("rename");
  return meddle(kRename, is_under(to), [&] { return real(from, to); });
}
int unlink(const char* path) noexcept {
  static const auto real = next<int (*)(const char*)>("unlink");
  return meddle(kUnlink, is_under(path), [&] { return real(path); });
}
int mkdir(const char* path, mode_t mode) noexcept {
  static const auto real = next<int (*)(const char*, mode_t)>("mkdir");
  return meddle(kMkdir, is_under(path), [&] { return real(path, mode); });
}
int stat(const char* path, struct stat* found) noexcept {
  static const auto real = next<int (*)(const char*, struct stat*)>("stat");
  return meddle(kStat, is_under(path), [&] { return real(path, found); });
}
int fstat(int fd, struct stat* found) noexcept {
  static const auto real = next<int (*)(int, struct stat*)>("fstat");
  return meddle(kStat, is_watched(fd), [&] { return real(fd, found); });
}
int flock(int fd, int how) noexcept {
  static const auto real = next<int (*)(int, int)>("flock");
  return meddle(kLock, is_watched(fd), [&] { return real(fd, how); });
}
// Linux closes it even where it says that it failed.
int close(int fd) {
  static const auto real = next<int (*)(int)>("close");
  const bool counts = is_watched(fd);
  if (counts) watched[fd] = false;
  const int done = real(fd);
  return meddle(kClose, counts, [&] { return done; });
}
int posix_fallocate(int fd, off_t at, off_t size) {
  static const auto real = next<int (*)(int, off_t, off_t)>("posix_fallocate");
  const int done = meddle(kAllocate, is_watched(fd), [&] { return real(fd, at, size); });
  return done == -1 ? errno : done;
}
}
