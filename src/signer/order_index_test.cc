#include "signer/order_index.h"

#include <gtest/gtest.h>

#include <set>

#include "signer/replay_marks.h"

namespace keystile::signer {
namespace {

// Client order ids that a program may choose. They fall together under std::hash; finding them took
// a fraction of a second, and a day has room for very many.
constexpr std::string_view kColliding[] = {
    "z2N00000WcJ9MaeJ", "a4d00000fJfnC2sk", "zam100005bvep6-J", "v-q10000eTLIXvKA",
    "Zdy10000jYHHgKph", "LyB20000eDzRF5lK", "b-430000sdR0HQbt", "JDo30000UHuL3ANr",
};

TEST(OrderIndex, NobodyCanChooseIdsThatFallTogether) {
  std::set<size_t> known, ours;
  for (const std::string_view id : kColliding) {
    known.insert(std::hash<std::string_view>()(id));
    ours.insert(OrderIndex::hash_of("main", id));
  }
  EXPECT_EQ(known.size(), 1u);
  EXPECT_EQ(ours.size(), std::size(kColliding));
}

TEST(ReplayMarks, NobodyCanChooseSignaturesThatFallTogether) {
  std::set<size_t> hashes;
  for (char last = 0; last < 8; ++last) {
    crypto::Digest digest{};
    digest.back() = last;
    hashes.insert(ReplayMarks::hash_of(digest));
  }
  EXPECT_EQ(hashes.size(), 8u);
}

}  // namespace
}  // namespace keystile::signer
