#include "gate/open_files.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstring>

namespace keystile::gate {
namespace {

constexpr size_t kOwn = 512;  // connections to exchanges, the ledger's files, market data

}  // namespace

Status allow_open_files(size_t connections) {
  rlimit limit{};
  const bool known = ::getrlimit(RLIMIT_NOFILE, &limit) == 0;
  limit.rlim_cur = limit.rlim_max;
  if (!known || ::setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return fail("settings.limits",
                fmt::format("cannot set how many files may be open: {}", std::strerror(errno)));
  }
  const size_t needed = connections + kOwn;
  if (limit.rlim_max >= needed) return {};
  return fail(
      "settings.limits",
      fmt::format("the listeners may take {} connections and Keystile itself opens up to {} "
                  "files, but the system lets it open only {}: raise LimitNOFILE of the "
                  "service (ulimit -Hn), or lower `connections` under [limits]",
                  connections, kOwn, limit.rlim_max));
}

}  // namespace keystile::gate
