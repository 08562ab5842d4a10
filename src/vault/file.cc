#include "vault/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/secret_reveal.h"

namespace keystile::vault {
namespace {

constexpr mode_t kOwnerReadWrite = 0600;

tl::unexpected<Error> disk_error(std::string_view what, const std::string& path) {
  const int error = errno;
  return fail("vault.disk", path + ": " + std::string(what) + ": " + std::strerror(error));
}

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

// How many bytes were there, up to size; less than zero on an error.
ssize_t read_all(int fd, char* out, size_t size) {
  size_t done = 0;
  while (done < size) {
    const ssize_t got = ::read(fd, out + done, size - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return got;
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  return static_cast<ssize_t>(done);
}

Status sync_folder_of(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path();
  const Fd fd(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.is_open() || ::fsync(fd.get()) != 0) return disk_error("its folder is not synced", path);
  return {};
}

// A new file with this content, on disk.
Status write_new(const std::string& path, std::string_view content) {
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kOwnerReadWrite));
  if (!fd.is_open() && errno == EEXIST) {
    return fail("vault.exists", path + " exists already; it is never overwritten");
  }
  if (!fd.is_open()) return disk_error("it cannot be made", path);
  // fchmod: the process's umask may have taken bits away.
  if (::fchmod(fd.get(), kOwnerReadWrite) != 0 || !write_all(fd.get(), content) ||
      ::fsync(fd.get()) != 0) {
    auto error = disk_error("it cannot be written", path);
    ::unlink(path.c_str());
    return error;
  }
  return {};
}

}  // namespace

Fd::Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
Fd& Fd::operator=(Fd&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}
Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

Result<Fd> open_private(const std::string& path, Privacy privacy) {
  // O_NONBLOCK: a named pipe must not hang us before we see that it is no file.
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.is_open() && errno == ENOENT) return fail("vault.missing", path + " does not exist");
  if (!fd.is_open()) return disk_error("it cannot be opened", path);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return disk_error("it cannot be examined", path);
  if (!S_ISREG(info.st_mode)) return fail("vault.disk", path + " is not a file");
  const mode_t forbidden = privacy == Privacy::kOwnerOnly ? 0077 : 0037;
  if ((info.st_mode & forbidden) != 0) {
    return fail("vault.mode", path + " can be read or changed by others; run: chmod 600 " + path);
  }
  return fd;
}

Result<std::string> read_private(const std::string& path, size_t max) {
  KS_TRY(const Fd fd, open_private(path, Privacy::kOwnerOnly));
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return disk_error("it cannot be examined", path);
  const auto size = static_cast<size_t>(info.st_size);
  if (size > max) return fail("vault.disk", path + " is too large");
  std::string content(size, '\0');
  const ssize_t got = read_all(fd.get(), content.data(), size);
  if (got < 0) return disk_error("it cannot be read", path);
  content.resize(static_cast<size_t>(got));
  return content;
}

Result<SecretBytes> read_private_secret(const std::string& path, size_t max, Privacy privacy) {
  KS_TRY(const Fd fd, open_private(path, privacy));
  const RevealToken token;
  KS_TRY(SecretBytes buffer, SecretBytes::zeroed(max + 1));
  const ssize_t got = read_all(fd.get(), buffer.data(token), buffer.size());
  if (got < 0) return disk_error("it cannot be read", path);
  if (static_cast<size_t>(got) > max) return fail("vault.disk", path + " is too large");
  return SecretBytes::copy_of(buffer.bytes(token).substr(0, static_cast<size_t>(got)));
}

Status create_private(const std::string& path, const SecretBytes& content) {
  KS_CHECK(write_new(path, content.bytes(RevealToken{})));
  return sync_folder_of(path);
}

Result<FileLock> FileLock::acquire(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kOwnerReadWrite));
  if (!fd.is_open()) return disk_error("it cannot be opened", path);
  while (::flock(fd.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return disk_error("it cannot be locked", path);
  }
  return FileLock(std::move(fd));
}

Result<Replacement> Replacement::prepare(const std::string& path, std::string_view content) {
  const std::string temporary = path + ".new";
  ::unlink(temporary.c_str());  // what a crash left; we hold the lock, so it is nobody's
  KS_CHECK(write_new(temporary, content));
  return Replacement(path, temporary);
}

Status Replacement::commit() {
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
    auto error = disk_error("it cannot be replaced", path_);
    ::unlink(temporary_.c_str());
    return error;
  }
  return sync_folder_of(path_);
}

}  // namespace keystile::vault
