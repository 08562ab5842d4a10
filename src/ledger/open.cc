// Creating a ledger, and all that is checked before one is written to again.
#include <fcntl.h>
#include <fmt/format.h>

#include "ledger/aside.h"
#include "ledger/lock.h"
#include "ledger/writer.h"

namespace keystile::ledger {
namespace {

tl::unexpected<Error> corrupt(std::string message) {
  return fail("ledger.corrupt",
              std::move(message) + "; `keystile ledger verify` tells more, restore it from a copy",
              ErrorClass::kFatal);
}

// That each file which the checkpoint covers is there. What is in them is verify()'s business: it
// takes too long for each start.
Status check_files(const Folder& folder, uint64_t size) {
  for (int level = Tile::kEntries; level <= kMaxTileLevel; ++level) {
    for (uint64_t i = 0; i < full_tiles(level, size); ++i) {
      const std::string path = path_of({level, i});
      if (!exists(folder.path_to(path))) return corrupt(path + " is missing");
    }
  }
  return {};
}

Result<File> lock_existing(const Ledger::Options& options, Disk& disk) {
  if (exists(options.folder)) return lock_folder(Folder(options.folder), disk);
  return fail("ledger.missing",
              fmt::format("there is no ledger in {}: --realm or KEYSTILE_REALM names the realm's "
                          "folder",
                          options.folder));
}

}  // namespace

Status Ledger::create(const Options& options, const crypto::SigningKey& key, const Clock&) {
  Disk& disk = system_disk();
  const Folder folder(options.folder);
  KS_TRY(const NoteKey name, note_key(options.origin, key));
  const auto journal = read_file(folder.path_to("journal"));
  if (exists(folder.path_to("checkpoint")) || exists(folder.path_to("tile")) ||
      (journal && !journal->empty())) {
    return fail("ledger.exists", fmt::format("there is a ledger in {} already", options.folder));
  }
  const Checkpoint empty{options.origin, 0, empty_root()};
  KS_TRY(const std::string note, sign_note(empty.text(), name, key));
  KS_CHECK(replace_file(disk, folder.path_to("log.vkey"), name.vkey() + "\n"));
  KS_CHECK(replace_file(disk, folder.path_to("journal"), ""));
  return replace_file(disk, folder.path_to("checkpoint"), note);
}

Result<std::unique_ptr<Ledger>> Ledger::open(const Options& options, const crypto::SigningKey& key,
                                             const Clock& clock, Disk& disk) {
  KS_TRY(NoteKey name, note_key(options.origin, key));
  KS_TRY(File lock, lock_existing(options, disk));
  auto writer = std::make_unique<Writer>(options, key, std::move(name), clock, disk);
  KS_CHECK(writer->start(std::move(lock)));
  return std::unique_ptr<Ledger>(std::move(writer));
}

Result<std::unique_ptr<Ledger>> Ledger::open_proven(const Options& options,
                                                    const crypto::SigningKey& key,
                                                    const Clock& clock, Disk& disk,
                                                    const Visit& visit) {
  KS_TRY(NoteKey name, note_key(options.origin, key));
  KS_TRY(File lock, lock_existing(options, disk));
  const Folder folder(options.folder);
  KS_TRY(Audit audited, audit(folder, name, visit));
  if (audited.damage.empty()) {
    KS_CHECK(take_aside(folder, name, disk, audited));
    auto writer = std::make_unique<Writer>(options, key, std::move(name), clock, disk);
    KS_CHECK(writer->start(std::move(lock)));
    return std::unique_ptr<Ledger>(std::move(writer));
  }
  auto aside = std::make_unique<Aside>(options, key, std::move(name), clock, disk, std::move(lock),
                                       std::move(audited));
  KS_CHECK(aside->start());
  return std::unique_ptr<Ledger>(std::move(aside));
}

const std::vector<Damage>& Ledger::damage() const {
  static const std::vector<Damage> kNone;
  return kNone;
}

Status Writer::start(File lock) {
  lock_file_ = std::move(lock);
  KS_CHECK(watch_.start());
  KS_CHECK(take_rescue());
  KS_CHECK(load_tree());
  KS_CHECK(replay());
  if (Status made = make_reserve(); !made && made.error().code != "ledger.full") return made;
  thread_ = std::thread([this] { run(); });
  return {};
}

// A rescue holds all that no checkpoint covers, so what was called journal then is not needed.
Status Writer::take_rescue() {
  const std::string rescue = folder_.path_to(kRescue);
  if (!exists(rescue)) return {};
  if (exists(journal_path_)) {
    KS_CHECK(rename_file(disk_, journal_path_, folder_.path_to(kFoundJournal)));
  }
  return rename_file(disk_, rescue, journal_path_);
}

Status Writer::load_tree() {
  KS_TRY(checkpoint_, folder_.checkpoint_note());
  const auto checkpoint = open_checkpoint(checkpoint_, name_);
  if (!checkpoint) return corrupt("checkpoint: " + checkpoint.error().message);
  KS_CHECK(check_files(folder_, checkpoint->size));
  KS_TRY(frontier_, Frontier::load(folder_, checkpoint->size));
  if (frontier_.root() != checkpoint->root) {
    return corrupt("the last hash tiles do not belong to the checkpoint");
  }
  covered_ = size_ = synced_ = checkpoint->size;
  return {};
}

Status Writer::replay() {
  JournalFile file;
  KS_CHECK(folder_.journal(&file));
  const auto& records = file.journal.records;
  if (!records.empty() && records.front().index > covered_) {
    return corrupt(fmt::format("entries {} to {} are missing from the journal", covered_,
                               records.front().index - 1));
  }
  std::vector<Hash> hashes;
  Batch batch;
  for (const Record& record : records) {
    if (record.index < covered_) {
      const Tile tile = tile_holding(0, record.index, covered_);
      if (hashes.empty() || record.index % kTileWidth == 0) {
        KS_TRY(hashes, folder_.hashes(tile));
      }
      if (hashes[record.index % kTileWidth] != record.leaf) {
        return corrupt(fmt::format("entry {} is not the same in the journal and in {}",
                                   record.index, path_of(tile)));
      }
      continue;
    }
    append_frame(record, &batch.frames);
    batch.end = size_ = record.index + 1;
  }
  if (batch.end > 0) unfolded_.push_back(std::move(batch));
  KS_TRY(journal_, open_file(journal_path_, O_RDWR | O_APPEND, disk_));
  journal_bytes_ = file.journal.whole_bytes;
  if (journal_bytes_ != file.bytes.size() && disk_.truncate(journal_.fd(), journal_bytes_) != 0) {
    return fail("ledger.io", "cannot cut the torn record off " + journal_path_, ErrorClass::kFatal);
  }
  KS_CHECK(sync_file(disk_, journal_, journal_path_));
  synced_ = size_;
  return {};
}

}  // namespace keystile::ledger
