#include "ledger/merkle.h"

#include <rapidcheck.h>

#include "crypto/digest.h"
#include "ledger/test_data.h"

namespace keystile::ledger {
namespace {

// testdata/merkle.json names the source of each group.
const json::Value& vectors() {
  static const json::Value value = load_vectors("merkle.json");
  return value;
}

TEST(Merkle, HashingConstants) {
  const json::Array& hashing = items(vectors(), "hashing");
  EXPECT_EQ(empty_root(), hash_of(hashing[0].text("hash")));
  EXPECT_EQ(leaf_hash(""), hash_of(hashing[1].text("hash")));
  EXPECT_EQ(leaf_hash("L123456"), hash_of(hashing[2].text("hash")));
  for (const json::Value& item : hashing) {
    EXPECT_EQ(hex_encode(crypto::sha256(*hex_decode(item.text("sha256_of")))), item.text("hash"));
  }
}

TEST(Merkle, EightLeaves) {
  const json::Value& tree = *vectors().find("tree8");
  std::vector<Hash> leaves;
  for (const json::Value& leaf : items(tree, "leaves")) {
    leaves.push_back(leaf_hash(*hex_decode(leaf.text())));
    EXPECT_EQ(leaves.back(), hash_of(items(tree, "leaf_hashes")[leaves.size() - 1].text()));
  }
  for (size_t size = 0; size <= leaves.size(); ++size) {
    EXPECT_EQ(root_of(std::span(leaves).first(size)),
              hash_of(items(tree, "roots_by_size")[size].text()));
  }
  for (const json::Value& item : items(tree, "inclusion")) {
    EXPECT_EQ(
        inclusion_proof(number(item, "index"), number(item, "size"), reader_of(leaves)).value(),
        proof_of(item));
  }
  for (const json::Value& item : items(tree, "consistency")) {
    EXPECT_EQ(
        consistency_proof(number(item, "size1"), number(item, "size2"), reader_of(leaves)).value(),
        proof_of(item));
  }
}

TEST(Merkle, InclusionProbes) {
  for (const json::Value& item : items(vectors(), "inclusion_probes")) {
    const auto leaf = hash_of(item.text("leaf_hash")), root = hash_of(item.text("root"));
    const auto proof = proof_of(item);
    const bool valid =
        leaf && root && proof &&
        verify_inclusion(number(item, "index"), number(item, "size"), *leaf, *proof, *root);
    EXPECT_EQ(valid, *item.find("valid")->if_bool()) << item.text("id") << item.text("desc");
  }
}

TEST(Merkle, ConsistencyProbes) {
  for (const json::Value& item : items(vectors(), "consistency_probes")) {
    const auto old_root = hash_of(item.text("root1")), root = hash_of(item.text("root2"));
    const auto proof = proof_of(item);
    // Some probes have roots that are no hashes, and one of them counts as valid where any bytes
    // may be a root. Here they cannot even be written.
    if (!old_root || !root) continue;
    const bool valid = proof && verify_consistency(number(item, "size1"), number(item, "size2"),
                                                   *proof, *old_root, *root);
    EXPECT_EQ(valid, *item.find("valid")->if_bool()) << item.text("id") << item.text("desc");
  }
}

TEST(Merkle, BigTree) {
  const auto leaves = vector_leaves(70000);
  const auto read = reader_of(leaves);
  for (const json::Value& item : items(vectors(), "tiles")) {
    EXPECT_EQ(root_of_size(number(item, "size"), read).value(), hash_of(item.text("root")));
  }
  for (const json::Value& item : items(vectors(), "big_tree_inclusion")) {
    EXPECT_EQ(inclusion_proof(number(item, "index"), number(item, "size"), read).value(),
              proof_of(item));
  }
  for (const json::Value& item : items(vectors(), "big_tree_consistency")) {
    EXPECT_EQ(consistency_proof(number(item, "size1"), number(item, "size2"), read).value(),
              proof_of(item));
  }
}

TEST(Merkle, EveryProofHoldsAndNoChangedOneDoes) {
  const auto all = vector_leaves(600);
  EXPECT_TRUE(rc::check([&all] {
    const auto size = *rc::gen::inRange<uint64_t>(1, 600);
    const auto index = *rc::gen::inRange<uint64_t>(0, size);
    const std::vector<Hash> leaves(all.begin(), all.begin() + static_cast<long>(size));
    const Hash root = root_of(leaves);
    Proof proof = inclusion_proof(index, size, reader_of(leaves)).value();
    RC_ASSERT(verify_inclusion(index, size, leaves[index], proof, root));
    RC_ASSERT(!verify_inclusion(index + 1, size, leaves[index], proof, root));

    const auto first = *rc::gen::inRange<uint64_t>(1, size + 1);
    const Hash old_root = root_of(std::span(leaves).first(first));
    Proof growth = consistency_proof(first, size, reader_of(leaves)).value();
    RC_ASSERT(verify_consistency(first, size, growth, old_root, root));

    for (Proof* broken : {&proof, &growth}) {
      if (broken->empty()) continue;
      const auto at = *rc::gen::inRange<size_t>(0, broken->size());
      (*broken)[at][*rc::gen::inRange<size_t>(0, 32)] ^= 1;
    }
    if (!proof.empty()) RC_ASSERT(!verify_inclusion(index, size, leaves[index], proof, root));
    if (!growth.empty()) RC_ASSERT(!verify_consistency(first, size, growth, old_root, root));
  }));
}

}  // namespace
}  // namespace keystile::ledger
