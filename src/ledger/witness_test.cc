#include "ledger/witness.h"

#include "ledger/test_folder.h"

namespace keystile::ledger {
namespace {

NoteKey key_of(std::string_view name) {
  const auto vectors = load_vectors("note.json");
  return parse_vkey(vectors.find("keys")->find(name)->text("vkey")).value();
}

TEST(Witness, TheVectorsRequestIsOurs) {
  const auto vectors = load_vectors("note.json");
  const json::Value& request = *vectors.find("add_checkpoint_request");
  const uint64_t from = number(request, "from"), to = number(request, "to");
  const auto leaves = vector_leaves(to);
  std::string body = "old " + std::to_string(from) + "\n";
  const Proof proof = consistency_proof(from, to, reader_of(leaves)).value();
  for (const Hash& hash : proof) {
    body += base64_encode(bytes_of(hash)) + "\n";
  }
  const std::string text(request.text("body"));
  EXPECT_TRUE(text.starts_with(body + "\n")) << body;
}

TEST(Witness, ASubmissionProvesWhatFollows) {
  TestFolder test;
  test.fill(300);
  const Folder folder(test.options.folder);
  const std::string note = test.content("checkpoint");
  EXPECT_EQ(make_submission(folder, 0)->body, "old 0\n\n" + note);
  EXPECT_EQ(make_submission(folder, 300)->body, "old 300\n\n" + note);
  const Submission later = make_submission(folder, 100).value();
  EXPECT_EQ(later.size, 300u);
  EXPECT_EQ(later.body.substr(0, later.body.find("\n\n")).find("old 100\n"), 0u);
  EXPECT_EQ(make_submission(folder, 301).error().code, "ledger.witness");
}

TEST(Witness, OnlyItsOwnGoodLineIsTaken) {
  const auto vectors = load_vectors("note.json");
  const NoteKey one = key_of("w1"), two = key_of("w2");
  for (const json::Value& item : items(vectors, "checkpoints")) {
    const std::string note(item.text("note"));
    const size_t first = note.find("\u2014 witness.example/w1"),
                 second = note.find("\u2014 witness.example/w2");
    if (first == note.npos || second == note.npos) continue;
    const std::string bare = note.substr(0, first);
    const std::string line = note.substr(first, second - first), other = note.substr(second);
    EXPECT_EQ(add_cosignature(bare, line, one).value(), bare + line);
    EXPECT_EQ(add_cosignature(bare, other + line, one).value(), bare + line);
    EXPECT_EQ(add_cosignature(bare, line, two).error().code, "note.signature");
    EXPECT_EQ(add_cosignature(bare, "", one).error().code, "note.signature");
    EXPECT_EQ(add_cosignature(bare, line.substr(0, 40) + "\n", one).error().code, "note.syntax");
    EXPECT_FALSE(add_cosignature(bare, std::string(20000, 'x'), one));
    const Witnessed witnessed = open_witnessed(bare + line, key_of("log"), one).value();
    EXPECT_EQ(std::to_string(witnessed.size), item.text("size"));
  }
}

TEST(Witness, WhatWasSeenMustStillBeThere) {
  TestFolder test;
  test.fill(300);
  const Folder folder(test.options.folder);
  const auto root = root_of_size(100, folder.subtrees(300)).value();
  EXPECT_TRUE(check_witnessed(folder, 300, {100, root, {}}));
  EXPECT_EQ(check_witnessed(folder, 300, {101, root, {}}).error().code, "ledger.witness");
  EXPECT_EQ(check_witnessed(folder, 300, {301, root, {}}).error().code, "ledger.witness");
}

}  // namespace
}  // namespace keystile::ledger
