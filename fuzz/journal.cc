// The ledger's write-ahead file: what is read is what was written, wherever a crash cut it.
#include "ledger/journal.h"

#include <algorithm>

#include "fuzz/check.h"
#include "fuzz/input.h"

using namespace keystile;
using namespace keystile::ledger;

namespace {

void check_scanned(std::string_view bytes) {
  const auto journal = scan_journal(bytes);
  if (!journal) {
    KS_HOLDS(journal.error().code == "ledger.corrupt");
    return;
  }
  std::string written;
  for (size_t i = 0; i < journal->records.size(); ++i) {
    const Record& record = journal->records[i];
    KS_HOLDS(record.leaf == leaf_hash(record.entry));
    KS_HOLDS(i == 0 || record.index == journal->records[i - 1].index + 1);
    written += frame(record);
  }
  KS_HOLDS(written == bytes.substr(0, journal->whole_bytes));
}

// Each line is an entry; the journal of them, cut anywhere, has those that are whole. Entries are
// JSON: without control characters, and so without what looks like a record.
void check_written(std::string_view lines) {
  std::string bytes;
  std::vector<size_t> ends;
  while (!lines.empty() && ends.size() < 8) {
    // As all entries do, it ends in '}'.
    const std::string entry = std::string(fuzz::take_line(&lines)) + "}";
    bytes += frame({ends.size() + 5, leaf_hash(entry), entry});
    ends.push_back(bytes.size());
  }
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    const auto journal = scan_journal(std::string_view(bytes).substr(0, cut));
    KS_HOLDS(journal);
    size_t whole = 0;
    while (whole < ends.size() && ends[whole] <= cut) ++whole;
    KS_HOLDS(journal->records.size() == whole);
  }
}

}  // namespace

KS_FUZZ_TARGET(input) {
  check_scanned(input);
  const bool is_text = std::none_of(input.begin(), input.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\n';
  });
  if (is_text && input.size() <= 256) check_written(input);
}
