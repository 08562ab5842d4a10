// Takes real keys out of an exchange's answer before a client sees it.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/http.h"
#include "base/result.h"

namespace keystile::signer {

// What a request was signed with, and what to say in its place.
struct Traces {
  std::span<const std::string> real_key_ids;
  std::string_view virtual_key_id;
  std::string_view passphrase;  // empty where there is none
};

// Replaces every occurrence of the real key ids by the client's own and of the passphrase by "***",
// in body and header values, in letters of any size; drops headers that only concern the connection
// to the exchange or have a key in their name. What cannot be searched is not passed on:
// "answer.encoded" if the answer is compressed in spite of what was asked, "answer.tells_key" if
// something of it stands there in escapes (of JSON or of URLs).
Status scrub(HttpResponse* response, const Traces& traces);

}  // namespace keystile::signer
