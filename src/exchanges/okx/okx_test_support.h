// What the OKX tests share: requests as a client would send them.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "crypto/keys.h"
#include "exchanges/okx/okx.h"

namespace keystile::exchanges::okx {

// The sample secret of OKX's own documents.
inline constexpr std::string_view kSecret = "22582BD0CFF14C41EDBF1AB98506286D";
inline constexpr std::string_view kKeyId = "0f8fad5b-d9cb-469f-a165-70867728950e";
inline constexpr std::string_view kPassphrase = "Pass-phrase1";
inline constexpr std::string_view kTimestamp = "2020-12-08T09:08:57.715Z";

inline HttpRequest get(std::string_view target) {
  HttpRequest request;
  request.method = "GET";
  request.path = std::string(target.substr(0, target.find('?')));
  request.has_query = request.path.size() != target.size();
  if (request.has_query) request.query = std::string(target.substr(request.path.size() + 1));
  return request;
}

inline HttpRequest post(std::string_view path, std::string_view body) {
  HttpRequest request;
  request.method = "POST";
  request.path = std::string(path);
  request.body = std::string(body);
  request.headers = {{"Content-Type", "application/json"}};
  return request;
}

inline HttpRequest with_credentials(HttpRequest request, std::string_view signature,
                                    std::string_view timestamp = kTimestamp) {
  request.headers.push_back({"ok-access-key", std::string(kKeyId)});
  request.headers.push_back({"OK-ACCESS-SIGN", std::string(signature)});
  request.headers.push_back({"OK-ACCESS-TIMESTAMP", std::string(timestamp)});
  request.headers.push_back({"OK-ACCESS-PASSPHRASE", std::string(kPassphrase)});
  return request;
}

inline SecretBytes secret(std::string_view text) { return std::move(*SecretBytes::copy_of(text)); }
inline crypto::VerifyingKey verifying_key() {
  return std::move(*crypto::VerifyingKey::hmac(secret(kSecret)));
}
inline crypto::SigningKey signing_key(std::string_view text) {
  return std::move(*crypto::SigningKey::open(crypto::KeyAlgorithm::kHmacSha256, secret(text)));
}

inline const Route& route_of(const HttpRequest& request) {
  const Route* route = exchange().routes().find(request.method, request.path);
  static const Route none;
  return route ? *route : none;
}

inline Result<Intent> meaning(const HttpRequest& request) {
  return exchange().interpret(route_of(request), request);
}
inline Result<Intent> meaning(std::string_view name, std::string_view body) {
  return meaning(post("/api/v5/" + std::string(name), body));
}
// The error code of a refused body, or "accepted".
inline std::string refused(std::string_view name, std::string_view body) {
  const auto intent = meaning(name, body);
  return intent ? "accepted" : intent.error().code;
}

}  // namespace keystile::exchanges::okx
