#include <fmt/format.h>

#include "base/encoding.h"
#include "exchanges/bybit/protocol.h"

namespace keystile::exchanges::bybit {
namespace {

constexpr size_t kMaxHeaderValue = 1024;  // an RSA-4096 signature in base64 has 684 characters

// Empty where the header is absent.
Result<std::string> single_header(const HttpRequest& request, std::string_view name) {
  if (count_headers(request.headers, name) > 1) {
    return fail("credentials.malformed", fmt::format("the header {} stands more than once", name));
  }
  const std::string* value = find_header(request.headers, name);
  if (value && value->size() > kMaxHeaderValue) {
    return fail("credentials.malformed", fmt::format("the header {} is too long", name));
  }
  return value ? *value : std::string();
}

Result<std::string> required_header(const HttpRequest& request, std::string_view name) {
  KS_TRY(std::string value, single_header(request, name));
  if (value.empty()) {
    return fail("credentials.missing", fmt::format("the header {} is missing or empty", name));
  }
  return value;
}

// The signature covers either the query or the body; what it does not cover must not be there.
Status check_placement(const HttpRequest& request) {
  if (request.method == "GET" && !request.body.empty()) {
    return fail("credentials.malformed", "a GET request carries a body, which is not signed");
  }
  if (request.method != "GET" && request.has_query) {
    return fail("credentials.malformed", "a POST request carries a query, which is not signed");
  }
  return {};
}

// Digits only, one spelling per number.
std::optional<int64_t> parse_millis(std::string_view text) {
  if (text.empty() || text.size() > 15 || text.front() == '0') return std::nullopt;
  const auto value = parse_uint64(text);
  return value ? std::optional<int64_t>(static_cast<int64_t>(*value)) : std::nullopt;
}

}  // namespace

Result<Credentials> Bybit::credentials(const HttpRequest& request, const Route&) const {
  Credentials credentials;
  KS_TRY(credentials.key_id, required_header(request, kKeyHeader));
  KS_TRY(credentials.signature, required_header(request, kSignatureHeader));
  KS_TRY(const std::string timestamp, required_header(request, kTimestampHeader));
  KS_TRY(const std::string window, single_header(request, kWindowHeader));
  KS_CHECK(check_placement(request));

  const auto sent = parse_millis(timestamp);
  if (!sent) {
    return fail("timestamp.malformed", "X-BAPI-TIMESTAMP is not a time in milliseconds");
  }
  credentials.timestamp = from_epoch_ms(*sent);
  if (!window.empty()) {
    const auto millis = parse_millis(window);
    if (!millis) {
      return fail("timestamp.malformed", "X-BAPI-RECV-WINDOW is not a number of milliseconds");
    }
    credentials.window = Millis{*millis};
  }
  credentials.payload = timestamp + credentials.key_id + window +
                        (request.method == "GET" ? request.query : request.body);
  return credentials;
}

bool Bybit::verify(const Credentials& credentials, const crypto::VerifyingKey& key) const {
  std::optional<std::string> raw;
  if (key.algorithm() == crypto::KeyAlgorithm::kHmacSha256) {
    raw = hex_decode(credentials.signature);
    // The documents show lower case; whether the exchange takes upper case is not known.
    if (raw && hex_encode(*raw) != credentials.signature) raw.reset();
  } else if (key.algorithm() == crypto::KeyAlgorithm::kRsaSha256) {
    raw = base64_decode(credentials.signature);
  }
  return raw && key.verify(credentials.payload, *raw);
}

}  // namespace keystile::exchanges::bybit
