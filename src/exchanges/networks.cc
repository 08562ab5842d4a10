#include "exchanges/networks.h"

#include <algorithm>

namespace keystile::exchanges {
namespace {

std::string_view take_until(std::string_view* text, char end) {
  const size_t at = std::min(text->find(end), text->size());
  const std::string_view piece = text->substr(0, at);
  text->remove_prefix(std::min(at + 1, text->size()));
  return piece;
}

// A row for the asset itself goes before one for any.
template <class Matches>
const NetworkTable::Row* find_row(const std::vector<NetworkTable::Row>& rows,
                                  std::string_view asset, Matches matches) {
  const NetworkTable::Row* general = nullptr;
  for (const NetworkTable::Row& row : rows) {
    if (!matches(row)) continue;
    if (row.asset == asset) return &row;
    if (row.asset == "*" && !general) general = &row;
  }
  return general;
}

tl::unexpected<Error> unknown() {
  return fail("network.unknown",
              "Keystile does not know this network, or not for this asset, so that nobody could "
              "check the address: use another network, or have it added to the exchange's table");
}

}  // namespace

NetworkTable::NetworkTable(std::string_view text, bool asset_first) : asset_first_(asset_first) {
  while (!text.empty()) {
    std::string_view line = take_until(&text, '\n');
    if (line.empty() || line.front() == '#') continue;
    Row row;
    row.asset = take_until(&line, '\t');
    row.spelling = take_until(&line, '\t');
    row.network = take_until(&line, '\t');
    rows_.push_back(row);
  }
}

Result<std::string_view> NetworkTable::network_of(std::string_view asset,
                                                  std::string_view spelling) const {
  if (spelling.empty()) {
    return fail("network.missing",
                "the request names no network, so that the exchange would choose one: name it");
  }
  if (asset_first_) {
    if (!spelling.starts_with(asset) || spelling.substr(asset.size(), 1) != "-") return unknown();
    spelling.remove_prefix(asset.size() + 1);
  }
  const Row* row = find_row(rows_, asset, [&](const Row& r) { return r.spelling == spelling; });
  if (!row) return unknown();
  return row->network;
}

Result<std::string> NetworkTable::spelling_of(std::string_view asset,
                                              std::string_view network) const {
  const Row* row = find_row(rows_, asset, [&](const Row& r) { return r.network == network; });
  if (!row) return unknown();
  std::string spelling(row->spelling);
  return asset_first_ ? std::string(asset) + "-" + spelling : spelling;
}

}  // namespace keystile::exchanges
