// Who signed a request, and signing it again with another key.
#pragma once

#include <span>
#include <string>

#include "exchanges/exchange.h"

namespace keystile::exchanges::okx {

// Timestamps further than this from the exchange's clock are refused (error 50102).
inline constexpr Millis kWindow{30000};

Result<Credentials> read_credentials(const HttpRequest& request);
bool verify_signature(const Credentials& credentials, const crypto::VerifyingKey& key);
Result<HttpRequest> sign_request(const HttpRequest& request, const RealKey& key, WallTime now,
                                 std::span<const std::string> client_order_ids);
Result<NewKey> make_key(Random& random);
std::string make_client_order_id(Random& random);

}  // namespace keystile::exchanges::okx
