#include "signer/admission.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "crypto/digest.h"

namespace keystile::signer {
namespace {

using exchanges::Access;
using exchanges::Reason;
using exchanges::Refusal;

Refusal refusal(Reason reason, std::string rule, std::string message) {
  return {reason, std::move(rule), std::move(message), {}};
}

Reason reason_of(const Error& error) {
  if (error.code == "credentials.missing") return Reason::kNoCredentials;
  if (error.code == "timestamp.malformed") return Reason::kBadTimestamp;
  return Reason::kMalformed;
}

// A route that only names a key may come unsigned and proves nothing then; the id and the source
// must do. What is signed must be signed rightly: it goes on under the real key's signature.
bool verified(const exchanges::Exchange& exchange, const exchanges::Route& route,
              const exchanges::Credentials& credentials, const crypto::VerifyingKey& key) {
  const bool unsigned_by_rule = route.access == Access::kKey && credentials.signature.empty();
  return unsigned_by_rule || exchange.verify(credentials, key);
}

std::optional<Refusal> check_time(const exchanges::TimeRule& rule,
                                  const exchanges::Credentials& credentials, WallTime now) {
  if (!credentials.timestamp) return std::nullopt;
  const Millis window = credentials.window;
  const Millis age = now - *credentials.timestamp;
  if (age > window) {
    return refusal(Reason::kBadTimestamp, "time.late",
                   fmt::format("the timestamp is {} ms old; the window is {} ms", age.count(),
                               window.count()));
  }
  if (-age >= rule.max_ahead) {
    return refusal(
        Reason::kBadTimestamp, "time.ahead",
        fmt::format("the timestamp is {} ms ahead of the exchange's clock", -age.count()));
  }
  return std::nullopt;
}

bool changes_nothing(const exchanges::Route& route) {
  return route.method == "GET" &&
         (route.scope == exchanges::Scope::kRead || route.scope == exchanges::Scope::kMarket);
}

// route: "METHOD path", as the ledger has it.
const exchanges::Route* find_route(const exchanges::Exchange& exchange, std::string_view route) {
  const size_t space = route.find(' ');
  if (space == route.npos) return nullptr;
  return exchange.routes().find(route.substr(0, space), route.substr(space + 1));
}

// Binance and Bybit sign neither method nor path, and programs send two reads without parameters in
// one millisecond (ccxt asks Bybit for the key and for the account at once): the same signed bytes
// on two routes. Between reads that is let through; nothing else ever changes its route.
std::optional<Refusal> check_replay(const ReplayMarks& marks, const exchanges::Exchange& exchange,
                                    const exchanges::Route& route, const ReplayMark& mark) {
  const ReplayMarks::Seen* seen = marks.find(mark.digest);
  if (!seen) return std::nullopt;
  const exchanges::Route* first = find_route(exchange, seen->route);
  const bool reads = changes_nothing(route) && first && changes_nothing(*first);
  if (reads && seen->times < kMaxSameReads) return std::nullopt;
  if (!reads && seen->route != to_string(route)) {
    return refusal(Reason::kReplay, "replay.other_route",
                   fmt::format("these signed bytes were already used on {}", seen->route));
  }
  return refusal(Reason::kReplay, "replay.used",
                 "this signed request was already used; sign a new one");
}

ReplayMark mark_of(const exchanges::Credentials& credentials, WallTime now) {
  const WallTime from = credentials.timestamp.value_or(now);
  return {crypto::sha256_digest(credentials.key_id + "\n", credentials.payload),
          epoch_ms(from + credentials.window)};
}

bool in_networks(const policy::Client& client, const policy::Address& source) {
  return std::any_of(client.grant.networks.begin(), client.grant.networks.end(),
                     [&](const policy::Network& network) { return network.contains(source); });
}

}  // namespace

Directory::Directory(const policy::Policy& policy) {
  for (const policy::Client& client : policy.clients) {
    if (const policy::Account* account = policy.account(client.account))
      entries_[client.key_id] = {&client, account};
  }
}

const Directory::Entry* Directory::find(std::string_view exchange, std::string_view environment,
                                        std::string_view key_id) const {
  const auto at = entries_.find(key_id);
  if (at == entries_.end()) return nullptr;
  const policy::Account& account = *at->second.account;
  return account.exchange == exchange && account.environment == environment ? &at->second : nullptr;
}

std::optional<Refusal> admit(const Inbound& inbound, const exchanges::Route& route,
                             const Directory& directory, const vault::Vault* vault,
                             const ReplayMarks& marks, const quorum::Freezes& freezes, WallTime now,
                             Admitted* admitted) {
  const exchanges::Exchange& exchange = *inbound.exchange;
  auto credentials = exchange.credentials(inbound.request, route);
  if (!credentials) {
    const Error& error = credentials.error();
    return refusal(reason_of(error), error.code, error.message);
  }
  admitted->credentials = std::move(*credentials);
  // Bybit sets no bound: what is judged, remembered and sent on has ours.
  Millis& window = admitted->credentials.window;
  window = std::min(window, exchange.time_rule().max_window);
  const Directory::Entry* entry =
      directory.find(exchange.name(), inbound.environment, admitted->credentials.key_id);
  if (!entry) return refusal(Reason::kUnknownKey, "key.unknown", "no client has this API key");
  const policy::Client* client = entry->client;
  const crypto::VerifyingKey* key = vault ? vault->verifying_key(client->vault) : nullptr;
  if (!key) {
    return refusal(Reason::kUnavailable, "vault.no_key",
                   "this client's key is not in an unlocked vault");
  }
  if (!verified(exchange, route, admitted->credentials, *key)) {
    return refusal(Reason::kBadSignature, "signature.wrong",
                   "the signature does not match the request");
  }
  if (const SecretBytes* passphrase = vault->passphrase(client->vault);
      passphrase && !passphrase->equals(admitted->credentials.passphrase)) {
    return refusal(Reason::kBadPassphrase, "passphrase.wrong", "the passphrase is wrong");
  }
  admitted->client = client;
  admitted->account = entry->account;
  admitted->mark = mark_of(admitted->credentials, now);
  // By whom and why is not for whoever holds the key now.
  if (const quorum::Freeze* freeze = freezes.of_client(client->name)) {
    return refusal(Reason::kUnknownKey, "client.frozen",
                   "this client is frozen (freeze " + std::to_string(freeze->id) + ")");
  }
  if (client->revoked)
    return refusal(Reason::kUnknownKey, "client.revoked", "this client was revoked");
  if (client->expires && now >= *client->expires) {
    return refusal(Reason::kUnknownKey, "client.expired",
                   "this client expired at " + iso8601(*client->expires));
  }
  if (!in_networks(*client, inbound.source)) {
    return refusal(Reason::kSourceAddress, "grant.networks",
                   to_string(inbound.source) + " is not in this client's networks");
  }
  if (auto late = check_time(exchange.time_rule(), admitted->credentials, now)) return late;
  if (route.access == Access::kKey) return std::nullopt;
  return check_replay(marks, exchange, route, admitted->mark);
}

}  // namespace keystile::signer
