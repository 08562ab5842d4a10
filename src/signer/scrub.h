// Takes real keys out of an exchange's answer before a client sees it.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/http.h"
#include "base/result.h"

namespace keystile::signer {

// Replaces every occurrence of the real key ids by the client's own, in body and header values, and
// drops headers that only concern the connection to the exchange. "answer.encoded" if the answer is
// compressed in spite of what was asked: it cannot be searched, so it is not passed on.
Status scrub(HttpResponse* response, std::span<const std::string> real_key_ids,
             std::string_view virtual_key_id);

}  // namespace keystile::signer
