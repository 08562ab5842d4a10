// A ledger's folder, changed: what the checkpoint covers is never another entry unnoticed, and a
// ledger that opens has all of it, or says what is lost. Input: changes, a line each: "FILE CHANGE"
// (edits.h), where FILE counts the folder's files, or "FILE remove".
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "base/temp_folder_for_test.h"
#include "fuzz/check.h"
#include "fuzz/edits.h"
#include "fuzz/input.h"
#include "fuzz/ledger_key.h"
#include "ledger/disk.h"
#include "ledger/ledger.h"
#include "ledger/verify.h"

using namespace keystile;
using namespace keystile::ledger;
namespace fs = std::filesystem;

namespace {

constexpr uint64_t kCovered = 259,
                   kEntries = 262;  // a full bundle and a little; three in the journal

class MemoryLikeDisk final : public Disk {
 public:
  int sync(int) override { return 0; }
  int allocate(int, uint64_t) override { return 0; }
};

class StillClock final : public Clock {
 public:
  WallTime wall() const override { return from_epoch_ms(1780000000000); }
  MonoTime mono() const override { return {}; }
};

std::string content(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct World {
  World() {
    options.folder = folder / "ledger";
    options.origin = fuzz::kOrigin;
    options.reserve_bytes = 0;
    KS_HOLDS(Ledger::create(options, fuzz::ledger_key(), clock));
    auto ledger = open();
    KS_HOLDS(ledger);
    append(**ledger, kCovered);
    KS_HOLDS((*ledger)->sync());
    const std::string checkpoint = content(options.folder + "/checkpoint");
    std::map<std::string, std::string> covered = snapshot();
    append(**ledger, kEntries - kCovered);
    entries = read_entries();
    KS_HOLDS(entries.size() == kEntries);
    // As a crash leaves it: the last entries are in the journal only.
    covered["journal"] = content(options.folder + "/journal");
    ledger->reset();
    files = std::move(covered);
  }

  Result<std::unique_ptr<Ledger>> open() {
    return Ledger::open(options, fuzz::ledger_key(), clock, disk);
  }

  static void append(Ledger& ledger, uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) {
      KS_HOLDS(ledger.append(json::object({{"kind", "test"}, {"n", i}}), Priority::kOrdinary));
    }
  }

  std::vector<std::string> read_entries() const {
    std::vector<std::string> found;
    (void)read(options.folder, 0, [&](Index index, std::string_view entry) {
      KS_HOLDS(index == found.size());
      found.emplace_back(entry);
      return true;
    });
    return found;
  }

  std::map<std::string, std::string> snapshot() const {
    std::map<std::string, std::string> out;
    for (const auto& item : fs::recursive_directory_iterator(options.folder)) {
      if (!item.is_regular_file()) continue;
      out[fs::relative(item.path(), options.folder).string()] = content(item.path());
    }
    return out;
  }

  void restore(const std::map<std::string, std::string>& to) const {
    fs::remove_all(options.folder);
    for (const auto& [name, bytes] : to) {
      const fs::path path = fs::path(options.folder) / name;
      fs::create_directories(path.parent_path());
      std::ofstream(path, std::ios::binary) << bytes;
    }
  }

  // The covered entries, and those of the journal that are there.
  void check_entries(const std::vector<std::string>& found) const {
    KS_HOLDS(found.size() >= kCovered);
    KS_HOLDS(std::equal(entries.begin(), entries.begin() + kCovered, found.begin()));
  }

  TempFolder folder;
  Ledger::Options options;
  StillClock clock;
  MemoryLikeDisk disk;
  std::vector<std::string> entries;
  std::map<std::string, std::string> files;
};

void change(std::string_view line, std::map<std::string, std::string>* files) {
  const auto number = parse_uint64(fuzz::take_word(&line));
  if (!number || files->empty()) return;
  auto file = files->begin();
  std::advance(file, *number % files->size());
  if (line == "remove") {
    files->erase(file);
  } else {
    fuzz::edit(line, &file->second);
  }
}

// What is read of it, damaged or not, is what was written; and what is damaged is left as it is.
void check_proven(World& world, const std::map<std::string, std::string>& files) {
  world.restore(files);
  uint64_t covered = 0;
  const auto visit = [&](Index index, std::string_view text, bool) -> Status {
    if (index >= kCovered) return {};
    KS_HOLDS(text == world.entries[index]);
    ++covered;
    return {};
  };
  auto ledger =
      Ledger::open_proven(world.options, fuzz::ledger_key(), world.clock, world.disk, visit);
  if (!ledger) return;
  for (const Damage& damage : (*ledger)->damage()) {
    if (!damage.lost || damage.lost->first >= kCovered) continue;
    covered += std::min(damage.lost->last, kCovered - 1) + 1 - damage.lost->first;
  }
  KS_HOLDS(covered == kCovered);
  if ((*ledger)->damage().empty()) return;
  const json::Value entry = json::object({{"kind", "test"}});
  KS_HOLDS(!(*ledger)->append(entry, Priority::kOrdinary));
  KS_HOLDS((*ledger)->append(entry, Priority::kReserve));
  ledger->reset();
  for (const auto& [name, bytes] : files) {
    KS_HOLDS(name == "lock" || content(fs::path(world.options.folder) / name) == bytes);
  }
}

}  // namespace

KS_FUZZ_TARGET(input) {
  static World world;
  auto files = world.files;
  while (!input.empty()) change(fuzz::take_line(&input), &files);
  world.restore(files);
  const auto verified = verify(world.options.folder, fuzz::ledger_name().vkey());
  if (verified && verified->good()) {
    KS_HOLDS(verified->size == kCovered);
    world.check_entries(world.read_entries());
  }
  if (auto ledger = world.open()) {
    KS_HOLDS((*ledger)->size() >= kCovered);
    ledger->reset();
  }
  check_proven(world, files);
}
