#include <fmt/format.h>

#include "cli/doctor.h"
#include "exchanges/host_names.h"
#include "signer/exchange_ca.h"

namespace keystile::cli {
namespace {

// Programs must have the next certificate before this one ends, and people take their time.
constexpr std::chrono::hours kSoon{24 * 60};

}  // namespace

std::vector<Check> check_exchange_ca(const signer::Layout& layout, const vault::Vault* node,
                                     bool needed, WallTime now) {
  using Level = Check::Level;
  const auto one = [](Level level, std::string message) {
    return std::vector<Check>{{level, "ca", std::move(message)}};
  };
  const auto ca = signer::read_exchange_ca(layout);
  if (!ca && ca.error().code == "ca.none" && !needed) {
    return one(Level::kGood, "none; only programs that come in by exchange names need it");
  }
  if (!ca) return one(Level::kBad, ca.error().message);

  std::vector<Check> found;
  const auto add = [&](Level level, std::string message) {
    found.push_back({level, "ca", std::move(message)});
  };
  const vault::Info* key = node ? node->find(signer::kCaKey) : nullptr;
  if (node && (!key || key->public_key != ca->facts.public_pem)) {
    add(Level::kBad, fmt::format("{}: run `keystile ca renew`, let the programs that come in by "
                                 "exchange names trust the new one, and start `serve` again",
                                 key ? "its certificate is of another key than the node's vault has"
                                     : "its key is not in the node's vault"));
  }
  const std::string until = iso8601(ca->facts.until);
  if (now >= ca->facts.until) {
    add(Level::kBad, fmt::format("ended at {}: run `keystile ca renew`, and give {} to the "
                                 "programs that come in by exchange names",
                                 until, layout.exchange_ca()));
  } else if (now >= ca->facts.until - kSoon) {
    add(Level::kWarning, fmt::format("ends at {}: before that run `keystile ca renew`, and give {} "
                                     "to the programs that come in by exchange names",
                                     until, layout.exchange_ca()));
  }
  if (ca->facts.only_names.size() < exchanges::all_host_names().size()) {
    add(Level::kWarning,
        "Keystile knows more exchange names than it may vouch for: `keystile ca renew`");
  }
  if (found.empty()) {
    add(Level::kGood, fmt::format("can vouch for exchange names until {}", until));
  }
  return found;
}

}  // namespace keystile::cli
