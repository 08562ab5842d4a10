#include "ledger/merkle.h"

#include <algorithm>
#include <bit>

#include "crypto/digest.h"

namespace keystile::ledger {
namespace {

Hash digest(std::string_view a, std::string_view b) { return crypto::sha256_digest(a, b); }

// The largest power of two below size (size > 1).
uint64_t split(uint64_t size) { return std::bit_floor(size - 1); }

// MTH(D[begin:end]), where begin is a multiple of a power of two not below end - begin.
Result<Hash> range_root(uint64_t begin, uint64_t end, const SubtreeReader& read) {
  const uint64_t size = end - begin;
  if (std::has_single_bit(size)) {
    const int height = std::countr_zero(size);
    return read(height, begin >> height);
  }
  const uint64_t middle = begin + split(size);
  KS_TRY(const Hash left, range_root(begin, middle, read));
  KS_TRY(const Hash right, range_root(middle, end, read));
  return node_hash(left, right);
}

Status inclusion_path(uint64_t index, uint64_t begin, uint64_t end, const SubtreeReader& read,
                      Proof* out) {
  if (end - begin == 1) return {};
  const uint64_t middle = begin + split(end - begin);
  const bool left = index < middle;
  KS_CHECK(inclusion_path(index, left ? begin : middle, left ? middle : end, read, out));
  KS_TRY(const Hash sibling, range_root(left ? middle : begin, left ? end : middle, read));
  out->push_back(sibling);
  return {};
}

// SUBPROOF of RFC 6962 section 2.1.2; known: the verifier already has MTH(D[begin:first]).
Status consistency_path(uint64_t first, uint64_t begin, uint64_t end, bool known,
                        const SubtreeReader& read, Proof* out) {
  if (first == end) {
    if (known) return {};
    KS_TRY(const Hash root, range_root(begin, end, read));
    out->push_back(root);
    return {};
  }
  const uint64_t middle = begin + split(end - begin);
  const bool left = first <= middle;
  KS_CHECK(consistency_path(first, left ? begin : middle, left ? middle : end, left && known, read,
                            out));
  KS_TRY(const Hash sibling, range_root(left ? middle : begin, left ? end : middle, read));
  out->push_back(sibling);
  return {};
}

// The walk from one node at the tree's edge to its root, shared by both verifications.
struct Walk {
  uint64_t node, last;

  bool done() const { return last == 0; }
  // Whether the next hash of the proof stands on the left of ours.
  bool sibling_is_left() const { return node % 2 == 1 || node == last; }
  void up(bool sibling_left) {
    if (sibling_left) {
      const int skip = node == 0 ? 63 : std::countr_zero(node);
      node >>= skip;
      last >>= skip;
    }
    node >>= 1;
    last >>= 1;
  }
};

}  // namespace

std::optional<Hash> hash_from(std::string_view bytes) {
  Hash hash;
  if (bytes.size() != hash.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

Hash empty_root() { return digest({}, {}); }

Hash leaf_hash(std::string_view entry) { return digest(std::string_view("\0", 1), entry); }

Hash node_hash(const Hash& left, const Hash& right) {
  std::array<char, 33> front;
  front[0] = 1;
  std::copy(left.begin(), left.end(), front.begin() + 1);
  return digest({front.data(), front.size()}, bytes_of(right));
}

Hash root_of(std::span<const Hash> hashes) {
  if (hashes.empty()) return empty_root();
  if (hashes.size() == 1) return hashes[0];
  const size_t middle = split(hashes.size());
  return node_hash(root_of(hashes.first(middle)), root_of(hashes.subspan(middle)));
}

Result<Hash> root_of_size(uint64_t size, const SubtreeReader& read) {
  if (size == 0) return empty_root();
  return range_root(0, size, read);
}

Result<Proof> inclusion_proof(uint64_t index, uint64_t size, const SubtreeReader& read) {
  if (index >= size) return fail("ledger.index", "the tree has no such entry");
  Proof proof;
  KS_CHECK(inclusion_path(index, 0, size, read, &proof));
  return proof;
}

Result<Proof> consistency_proof(uint64_t first, uint64_t size, const SubtreeReader& read) {
  if (first == 0 || first > size)
    return fail("ledger.index", "there is no proof between these sizes");
  Proof proof;
  KS_CHECK(consistency_path(first, 0, size, true, read, &proof));
  return proof;
}

bool verify_inclusion(uint64_t index, uint64_t size, const Hash& leaf, std::span<const Hash> proof,
                      const Hash& root) {
  if (index >= size) return false;
  Walk walk{index, size - 1};
  Hash hash = leaf;
  for (const Hash& sibling : proof) {
    if (walk.done()) return false;
    const bool left = walk.sibling_is_left();
    hash = left ? node_hash(sibling, hash) : node_hash(hash, sibling);
    walk.up(left);
  }
  return walk.done() && hash == root;
}

bool verify_consistency(uint64_t first, uint64_t size, std::span<const Hash> proof,
                        const Hash& first_root, const Hash& root) {
  if (first == 0 || first > size) return false;
  if (first == size) return proof.empty() && first_root == root;
  if (proof.empty()) return false;
  Walk walk{first - 1, size - 1};
  while (walk.node % 2 == 1) {
    walk.node >>= 1;
    walk.last >>= 1;
  }
  // A tree of 2^k entries is itself the node that the proof starts from, and so is left out of it.
  Hash old_hash = first_root;
  if (!std::has_single_bit(first)) {
    old_hash = proof.front();
    proof = proof.subspan(1);
  }
  Hash new_hash = old_hash;
  for (const Hash& sibling : proof) {
    if (walk.done()) return false;
    const bool left = walk.sibling_is_left();
    if (left) old_hash = node_hash(sibling, old_hash);
    new_hash = left ? node_hash(sibling, new_hash) : node_hash(new_hash, sibling);
    walk.up(left);
  }
  return walk.done() && old_hash == first_root && new_hash == root;
}

}  // namespace keystile::ledger
