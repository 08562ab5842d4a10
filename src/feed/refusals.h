// Which of the messages that cannot be read a person is told of. An exchange that changes its form
// sends thousands of them a second.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/time.h"

namespace keystile::feed {

class Refusals {
 public:
  static constexpr std::chrono::minutes kEvery{1};

  // What to say of one more, by its code: the first at once, then one in each kEvery, with how many
  // were refused between. Nothing: it is one of those between. now never goes back.
  std::optional<Error> tell(Error refused, MonoTime now);

 private:
  struct Told {
    MonoTime last;
    uint64_t since = 0;
  };
  std::map<std::string, Told> told_;  // by code; a reader has few
};

}  // namespace keystile::feed
