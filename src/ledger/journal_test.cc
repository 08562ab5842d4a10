#include "ledger/journal.h"

#include "ledger/test_folder.h"

namespace keystile::ledger {
namespace {

const std::string kOne = TestFolder::journal_of(7, 8), kTwo = TestFolder::journal_of(7, 9),
                  kThree = TestFolder::journal_of(7, 10);

TEST(Journal, ReadsWhatItFrames) {
  const auto journal = scan_journal(kThree);
  ASSERT_TRUE(journal);
  ASSERT_EQ(journal->records.size(), 3u);
  EXPECT_EQ(journal->records[2].index, 9u);
  EXPECT_EQ(journal->records[2].entry, "{\"index\":9}");
  EXPECT_EQ(journal->whole_bytes, kThree.size());
  EXPECT_EQ(scan_journal("")->records.size(), 0u);
}

TEST(Journal, ARecordBuiltInPlaceIsThatOfItsText) {
  const StillClock clock;
  std::string frames = kOne;
  ASSERT_TRUE(append_record(8, clock.wall(), "{\"a\":1}", &frames));
  const std::string text = entry_text(8, clock.wall(), "{\"a\":1}").value();
  EXPECT_EQ(frames, kOne + frame({8, leaf_hash(text), text}));
  EXPECT_EQ(append_record(9, clock.wall(), "[]", &frames).error().code, "ledger.entry");
  const auto of_size = [](size_t size) { return "{\"a\":\"" + std::string(size - 8, 'x') + "\"}"; };
  const size_t most = kMaxEntryBytes - (text.size() - 7);
  EXPECT_EQ(append_record(9, clock.wall(), of_size(most + 1), &frames).error().code,
            "ledger.entry");
  EXPECT_EQ(frames, kOne + frame({8, leaf_hash(text), text}));
  EXPECT_LT(frames.capacity(), kMaxEntryBytes);  // whoever is refused makes the text no longer
  EXPECT_TRUE(append_record(9, clock.wall(), of_size(most), &frames));
  EXPECT_EQ(scan_journal(frames)->records.back().entry.size(), kMaxEntryBytes);
}

TEST(Journal, RecordsAreTakenOffOneByOne) {
  std::string_view rest = kThree;
  for (uint64_t index = 7; index < 10; ++index) {
    const auto record = take_record(&rest);
    ASSERT_TRUE(record);
    EXPECT_EQ(record->index, index);
    EXPECT_EQ(record->entry, "{\"index\":" + std::to_string(index) + "}");
    EXPECT_EQ(record->leaf, leaf_hash(record->entry));
  }
  EXPECT_FALSE(take_record(&rest));
}

TEST(Journal, WhereverItIsTornTheWholeRecordsAreKept) {
  for (size_t size = 0; size <= kThree.size(); ++size) {
    for (const size_t zeros : {0, 1, 4096}) {
      const auto journal = scan_journal(kThree.substr(0, size) + std::string(zeros, '\0'));
      ASSERT_TRUE(journal) << size;
      EXPECT_EQ(journal->whole_bytes, size == kThree.size() ? size
                                      : size >= kTwo.size() ? kTwo.size()
                                      : size >= kOne.size() ? kOne.size()
                                                            : 0);
    }
  }
}

TEST(Journal, AChangedByteWithAWholeRecordAfterItIsDamage) {
  for (size_t at = 0; at < kTwo.size(); ++at) {
    for (const char bit : {'\x01', '\x40', '\x80'}) {
      std::string changed = kThree;
      changed[at] ^= bit;
      const auto journal = scan_journal(changed);
      // The first index may be any; then it is the second record that does not follow.
      ASSERT_FALSE(journal) << at;
      EXPECT_EQ(journal.error().code, "ledger.corrupt");
    }
  }
}

TEST(Journal, ARecordTakenOutOrMovedIsNamed) {
  const std::string last = kThree.substr(kTwo.size());
  EXPECT_NE(scan_journal(kOne + last).error().message.find("entry 8"), std::string::npos);
  EXPECT_FALSE(scan_journal(kOne + last + kThree.substr(kOne.size(), kOne.size())));
  EXPECT_FALSE(scan_journal(kThree + "not a record, and longer than the head of one would be"));
}

}  // namespace
}  // namespace keystile::ledger
