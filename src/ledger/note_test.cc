#include "ledger/note.h"

#include "ledger/test_data.h"

namespace keystile::ledger {
namespace {

// testdata/note.json names the source of each group.
const json::Value& vectors() {
  static const json::Value value = load_vectors("note.json");
  return value;
}

const json::Value& log_key() { return *vectors().find("keys")->find("log"); }
NoteKey log_verifier() { return parse_vkey(log_key().text("vkey")).value(); }

TEST(Note, OfficialNotes) {
  for (const json::Value& item : items(vectors(), "official_notes")) {
    const std::string_view note = item.text("note");
    const auto key = parse_vkey(items(item, "vkeys")[0].text());
    ASSERT_TRUE(key);
    EXPECT_EQ(open_note(note, *key).value(), note.substr(0, note.rfind("\n\n") + 1));
  }
}

TEST(Note, VerifierKeys) {
  for (const json::Value& item : items(vectors(), "vkeys")) {
    const auto key = parse_vkey(item.text("vkey"));
    ASSERT_TRUE(key) << item.text("vkey");
    EXPECT_EQ(key->vkey(), item.text("vkey"));
    EXPECT_EQ(key->type, static_cast<char>(number(item, "type")));
  }
  const std::string good(log_key().text("vkey"));
  for (const std::string& bad :
       {std::string(), std::string("+"), "x" + good, good + "=", good.substr(0, good.size() - 4),
        std::string("a b+9717f34f+AeK8"), "gateway.example/audit+9717F34F" + good.substr(30)}) {
    EXPECT_FALSE(parse_vkey(bad)) << bad;
  }
}

TEST(Note, SignsAsTheVectorsDo) {
  const auto key = key_from_seed(*hex_decode(log_key().text("seed")));
  const auto name = note_key(std::string(log_key().text("name")), key);
  ASSERT_TRUE(name);
  EXPECT_EQ(name->vkey(), log_key().text("vkey"));
  for (const json::Value& item : items(vectors(), "checkpoints")) {
    const std::string note = sign_note(item.text("text"), *name, key).value();
    EXPECT_TRUE(item.text("note").starts_with(note)) << note;  // the vectors add witnesses' lines
  }
}

TEST(Note, Checkpoints) {
  for (const json::Value& item : items(vectors(), "checkpoints")) {
    const auto checkpoint = open_checkpoint(item.text("note"), log_verifier());
    ASSERT_TRUE(checkpoint);
    EXPECT_EQ(checkpoint->size, number(item, "size"));
    EXPECT_EQ(checkpoint->root, hash_of(item.text("root")));
    EXPECT_EQ(checkpoint->text(), item.text("text"));
  }
}

TEST(Note, MalformedNotesAreRefused) {
  for (const json::Value& item : items(vectors(), "invalid_for_log_key")) {
    EXPECT_FALSE(open_note(item.text("note"), log_verifier())) << item.text("why");
  }
}

TEST(Note, MalformedCheckpointsAreRefused) {
  const std::string root(items(vectors(), "checkpoints")[0].text("text").substr(24));
  EXPECT_TRUE(parse_checkpoint("o\n0\n" + root));
  EXPECT_TRUE(parse_checkpoint("o\n0\n" + root + "extension\n"));
  for (const std::string& text :
       {std::string(), std::string("o\n"), "\n0\n" + root, "o\n\n" + root, "o\n00\n" + root,
        "o\n+1\n" + root, "o\n18446744073709551616\n" + root, "o\n0\n=" + root,
        "o\n0\n" + root.substr(0, root.size() - 1), "o\n0\n" + root + "\n",
        "o\n0\n" + root + "extension", std::string("o\n0\nAAAA\n")}) {
    EXPECT_FALSE(parse_checkpoint(text)) << text;
  }
}

TEST(Note, KeyNames) {
  for (const char* good : {"keystile.example/desk", "\u00fcber"}) EXPECT_TRUE(is_key_name(good));
  for (const char* bad : {"", "a b", "a+b", "a\tb", "a\u00a0b", "a\u3000b", "\xff"}) {
    EXPECT_FALSE(is_key_name(bad)) << bad;
  }
}

TEST(Note, OnlyEd25519KeysSignNotes) {
  const auto hmac = crypto::SigningKey::open(crypto::KeyAlgorithm::kHmacSha256,
                                             SecretBytes::copy_of("secret").value());
  EXPECT_FALSE(note_key("log", *hmac));
}

TEST(Cosignature, VectorsOfTwoWitnesses) {
  const auto vectors = load_vectors("note.json");
  const json::Value& keys = *vectors.find("keys");
  int checked = 0;
  for (const json::Value& item : items(vectors, "checkpoints")) {
    std::string note(item.text("note"));
    const json::Array& times = *item.find("cosignature_timestamps")->if_array();
    for (size_t i = 0; i < times.size(); ++i) {
      const NoteKey witness = parse_vkey(keys.find(i == 0 ? "w1" : "w2")->text("vkey")).value();
      const auto at = cosigned_at(note, witness);
      ASSERT_TRUE(at) << at.error().message;
      EXPECT_EQ(std::to_string(epoch_ms(*at) / 1000), times[i].text());
      std::string other = note;
      other.replace(other.find('\n') + 1, 1, "9");  // another size
      EXPECT_EQ(cosigned_at(other, witness).error().code, "note.signature");
      ++checked;
    }
    if (times.empty()) {
      const NoteKey witness = parse_vkey(keys.find("w1")->text("vkey")).value();
      EXPECT_EQ(cosigned_at(note, witness).error().code, "note.signature");
    }
  }
  EXPECT_GE(checked, 4);
  const NoteKey log = parse_vkey(keys.find("log")->text("vkey")).value();
  EXPECT_EQ(cosigned_at("", log).error().code, "note.key");
}

}  // namespace
}  // namespace keystile::ledger
