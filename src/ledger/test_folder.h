// A ledger in a temporary folder, for tests.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/temp_folder_for_test.h"
#include "ledger/disk.h"
#include "ledger/journal.h"
#include "ledger/ledger.h"
#include "ledger/test_data.h"
#include "ledger/verify.h"

namespace keystile::ledger {

class StillClock final : public Clock {
 public:
  WallTime wall() const override { return parse_iso8601("2026-11-20T22:52:12.345Z").value(); }
  MonoTime mono() const override { return {}; }
};

struct TestFolder {
  TestFolder() {
    options.folder = temp.path();
    options.origin = "keystile.example/test";
    options.reserve_bytes = 64 << 10;
    const Status made = Ledger::create(options, key, clock);
    EXPECT_TRUE(made) << made.error().message;
  }

  Result<std::unique_ptr<Ledger>> open() { return Ledger::open(options, key, clock); }

  std::string path(std::string_view name) const { return options.folder + "/" + std::string(name); }
  std::string content(std::string_view name) const { return read_file(path(name)).value(); }
  void write(std::string_view name, std::string_view bytes) const {
    std::ofstream(path(name), std::ios::binary | std::ios::trunc) << bytes;
  }

  static json::Value entry(uint64_t i) { return json::object({{"kind", "test"}, {"number", i}}); }
  // Appends that many entries and closes.
  void fill(uint64_t count) {
    auto ledger = open().value();
    for (uint64_t i = 0; i < count; ++i) ledger->append(entry(i), Priority::kOrdinary).value();
  }
  std::vector<std::string> entries() const {
    std::vector<std::string> all;
    const Status status = read(options.folder, 0, [&](Index index, std::string_view text) {
      EXPECT_EQ(index, all.size());
      all.emplace_back(text);
      return true;
    });
    EXPECT_TRUE(status) << status.error().message;
    return all;
  }
  // A journal of the entries [first, last).
  static std::string journal_of(uint64_t first, uint64_t last) {
    std::string bytes;
    for (uint64_t i = first; i < last; ++i) {
      const std::string text = "{\"index\":" + std::to_string(i) + "}";
      bytes += frame({i, leaf_hash(text), text});
    }
    return bytes;
  }
  // Opens a copy, so that the folder stays as it is.
  Result<std::unique_ptr<Ledger>> open_copy() {
    Ledger::Options copy = options;
    copy.folder = options.folder + "/copy";
    std::filesystem::remove_all(copy.folder);
    std::filesystem::create_directory(copy.folder);
    for (const char* name : {"checkpoint", "journal", "log.vkey", "tile"}) {
      std::filesystem::copy(path(name), copy.folder + "/" + name,
                            std::filesystem::copy_options::recursive);
    }
    return Ledger::open(copy, key, clock);
  }
  // Verifies, and holds exactly these entries, each with its own number.
  void expect_whole(uint64_t count) const {
    const auto verified = verify(options.folder);
    ASSERT_TRUE(verified) << verified.error().message;
    EXPECT_TRUE(verified->good()) << verified->damage[0];
    EXPECT_EQ(verified->size + verified->in_journal, count);
    const auto all = entries();
    ASSERT_EQ(all.size(), count);
    for (uint64_t i = 0; i < count; ++i) {
      const auto value = json::parse(all[i]).value();
      EXPECT_EQ(number(value, "index"), i);
      EXPECT_EQ(number(value, "number"), i);
    }
  }

  TempFolder temp;
  Ledger::Options options;
  crypto::SigningKey key = key_from_seed(std::string(32, 'k'));
  StillClock clock;
};

}  // namespace keystile::ledger
