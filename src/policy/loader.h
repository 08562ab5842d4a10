// Reads a policy folder, refuses what should never be, and warns of what is unwise.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "exchanges/exchange.h"
#include "policy/model.h"

namespace keystile::policy {

struct Finding {
  enum class Level { kError, kWarning } level = Level::kError;
  std::string rule;     // "client.trade_and_withdraw"
  std::string file;     // relative to the folder
  int line = 0;         // 1-based; 0 if it concerns the whole file
  std::string message;  // what is wrong and what to do
};
std::string to_string(const Finding& finding);  // "clients.toml:12: error: … (rule)"

// The text of all files of one policy version; what is hashed, adopted and kept.
struct Bundle {
  struct File {
    std::string name;  // "clients.toml"
    std::string text;
  };
  std::vector<File> files;   // sorted by name
  std::string hash() const;  // lower-case hex SHA-256 over names and texts with their lengths
};

// All *.toml files of a folder (not below it). "policy.folder" if it cannot be read.
Result<Bundle> read_bundle(const std::string& folder);
// A bundle as one JSON text, and back; adopted versions are stored so.
std::string dump_bundle(const Bundle& bundle);
Result<Bundle> parse_bundle(std::string_view text);

struct Loaded {
  Policy policy;                  // meaningful only if ok()
  std::vector<Finding> findings;  // errors first
  bool ok() const;
};
// What the checks need to know of an exchange.
struct ExchangeFacts {
  std::string_view name;
  std::span<const exchanges::HostFamily> hosts;
  std::span<const crypto::KeyAlgorithm> algorithms;
};

// Unknown tables, unknown fields and wrong types are errors with file and line.
Loaded load(const Bundle& bundle, std::span<const ExchangeFacts> exchanges);
// With all exchanges that Keystile speaks.
Loaded load(const Bundle& bundle);

// What changed between two policies, in words, most dangerous first. widens: it allows something
// that was not allowed before.
struct Change {
  bool widens = false;
  std::string text;  // "client bot-1: may now trade ETHUSDT"
  // False only of what surely brings nothing out: programs that neither transfer nor withdraw, and
  // keys that read or trade.
  bool about_withdrawals = true;
};
std::vector<Change> plan(const Policy& before, const Policy& after);
bool widens(const std::vector<Change>& changes);              // one of them does
bool widens_withdrawals(const std::vector<Change>& changes);  // one of them does, or it may
// Its part about the address book.
void plan_addresses(const Policy& before, const Policy& after, std::vector<Change>* changes);
// About what accounts hold.
void plan_working_balances(const Policy& before, const Policy& after, std::vector<Change>* changes);
// And about who approves what.
void plan_quorums(const Policy& before, const Policy& after, std::vector<Change>* changes);
// Whether that part is not empty: then it is for Action::kApprovers, not kPolicy. The executor is
// part of it.
bool touches_approvers(const Policy& before, const Policy& after);

// Preset grants. Names: screener, trading-bot, spot-only, reporting, transfers, payouts.
std::optional<Grant> profile(std::string_view name);
std::vector<std::string> profile_names();

}  // namespace keystile::policy
