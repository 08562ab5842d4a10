#include "feed/refusals.h"

namespace keystile::feed {

std::optional<Error> Refusals::tell(Error refused, MonoTime now) {
  const auto [found, is_first] = told_.try_emplace(refused.code, Told{now});
  Told& told = found->second;
  if (!is_first && now - told.last < kEvery) {
    ++told.since;
    return std::nullopt;
  }
  if (told.since > 0) {
    refused.message += "; so were " + std::to_string(told.since) + " since it was last told";
  }
  told = {now};
  return refused;
}

}  // namespace keystile::feed
