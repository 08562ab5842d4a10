// What the relay counts. The feed's thread counts; any thread may collect.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "feed/outbox.h"
#include "metrics/family.h"

namespace keystile::feed {

class RelayMeter {
 public:
  // token: whose; empty: nobody's that counts.
  void count_request(const std::string& token, int status);
  // WebSockets.
  void count_open(const std::string& token);
  void count_closed(const std::string& token);
  void count_message(const std::string& token);
  // It did not keep up: what waited for it was forgotten, or it was sent away.
  void count_slow(const std::string& token, Slow what);
  metrics::Families collect() const;

 private:
  mutable std::mutex mutex_;
  struct Streams {
    uint64_t open = 0, messages = 0, conflated = 0, dropped = 0;
  };
  std::map<std::pair<std::string, int>, uint64_t> requests_;
  std::map<std::string, Streams> streams_;  // by token
};

}  // namespace keystile::feed
