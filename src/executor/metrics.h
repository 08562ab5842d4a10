// What an executor tells those who watch it. docs/operations.md says what each metric is for.
#pragma once

#include "executor/runner.h"
#include "metrics/family.h"

namespace keystile::executor {

metrics::Families metrics_of(const Runner& runner);

}  // namespace keystile::executor
