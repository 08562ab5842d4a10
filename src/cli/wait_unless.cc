#include "cli/wait_unless.h"

#include <condition_variable>
#include <mutex>

namespace keystile::cli {

bool wait_unless(const std::stop_token& stop, Millis time) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any().wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace keystile::cli
