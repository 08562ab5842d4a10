// Policy as values: what loader.h reads from a folder of TOML files, and decide.h judges by.
// docs/policy.md explains every field to the person who writes one.
#pragma once

#include <bitset>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/decimal.h"
#include "base/time.h"
#include "crypto/keys.h"
#include "exchanges/intent.h"
#include "exchanges/scope.h"
#include "policy/address_book.h"
#include "policy/network.h"
#include "policy/quorum.h"
#include "policy/transfer_pair.h"
#include "policy/working_balance.h"

namespace keystile::policy {

enum class Role { kRead, kTrade, kTransfer, kWithdraw, kAdmin };
std::string_view to_string(Role role);
std::optional<Role> parse_role(std::string_view text);
// The role of the key that signs a scope: market, read and stream by read; account by admin; …
Role role_for(exchanges::Scope scope);

enum class Tier { kProduction, kStaging, kTest };
std::string_view to_string(Tier tier);

// Where one exchange is, for one environment.
struct Upstream {
  std::string exchange;
  std::map<std::string, std::string> hosts;  // family → "https://host[:port]"; default: hosts()
  std::string ca_file;                       // trust this CA instead of the system's; never for the
                                             // exchange's own production hosts
  bool allow_tls12 = false;
  uint32_t rate_limit_percent = 100;  // so much of the exchange's documented rate limits is ours
};

struct Environment {
  std::string name;
  Tier tier = Tier::kTest;
  std::vector<Upstream> upstreams;
};

struct Key {
  Role role = Role::kRead;
  std::string vault;          // name of the vault entry
  bool ip_restricted = true;  // as the operator declares; false draws a warning
  std::optional<WallTime> expires;
};

enum class AccountKind { kTrading, kStorage };

struct Account {
  std::string name;
  std::string exchange;
  std::string environment;
  AccountKind kind = AccountKind::kTrading;
  std::vector<Key> keys;
  std::optional<Decimal> daily_withdrawal = {};  // realm currency, of all its clients together
  // What the exchange calls it in transfers between accounts; empty: not known, or not needed.
  std::string known_as = {};

  bool has_key(Role role) const;
};

// A route rule: "GET /api/v3/*", "* /sapi/v1/lending/*". '*' at the end of a path matches the rest.
struct RoutePattern {
  std::string method;  // or "*"
  std::string path;
  bool matches(std::string_view m, std::string_view p) const;
};

// An instrument pattern: the exchange's exact name, or with one '*' for any text ("BTC-*",
// "*USDT"). Case matters.
bool instrument_matches(std::string_view pattern, std::string_view instrument);

// Weekly trading hours in one IANA zone.
struct Hours {
  std::string zone;
  std::bitset<7> days;                  // [0] = Monday
  std::chrono::minutes from{0};         // local time of day, inclusive
  std::chrono::minutes until{24 * 60};  // exclusive; before `from` = past midnight
  std::string text;                     // as written
};

// Each is an entry in the ledger: without any limit a program could fill it as fast as the exchange
// answers.
inline constexpr uint32_t kDefaultReadsPerSecond = 50;
// Each is something for people to decide on.
inline constexpr uint32_t kDefaultWithdrawalsPerDay = 100;
inline constexpr uint32_t kTransfersToDecidePerDay = 100;

struct Grant {
  std::vector<exchanges::Scope> scopes;
  std::vector<Network> networks;           // empty = from nowhere (a grant must say where from)
  std::vector<RoutePattern> allow_routes;  // empty = all within the scopes
  std::vector<RoutePattern> deny_routes;   // wins over allow
  std::vector<std::string> instruments;    // "BTCUSDT", "BTC-*"; empty = none may be traded
  std::vector<exchanges::Product> products;
  std::vector<exchanges::OrderType> order_types;  // empty = all
  bool account_wide = false;   // cancel-all, dead-man timers, leverage, position mode
  bool transfers_out = false;  // transfers that leave the account (sub-accounts, other users)
  std::vector<std::string> transfer_assets;   // empty = none
  std::vector<TransferPair> transfer_pairs;   // empty = any
  std::optional<Decimal> max_order_notional;  // realm currency, as are the next two
  std::optional<Decimal> daily_exposure;
  std::optional<Decimal> max_transfer;
  // Realm currency, of any 24 hours: what is worth more, people decide.
  std::optional<Decimal> transfer_approval_above;
  std::vector<std::string> withdraw_to;          // names in the address book; empty = nowhere
  std::optional<Decimal> max_withdrawal;         // realm currency, as is the next
  std::optional<Decimal> daily_withdrawal;       // of any 24 hours, as are the next two
  std::map<std::string, Decimal> daily_amounts;  // of an asset, in its own units
  uint32_t withdrawals_per_day = kDefaultWithdrawalsPerDay;
  std::optional<uint32_t> orders_per_second;
  uint32_t reads_per_second = kDefaultReadsPerSecond;
  std::optional<uint32_t> open_orders;
  // How far a limit price may be from the reference, as a fraction (0.05); also the slippage that
  // a market order is judged with.
  // Without one, limit prices are not checked and market orders are judged with kDefaultSlippage.
  Decimal price_band;
  bool price_band_set = false;
  // How far from the middle of the order book an order may be filled, in basis points; and how much
  // must be offered near it, in the realm's currency. Without a fresh book nothing passes these.
  std::optional<Decimal> max_slippage_bps, min_depth;
  std::optional<Hours> hours;
};

struct Client {
  std::string name;
  std::string account;
  std::string profile;  // the preset it started from, or empty
  std::string key_id;   // virtual key id
  crypto::KeyAlgorithm algorithm = crypto::KeyAlgorithm::kHmacSha256;
  std::string vault;  // name of the vault entry
  std::optional<WallTime> expires;
  bool revoked = false;
  // Until then its grant's limits are noted and not enforced; see RequestRule::only_noted.
  std::optional<WallTime> observe_until;
  Grant grant;

  bool is_observed(WallTime now) const { return observe_until && now < *observe_until; }
};

struct Policy {
  std::string realm;
  std::string currency = "USD";
  std::vector<std::string> currency_assets;  // assets taken as 1:1 with it: USDT, USDC, USD…
  std::vector<Environment> environments;
  std::vector<Account> accounts;
  std::vector<Client> clients;
  std::vector<BookAddress> addresses;
  std::vector<WorkingBalance> working_balances;
  std::vector<Approver> approvers;
  std::vector<Quorum> quorums;  // at most one for an action
  // By which `keystile executor` is known, that carries out what was approved.
  std::optional<crypto::SshKey> executor;

  const Environment* environment(std::string_view name) const;
  const Account* account(std::string_view name) const;
  const Client* client(std::string_view name) const;
  const BookAddress* address(std::string_view name) const;
  const WorkingBalance* working_balance(std::string_view name) const;
  const Quorum* quorum(Action action) const;
};

}  // namespace keystile::policy
