// The lines of the control socket, without the socket. Private to gate/.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "signer/signer.h"

namespace keystile::gate {

inline constexpr size_t kCommandBytes = 1 << 20, kAnswerBytes = 16 * kCommandBytes;

// What the signer answers to one command; both are lines, without their ends.
std::string answer_to(signer::Signer& signer, std::string_view command);

// What such an answer says: a value, or the error that it tells. "control.answer" where it cannot
// be read.
Result<json::Value> read_answer(std::string_view answer);

}  // namespace keystile::gate
