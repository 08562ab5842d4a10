#include "sandbox/deribit/frontend.h"

#include "exchanges/params.h"
#include "sandbox/deribit/methods.h"
#include "sandbox/deribit/streams.h"

namespace keystile::sandbox::deribit {
namespace {

constexpr std::string_view kPrefix = "/api/v2/";
// By credits: a hundred requests at once, and twenty a second again.
constexpr Millis kRateWindow{5000};
constexpr uint32_t kRateLimit = 100;

// The request as one JSON-RPC call: the method of a GET stands in its path, that of a POST in its
// body too. Nothing: it cannot be read.
std::optional<json::Value> call_in(const HttpRequest& request, std::string_view method) {
  if (request.method == "POST") {
    auto body = json::parse(request.body);
    if (!body || !body->if_object() || body->text("method") != method) return std::nullopt;
    return *body;
  }
  const auto params = exchanges::parse_params(request.query, exchanges::ParamSource::kQuery, true);
  if (!params) return std::nullopt;
  json::Value object = json::object({});
  for (const exchanges::Param& param : *params) object.set(param.name, param.value);
  return json::object({{"params", std::move(object)}});
}

class Deribit final : public Frontend {
 public:
  explicit Deribit(Venue& venue) : venue_(venue) {}

  std::string_view exchange() const override { return "deribit"; }

  std::unique_ptr<MarketStream> open_stream(const HttpRequest& request) override {
    return deribit::open_stream(venue_, request);
  }

  HttpResponse handle(const HttpRequest& request, const std::string& peer, WallTime now) override {
    const std::string_view path = request.path;
    const bool is_api =
        path.starts_with(kPrefix) && (request.method == "GET" || request.method == "POST");
    if (!is_api) return {404, {{"Content-Type", "text/plain"}}, "Not Found"};
    const auto use = venue_.rate_limits().charge("ip:" + peer, 1, kRateWindow, kRateLimit, now);
    if (!use.allowed) return answer(nullptr, failure(10028, "too_many_requests"), 429, now);
    const std::string_view method = path.substr(kPrefix.size());
    const auto call = call_in(request, method);
    if (!call) return answer(nullptr, failure(-32600, "Invalid Request"), 400, now);
    const json::Value none = json::object({});
    const json::Value* params = call->find("params");
    Answer found =
        call_method(method, {venue_, params && params->if_object() ? *params : none, now});
    const int status = found.error.is_null() ? 200 : 400;
    return answer(call->find("id"), std::move(found), status, now);
  }

 private:
  static HttpResponse answer(const json::Value* id, Answer answer, int status, WallTime now) {
    return {status, {{"Content-Type", "application/json"}}, envelope(id, std::move(answer), now)};
  }

  Venue& venue_;
};

}  // namespace

std::unique_ptr<Frontend> make_frontend(Venue& venue) { return std::make_unique<Deribit>(venue); }

}  // namespace keystile::sandbox::deribit
