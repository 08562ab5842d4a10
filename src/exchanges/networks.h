// Which network an exchange means. Each spells the names its own way (Binance "TRX", OKX
// "USDT-TRC20", Bybit "TRX"); networks.tsv of its folder maps them to Keystile's own names
// (address). What is not in the table is refused: an address can only be checked, and a
// person can only approve, for a network that is known.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "exchanges/exchange.h"

namespace keystile::exchanges {

class NetworkTable {
 public:
  // text: lines of asset ("*": any), spelling and Keystile's name, with tabs between; '#' begins a
  // comment line. Of several spellings of one network the first is what Keystile writes itself.
  // asset_first: the exchange puts the asset and a dash before the spelling (OKX).
  NetworkTable(std::string_view text, bool asset_first);

  // Keystile's name. "network.missing": the exchange would choose one itself; "network.unknown".
  Result<std::string_view> network_of(std::string_view asset, std::string_view spelling) const;
  // As the exchange spells it. "network.unknown": it does not move the asset over that network, or
  // nobody has told Keystile how it calls it.
  Result<std::string> spelling_of(std::string_view asset, std::string_view network) const;

  struct Row {
    std::string_view asset, spelling, network;
  };
  const std::vector<Row>& rows() const { return rows_; }

 private:
  std::vector<Row> rows_;
  bool asset_first_;
};

// In registry.cc.
const NetworkTable& networks_of(const Exchange& exchange);

}  // namespace keystile::exchanges
