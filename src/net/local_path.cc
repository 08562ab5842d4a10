#include "net/local_path.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace keystile::net {
namespace {

// True if a program listens there: one with a full queue says EAGAIN.
bool is_live(const sockaddr_un& address) {
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const bool connected =
      ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  const bool refused = !connected && errno == ECONNREFUSED;
  if (probe >= 0) ::close(probe);
  return !refused;
}

}  // namespace

Status free_local_path(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) {
    return fail("net.path", "a socket's path must have 1 to " +
                                std::to_string(sizeof(address.sun_path) - 1) +
                                " bytes; use a shorter folder: " + path);
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return {};
  if (!S_ISSOCK(info.st_mode)) {
    return fail("net.path", path + " is in the way and is not a socket; move it");
  }
  if (is_live(address)) {
    return fail("net.taken", "another program listens on " + path + "; stop it first");
  }
  if (::unlink(path.c_str()) != 0) {
    return fail("net.path", "cannot remove the stale socket " + path + ": " + std::strerror(errno));
  }
  return {};
}

}  // namespace keystile::net
