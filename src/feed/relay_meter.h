// What the relay counts. The feed's thread counts; any thread may collect.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "metrics/family.h"

namespace keystile::feed {

class RelayMeter {
 public:
  // token: whose; empty: nobody's that counts.
  void count_request(const std::string& token, int status);
  metrics::Families collect() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, int>, uint64_t> requests_;
};

}  // namespace keystile::feed
