#include "gate/edge_refusals.h"

namespace keystile::gate {
namespace {

// From the start at zero: an alert can only see a counter rise that was there before.
constexpr int kExpected[] = {400, 403, 404, 405, 408, 413, 417, 421, 431, 500};

}  // namespace

metrics::Family edge_refusals(const std::vector<EdgeRefusals>& all) {
  metrics::Family family = metrics::counter(
      "keystile_edge_refused_total", "Requests refused before they were judged, by HTTP status.");
  for (const EdgeRefusals& one : all) {
    net::CountsByStatus counts;
    for (const int status : kExpected) counts[status] = 0;
    for (const net::CountsByStatus* part : {&one.by_server, &one.by_gate}) {
      for (const auto& [status, count] : *part) counts[status] += count;
    }
    for (const auto& [status, count] : counts) {
      metrics::add(&family, static_cast<double>(count),
                   {{"listener", one.listener}, {"status", std::to_string(status)}});
    }
  }
  return family;
}

}  // namespace keystile::gate
