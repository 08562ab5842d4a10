#include "ledger/disk.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <set>
#include <system_error>
#include <thread>
#include <vector>

namespace keystile::ledger {
namespace {

tl::unexpected<Error> disk_error(std::string_view what, const std::string& path, int number) {
  const std::string why = std::generic_category().message(number);
  if (number == ENOENT) return fail("ledger.missing", fmt::format("{} does not exist", path));
  if (number == ENOSPC || number == EDQUOT || number == EFBIG) {
    return fail("ledger.full", fmt::format("cannot {} {}: {}; make space", what, path, why),
                ErrorClass::kRetryable);
  }
  return fail("ledger.io", fmt::format("cannot {} {}: {}", what, path, why), ErrorClass::kFatal);
}

std::string parent_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == path.npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

int Disk::open(const std::string& path, int flags) { return ::open(path.c_str(), flags, 0640); }
ssize_t Disk::write(int fd, std::string_view bytes) {
  return ::write(fd, bytes.data(), bytes.size());
}
int Disk::sync(int fd) { return ::fsync(fd); }
int Disk::allocate(int fd, uint64_t bytes) {
  return ::posix_fallocate(fd, 0, static_cast<off_t>(bytes));
}
int Disk::truncate(int fd, uint64_t bytes) { return ::ftruncate(fd, static_cast<off_t>(bytes)); }
int Disk::rename(const std::string& from, const std::string& to) {
  return ::rename(from.c_str(), to.c_str());
}
int Disk::remove(const std::string& path) { return ::unlink(path.c_str()); }
int Disk::make_folder(const std::string& path) { return ::mkdir(path.c_str(), 0750); }

Disk& system_disk() {
  static Disk disk;
  return disk;
}

File::~File() {
  if (fd_ >= 0) ::close(fd_);
}

Result<File> open_file(const std::string& path, int flags, Disk& disk) {
  const int fd = disk.open(path, flags | O_CLOEXEC);
  if (fd < 0) return disk_error("open", path, errno);
  return File(fd);
}

Result<std::string> read_file(const std::string& path) {
  KS_TRY(const File file, open_file(path, O_RDONLY));
  std::string bytes;
  char buffer[64 * 1024];
  for (;;) {
    const ssize_t got = ::read(file.fd(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return disk_error("read", path, errno);
    if (got == 0) return bytes;
    bytes.append(buffer, static_cast<size_t>(got));
  }
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

Status write_all(Disk& disk, const File& file, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t wrote = disk.write(file.fd(), bytes);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return disk_error("write", path, errno);
    bytes.remove_prefix(static_cast<size_t>(wrote));
  }
  return {};
}

Status sync_file(Disk& disk, const File& file, const std::string& path) {
  if (disk.sync(file.fd()) != 0) return disk_error("sync", path, errno);
  return {};
}

Status sync_folder(Disk& disk, const std::string& path) {
  KS_TRY(const File folder, open_file(path, O_RDONLY | O_DIRECTORY, disk));
  return sync_file(disk, folder, path);
}

Status rename_file(Disk& disk, const std::string& from, const std::string& to) {
  if (disk.rename(from, to) != 0) return disk_error("rename", from, errno);
  return sync_folder(disk, parent_of(to));
}

Status make_folders(Disk& disk, const std::string& path) {
  if (exists(path)) return {};
  const std::string parent = parent_of(path);
  KS_CHECK(make_folders(disk, parent));
  if (disk.make_folder(path) != 0 && errno != EEXIST) return disk_error("make", path, errno);
  return sync_folder(disk, parent);
}

Status replace_files(Disk& disk, std::span<const NewFile> files) {
  const auto temporary = [](const NewFile& file) { return file.path + ".tmp"; };
  const auto write = [&]() -> Status {
    std::vector<File> open;  // all are written before the first is waited for
    for (const NewFile& file : files) {
      KS_CHECK(make_folders(disk, parent_of(file.path)));
      KS_TRY(File one, open_file(temporary(file), O_WRONLY | O_CREAT | O_TRUNC, disk));
      KS_CHECK(write_all(disk, one, file.bytes, temporary(file)));
      open.push_back(std::move(one));
      std::this_thread::yield();  // making a file can take the kernel a millisecond
    }
    for (size_t i = 0; i < files.size(); ++i) {
      KS_CHECK(sync_file(disk, open[i], temporary(files[i])));
    }
    return {};
  };
  if (Status written = write(); !written) {
    for (const NewFile& file : files)
      disk.remove(temporary(file));  // may stand in a full disk's way
    return written;
  }
  std::set<std::string> folders;
  for (const NewFile& file : files) {
    if (disk.rename(temporary(file), file.path) != 0)
      return disk_error("rename", temporary(file), errno);
    folders.insert(parent_of(file.path));
  }
  for (const std::string& folder : folders) {
    KS_CHECK(sync_folder(disk, folder));
  }
  return {};
}

Status replace_file(Disk& disk, const std::string& path, std::string_view bytes) {
  const NewFile file{path, bytes};
  return replace_files(disk, {&file, 1});
}

}  // namespace keystile::ledger
