// Checking a ledger from its files alone, and proofs of single entries. No lock, no secret; also
// beside the process that writes it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger/ledger.h"
#include "ledger/note.h"

namespace keystile::ledger {

struct Verified {
  std::string origin;
  std::string vkey;   // what the checkpoint was checked with
  uint64_t size = 0;  // entries that the checkpoint covers
  Hash root{};
  uint64_t in_journal = 0;  // whole entries after those, not covered by a signature yet
  uint64_t torn_bytes = 0;  // at the journal's end, left by a crash (or being written just now)
  uint64_t files = 0;       // bundles and hash tiles compared
  std::vector<std::string> damage;  // one sentence each, naming entries and files; empty: all well

  bool good() const { return damage.empty(); }
};

// Derives every hash tile and the root from the entries, compares, and checks the checkpoint's
// signature and the journal. vkey: the log's public key as known from elsewhere; if empty, the
// folder's own log.vkey, which whoever can rewrite the folder can rewrite too. An error only where
// nothing can be checked ("ledger.missing", "ledger.io", "note.key"); damage is not an error.
//
// What no check of one folder can find: an older, whole copy put back, and entries cut off the
// journal's end that no checkpoint covered yet. Keep a checkpoint elsewhere for the first.
Result<Verified> verify(const std::string& folder, std::string_view vkey = {});

// A proof that anyone can check offline: https://c2sp.org/tlog-proof (read 2026-07-22).
// "ledger.index": no checkpoint covers that entry.
Result<std::string> prove(const std::string& folder, Index index);

// That this entry stands in the log of that key. Answers at which index. "ledger.proof",
// "note.signature".
Result<Index> verify_proof(std::string_view proof, std::string_view entry, std::string_view vkey);

}  // namespace keystile::ledger
