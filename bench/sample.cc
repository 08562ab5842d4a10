#include "bench/sample.h"

#include <algorithm>
#include <fstream>

#include "bench/upstream.h"

namespace keystile::bench {

const exchanges::Exchange& binance() {
  static const exchanges::Exchange* const found = exchanges::find_exchange("binance");
  return *found;
}

Result<Sample> make_sample(size_t client, uint64_t number) {
  const WallTime now = system_clock().wall();
  KS_TRY(const OrderWriter writer, OrderWriter::make(client));
  KS_TRY(std::string body, writer.body(number, now));
  Sample sample;
  sample.payload = body.substr(0, body.rfind("&signature="));
  sample.secret = virtual_secret(client);
  sample.answer.headers = {{"Content-Type", "application/json;charset=UTF-8"},
                           {"x-mbx-used-weight-1m", "1"},
                           {"x-mbx-order-count-10s", "1"}};
  const size_t id = body.find("newClientOrderId=") + 17;
  sample.answer.body = order_answer(body.substr(id, body.find('&', id) - id), now);
  sample.inbound = {&binance(), "test", writer.request(std::move(body)),
                    policy::parse_address("127.0.0.1").value()};
  return sample;
}

int64_t now_ns() { return system_clock().mono().time_since_epoch().count(); }

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

uint64_t resident_mib() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    uint64_t kib = 0;
    if (word == "VmRSS:" && status >> kib) return kib / 1024;
  }
  return 0;
}

}  // namespace keystile::bench
