#pragma once

#include "exchanges/native_answers.h"

namespace keystile::exchanges::okx {

const NativeAnswers& native_answers();

}  // namespace keystile::exchanges::okx
