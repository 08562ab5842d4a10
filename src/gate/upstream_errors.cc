#include "gate/upstream_errors.h"

namespace keystile::gate {
namespace {

constexpr std::string_view kKinds[] = {"net.connect", "net.tls",   "net.certificate", "net.timeout",
                                       "net.lost",    "net.busy",  "status.403",      "status.418",
                                       "status.429",  "status.5xx"};

std::string_view kind_of_status(int status) {
  switch (status) {
    case 403:
      return "status.403";
    case 418:
      return "status.418";
    case 429:
      return "status.429";
    default:
      return status >= 500 ? "status.5xx" : "";
  }
}

}  // namespace

void UpstreamErrors::expect(const std::string& environment, const std::string& exchange) {
  for (const std::string_view kind : kKinds) {
    counts_.try_emplace({environment, exchange, std::string(kind)});
  }
}

void UpstreamErrors::note(const std::string& environment, const std::string& exchange,
                          const Result<HttpResponse>& answer) {
  const std::string_view kind = answer ? kind_of_status(answer->status) : answer.error().code;
  if (!kind.empty()) ++counts_[{environment, exchange, std::string(kind)}];
}

metrics::Family UpstreamErrors::collect() const {
  metrics::Family family = metrics::counter("keystile_upstream_errors_total",
                                            "Requests of any kind, Keystile's own included, that "
                                            "an exchange did not answer as it should.");
  for (const auto& [key, count] : counts_) {
    const auto& [environment, exchange, kind] = key;
    metrics::add(&family, static_cast<double>(count),
                 {{"environment", environment}, {"exchange", exchange}, {"kind", kind}});
  }
  return family;
}

}  // namespace keystile::gate
