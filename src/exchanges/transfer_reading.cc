#include "exchanges/transfer_reading.h"

#include "exchanges/transfers.h"

namespace keystile::exchanges {

bool moves_same(const Transfer& a, const Transfer& b) {
  return a.asset == b.asset && a.amount == b.amount && a.from == b.from && a.to == b.to &&
         a.from_account == b.from_account && a.to_account == b.to_account;
}

Status check_reads_back(const Exchange& exchange, const Transfer& transfer) {
  KS_TRY(const HttpRequest request, transfers_of(exchange).request(transfer, 1));
  const Route* route = exchange.routes().find(request.method, request.path);
  const auto read = route ? exchange.interpret(*route, request)
                          : Result<Intent>(fail("route.unknown", "it has no such route"));
  if (read && read->transfer && moves_same(*read->transfer, transfer)) return {};
  return fail("transfer.unsupported",
              std::string(exchange.name()) + " would not read a transfer from " + transfer.from +
                  " to " + transfer.to +
                  " as that: " + (read ? "name the wallets as it does" : read.error().message));
}

}  // namespace keystile::exchanges
