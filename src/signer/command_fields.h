// Reading what a person's command says, strictly: what people will approve is what was written.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "base/decimal.h"
#include "base/json.h"

namespace keystile::signer {

// Each member but "do" is one of these texts. "control.argument" with `usage` where one is not.
Status read_texts(const json::Value& command,
                  std::initializer_list<std::pair<std::string_view, std::string*>> fields,
                  std::string_view usage);

// Above zero, and spelled as it will be shown: "control.argument".
Result<Decimal> read_amount(const std::string& text);

}  // namespace keystile::signer
