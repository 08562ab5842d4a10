#include "exchanges/okx/auth.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/secret_reveal.h"
#include "exchanges/okx/client_ids.h"

namespace keystile::exchanges::okx {
namespace {

constexpr std::string_view kKeyHeader = "OK-ACCESS-KEY";
constexpr std::string_view kSignHeader = "OK-ACCESS-SIGN";
constexpr std::string_view kTimestampHeader = "OK-ACCESS-TIMESTAMP";
constexpr std::string_view kPassphraseHeader = "OK-ACCESS-PASSPHRASE";
constexpr size_t kNeverWithinTheString = 64;
// Forwarded as they are. Content-Type is written afresh, so that a character set named there cannot
// make the exchange read other text than we did. expTime is the client's own deadline for an order:
// dropping it could let an order in late. x-simulated-trading is dropped: the environment says
// where a request goes.
constexpr std::string_view kKeptHeaders[] = {"Accept", "User-Agent", "expTime"};

Result<std::string> one_header(const HttpRequest& request, std::string_view name) {
  const size_t count = count_headers(request.headers, name);
  if (count > 1) {
    return fail("credentials.malformed", fmt::format("header {} stands more than once", name));
  }
  const std::string* value = find_header(request.headers, name);
  if (!value || value->empty()) {
    return fail("credentials.missing", fmt::format("header {} is missing or empty", name));
  }
  const bool printable =
      std::all_of(value->begin(), value->end(), [](char c) { return c >= 0x20 && c < 0x7f; });
  if (value->size() > 256 || !printable) {
    return fail("credentials.malformed", fmt::format("header {} is not plain text", name));
  }
  return *value;
}

std::string prehash(std::string_view timestamp, const HttpRequest& request) {
  return fmt::format("{}{}{}{}", timestamp, request.method, request.target(), request.body);
}

}  // namespace

Result<Credentials> read_credentials(const HttpRequest& request) {
  Credentials credentials;
  KS_TRY(credentials.key_id, one_header(request, kKeyHeader));
  KS_TRY(credentials.signature, one_header(request, kSignHeader));
  KS_TRY(const std::string timestamp, one_header(request, kTimestampHeader));
  KS_TRY(credentials.passphrase, one_header(request, kPassphraseHeader));
  // The signature covers it, and the exchange reads none.
  if (request.method == "GET" && !request.body.empty()) {
    return fail("credentials.malformed", "a GET request carries a body");
  }
  const Result<WallTime> time = parse_iso8601(timestamp);
  if (!time) {
    return fail("timestamp.malformed",
                "OK-ACCESS-TIMESTAMP must look like 2020-12-08T09:08:57.715Z");
  }
  credentials.timestamp = *time;
  credentials.window = kWindow;
  credentials.payload = prehash(timestamp, request);
  return credentials;
}

bool verify_signature(const Credentials& credentials, const crypto::VerifyingKey& key) {
  if (key.algorithm() != crypto::KeyAlgorithm::kHmacSha256) return false;
  const auto raw = base64_decode(credentials.signature);
  return raw && key.verify(credentials.payload, *raw);
}

Result<HttpRequest> sign_request(const HttpRequest& request, const RealKey& key, WallTime now,
                                 std::span<const std::string> client_order_ids) {
  if (!key.key || key.key->algorithm() != crypto::KeyAlgorithm::kHmacSha256 || !key.passphrase) {
    return fail("key.format", "an OKX key is an HMAC secret with a passphrase; this one is not");
  }
  HttpRequest signed_request;
  signed_request.method = request.method;
  signed_request.path = request.path;
  signed_request.query = request.query;
  signed_request.has_query = request.has_query;
  KS_TRY(signed_request.body, put_client_order_ids(request.path, request.body, client_order_ids));
  for (const std::string_view name : kKeptHeaders) {
    if (const std::string* value = find_header(request.headers, name)) {
      set_header(&signed_request.headers, name, *value);
    }
  }
  if (request.method != "GET") {
    set_header(&signed_request.headers, "Content-Type", "application/json");
  }
  const std::string timestamp = iso8601(now);
  KS_TRY(const std::string signature, key.key->sign(prehash(timestamp, signed_request)));
  set_header(&signed_request.headers, kKeyHeader, std::string(key.key_id));
  set_header(&signed_request.headers, kSignHeader, base64_encode(signature));
  set_header(&signed_request.headers, kTimestampHeader, timestamp);
  // The passphrase goes to the exchange in clear; this is the one place where it leaves. On the
  // heap however short it is: moving it leaves no copy behind, and who sends it wipes it.
  std::string passphrase;
  passphrase.reserve(kNeverWithinTheString);
  passphrase = key.passphrase->bytes(RevealToken{});
  set_header(&signed_request.headers, kPassphraseHeader, std::move(passphrase));
  return signed_request;
}

Result<NewKey> make_key(Random& random) {
  constexpr std::string_view kLower = "abcdefghijkmnpqrstuvwxyz";
  constexpr std::string_view kUpper = "ABCDEFGHJKLMNPQRSTUVWXYZ";
  constexpr std::string_view kDigits = "23456789";
  constexpr std::string_view kHex = "0123456789abcdef";
  NewKey made;
  // A version 4 UUID (RFC 9562 section 5.4).
  made.key_id = fmt::format("{}-{}-4{}-{}{}-{}", random.text(8, kHex), random.text(4, kHex),
                            random.text(3, kHex), random.text(1, "89ab"), random.text(3, kHex),
                            random.text(12, kHex));
  std::string secret = random.text(32, "0123456789ABCDEF");
  // OKX wants 8 to 32 characters with a digit, both cases and a special one.
  std::string passphrase = fmt::format("{}{}{}-{}", random.text(8, kLower), random.text(8, kUpper),
                                       random.text(6, kDigits), random.text(4, kLower));
  Result<SecretBytes> secret_bytes = SecretBytes::copy_of(secret);
  Result<SecretBytes> passphrase_bytes = SecretBytes::copy_of(passphrase);
  wipe(&secret);
  wipe(&passphrase);
  KS_TRY(made.secret, std::move(secret_bytes));
  KS_TRY(made.passphrase, std::move(passphrase_bytes));
  return made;
}

std::string make_client_order_id(Random& random) {
  return "ks" + random.text(30, "0123456789abcdefghijklmnopqrstuvwxyz");
}

}  // namespace keystile::exchanges::okx
