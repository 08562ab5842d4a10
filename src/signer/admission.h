// authenticate: who asks, proven by the virtual key's signature, from an allowed place, in time,
// and for the first time.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <optional>
#include <string>

#include "exchanges/exchange.h"
#include "policy/model.h"
#include "quorum/freezes.h"
#include "signer/replay_marks.h"
#include "signer/signer.h"
#include "vault/vault.h"

namespace keystile::signer {

// Virtual keys in force, by exchange, environment and key id (of which the policy has each once).
class Directory {
 public:
  explicit Directory(const policy::Policy& policy);

  struct Entry {
    const policy::Client* client = nullptr;
    const policy::Account* account = nullptr;
  };
  const Entry* find(std::string_view exchange, std::string_view environment,
                    std::string_view key_id) const;

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  boost::unordered_flat_map<std::string, Entry, Hash, std::equal_to<>> entries_;  // by key id
};

// Who the caller is, as far as it was proven.
struct Admitted {
  const policy::Client* client = nullptr;    // set once the signature was verified
  const policy::Account* account = nullptr;  // the client's; set with it
  exchanges::Credentials credentials;
  ReplayMark mark;
};

// How often reads may be sent with the same signature: programs do send several within a
// millisecond, and a replayed read changes nothing.
inline constexpr uint32_t kMaxSameReads = 64;

// Checks in the order: credentials, key, signature (and passphrase), freezes, expiry, source, time,
// replay.
// A refusal with admitted->client set comes from a caller who proved who it is.
std::optional<exchanges::Refusal> admit(const Inbound& inbound, const exchanges::Route& route,
                                        const Directory& directory, const vault::Vault* vault,
                                        const ReplayMarks& marks, const quorum::Freezes& freezes,
                                        WallTime now, Admitted* admitted);

}  // namespace keystile::signer
