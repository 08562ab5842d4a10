#include "ledger/journal.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "ledger/ledger.h"

namespace keystile::ledger {
namespace {

constexpr size_t kLength = 4, kIndex = 8;
constexpr size_t kHeader = kLength + kIndex + sizeof(Hash);

char* put_big_endian(uint64_t value, size_t bytes, char* out) {
  for (size_t i = bytes; i-- > 0;) *out++ = static_cast<char>(value >> (8 * i) & 0xff);
  return out;
}

void put_header(const Record& record, char* out) {
  char* at = put_big_endian(record.entry.size(), kLength, out);
  at = put_big_endian(record.index, kIndex, at);
  std::copy(record.leaf.begin(), record.leaf.end(), at);
}

uint64_t big_endian(std::string_view bytes) {
  uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

// The whole record at the front, as its header tells it.
Record record_at(std::string_view bytes) {
  return {big_endian(bytes.substr(kLength, kIndex)),
          *hash_from(bytes.substr(kLength + kIndex, sizeof(Hash))),
          bytes.substr(kHeader, big_endian(bytes.substr(0, kLength)))};
}

enum class Shape { kWhole, kBeginning, kWrong };

// What stands at the front of bytes. `expected`: the index it must have, if that is known.
Shape read_record(std::string_view bytes, std::optional<uint64_t> expected, Record* record) {
  if (bytes.size() < kHeader) return Shape::kBeginning;
  const uint64_t length = big_endian(bytes.substr(0, kLength));
  record->index = big_endian(bytes.substr(kLength, kIndex));
  if (length > kMaxEntryBytes || (expected && record->index != *expected)) return Shape::kWrong;
  if (bytes.size() - kHeader < length) return Shape::kBeginning;
  *record = record_at(bytes);
  return leaf_hash(record->entry) == record->leaf ? Shape::kWhole : Shape::kWrong;
}

// Where the next whole record of at least that index begins.
std::optional<size_t> find_record(std::string_view bytes, size_t from, uint64_t least) {
  Record record;
  for (; bytes.size() > from + kHeader; ++from) {
    const Shape shape = read_record(bytes.substr(from), {}, &record);
    if (shape == Shape::kWhole && record.index >= least) return from;
  }
  return std::nullopt;
}

// The index after the last of records whose entries may be changed, but whose lengths and indexes
// still fit together to the very end.
std::optional<uint64_t> count_on(std::string_view bytes, std::optional<uint64_t> expected) {
  while (!bytes.empty()) {
    if (!expected || bytes.size() < kHeader) return std::nullopt;
    const uint64_t length = big_endian(bytes.substr(0, kLength));
    if (length > bytes.size() - kHeader || big_endian(bytes.substr(kLength, kIndex)) != *expected) {
      return std::nullopt;
    }
    bytes.remove_prefix(kHeader + length);
    ++*expected;
  }
  return expected;
}

// The whole records at the front, and what stands after them.
struct Scanned {
  Journal journal;
  std::optional<uint64_t> expected;  // the index of the next record, if that is known
  Shape next = Shape::kBeginning;
};

Scanned scan(std::string_view bytes) {
  Scanned scanned;
  Journal& journal = scanned.journal;
  while (journal.whole_bytes < bytes.size()) {
    Record record;
    scanned.next = read_record(bytes.substr(journal.whole_bytes), scanned.expected, &record);
    if (scanned.next != Shape::kWhole) break;
    journal.records.push_back(record);
    journal.whole_bytes += kHeader + record.entry.size();
    scanned.expected = record.index + 1;
  }
  return scanned;
}

Status append_text(uint64_t index, WallTime time, std::string_view entry, std::string* out) {
  if (entry.size() < 2 || entry.front() != '{' || entry.back() != '}') {
    return fail("ledger.entry", "an entry must be a JSON object");
  }
  const size_t before = out->size();
  out->append("{\"index\":").append(std::to_string(index));
  out->append(",\"time\":\"").append(iso8601(time)).append("\"");
  if (entry.size() > 2) *out += ',';
  const size_t size = out->size() - before + entry.size() - 1;
  if (size > kMaxEntryBytes) {
    return fail("ledger.entry", fmt::format("an entry of {} bytes is too large; the most is {}",
                                            size, kMaxEntryBytes));
  }
  out->append(entry, 1);
  return {};
}

// An entry ends in '}', never in NUL.
std::string_view without_zeros(std::string_view bytes) {
  return bytes.substr(0, bytes.find_last_not_of('\0') + 1);
}

}  // namespace

Result<std::string> entry_text(uint64_t index, WallTime time, std::string_view entry) {
  std::string text;
  KS_CHECK(append_text(index, time, entry, &text));
  return text;
}

Status append_record(uint64_t index, WallTime time, std::string_view entry, std::string* out) {
  const size_t at = out->size();
  out->append(kHeader, '\0');
  if (Status written = append_text(index, time, entry, out); !written) {
    out->resize(at);
    return written;
  }
  const std::string_view text = std::string_view(*out).substr(at + kHeader);
  put_header({index, leaf_hash(text), text}, out->data() + at);
  return {};
}

void append_frame(const Record& record, std::string* out) {
  char header[kHeader];
  put_header(record, header);
  out->append(header, kHeader);
  out->append(record.entry);
}

std::optional<Record> take_record(std::string_view* frames) {
  if (frames->empty()) return std::nullopt;
  const Record record = record_at(*frames);
  frames->remove_prefix(kHeader + record.entry.size());
  return record;
}

Result<Journal> scan_journal(std::string_view bytes) {
  bytes = without_zeros(bytes);
  Scanned scanned = scan(bytes);
  const size_t whole = scanned.journal.whole_bytes;
  if (whole == bytes.size()) return std::move(scanned.journal);
  if (scanned.next == Shape::kBeginning && !find_record(bytes, whole + 1, 0)) {
    return std::move(scanned.journal);
  }
  const std::string name = scanned.expected ? fmt::format("entry {}", *scanned.expected)
                                            : std::string("the first entry");
  return fail("ledger.corrupt",
              fmt::format("{} was changed or removed in the journal, at byte {}", name, whole),
              ErrorClass::kFatal);
}

size_t whole_journal_bytes(std::string_view bytes) {
  return scan(without_zeros(bytes)).journal.whole_bytes;
}

SalvagedJournal salvage_journal(std::string_view bytes) {
  bytes = without_zeros(bytes);
  SalvagedJournal out;
  for (size_t at = 0;;) {
    const Scanned part = scan(bytes.substr(at));
    const auto& records = part.journal.records;
    out.records.insert(out.records.end(), records.begin(), records.end());
    if (part.expected) out.end = part.expected;
    at += part.journal.whole_bytes;
    if (at == bytes.size()) return out;
    const auto next = find_record(bytes, at, out.end.value_or(0));
    if (!next && part.next == Shape::kBeginning) return out;  // torn by a crash
    if (!out.broken_at) out.broken_at = at;
    if (!next) {
      out.end = count_on(bytes.substr(at), out.end);
      out.end_known = out.end.has_value();
      return out;
    }
    at = *next;
  }
}

}  // namespace keystile::ledger
