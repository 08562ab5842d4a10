// What a monitor may ask, over plain HTTP on a listener of its own: GET or HEAD of
//   /metrics  Prometheus's text format, or OpenMetrics where the Accept header asks for it
//   /healthz  200 while the thread that serves requests runs
//   /readyz   200 when nothing is missing; else 503 and {"ready":false,"missing":[…]}
// It tells client names, rules and numbers; no secret and no key id.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "metrics/family.h"
#include "net/server.h"

namespace keystile::gate {

namespace asio = boost::asio;

// Whom to ask; called on the executor's thread.
struct MetricsSources {
  std::function<metrics::Families()> families;
  std::function<json::Array()> missing;  // as Signer::missing()
};

class MetricsListener {
 public:
  // What a scrape costs is paid by the thread that serves requests: no text is made more often than
  // once in this time, however often it is asked for.
  static constexpr Millis kFresh{1000};

  // "net.bind". clock must outlive it.
  static Result<std::unique_ptr<MetricsListener>> open(asio::any_io_executor executor,
                                                       net::Endpoint endpoint,
                                                       MetricsSources sources, const Clock& clock);
  virtual ~MetricsListener() = default;
  virtual uint16_t port() const = 0;
  // Must have completed before it is destroyed.
  virtual asio::awaitable<void> stop() = 0;
};

}  // namespace keystile::gate
