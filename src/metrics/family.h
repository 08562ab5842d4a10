// What is measured, as Prometheus names it: a family is one metric's name, help, type and its
// series. The values are prometheus-cpp's; the numbers behind them are kept by our own types, which
// cost the request no lock and no allocation.
//
// Names end with their unit in Prometheus's spelling ("_seconds", "_bytes"), counters with
// "_total". No label ever holds a secret, a key id, or text that a client chose.
#pragma once

#include <prometheus/metric_family.h>

#include <string>
#include <vector>

namespace keystile::metrics {

using Family = prometheus::MetricFamily;
using Families = std::vector<Family>;
using Labels = std::vector<prometheus::ClientMetric::Label>;

Family counter(std::string name, std::string help);
Family gauge(std::string name, std::string help);
Family histogram(std::string name, std::string help);

// One more series of a counter or a gauge. Every label of a family must be there each time.
void add(Family* family, double value, Labels labels = {});

}  // namespace keystile::metrics
