#include "metrics/exposition.h"

#include <fmt/format.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <iterator>
#include <limits>

#include "base/decimal.h"
#include "base/encoding.h"

namespace keystile::metrics {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricType;

constexpr std::string_view kOpenMetricsType = "application/openmetrics-text";
constexpr std::string_view kTotal = "_total";

// --- Accept

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == text.npos) return "";
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Cuts the part up to the first `separator` off the front of *text.
std::string_view take_part(std::string_view* text, char separator) {
  const size_t end = text->find(separator);
  const std::string_view part = text->substr(0, end);
  *text = end == text->npos ? "" : text->substr(end + 1);
  return trimmed(part);
}

// How much the header wants exactly this type: 0 where it does not name it.
Decimal weight_of(std::string_view accept, std::string_view type) {
  Decimal best;
  while (!accept.empty()) {
    std::string_view range = take_part(&accept, ',');
    if (!equals_ignore_case(take_part(&range, ';'), type)) continue;
    Decimal weight{1};
    while (!range.empty()) {
      const std::string_view parameter = take_part(&range, ';');
      if (parameter.starts_with("q="))
        weight = Decimal::parse(parameter.substr(2)).value_or(Decimal{});
    }
    if (best < weight) best = weight;
  }
  return best;
}

// --- OpenMetrics

// Backslash, line end and (in label values) the quote.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
  return out;
}

// Finite: the shortest text that reads back as the same number.
std::string number(double value) {
  if (value == std::numeric_limits<double>::infinity()) return "+Inf";
  if (value == -std::numeric_limits<double>::infinity()) return "-Inf";
  return value == value ? fmt::format("{}", value) : "NaN";
}

std::string_view type_of(MetricType type) {
  if (type == MetricType::Counter) return "counter";
  if (type == MetricType::Gauge) return "gauge";
  if (type == MetricType::Histogram) return "histogram";
  return "unknown";
}

std::string_view unit_of(std::string_view name) {
  for (const std::string_view unit : {"seconds", "bytes"}) {
    if (name.ends_with(unit)) return unit;
  }
  return "";
}

class OpenMetrics {
 public:
  void write(const Family& family) {
    std::string_view name = family.name;  // without the suffix of its samples
    if (family.type == MetricType::Counter && name.ends_with(kTotal))
      name.remove_suffix(kTotal.size());
    line("# TYPE {} {}\n", name, type_of(family.type));
    if (const auto unit = unit_of(name); !unit.empty()) line("# UNIT {} {}\n", name, unit);
    line("# HELP {} {}\n", name, escaped(family.help));
    for (const ClientMetric& series : family.metric) {
      if (family.type == MetricType::Histogram) {
        write_histogram(name, series);
      } else if (family.type == MetricType::Counter) {
        sample(name, kTotal, series.label, "", series.counter.value);
      } else {
        sample(name, "", series.label, "", series.gauge.value);
      }
    }
  }

  std::string finish() && {
    text_ += "# EOF\n";
    return std::move(text_);
  }

 private:
  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
  }

  void write_histogram(std::string_view name, const ClientMetric& series) {
    const auto& histogram = series.histogram;
    const auto count = static_cast<double>(histogram.sample_count);
    for (const auto& bucket : histogram.bucket) {
      sample(name, "_bucket", series.label, number(bucket.upper_bound),
             static_cast<double>(bucket.cumulative_count));
    }
    sample(name, "_bucket", series.label, "+Inf", count);
    sample(name, "_count", series.label, "", count);
    sample(name, "_sum", series.label, "", histogram.sample_sum);
  }

  void sample(std::string_view name, std::string_view suffix, const Labels& labels,
              std::string_view le, double value) {
    line("{}{}", name, suffix);
    char before = '{';
    for (const auto& label : labels) {
      line("{}{}=\"{}\"", before, label.name, escaped(label.value));
      before = ',';
    }
    if (!le.empty()) {
      line("{}le=\"{}\"", before, le);
      before = ',';
    }
    line("{} {}\n", before == '{' ? "" : "}", number(value));
  }

  std::string text_;
};

}  // namespace

Format negotiate(std::string_view accept) {
  const Decimal wanted = weight_of(accept, kOpenMetricsType);
  const bool named = Decimal{} < wanted;
  return named && !(wanted < weight_of(accept, "text/plain")) ? Format::kOpenMetrics
                                                              : Format::kPrometheus;
}

std::string_view content_type(Format format) {
  return format == Format::kOpenMetrics
             ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
             : "text/plain; version=0.0.4; charset=utf-8";
}

std::string to_text(const Families& families, Format format) {
  if (format == Format::kPrometheus) return prometheus::TextSerializer().Serialize(families);
  OpenMetrics text;
  for (const Family& family : families) text.write(family);
  return std::move(text).finish();
}

}  // namespace keystile::metrics
