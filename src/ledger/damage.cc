#include "ledger/damage.h"

#include <fmt/format.h>

#include <map>
#include <optional>

#include "base/encoding.h"

namespace keystile::ledger {
namespace {

// The index that an entry says it has: each begins {"index":N,
std::optional<uint64_t> claimed_index(std::string_view entry) {
  constexpr std::string_view kStart = "{\"index\":";
  if (!entry.starts_with(kStart)) return std::nullopt;
  entry.remove_prefix(kStart.size());
  return parse_uint64(entry.substr(0, entry.find_first_not_of("0123456789")));
}

}  // namespace

std::vector<std::string> name_damage(const Tile& bundle, std::span<const std::string_view> found,
                                     std::span<const Hash> leaves) {
  const uint64_t first = bundle.index * kTileWidth;
  const std::string where =
      fmt::format("({}, hash {})", path_of(bundle), path_of({0, bundle.index, bundle.width}));
  std::map<Hash, uint64_t> missing;  // of the entries not seen yet: leaf hash and index
  for (size_t i = 0; i < leaves.size(); ++i) missing[leaves[i]] = first + i;

  std::vector<std::string> damage;
  std::map<uint64_t, std::string_view> strangers;  // by the index of the place they stand at
  std::optional<uint64_t> previous;
  for (size_t place = 0; place < found.size(); ++place) {
    const auto match = missing.find(leaf_hash(found[place]));
    if (match == missing.end()) {
      strangers[first + place] = found[place];
      continue;
    }
    if (previous && match->second < *previous) {
      damage.push_back(fmt::format("entries were reordered: entry {} stands after entry {} {}",
                                   match->second, *previous, where));
    }
    previous = match->second;
    missing.erase(match);
  }

  std::map<uint64_t, bool> lost;  // index → still unexplained
  for (const auto& [hash, index] : missing) lost[index] = true;
  const auto explain = [&](uint64_t index) {
    const auto at = lost.find(index);
    return at != lost.end() && std::exchange(at->second, false);
  };
  // What still says its own index comes first, wherever a deletion before it has moved it to.
  std::erase_if(strangers, [&](const auto& stranger) {
    const auto claimed = claimed_index(stranger.second);
    if (!claimed || !explain(*claimed)) return false;
    damage.push_back(fmt::format("entry {} was changed {}", *claimed, where));
    return true;
  });
  for (const auto& [place, entry] : strangers) {
    const auto claimed = claimed_index(entry);
    if (!explain(place)) {
      damage.push_back(
          fmt::format("an entry that was never recorded stands at place {} {}", place, where));
    } else if (claimed && *claimed != place) {
      damage.push_back(fmt::format("entry {} was replaced by one that says it is entry {} {}",
                                   place, *claimed, where));
    } else {
      damage.push_back(fmt::format("entry {} was changed {}", place, where));
    }
  }
  for (const auto& [index, unexplained] : lost) {
    if (unexplained) damage.push_back(fmt::format("entry {} was deleted {}", index, where));
  }
  return damage;
}

}  // namespace keystile::ledger
