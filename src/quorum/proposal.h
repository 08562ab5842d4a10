// A proposal: one thing that needs people, with every fact that they decide on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/decimal.h"
#include "base/json.h"
#include "base/time.h"
#include "policy/quorum.h"
#include "quorum/freeze.h"

namespace keystile::quorum {

using policy::Action;

// A proposal's id stands for the exchange's own id in native answers; programs read those as
// numbers, some of them as doubles.
inline constexpr uint64_t kMaxProposalId = (uint64_t{1} << 53) - 1;

// What an amount was worth when it was proposed.
struct Worth {
  Decimal amount;
  std::string currency;  // the realm's
  bool operator==(const Worth&) const = default;
};

struct Withdrawal {
  std::string account, exchange, environment;
  std::string asset, network;  // as the exchange spells them
  Decimal amount;
  std::optional<Worth> value;  // none: no price was known
  std::string address;
  std::string address_name;   // in the address book; empty: it is not there
  std::string memo;           // or tag; empty: none
  bool internal = false;      // to another customer of the exchange, off chain
  std::string wallet;         // out of which, in the exchange's words; empty: its usual one
  bool fee_included = false;  // the exchange's fee is taken out of the amount
  std::string own_id;         // that the program gave; empty: none
  bool operator==(const Withdrawal&) const = default;
};

struct Transfer {
  std::string account, exchange, environment;
  std::string asset;
  Decimal amount;
  std::optional<Worth> value;
  std::string from, to;                  // wallets, in the exchange's words
  std::string from_account, to_account;  // sub-account or user; empty: the account itself
  std::string own_id;
  bool operator==(const Transfer&) const = default;
};

// A new version of the policy: also new or rotated keys, new addresses, other approvers.
struct PolicyChange {
  uint64_t version = 0;
  std::string hash;                // lower-case hex SHA-256
  bool touches_approvers = false;  // or quorums
  bool widens = false;
  bool widens_withdrawals = false;  // or may: such a change waits longer
  // From approval until it is in force; see hold_of(). None: written by an earlier build, which
  // told people neither that nor whether it may add power over withdrawals. It counts as if it did.
  std::optional<Millis> hold = Millis{0};
  std::vector<std::string> changes;  // in words
  bool operator==(const PolicyChange&) const = default;
};

// That what is frozen goes on again.
struct Unfreeze {
  Freeze freeze;       // as it was begun
  std::string reason;  // why it may end
  bool operator==(const Unfreeze&) const = default;
};

// What a withdrawal and a transfer have in common.
struct Moved {
  Moved(const Withdrawal& facts);
  Moved(const Transfer& facts);
  std::string account, exchange, environment;
  std::string asset;
  Decimal amount;
  std::optional<Worth> value;
};

using Facts = std::variant<Withdrawal, Transfer, PolicyChange, Unfreeze>;

// Of what the executor carries out, at an exchange; none of all else.
std::optional<Moved> moved_by(const Facts& facts);

struct Asker {
  enum class Kind {
    kClient,  // a program, by its virtual key
    kPerson,  // one who has signed the request with `key`
    kRule,    // Keystile itself, by a rule of the policy
  };
  Kind kind = Kind::kClient;
  std::string name;
  std::string key;  // a person's: fingerprint, "SHA256:…"
  bool operator==(const Asker&) const = default;
};

struct Proposal {
  std::string realm;  // origin of its ledger
  uint64_t id = 0;    // 1 to kMaxProposalId
  Facts facts;
  Asker asker;
  WallTime created{}, expires{};  // approvals count that come before it expires
  uint64_t policy_version = 0;    // in force when it was made
  std::string policy_hash;        // lower-case hex SHA-256

  Action action() const;
  bool operator==(const Proposal&) const = default;
};

// Whether it can be put before people: every fact there, and in one way. "proposal.invalid" names
// the fact.
Status check(const Proposal& proposal);

// "client payouts", "person alice SHA256:…", "rule sweep".
std::string to_string(const Asker& asker);
std::optional<Asker> parse_asker(std::string_view text);

// As it stands in the ledger, and back. A member that is missing, unknown or spelled otherwise than
// to_json() does is "ledger.entry": it would be a fact that nobody was shown. Only a policy change
// may lack its `hold`, as those of earlier builds do.
json::Value to_json(const Proposal& proposal);
Result<Proposal> read_proposal(const json::Value& json);

}  // namespace keystile::quorum
