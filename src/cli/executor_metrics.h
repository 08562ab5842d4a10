// What an executor tells monitors. Its own work waits for answers of the realm and of exchanges, so
// monitors are answered by a thread of their own, from what was last told to it.
#pragma once

#include <memory>

#include "base/json.h"
#include "executor/settings.h"
#include "metrics/family.h"

namespace keystile::cli {

class ExecutorMetrics {
 public:
  // Opens the listener of [metrics]; null where there is none. "net.bind".
  static Result<std::unique_ptr<ExecutorMetrics>> open(const executor::Settings& settings);
  virtual ~ExecutorMetrics() = default;

  // What is told from now on. missing: what keeps it from its work, as /readyz has it.
  virtual void tell(metrics::Families families, json::Array missing) = 0;
};

}  // namespace keystile::cli
