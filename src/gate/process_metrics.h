// The metrics of this process that every Prometheus client library gives, under the same names.
#pragma once

#include <string>

#include "base/time.h"
#include "metrics/family.h"

namespace keystile::gate {

// started: when the process did. What the system does not tell is left out. proc: where the
// system's account of this process is, for tests.
metrics::Families process_metrics(WallTime started, const std::string& proc = "/proc/self");

}  // namespace keystile::gate
