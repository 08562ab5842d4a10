// bybit-exchange.github.io/docs/v5/asset/withdraw/withdraw-address (July 2026).
#include "exchanges/address_list.h"

#include "base/encoding.h"
#include "base/json.h"
#include "exchanges/bybit/bybit.h"
#include "exchanges/bybit/protocol.h"

namespace keystile::exchanges::bybit {
namespace {

class BybitAddressList final : public AddressList {
 public:
  HttpRequest query(std::string_view cursor) const override {
    std::string target = "/v5/asset/withdraw/query-address?addressType=0&limit=50";
    if (!cursor.empty()) target += "&cursor=" + percent_encode(cursor);
    return request_to("GET", target);
  }

  Result<AddressPage> read(const HttpResponse& response) const override {
    const auto result = result_of(response);
    const json::Value* rows = result ? result->find("rows") : nullptr;
    if (response.status != 200 || !rows || !rows->if_array()) {
      return fail("upstream.answer", "the answer is no list of addresses", ErrorClass::kRetryable);
    }
    AddressPage page;
    page.cursor = result->text("nextPageCursor");
    for (const json::Value& row : *rows->if_array()) {
      const bool universal = row.text("coin") == "baseCoin";
      page.rows.push_back({universal ? std::string() : std::string(row.text("coin")),
                           std::string(row.text("chain")), std::string(row.text("address")),
                           std::string(row.text("tag"))});
    }
    return page;
  }
};

}  // namespace

const AddressList& address_list() {
  static const BybitAddressList instance;
  return instance;
}

}  // namespace keystile::exchanges::bybit
