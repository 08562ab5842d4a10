#include "ledger/lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

namespace keystile::ledger {

Result<File> lock_folder(const Folder& folder, Disk& disk) {
  const std::string path = folder.path_to("lock");
  KS_TRY(File file, open_file(path, O_RDWR | O_CREAT, disk));
  if (::flock(file.fd(), LOCK_EX | LOCK_NB) != 0) {
    const auto holder = read_file(path);
    return fail(
        "ledger.locked",
        fmt::format("{} is in use by process {}; only one may write it: stop that one first",
                    folder.path(), holder ? *holder : std::string("unknown")));
  }
  const std::string pid = std::to_string(::getpid());
  if (disk.truncate(file.fd(), 0) != 0 || disk.write(file.fd(), pid) < 0) {
    // A full disk: the lock holds all the same, only its holder's number is not told.
  }
  return file;
}

}  // namespace keystile::ledger
