#include "exchanges/binance/auth.h"

#include <fmt/format.h>

#include <array>

#include "base/encoding.h"
#include "exchanges/params.h"

namespace keystile::exchanges::binance {
namespace {

constexpr std::string_view kForm = "application/x-www-form-urlencoded";
constexpr int64_t kMaxWindowMs = 60000;
constexpr size_t kMostHeaders = 8;  // of a request that goes on, with what the gate adds

// A body counts only if Binance reads it as form parameters; else a parameter that we judge by
// could be one that the exchange never sees.
Status check_body(const HttpRequest& request) {
  if (request.body.empty()) return {};
  if (request.method == "GET") {
    return fail("parameter.value", "a GET request must have no body");
  }
  const std::string* type = find_header(request.headers, "Content-Type");
  if (!type) return {};
  std::string_view media = *type;
  media = media.substr(0, media.find(';'));
  while (!media.empty() && media.back() == ' ') media.remove_suffix(1);
  if (!equals_ignore_case(media, kForm)) {
    return fail("parameter.value",
                "a body must be application/x-www-form-urlencoded, or go into the query string");
  }
  return {};
}

// A name that must be decoded first is one that two readers could take for two parameters.
Status check_names(const std::vector<RawParam>& params) {
  for (const RawParam& param : params) {
    if (!param.name_is_plain && param.name.find_first_of("%+") != param.name.npos) {
      return fail("parameter.encoding", "a parameter's name must be written without '%' and '+'");
    }
  }
  return {};
}

// Those of the query, then those of the body. How their values are encoded is judged by whoever
// reads them.
Result<std::vector<RawParam>> raw_params(const HttpRequest& request) {
  KS_CHECK(check_body(request));
  std::vector<RawParam> params;
  params.reserve(16);  // as an order has
  KS_CHECK(split_params(request.query, ParamSource::kQuery, &params));
  KS_CHECK(split_params(request.body, ParamSource::kBody, &params));
  KS_CHECK(check_names(params));
  return params;
}

// Appends text without the piece [begin, end) and one '&' beside it.
void append_without_piece(std::string_view text, size_t begin, size_t end, std::string* out) {
  if (end < text.size()) {
    ++end;
  } else if (begin > 0) {
    --begin;
  }
  out->append(text, 0, begin).append(text, end);
}

// What was signed: query and body, without the signature.
std::string payload_of(const HttpRequest& request, const RawParam& signature) {
  std::string payload;
  payload.reserve(request.query.size() + request.body.size());
  for (const auto& [text, source] :
       {std::pair<std::string_view, ParamSource>(request.query, ParamSource::kQuery),
        {request.body, ParamSource::kBody}}) {
    if (signature.source == source) {
      append_without_piece(text, signature.begin, signature.end, &payload);
    } else {
      payload += text;
    }
  }
  return payload;
}

struct AuthParams {
  const RawParam* signature = nullptr;
  const RawParam* timestamp = nullptr;
  const RawParam* window = nullptr;
};

Result<AuthParams> find_auth_params(const std::vector<RawParam>& params) {
  AuthParams found;
  for (const RawParam& param : params) {
    const RawParam** slot = param.name == "signature"    ? &found.signature
                            : param.name == "timestamp"  ? &found.timestamp
                            : param.name == "recvWindow" ? &found.window
                                                         : nullptr;
    if (!slot) continue;
    if (*slot) {
      return fail("credentials.malformed",
                  fmt::format("parameter '{}' stands more than once", param.name));
    }
    *slot = &param;
  }
  return found;
}

tl::unexpected<Error> bad_time(std::string_view name, std::string_view what) {
  return fail("timestamp.malformed", "parameter '" + std::string(name) + "' " + std::string(what));
}

// Milliseconds since 1970; the spot routes also take microseconds.
Result<WallTime> read_timestamp(std::string_view text, bool spot) {
  const auto value = parse_uint64(text);
  if (!value || text.front() == '0') return bad_time("timestamp", "must be a whole number");
  if (text.size() == 13) return from_epoch_ms(static_cast<int64_t>(*value));
  if (spot && text.size() == 16) return from_epoch_ms(static_cast<int64_t>(*value / 1000));
  return bad_time("timestamp",
                  spot ? "must be in milliseconds or microseconds" : "must be in milliseconds");
}

// Cut to whole milliseconds: never longer than the client asked.
Result<Millis> read_window(std::string_view text, bool spot) {
  const auto value = Decimal::parse(text);
  const size_t point = text.find('.');
  if (!value || value->is_negative() ||
      (point != text.npos && (!spot || text.size() - point > 4))) {
    return bad_time("recvWindow", spot ? "must be milliseconds with at most three decimals"
                                       : "must be whole milliseconds");
  }
  if (*value > Decimal(kMaxWindowMs)) return bad_time("recvWindow", "must not be above 60000");
  const auto whole = parse_uint64(text.substr(0, point));
  if (!whole) return bad_time("recvWindow", "must be a number");
  return Millis(static_cast<int64_t>(*whole));
}

Result<std::string> encoded_signature(const crypto::SigningKey& key, std::string_view payload) {
  KS_TRY(const std::string raw, key.sign(payload));
  return key.algorithm() == crypto::KeyAlgorithm::kHmacSha256 ? hex_encode(raw)
                                                              : percent_encode(base64_encode(raw));
}

void append_piece(std::string* text, std::string_view piece) {
  if (!text->empty()) *text += '&';
  *text += piece;
}

// One text (query or body) with the time and window replaced where they stand and the signature
// taken out.
std::string restamped(std::string_view text, const std::vector<RawParam>& params,
                      ParamSource source, std::string_view timestamp, std::string_view window) {
  std::string out;
  out.reserve(text.size() + 64);
  for (const RawParam& param : params) {
    if (param.source != source || param.name == "signature") continue;
    if (param.name == "timestamp") {
      append_piece(&out, timestamp);
    } else if (param.name == "recvWindow") {
      append_piece(&out, window);
    } else {
      append_piece(&out, text.substr(param.begin, param.end - param.begin));
    }
  }
  return out;
}

Headers forwarded_headers(const HttpRequest& request, const RealKey& key) {
  Headers headers;
  headers.reserve(kMostHeaders);
  for (const std::string_view name : {"Accept", "User-Agent"}) {
    if (const std::string* value = find_header(request.headers, name)) {
      headers.push_back({std::string(name), *value});
    }
  }
  // Written afresh, so that the exchange reads the body in the one way that we did.
  if (!request.body.empty()) headers.push_back({"Content-Type", std::string(kForm)});
  headers.push_back({std::string(kKeyHeader), std::string(key.key_id)});
  return headers;
}

}  // namespace

Result<std::vector<Param>> request_params(const HttpRequest& request) {
  KS_TRY(const std::vector<RawParam> raw, raw_params(request));
  std::vector<Param> params;
  params.reserve(raw.size());
  for (const RawParam& one : raw) {
    KS_TRY(Param param, decoded(one, true));
    params.push_back(std::move(param));
  }
  return params;
}

bool is_auth_param(std::string_view name) {
  return name == "signature" || name == "timestamp" || name == "recvWindow";
}

Result<ParamReader> read_form_params(const HttpRequest& request) {
  KS_TRY(const std::vector<RawParam> raw, raw_params(request));
  ParamReader params;
  for (const RawParam& one : raw) {
    if (is_auth_param(one.name)) continue;  // a name stands as it is meant
    KS_CHECK(params.add(one, true));
  }
  return params;
}

Result<Credentials> read_credentials(const HttpRequest& request, const Route& route) {
  const size_t keys = count_headers(request.headers, kKeyHeader);
  if (keys == 0) return fail("credentials.missing", "the X-MBX-APIKEY header is missing");
  if (keys > 1) return fail("credentials.malformed", "the X-MBX-APIKEY header stands twice");
  Credentials credentials;
  credentials.key_id = *find_header(request.headers, kKeyHeader);
  if (credentials.key_id.empty()) {
    return fail("credentials.missing", "the X-MBX-APIKEY header is empty");
  }
  const auto params = raw_params(request);
  if (!params) return fail("credentials.malformed", params.error().message);
  for (const RawParam& param : *params) {  // of every route, also those that are only read
    const Status good = check_encoding(param, true);
    if (!good) return fail("credentials.malformed", good.error().message);
  }
  KS_TRY(const AuthParams auth, find_auth_params(*params));
  // Signed all the same: it will be signed for the exchange too, so it must be the client's.
  if (route.access != Access::kSigned && !auth.signature) return credentials;
  if (!auth.timestamp) return fail("credentials.missing", "parameter 'timestamp' is missing");
  if (!auth.signature) return fail("credentials.missing", "parameter 'signature' is missing");

  const bool spot = route.path.starts_with("/api/");
  KS_TRY(credentials.timestamp, read_timestamp(auth.timestamp->value, spot));
  if (auth.window) {
    KS_TRY(credentials.window, read_window(auth.window->value, spot));
  }
  if (auth.signature->value.empty()) {
    return fail("credentials.missing", "parameter 'signature' is empty");
  }
  credentials.signature = auth.signature->value;
  credentials.payload = payload_of(request, *auth.signature);
  return credentials;
}

bool verify_signature(const Credentials& credentials, const crypto::VerifyingKey& key) {
  const auto text = percent_decode(credentials.signature, false);
  if (!text) return false;
  const auto raw = key.algorithm() == crypto::KeyAlgorithm::kHmacSha256 ? hex_decode(*text)
                                                                        : base64_decode(*text);
  return raw && key.verify(credentials.payload, *raw);
}

Result<HttpRequest> sign_request(const HttpRequest& request, const Route& route, const RealKey& key,
                                 WallTime now, Millis window) {
  HttpRequest out;
  out.method = request.method;
  out.path = request.path;
  out.headers = forwarded_headers(request, key);

  KS_TRY(const std::vector<RawParam> params, raw_params(request));
  KS_TRY(const AuthParams auth, find_auth_params(params));
  if (route.access != Access::kSigned && !auth.signature) {
    out.query = request.query;
    out.has_query = request.has_query;
    out.body = request.body;
    return out;
  }
  const std::string stamp = "timestamp=" + std::to_string(epoch_ms(now));
  const std::string window_piece = "recvWindow=" + std::to_string(window.count());
  out.query = restamped(request.query, params, ParamSource::kQuery, stamp, window_piece);
  out.body = restamped(request.body, params, ParamSource::kBody, stamp, window_piece);
  std::string& home =
      auth.signature && auth.signature->source == ParamSource::kBody ? out.body : out.query;
  if (!auth.window) append_piece(&home, window_piece);
  if (!auth.timestamp) append_piece(&home, stamp);
  std::string both;  // mostly all stands in one of the two
  if (!out.query.empty() && !out.body.empty()) both = out.query + out.body;
  const std::string& payload = !both.empty() ? both : out.body.empty() ? out.query : out.body;
  KS_TRY(const std::string signature, encoded_signature(*key.key, payload));
  append_piece(&home, "signature=");
  home += signature;
  out.has_query = request.has_query || !out.query.empty();
  return out;
}

}  // namespace keystile::exchanges::binance
