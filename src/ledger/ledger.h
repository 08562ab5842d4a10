// The tamper-evident log: an append-only RFC 6962 Merkle tree of JSON lines, kept as C2SP
// tlog-tiles files with signed-note checkpoints, so that tools we did not write can verify it.
// One process writes a ledger at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "crypto/keys.h"

namespace keystile::ledger {

class Disk;  // disk.h
Disk& system_disk();

using Index = uint64_t;  // of an entry; the first is 0

// How far the log has come, for whoever watches over it.
struct Progress {
  Index size = 0;     // entries appended
  Index durable = 0;  // on disk
  Index covered = 0;  // by a checkpoint
  // Since when the oldest entry that is not on disk may have waited there; none: nothing waits.
  std::optional<WallTime> waiting_since;
  std::optional<WallTime> last_checkpoint;  // written since it was opened
};

// The largest entry, in bytes (tlog-tiles section "Log entries").
inline constexpr size_t kMaxEntryBytes = 65535;

enum class Priority {
  kOrdinary,
  kRead,     // what moves nothing: needs ordinary space, but is taken also where files are damaged
  kReserve,  // cancels and outcomes: may use the space kept free for them when the disk is full
};

enum class When {
  kNow,
  kSoon,  // nothing waits for it: it goes to the kernel with the next entry that is for now, or
          // within half of sync_every; a kill -9 before that loses it
};

// Something that is not as it was written, found when the ledger was opened.
struct Damage {
  struct Entries {
    Index first = 0, last = 0;
  };
  std::string file;             // under the ledger's folder
  std::optional<Entries> lost;  // that nothing proves any more; none: only hashes, or copies
  std::string what;             // "was changed", "is missing"
};
std::string to_string(const Damage& damage);  // "entry 7 is lost: tile/entries/000 is missing"

class Ledger {
 public:
  struct Options {
    std::string folder;
    std::string origin;      // the log's name, also the checkpoint key's: "keystile.example/desk"
    Millis sync_every{50};   // longest time from append() to disk
    Millis look_every{500};  // longest time until a file that was tampered with is noticed
    uint64_t reserve_bytes = 4 << 20;  // preallocated for Priority::kReserve
  };

  // Creates an empty ledger. "ledger.exists".
  static Status create(const Options& options, const crypto::SigningKey& key, const Clock& clock);

  // Opens for writing: takes the lock ("ledger.locked" names the holder's process id), replays what
  // a crash left in the journal, and checks the tail against the checkpoint ("ledger.corrupt" names
  // the entry or file). "ledger.missing": there is none. key, clock and disk must outlive it.
  static Result<std::unique_ptr<Ledger>> open(const Options& options, const crypto::SigningKey& key,
                                              const Clock& clock, Disk& disk = system_disk());
  // The same, and every entry is read on the way, in order, each proven by what the checkpoint
  // signs as far as that reaches; an error of visit() ends it. If files are damaged, it is opened
  // all the same where the entries that are left can be proven: visit() gets these, damage() tells
  // what is lost, and no file that stands there is changed or signed anew. Only kRead and kReserve
  // are taken then, into journal.aside; the next open_proven() that finds the damage mended puts
  // these entries behind the others. "ledger.corrupt" where that cannot be done: the checkpoint is
  // gone, nothing leads to what it signs, or how many entries the journal held cannot be told.
  // aside: of an entry that was recorded there, and is proven by the ledger's key alone.
  using Visit = std::function<Status(Index, std::string_view, bool aside)>;
  static Result<std::unique_ptr<Ledger>> open_proven(const Options& options,
                                                     const crypto::SigningKey& key,
                                                     const Clock& clock, Disk& disk,
                                                     const Visit& visit);
  virtual ~Ledger() = default;  // syncs, writes a last checkpoint, releases the lock

  // Appends one entry: the text of a JSON object, on one line, in which "index" and "time" are put
  // first by the ledger; it must not have these two itself. The bytes are with the kernel (one
  // write()) when this returns, so they survive kill -9; on disk within sync_every. An error:
  // nothing was appended, and nothing that needed the record may go on.
  //   "ledger.full"     no space (kReserve: the reserve is used up as well)
  //   "ledger.io"       the disk fails
  //   "ledger.damaged"  a file was deleted, renamed, cut or replaced; kRead and kReserve go on
  //   "ledger.locked"   the lock was taken from us: another process may be writing
  //   "ledger.entry"    larger than kMaxEntryBytes, or no object
  // All but the last end by themselves once the cause does. What a failed fsync may have dropped is
  // written anew, from memory, into a new file before anything is taken again.
  // time: by which the entry was judged, and so what it says; none: the clock's.
  virtual Result<Index> append_text(std::string_view entry, Priority priority,
                                    When when = When::kNow,
                                    std::optional<WallTime> time = std::nullopt) = 0;
  // The same of a tree; its members are looked at too ("ledger.entry").
  Result<Index> append(const json::Value& entry, Priority priority,
                       std::optional<WallTime> time = std::nullopt);

  // How many entries are on disk (fsync): entry i is durable if i < durable().
  virtual Index durable() const = 0;
  // Blocks until all that was appended is on disk and covered by a checkpoint, or that was tried.
  virtual Status sync() = 0;
  // What an ordinary entry would be refused with now.
  virtual Status condition() const = 0;
  // For a person who has seen "ledger.damaged": writes anew, from memory, the journal, checkpoint
  // and last tiles; a foreign journal is kept as journal.found. Blocks. What memory does not hold
  // (older tiles) must be put back by hand: that is told in the error.
  virtual Status mend() = 0;
  // Found by open_proven(); none: it was whole.
  virtual const std::vector<Damage>& damage() const;
  virtual Index size() const = 0;
  virtual Progress progress() const = 0;
};

// Reads a ledger without the lock or any key, also while another process writes it. `visit` gets
// each entry's exact bytes in order, from `first` on; returning false stops.
Status read(const std::string& folder, Index first,
            const std::function<bool(Index, std::string_view)>& visit);

}  // namespace keystile::ledger
