// Signed orders as a program sends them: POST /api/v3/order of Binance spot, as ccxt writes it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/http.h"
#include "base/result.h"
#include "base/time.h"
#include "crypto/keys.h"

namespace keystile::bench {

// The benchmark's clients and keys. Nothing here is secret: it opens benchmark realms only.
std::string client_name(size_t client);
std::string virtual_key_id(size_t client);
std::string virtual_secret(size_t client);
inline constexpr std::string_view kRealKeyId =
    "REALREALREALREALREALREALREALREALREALREALREALREALREALREALREALREAL";
inline constexpr std::string_view kRealSecret =
    "realsecretrealsecretrealsecretrealsecretrealsecretrealsecretreal";

// Signs as one client. Every order differs from all others by its client order id.
class OrderWriter {
 public:
  static Result<OrderWriter> make(size_t client);
  // The form body of order `number`, signed at `now` for the next 60 s.
  Result<std::string> body(uint64_t number, WallTime now) const;
  HttpRequest request(std::string body) const;

 private:
  OrderWriter(std::string key_id, crypto::SigningKey key)
      : key_id_(std::move(key_id)), key_(std::move(key)) {}
  std::string key_id_;
  crypto::SigningKey key_;
};

// The request's bytes on the wire.
std::string wire(const HttpRequest& request);

}  // namespace keystile::bench
