// The effects on a disk that fail in ways worth testing, and the few file operations made of them.
// Errors: "ledger.full" (no space, quota or file size left; may succeed later), "ledger.io",
// "ledger.missing" (no such file).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace keystile::ledger {

// Passed in, so that a test can fill a disk or break it: every call that changes a file or makes a
// change last. Reading goes past it.
class Disk {
 public:
  virtual ~Disk() = default;
  virtual int open(const std::string& path, int flags);   // open(2); new files are 0640
  virtual ssize_t write(int fd, std::string_view bytes);  // write(2)
  virtual int sync(int fd);                               // fsync(2)
  virtual int allocate(int fd, uint64_t bytes);           // posix_fallocate(3): 0 or an errno
  virtual int truncate(int fd, uint64_t bytes);           // ftruncate(2)
  virtual int rename(const std::string& from, const std::string& to);  // rename(2)
  virtual int remove(const std::string& path);                         // unlink(2)
  virtual int make_folder(const std::string& path);                    // mkdir(2), 0750
};
Disk& system_disk();

// An open file (or folder); closed when it goes.
class File {
 public:
  File() = default;
  explicit File(int fd) : fd_(fd) {}
  File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~File();
  int fd() const { return fd_; }

 private:
  int fd_ = -1;
};

// flags as for open(2); O_CLOEXEC is added.
Result<File> open_file(const std::string& path, int flags, Disk& disk = system_disk());
Result<std::string> read_file(const std::string& path);
bool exists(const std::string& path);

Status write_all(Disk& disk, const File& file, std::string_view bytes, const std::string& path);
Status sync_file(Disk& disk, const File& file, const std::string& path);
Status sync_folder(Disk& disk, const std::string& path);
// The folder in which both stand is on disk when this returns.
Status rename_file(Disk& disk, const std::string& from, const std::string& to);
// Makes missing folders (0750), each on disk in its parent when this returns.
Status make_folders(Disk& disk, const std::string& path);
// Writes beside it, syncs, renames over it, syncs the folder: afterwards the file is either the old
// one or the whole new one. Makes the folder if it is missing.
Status replace_file(Disk& disk, const std::string& path, std::string_view bytes);
// The same of several, each by itself: they wait for the disk together, and each folder is synced
// once.
struct NewFile {
  std::string path;
  std::string_view bytes;
};
Status replace_files(Disk& disk, std::span<const NewFile> files);

}  // namespace keystile::ledger
