// How Binance requests are signed: the signature is over the raw query followed by the raw body,
// without the signature parameter itself (spot REST documents, "Request Security").
#pragma once

#include "exchanges/exchange.h"
#include "exchanges/params.h"

namespace keystile::exchanges::binance {

inline constexpr std::string_view kKeyHeader = "X-MBX-APIKEY";

// All parameters of a request, query first. Fails where the two texts are not well-formed forms, or
// where a body stands that Binance would not read as one.
Result<std::vector<Param>> request_params(const HttpRequest& request);

// The same for whoever judges them: without those that carry the signature and its time.
Result<ParamReader> read_form_params(const HttpRequest& request);

// True for the parameters that carry the signature and its time.
bool is_auth_param(std::string_view name);

Result<Credentials> read_credentials(const HttpRequest& request, const Route& route);
bool verify_signature(const Credentials& credentials, const crypto::VerifyingKey& key);

// The request under the real key: time, window and signature replaced where they stood, the
// signature last in its text, as the futures documents want it.
Result<HttpRequest> sign_request(const HttpRequest& request, const Route& route, const RealKey& key,
                                 WallTime now, Millis window);

}  // namespace keystile::exchanges::binance
