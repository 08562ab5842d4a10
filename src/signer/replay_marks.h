// Which signatures were used: what admission compares a request with.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <deque>
#include <string_view>

#include "base/time.h"
#include "crypto/digest.h"

namespace keystile::signer {

struct ReplayMark {
  crypto::Digest digest{};  // of key id and signed bytes
  int64_t until_ms = 0;     // until when the signature is inside its window
  bool operator==(const ReplayMark&) const = default;
};

class ReplayMarks {
 public:
  struct Seen {
    std::string_view route;  // that it first came with
    int64_t until_ms = 0;
    uint32_t times = 0;
  };
  // Null: never, or so long ago that no window holds it.
  const Seen* find(const crypto::Digest& digest) const;
  // route must outlive this.
  void add(const ReplayMark& mark, std::string_view route, WallTime now);

  // A program knows its digests before it sends what has them, and may choose among many.
  static size_t hash_of(const crypto::Digest& digest);

 private:
  void forget_old(WallTime now);

  struct Hash {
    size_t operator()(const crypto::Digest& digest) const { return hash_of(digest); }
  };
  boost::unordered_flat_map<crypto::Digest, Seen, Hash> seen_;
  std::deque<std::pair<int64_t, crypto::Digest>> order_;  // (good until, which), as they came
};

}  // namespace keystile::signer
