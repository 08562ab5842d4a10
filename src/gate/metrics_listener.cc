#include "gate/metrics_listener.h"

#include <array>
#include <optional>

#include "metrics/exposition.h"

namespace keystile::gate {
namespace {

constexpr net::ServerLimits kLimits{.header_bytes = 8 * 1024, .body_bytes = 0, .connections = 32};

HttpResponse json_answer(int status, const json::Value& body) {
  return {status, {{"Content-Type", "application/json"}}, json::dump(body) + "\n"};
}

class MetricsListenerImpl final : public MetricsListener {
 public:
  MetricsListenerImpl(MetricsSources sources, const Clock& clock)
      : sources_(std::move(sources)), clock_(clock) {}

  Status open(asio::any_io_executor executor, net::Endpoint endpoint) {
    net::Handler handler = [this](HttpRequest request, net::Peer) {
      return serve(std::move(request));
    };
    KS_TRY(server_, net::Server::listen(std::move(executor), std::move(endpoint), {}, kLimits,
                                        std::move(handler)));
    return {};
  }

  uint16_t port() const override { return server_->port(); }
  asio::awaitable<void> stop() override { return server_->stop(Millis{1000}); }

 private:
  struct Rendered {
    MonoTime at;
    std::string text;
  };

  asio::awaitable<HttpResponse> serve(HttpRequest request) { co_return answer(request); }

  HttpResponse answer(const HttpRequest& request) {
    if (request.method != "GET" && request.method != "HEAD") {
      HttpResponse refusal = json_answer(405, json::object({{"error", "only GET and HEAD"}}));
      refusal.headers.push_back({"Allow", "GET, HEAD"});
      return refusal;
    }
    if (request.path == "/metrics") return metrics(request);
    if (request.path == "/healthz") return json_answer(200, json::object({{"alive", true}}));
    if (request.path == "/readyz") return readiness();
    return json_answer(404,
                       json::object({{"error", "there are /metrics, /healthz and /readyz here"}}));
  }

  HttpResponse metrics(const HttpRequest& request) {
    const std::string* accept = find_header(request.headers, "Accept");
    const auto format = metrics::negotiate(accept ? *accept : "");
    auto& rendered = rendered_[static_cast<size_t>(format)];
    const MonoTime now = clock_.mono();
    if (!rendered || now - rendered->at >= kFresh) rendered = Rendered{now, render(format)};
    return {200,
            {{"Content-Type", std::string(content_type(format))}, {"Vary", "Accept"}},
            rendered->text};
  }

  std::string render(metrics::Format format) {
    metrics::Families families = sources_.families();
    metrics::Family ready = metrics::gauge("keystile_ready", "1 if /readyz finds nothing missing.");
    metrics::add(&ready, sources_.missing().empty() ? 1 : 0);
    families.push_back(std::move(ready));
    return to_text(families, format);
  }

  HttpResponse readiness() {
    json::Array missing = sources_.missing();
    const bool ready = missing.empty();
    return json_answer(ready ? 200 : 503,
                       json::object({{"ready", ready}, {"missing", std::move(missing)}}));
  }

  MetricsSources sources_;
  const Clock& clock_;
  std::array<std::optional<Rendered>, 2> rendered_;  // by metrics::Format
  std::unique_ptr<net::Server> server_;
};

}  // namespace

Result<std::unique_ptr<MetricsListener>> MetricsListener::open(asio::any_io_executor executor,
                                                               net::Endpoint endpoint,
                                                               MetricsSources sources,
                                                               const Clock& clock) {
  auto listener = std::make_unique<MetricsListenerImpl>(std::move(sources), clock);
  KS_CHECK(listener->open(std::move(executor), std::move(endpoint)));
  return listener;
}

}  // namespace keystile::gate
