// One request, sent by a command and waited for.
#pragma once

#include "base/http.h"
#include "exchanges/exchange.h"
#include "policy/model.h"
#include "signer/layout.h"

namespace keystile::cli {

// Sends a request to the host that the policy names for that family of the exchange, or to the
// exchange's own (its test network outside production). "upstream.none" where there is none.
Result<HttpResponse> ask_upstream(const signer::Layout& layout, const policy::Policy& policy,
                                  const std::string& environment,
                                  const exchanges::Exchange& exchange, const std::string& family,
                                  HttpRequest request);

// Sends a request to any origin ("https://host"). ca_file: trust only this; empty: the system's.
// name_servers: as in NodeSettings.
Result<HttpResponse> ask_origin(const std::string& origin, HttpRequest request,
                                const std::string& ca_file, bool allow_tls12 = false,
                                const std::vector<std::string>& name_servers = {});

}  // namespace keystile::cli
