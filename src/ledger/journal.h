// The write-ahead file: records one after another, each written with one write(2). Pure.
//
//   record = length of entry (32 bits) ‖ index (64 bits) ‖ leaf hash (32 bytes) ‖ entry
//
// Big-endian. The leaf hash is the entry's in the tree, so it guards the bytes here too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "ledger/merkle.h"

namespace keystile::ledger {

// An entry as it is recorded: "index" and "time" come first, then the caller's members.
// "ledger.entry": no JSON object, or too large.
Result<std::string> entry_text(uint64_t index, WallTime time, std::string_view entry);

struct Record {
  uint64_t index = 0;
  Hash leaf{};
  std::string_view entry;
};

// Appends the record of an entry_text(), which it builds in place. Where it fails, nothing.
Status append_record(uint64_t index, WallTime time, std::string_view entry, std::string* out);
void append_frame(const Record& record, std::string* out);
inline std::string frame(const Record& record) {
  std::string out;
  append_frame(record, &out);
  return out;
}

struct Journal {
  std::vector<Record> records;  // views into the scanned bytes
  size_t whole_bytes = 0;       // what follows is a record torn by a crash
};

// Takes a journal apart. A crash leaves at most a beginning of one record, or zeros that a file
// system had not yet filled, at the end: that is dropped. Anything else that is not whole records
// with rising indexes, and a broken record with a whole one after it, is "ledger.corrupt", naming
// the entry.
Result<Journal> scan_journal(std::string_view bytes);
// Takes the next off records that this process has framed: their hashes are believed.
std::optional<Record> take_record(std::string_view* frames);
// How many bytes of whole records with rising indexes it begins with.
size_t whole_journal_bytes(std::string_view bytes);

// What is left of a journal that scan_journal() may refuse.
struct SalvagedJournal {
  std::vector<Record> records;      // whole, with rising indexes; views into the bytes
  std::optional<size_t> broken_at;  // the byte at which the first that is not whole begins
  // The index after the last that it held, also where that one is not whole; none: it held none,
  // or, where end_known is false, that cannot be told.
  std::optional<uint64_t> end;
  bool end_known = true;
};
SalvagedJournal salvage_journal(std::string_view bytes);

}  // namespace keystile::ledger
