// The Merkle tree of RFC 6962 section 2.1 (SHA-256): hashes, roots, proofs and their verification.
// Pure. D[i] is entry i; MTH and the split rule are the RFC's.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace keystile::ledger {

using Hash = std::array<char, 32>;
using Proof = std::vector<Hash>;

inline std::string_view bytes_of(const Hash& hash) { return {hash.data(), hash.size()}; }
std::optional<Hash> hash_from(std::string_view bytes);  // nothing unless 32 bytes

Hash empty_root();
Hash leaf_hash(std::string_view entry);
Hash node_hash(const Hash& left, const Hash& right);

// The root over these hashes as leaves' (or equal full subtrees') hashes, left to right.
Hash root_of(std::span<const Hash> hashes);

// MTH of the full subtree D[index·2^height : (index+1)·2^height]. From memory, or from tiles.
using SubtreeReader = std::function<Result<Hash>(int height, uint64_t index)>;

// The root of the tree's first `size` entries.
Result<Hash> root_of_size(uint64_t size, const SubtreeReader& read);

// Sibling hashes, leaf to root (RFC 6962 section 2.1.1). index < size.
Result<Proof> inclusion_proof(uint64_t index, uint64_t size, const SubtreeReader& read);
// That the tree of `first` entries is a prefix of that of `size` (section 2.1.2).
// 0 < first <= size.
Result<Proof> consistency_proof(uint64_t first, uint64_t size, const SubtreeReader& read);

// RFC 9162 sections 2.1.3.2 and 2.1.4.2: a proof with too many or too few hashes is false.
bool verify_inclusion(uint64_t index, uint64_t size, const Hash& leaf, std::span<const Hash> proof,
                      const Hash& root);
bool verify_consistency(uint64_t first, uint64_t size, std::span<const Hash> proof,
                        const Hash& first_root, const Hash& root);

}  // namespace keystile::ledger
