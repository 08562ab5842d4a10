// The control routes of a Site.
#pragma once

#include <string>

#include "base/http.h"
#include "sandbox/venue.h"

namespace keystile::sandbox {

bool is_control(const HttpRequest& request);
HttpResponse control(Venue& venue, const HttpRequest& request, const std::string& peer_address);

}  // namespace keystile::sandbox
