#include "ledger/verify.h"

#include <algorithm>

#include "ledger/test_folder.h"
#include "ledger/tiles.h"

namespace keystile::ledger {
namespace {

constexpr uint64_t kCount = 520;  // two full bundles and 8 entries

class Verify : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    original_ = new TestFolder;
    original_->fill(kCount);
  }
  static void TearDownTestSuite() { delete original_; }

  Verify() {
    std::filesystem::remove_all(test_.options.folder);
    std::filesystem::copy(original_->options.folder, test_.options.folder,
                          std::filesystem::copy_options::recursive);
  }

  std::vector<std::string> bundle(std::string_view name) {
    const std::string bytes = test_.content(name);
    const auto entries = split_bundle(bytes).value();
    return {entries.begin(), entries.end()};
  }
  void write_bundle(std::string_view name, const std::vector<std::string>& entries) {
    std::string bytes;
    for (const std::string& entry : entries) append_to_bundle(entry, &bytes);
    test_.write(name, bytes);
  }
  void flip(std::string_view name, size_t at) {
    std::string bytes = test_.content(name);
    bytes[at] ^= 1;
    test_.write(name, bytes);
  }
  std::vector<std::string> damage() {
    const auto verified = verify(test_.options.folder);
    EXPECT_TRUE(verified) << verified.error().message;
    return verified ? verified->damage : std::vector<std::string>{};
  }
  void expect_damage(const std::vector<std::string>& expected) { EXPECT_EQ(damage(), expected); }

  static TestFolder* original_;
  TestFolder test_;
};
TestFolder* Verify::original_ = nullptr;

TEST_F(Verify, AWholeLedger) {
  const auto verified = verify(test_.options.folder).value();
  EXPECT_TRUE(verified.good());
  EXPECT_EQ(verified.size, kCount);
  EXPECT_EQ(verified.origin, "keystile.example/test");
  EXPECT_EQ(verified.files, 3u + 3u + 1u);
  EXPECT_TRUE(verify(test_.options.folder, verified.vkey)->good());
}

TEST_F(Verify, AnEditedEntry) {
  for (const auto& [name, place, index] :
       {std::tuple("tile/entries/001", 44, 300), std::tuple("tile/entries/002.p/8", 3, 515)}) {
    const std::string before = test_.content(name);
    auto entries = bundle(name);
    entries[static_cast<size_t>(place)].back() = ' ';
    write_bundle(name, entries);
    const std::string hash = std::string("tile/0") + std::string(name).substr(12);
    expect_damage(
        {"entry " + std::to_string(index) + " was changed (" + name + ", hash " + hash + ")"});
    test_.write(name, before);
  }
}

TEST_F(Verify, EveryByteOfEveryFileCounts) {
  for (const char* name : {"tile/entries/001", "tile/entries/002.p/8", "tile/0/000",
                           "tile/0/002.p/8", "tile/1/000.p/2", "checkpoint", "log.vkey"}) {
    const std::string before = test_.content(name);
    for (size_t at = 0; at < before.size(); at += 1 + before.size() / 12) {
      flip(name, at);
      const auto verified = verify(test_.options.folder);
      EXPECT_TRUE(!verified || !verified->good()) << name << " at " << at;
      test_.write(name, before);
    }
  }
  expect_damage({});
}

TEST_F(Verify, DeletedEntries) {
  auto entries = bundle("tile/entries/000");
  entries.erase(entries.begin() + 7);
  write_bundle("tile/entries/000", entries);
  expect_damage({"tile/entries/000 was cut: it holds 255 of 256 (entries 0 to 255)",
                 "entry 7 was deleted (tile/entries/000, hash tile/0/000)"});
}

TEST_F(Verify, ACutBundle) {
  auto entries = bundle("tile/entries/001");
  entries.resize(254);
  write_bundle("tile/entries/001", entries);
  expect_damage({"tile/entries/001 was cut: it holds 254 of 256 (entries 256 to 511)",
                 "entry 510 was deleted (tile/entries/001, hash tile/0/001)",
                 "entry 511 was deleted (tile/entries/001, hash tile/0/001)"});
}

TEST_F(Verify, ReorderedEntries) {
  auto entries = bundle("tile/entries/000");
  std::swap(entries[5], entries[6]);
  write_bundle("tile/entries/000", entries);
  expect_damage(
      {"entries were reordered: entry 5 stands after entry 6 "
       "(tile/entries/000, hash tile/0/000)"});
}

TEST_F(Verify, AnAddedEntryAndAReplacedOne) {
  auto entries = bundle("tile/entries/000");
  entries[3] = "{\"index\":400}";
  write_bundle("tile/entries/000", entries);
  expect_damage(
      {"entry 3 was replaced by one that says it is entry 400 "
       "(tile/entries/000, hash tile/0/000)"});
}

TEST_F(Verify, ADeletedFileIsNamed) {
  for (const auto& [name, sentence] :
       {std::pair("tile/entries/001", "tile/entries/001 is missing (entries 256 to 511)"),
        std::pair("tile/0/001", "hash tile/0/001 is missing"),
        std::pair("tile/1/000.p/2", "hash tile/1/000.p/2 is missing"),
        std::pair("journal", "journal is missing"),
        std::pair("checkpoint", "checkpoint is missing")}) {
    const std::string before = test_.content(name);
    std::filesystem::remove(test_.path(name));
    expect_damage({sentence});
    test_.write(name, before);
  }
}

TEST_F(Verify, AChangedHashTileIsToldFromAChangedEntry) {
  flip("tile/0/001", 32 * 44);
  expect_damage({"hash tile/0/001 was changed: its hash 44 is not that of entry 300"});
  flip("tile/0/001", 32 * 44);
  flip("tile/1/000.p/2", 32);
  expect_damage({"hash tile/1/000.p/2 was changed: its hash 1 is not that of entries 256 to 511"});
}

TEST_F(Verify, DamageInTwoPlacesOfTwoKinds) {
  auto entries = bundle("tile/entries/001");
  entries[0].back() = ' ';
  write_bundle("tile/entries/001", entries);
  flip("tile/0/000", 0);
  expect_damage({"hash tile/0/000 was changed: its hash 0 is not that of entry 0",
                 "entry 256 was changed (tile/entries/001, hash tile/0/001)"});
}

TEST_F(Verify, AnEntryChangedTogetherWithItsHashIsFoundByTheSignature) {
  auto entries = bundle("tile/entries/001");
  entries[44].back() = ' ';
  write_bundle("tile/entries/001", entries);
  std::string hashes = test_.content("tile/0/001");
  hashes.replace(32 * 44, 32, bytes_of(leaf_hash(entries[44])));
  test_.write("tile/0/001", hashes);
  const auto found = damage();
  ASSERT_EQ(found.size(), 2u);
  EXPECT_TRUE(found[0].starts_with("neither entries nor hash tiles lead to the root"));
  EXPECT_NE(found[1].find("entries 256 to 511"), std::string::npos);
}

TEST_F(Verify, AnotherKeysCheckpoint) {
  const auto other = key_from_seed(std::string(32, 'o'));
  const NoteKey name = note_key(test_.options.origin, other).value();
  const auto verified = verify(test_.options.folder, name.vkey());
  ASSERT_TRUE(verified);
  ASSERT_EQ(verified->damage.size(), 2u);
  EXPECT_TRUE(verified->damage[1].starts_with("checkpoint: it is not signed by"));
}

TEST_F(Verify, TheJournalTail) {
  test_.write("journal", TestFolder::journal_of(kCount, kCount + 2) + "\x00\x00\x01");
  const auto verified = verify(test_.options.folder).value();
  EXPECT_TRUE(verified.good());
  EXPECT_EQ(verified.in_journal, 2u);
  EXPECT_EQ(test_.entries().size(), kCount + 2);

  test_.write("journal", TestFolder::journal_of(kCount + 1, kCount + 2));
  expect_damage({"entries 520 to 520 are missing from the journal"});
  test_.write("journal", TestFolder::journal_of(kCount - 1, kCount + 2));
  expect_damage({"entry 519 is another one in the journal than in tile/0/002.p/8"});
  std::string changed = TestFolder::journal_of(kCount, kCount + 3);
  changed[100] ^= 1;
  test_.write("journal", changed);
  EXPECT_NE(damage().at(0).find("entry 521 was changed or removed in the journal"),
            std::string::npos);
}

TEST_F(Verify, ProofsOfEveryKindOfPlace) {
  const std::string vkey = verify(test_.options.folder)->vkey;
  const auto entries = test_.entries();
  for (const Index index : {0u, 255u, 256u, 511u, 512u, 519u}) {
    const std::string proof = prove(test_.options.folder, index).value();
    EXPECT_EQ(verify_proof(proof, entries[index], vkey).value(), index);
    EXPECT_FALSE(verify_proof(proof, entries[index] + " ", vkey));
    EXPECT_FALSE(verify_proof(proof, entries[(index + 1) % kCount], vkey));
  }
  EXPECT_EQ(prove(test_.options.folder, kCount).error().code, "ledger.index");
}

TEST(TlogProof, TheVector) {
  const auto vectors = load_vectors("note.json");
  const json::Value& item = *vectors.find("tlog_proof");
  const std::string text(item.text("text")), entry = *hex_decode(item.text("entry_hex"));
  const std::string vkey(vectors.find("keys")->find("log")->text("vkey"));
  EXPECT_EQ(verify_proof(text, entry, vkey).value(), 500u);
  const size_t header = text.find('\n') + 1;
  EXPECT_TRUE(
      verify_proof(text.substr(0, header) + "extra AAAA\n" + text.substr(header), entry, vkey));
  for (const std::string& bad : {std::string(), text.substr(header),
                                 text.substr(0, header) + "index 0500\n" + text.substr(header + 10),
                                 text.substr(0, header) + "index 501\n" + text.substr(header + 10),
                                 text.substr(0, header + 10) + text.substr(header + 10 + 45)}) {
    EXPECT_FALSE(verify_proof(bad, entry, vkey));
  }
}

}  // namespace
}  // namespace keystile::ledger
