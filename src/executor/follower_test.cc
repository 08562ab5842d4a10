#include "executor/follower.h"

#include <gtest/gtest.h>

#include "executor/realm_for_test.h"

namespace keystile::executor {
namespace {

json::Value noise(int number) { return json::object({{"type", "request"}, {"number", number}}); }

std::string code(const Result<std::vector<Line>>& lines) { return lines ? "" : lines.error().code; }

TEST(Follower, TakesWhatConcernsItOnceACheckpointCoversIt) {
  RealmForTest realm;
  for (int i = 0; i < 20; ++i) realm.write(noise(i));
  Follower follower(realm.note_key);
  EXPECT_TRUE(follower.take(realm.answer(0, 5)).value().empty());
  EXPECT_TRUE(follower.is_behind());
  EXPECT_EQ(follower.proven().size, 0u);
  EXPECT_EQ(follower.wants(), 5u);
  const auto lines = follower.take(realm.answer(5)).value();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].index, 1u);
  EXPECT_EQ(follower.proven(), realm.log);
  EXPECT_TRUE(follower.take(realm.answer(22)).value().empty());
}

// What comes while it catches up is for the next time.
TEST(Follower, AimsAtOneCheckpointWhileTheLogGrows) {
  RealmForTest realm;
  for (int i = 0; i < 8; ++i) realm.write(noise(i));
  Follower follower(realm.note_key);
  ASSERT_TRUE(follower.take(realm.answer(0, 3)));
  for (int i = 0; i < 5; ++i) realm.write(noise(i));
  ASSERT_TRUE(follower.take(realm.answer(3)));
  EXPECT_EQ(follower.proven().size, 10u);
  ASSERT_TRUE(follower.take(realm.answer(10)));
  EXPECT_EQ(follower.proven(), realm.log);
}

TEST(Follower, EveryEdgeHasTheRootOfItsTree) {
  RealmForTest realm;
  Position position;
  std::vector<ledger::Hash> leaves;
  for (uint64_t size = 1; size < 70; ++size) {
    leaves.push_back(ledger::leaf_hash(std::to_string(size)));
    position.add(leaves.back());
    EXPECT_EQ(position.root(), ledger::root_of_size(size, [&](int height, uint64_t index) {
                                 const auto first = leaves.begin() + (index << height);
                                 return Result<ledger::Hash>(ledger::root_of(
                                     std::vector<ledger::Hash>(first, first + (1 << height))));
                               }).value());
    EXPECT_EQ(read_position(to_json(position)).value(), position);
  }
}

TEST(Follower, RefusesAPositionThatIsNone) {
  for (const char* text : {R"({})", R"({"size":1,"edge":[]})", R"({"size":"x","edge":[]})"}) {
    EXPECT_FALSE(read_position(json::parse(text).value())) << text;
  }
}

// Each is a log that another one has taken the place of.
TEST(Follower, StopsAtAnotherLog) {
  RealmForTest realm;
  for (int i = 0; i < 5; ++i) realm.write(noise(i));
  Follower before(realm.note_key);
  ASSERT_TRUE(before.take(realm.answer(0)));

  RealmForTest shorter = RealmForTest();
  shorter.key = std::move(realm.key);
  shorter.note_key = realm.note_key;
  Follower follower = before;
  EXPECT_EQ(code(follower.take(shorter.answer(7))), "executor.forked");

  for (int i = 5; i > 0; --i) shorter.write(noise(i));  // as long, with other entries
  follower = before;
  EXPECT_EQ(code(follower.take(shorter.answer(7))), "executor.forked");

  shorter.write(noise(9));  // longer, but no continuation
  follower = before;
  EXPECT_EQ(code(follower.take(shorter.answer(7))), "executor.forked");
}

TEST(Follower, StopsAtEntriesThatTheCheckpointDoesNotCover) {
  RealmForTest realm;
  for (int i = 0; i < 3; ++i) realm.write(noise(i));
  const auto entries_of = [](json::Value* answer) {
    for (json::Member& member : *answer->if_object()) {
      if (member.name == "entries") return member.value.if_array();
    }
    return static_cast<json::Array*>(nullptr);
  };

  json::Value swapped = realm.answer(0);
  std::swap(entries_of(&swapped)->at(2), entries_of(&swapped)->at(3));
  EXPECT_EQ(code(Follower(realm.note_key).take(swapped)), "executor.forked");

  json::Value changed = realm.answer(0);
  entries_of(&changed)->at(4) = R"({"index":4,"time":"2026-11-21T06:30:00.000Z","type":"x"})";
  EXPECT_EQ(code(Follower(realm.note_key).take(changed)), "executor.forked");

  json::Value unsigned_log = realm.answer(0);
  RealmForTest other;
  EXPECT_EQ(code(Follower(other.note_key).take(unsigned_log)), "executor.forked");
}

TEST(Follower, AsksAgainWhereNothingIsTold) {
  RealmForTest realm;
  Follower follower(realm.note_key);
  EXPECT_EQ(code(follower.take(json::object({}))), "executor.answer");
  EXPECT_EQ(code(follower.take(realm.answer(0, 0))), "executor.answer");
  EXPECT_TRUE(follower.take(realm.answer(0)));
}

}  // namespace
}  // namespace keystile::executor
