// Families as text: Prometheus's own format and OpenMetrics 1.0. What the library lacks, the
// second, is written here.
#pragma once

#include <string>
#include <string_view>

#include "metrics/family.h"

namespace keystile::metrics {

enum class Format {
  kPrometheus,   // text format 0.0.4
  kOpenMetrics,  // https://prometheus.io/docs/specs/om/open_metrics_spec/, version 1.0.0
};

// By the request's Accept header ("" where there is none): OpenMetrics where it is named and not
// wanted less than plain text.
Format negotiate(std::string_view accept);
std::string_view content_type(Format format);

std::string to_text(const Families& families, Format format);

}  // namespace keystile::metrics
