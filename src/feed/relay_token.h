// Where a request carries its token.
#pragma once

#include <string>

#include "base/http.h"

namespace keystile::feed {

// By "Authorization: Bearer", by "X-API-Key", or else by the query's token=, for programs that can
// set no header. The query's is taken out of the request. Empty: there is none.
std::string take_token(HttpRequest* request);

}  // namespace keystile::feed
