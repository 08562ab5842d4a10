// What went wrong between the gate and the exchanges, counted. Private to gate/.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include "base/http.h"
#include "base/result.h"
#include "metrics/family.h"

namespace keystile::gate {

class UpstreamErrors {
 public:
  // From now on every kind that is known of beforehand stands there, at zero: an alert can only
  // see a counter rise that was there before.
  void expect(const std::string& environment, const std::string& exchange);

  // Counts an answer that did not come by its error code ("net.timeout"), and one that the exchange
  // is to blame for by its status: "status.403", "status.418" and "status.429" turn us away,
  // "status.5xx" is its own trouble. Any other answer is none of this.
  void note(const std::string& environment, const std::string& exchange,
            const Result<HttpResponse>& answer);

  metrics::Family collect() const;

 private:
  using Key = std::tuple<std::string, std::string, std::string>;  // environment, exchange, kind
  std::map<Key, uint64_t> counts_;
};

}  // namespace keystile::gate
