// developers.binance.com, wallet: capital/withdraw/address/list (July 2026).
#include "exchanges/address_list.h"

#include "base/json.h"
#include "exchanges/binance/binance.h"

namespace keystile::exchanges::binance {
namespace {

class BinanceAddressList final : public AddressList {
 public:
  HttpRequest query(std::string_view) const override {
    return request_to("GET", "/sapi/v1/capital/withdraw/address/list");
  }

  Result<AddressPage> read(const HttpResponse& response) const override {
    const auto body = json::parse(response.body, {.bytes = 16 << 20});
    if (response.status != 200 || !body || !body->if_array()) {
      return fail("upstream.answer", "the answer is no list of addresses", ErrorClass::kRetryable);
    }
    AddressPage page;
    for (const json::Value& row : *body->if_array()) {
      const json::Value* listed = row.find("whiteStatus");
      if (!listed || !listed->if_bool() || !*listed->if_bool()) continue;
      page.rows.push_back({std::string(row.text("coin")), std::string(row.text("network")),
                           std::string(row.text("address")), std::string(row.text("addressTag"))});
    }
    return page;
  }
};

}  // namespace

const AddressList& address_list() {
  static const BinanceAddressList instance;
  return instance;
}

}  // namespace keystile::exchanges::binance
