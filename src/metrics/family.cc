#include "metrics/family.h"

namespace keystile::metrics {
namespace {

Family family(std::string name, std::string help, prometheus::MetricType type) {
  Family out;
  out.name = std::move(name);
  out.help = std::move(help);
  out.type = type;
  return out;
}

}  // namespace

Family counter(std::string name, std::string help) {
  return family(std::move(name), std::move(help), prometheus::MetricType::Counter);
}

Family gauge(std::string name, std::string help) {
  return family(std::move(name), std::move(help), prometheus::MetricType::Gauge);
}

Family histogram(std::string name, std::string help) {
  return family(std::move(name), std::move(help), prometheus::MetricType::Histogram);
}

void add(Family* family, double value, Labels labels) {
  prometheus::ClientMetric& series = family->metric.emplace_back();
  series.label = std::move(labels);
  const bool counts = family->type == prometheus::MetricType::Counter;
  (counts ? series.counter.value : series.gauge.value) = value;
}

}  // namespace keystile::metrics
