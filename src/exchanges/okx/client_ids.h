// Client order ids, put into a body that the client wrote without re-encoding the rest of it.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace keystile::exchanges::okx {

// The body with one id in every order that has none (no such member, or "" or null), in order; all
// other bytes stay. "client-id.place" if the route or the body has no such place, or ids are left over or too few.
Result<std::string> put_client_order_ids(std::string_view path, std::string_view body,
                                         std::span<const std::string> ids);

}  // namespace keystile::exchanges::okx
