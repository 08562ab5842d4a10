// The exchange's own list of addresses that withdrawals may go to, kept by people on its site: a
// second wall behind Keystile's address book, so the two should say the same.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/http.h"
#include "base/result.h"
#include "exchanges/exchange.h"

namespace keystile::exchanges {

struct SavedAddress {
  std::string asset;             // empty: every asset of the network
  std::string network, address;  // as the exchange spells them
  std::string tag;
  bool operator==(const SavedAddress&) const = default;
};
struct AddressPage {
  std::vector<SavedAddress> rows;  // what withdrawals may go to; not what is only noted there
  std::string cursor;              // of the next page; empty: there is none
};

class AddressList {
 public:
  virtual ~AddressList() = default;

  // Unsigned, for the withdraw key: Bybit shows it to no other. cursor: empty for the first page.
  virtual HttpRequest query(std::string_view cursor) const = 0;
  // "upstream.answer"
  virtual Result<AddressPage> read(const HttpResponse& response) const = 0;
};

// In registry.cc. Null: the exchange has no call for it.
const AddressList* address_list_of(const Exchange& exchange);

}  // namespace keystile::exchanges
