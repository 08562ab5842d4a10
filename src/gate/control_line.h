// The lines of the control socket, without the socket. Private to gate/.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "signer/signer.h"

namespace keystile::gate {

inline constexpr size_t kCommandBytes = 1 << 20, kAnswerBytes = 16 * kCommandBytes;

// Has the signer carry out one command of the operator.
Result<json::Value> carry_out(signer::Signer& signer, std::string_view command);
// The same for whoever is there: only what proves itself by a signature. "api.command"; also
// "json.limit" where a member is a list or an object, which what is signed has within its text.
Result<json::Value> carry_out_for_anyone(signer::Signer& signer, std::string_view command);

// The answer as a line, without its end.
std::string answer_line(const Result<json::Value>& answer);

// What such an answer says: a value, or the error that it tells, and whether it may have happened
// all the same. "control.answer" where it cannot be read.
Result<json::Value> read_answer(std::string_view answer);

}  // namespace keystile::gate
