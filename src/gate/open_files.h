// How many files and sockets this process may have open at once.
#pragma once

#include <cstddef>

#include "base/result.h"

namespace keystile::gate {

// Takes as many as the operating system lets it have (the hard limit; what a process begins with is
// often 1024, for programs that use select()). "settings.limits" where that is not enough for so
// many connections of programs and what Keystile itself opens: else whoever opens connections could
// keep the ledger from opening its files.
Status allow_open_files(size_t connections);

}  // namespace keystile::gate
