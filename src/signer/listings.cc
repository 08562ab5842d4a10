#include "signer/listings.h"

namespace keystile::signer {
namespace {

constexpr std::string_view kListed = "address.listed", kDelisted = "address.delisted";

json::Value listed(const policy::BookAddress& entry, const quorum::Clocks& now) {
  json::Array assets;
  for (const std::string& asset : entry.assets) assets.push_back(asset);
  return json::object({{"type", kListed},
                       {"name", entry.name},
                       {"assets", std::move(assets)},
                       {"network", entry.network},
                       {"address", entry.address},
                       {"memo", entry.memo},
                       {"clocks", to_json(now)}});
}

}  // namespace

Status Listings::apply(const json::Value& entry) {
  const std::string_view type = entry.text("type");
  const std::string name(entry.text("name"));
  if (type == kDelisted) by_name_.erase(name);
  if (type != kListed) return {};
  const json::Value* assets = entry.find("assets");
  const json::Value* clocks = entry.find("clocks");
  if (!assets || !assets->if_array() || !clocks) {
    return fail("ledger.entry", "an entry about the address book cannot be read",
                ErrorClass::kFatal);
  }
  Listing listing;
  listing.entry.name = name;
  for (const json::Value& asset : *assets->if_array()) {
    const std::string* text = asset.if_string();
    if (text) listing.entry.assets.push_back(*text);
  }
  listing.entry.network = entry.text("network");
  listing.entry.address = entry.text("address");
  listing.entry.memo = entry.text("memo");
  KS_TRY(listing.since, quorum::read_clocks(*clocks));
  by_name_.insert_or_assign(name, std::move(listing));
  return {};
}

std::vector<json::Value> Listings::due(const policy::Policy& in_force,
                                       const quorum::Clocks& now) const {
  std::vector<json::Value> entries;
  for (const auto& [name, listing] : by_name_) {
    if (in_force.address(name)) continue;
    entries.push_back(json::object({{"type", kDelisted}, {"name", name}}));
  }
  if (now.exchanges.empty()) return entries;
  for (const policy::BookAddress& entry : in_force.addresses) {
    if (!find(entry)) entries.push_back(listed(entry, now));
  }
  return entries;
}

Millis Listings::listed_for(const policy::BookAddress& entry, const quorum::Clocks& now) const {
  const Listing* listing = find(entry);
  return listing ? quorum::elapsed(listing->since, now).value_or(Millis{0}) : Millis{0};
}

const Listings::Listing* Listings::find(const policy::BookAddress& entry) const {
  const auto at = by_name_.find(entry.name);
  return at != by_name_.end() && at->second.entry.is_same_place(entry) ? &at->second : nullptr;
}

}  // namespace keystile::signer
