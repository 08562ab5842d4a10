// What to paste into particular programs. client_text.h lists the formats; this is private to it.
#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "cli/client_text.h"

namespace keystile::cli {

// Empty where there is no secret to show.
std::string reveal(const SecretBytes* secret, const RevealToken& token);
// In single quotes for a shell.
std::string shell_quoted(const std::string& value);

// ccxt's constructor argument, by base URL, as JSON.
Result<std::string> ccxt_text(const ClientAccess& access, const RevealToken& token);
// The "exchange" part of freqtrade's configuration: for HTTPS_PROXY, or by base URL in a realm
// without a proxy.
Result<std::string> freqtrade_text(const ClientAccess& access, const RevealToken& token);
// Programs that ask the exchange for its time, by each way in; they show what to set, no key.
Result<std::string> curl_text(const ClientAccess& access, const RevealToken& token);
Result<std::string> requests_text(const ClientAccess& access, const RevealToken& token);
Result<std::string> node_text(const ClientAccess& access, const RevealToken& token);

}  // namespace keystile::cli
