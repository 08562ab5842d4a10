#include "net/turn.h"

namespace keystile::net {

void turn(boost::asio::io_context& io, std::chrono::microseconds awake) {
  using Clock = std::chrono::steady_clock;
  for (auto busy = Clock::now(); !io.stopped();) {
    if (io.poll() == 0) {
      if (Clock::now() - busy < awake) continue;
      io.run_one();
    }
    busy = Clock::now();
  }
}

}  // namespace keystile::net
