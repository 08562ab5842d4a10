// The only place that makes a RevealToken. tools/lint lists who may include this.
#pragma once

#include "base/secret.h"

namespace keystile {

class RevealToken {
 public:
  explicit RevealToken() = default;
};

}  // namespace keystile
