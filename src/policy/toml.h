// TOML as plain values that know their lines. Only toml.cc sees the parser.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"

namespace keystile::policy {

struct Node {
  enum class Kind { kTable, kArray, kString, kInteger, kBoolean, kTime, kFloat, kOtherTime };
  Kind kind = Kind::kTable;
  int line = 0;  // 1-based
  struct Member;
  std::vector<Member> members;  // kTable
  std::vector<Node> items;      // kArray
  std::string text;             // kString
  int64_t integer = 0;          // kInteger
  bool boolean = false;         // kBoolean
  WallTime time;                // kTime: with an offset
};

struct Node::Member {
  std::string name;
  Node node;
};

struct TomlError {
  int line = 0;
  std::string message;
};

// The root table, or where the text is not TOML.
tl::expected<Node, TomlError> parse_toml(std::string_view text);

}  // namespace keystile::policy
