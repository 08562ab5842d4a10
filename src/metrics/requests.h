// How many requests met which verdict by which rule, of one exchange in one environment. One
// thread's. Counting what was counted before allocates nothing.
#pragma once

#include <boost/unordered/unordered_map.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/family.h"

namespace keystile::metrics {

// kWouldDeny: let through, as its client is only observed; the rule is the one against it.
enum class Verdict { kAllow, kDeny, kHold, kWouldDeny };

class Requests {
 public:
  // The number of series is bounded, whatever comes: what is beyond is counted under kOthers.
  static constexpr size_t kMaxClients = 1000;
  static constexpr size_t kMaxRules = 100;  // of one client, each scope and verdict counted apart
  static constexpr std::string_view kOthers = "(others)";

  // client: its name in the policy, "" where nobody proved to be one. scope: of the route, "" where
  // there is none. rule: as the ledger has it; what follows a space is left out.
  void count(std::string_view client, std::string_view scope, Verdict verdict,
             std::string_view rule);

  // Adds one series for each, with the labels client, scope, verdict and rule beside `labels`.
  void collect(const Labels& labels, Family* family) const;

 private:
  struct Cell {
    std::string scope;
    Verdict verdict;
    std::string rule;
    uint64_t count = 0;
  };
  using Cells = std::vector<Cell>;
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  Cells& cells_of(std::string_view client);

  // Strangers have their place from the start.
  boost::unordered_map<std::string, Cells, Hash, std::equal_to<>> clients_{{"", {}}};
};

}  // namespace keystile::metrics
