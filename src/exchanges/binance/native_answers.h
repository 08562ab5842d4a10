#pragma once

#include "exchanges/native_answers.h"

namespace keystile::exchanges::binance {

const NativeAnswers& native_answers();

}  // namespace keystile::exchanges::binance
