// Files that only their owner may read, changed as a whole or not at all.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace keystile::vault {

// An open file descriptor, closed with it.
class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept;
  Fd& operator=(Fd&& other) noexcept;
  ~Fd();
  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  int fd_;
};

// Whose read bits make a file unfit for secrets. systemd gives a service its credentials through
// an access list, which shows as the group's bit.
enum class Privacy { kOwnerOnly, kOwnerAndGroup };

// Opens a regular file for reading, or says "vault.missing", "vault.mode" (others may read it) or
// "vault.disk".
Result<Fd> open_private(const std::string& path, Privacy privacy);
// "vault.disk" too if it is longer than max.
Result<std::string> read_private(const std::string& path, size_t max);
Result<SecretBytes> read_private_secret(const std::string& path, size_t max, Privacy privacy);
// Makes a file of mode 0600 and syncs it; "vault.exists" if there is one.
Status create_private(const std::string& path, const SecretBytes& content);

// Held while a vault is read, changed and written, so that two processes cannot lose each other's
// change. Waits for the other. The lock file stays: removing it would let two hold "the" lock.
class FileLock {
 public:
  static Result<FileLock> acquire(const std::string& path);

 private:
  explicit FileLock(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

// The new content of a file, synced beside it under another name. A crash before commit() leaves
// the old content; after commit() the new one is on disk. Only one may exist per path at a time:
// hold the FileLock.
class Replacement {
 public:
  static Result<Replacement> prepare(const std::string& path, std::string_view content);
  Status commit();

 private:
  Replacement(std::string path, std::string temporary)
      : path_(std::move(path)), temporary_(std::move(temporary)) {}
  std::string path_;
  std::string temporary_;
};

}  // namespace keystile::vault
