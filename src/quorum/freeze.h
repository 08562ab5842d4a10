// What one person may stop at once and several people let go on: a program, an account, or all.
// docs/formats/ledger.md shows the entries.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"

namespace keystile::quorum {

// By name, whatever becomes of it in the policy meanwhile.
struct FreezeTarget {
  enum class Kind {
    kClient,   // all its requests, and what it has asked people for
    kAccount,  // whatever adds exposure, moves funds or changes power; not reads and cancels
    kAll,      // the same of every account
  };
  Kind kind = Kind::kAll;
  std::string name;  // kAll: empty
  bool operator==(const FreezeTarget&) const = default;
};
// "client bot", "account binance-main", "all".
std::string to_string(const FreezeTarget& target);
std::optional<FreezeTarget> parse_freeze_target(std::string_view text);
// What it stops, and what goes on again without it, for people.
std::string_view stopped_by(const FreezeTarget& target);

struct Freeze {
  uint64_t id = 0;  // 1, 2, …
  FreezeTarget target;
  std::string by;  // "operator root@host", "person alice SHA256:…"
  std::string reason;
  WallTime since{};  // the time of its entry, once that stands in the ledger
  bool operator==(const Freeze&) const = default;
};
// "account binance-main is frozen since … (freeze 3 by …: …)", as safe to print as what is signed.
std::string to_string(const Freeze& freeze);
// For commands and their answers.
json::Value to_json(const Freeze& freeze);

// One ledger entry each.
struct Begun {
  std::string realm;  // origin of its ledger
  Freeze freeze;
};
struct Lifted {
  std::string realm;
  uint64_t id = 0;
  FreezeTarget target;
  std::string by, reason;
  uint64_t proposal =
      0;  // that people have approved; 0: by the operator, where there are no quorums
};
using FreezeEvent = std::variant<Begun, Lifted>;

// "freeze.begun", "freeze.lifted".
json::Value to_json(const FreezeEvent& event);
// Nothing if the entry is of another kind. "ledger.entry" if it cannot be read.
Result<std::optional<FreezeEvent>> read_freeze_event(const json::Value& entry);

}  // namespace keystile::quorum
