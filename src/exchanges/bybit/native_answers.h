#pragma once

#include "exchanges/native_answers.h"

namespace keystile::exchanges::bybit {

const NativeAnswers& native_answers();

}  // namespace keystile::exchanges::bybit
