#include "cli/serve_metrics.h"

#include <set>

#include "crypto/certificate.h"
#include "gate/process_metrics.h"

namespace keystile::cli {
namespace {

metrics::Family build_info() {
  metrics::Family info = metrics::gauge("keystile_build_info", "1, of the version that runs.");
  metrics::add(&info, 1, {{"version", KEYSTILE_VERSION}});
  return info;
}

// Of the listeners' certificates as they are when serving begins: later ones are not in use.
metrics::Family certificate_ends(const signer::Realm& realm) {
  metrics::Family ends = metrics::gauge("keystile_certificate_expiry_timestamp_seconds",
                                        "When a listener's certificate ends.");
  std::set<std::string> files;
  for (const signer::ListenerSettings& listener : realm.settings().listeners) {
    const bool by_name = listener.kind != "base-url";
    files.insert(by_name ? realm.layout().exchange_ca() : listener.certificate);
  }
  if (const auto& api = realm.settings().api) files.insert(api->certificate);
  for (const std::string& file : files) {
    const auto pem = signer::read_file(realm.layout().resolve(file));
    if (!pem) continue;
    const auto facts = crypto::read_certificate(*pem);
    if (!facts) continue;
    const auto end = std::chrono::duration<double>(facts->until.time_since_epoch());
    metrics::add(&ends, end.count(), {{"certificate", file}});
  }
  return ends;
}

metrics::Family policy_folder(const PolicyFolder& policy) {
  metrics::Family edited =
      metrics::gauge("keystile_policy_folder_edited",
                     "1 while the policy folder is neither in force nor proposed, or unreadable.");
  metrics::add(&edited, policy.is_edited() ? 1 : 0);
  return edited;
}

// Everything, as it is now; unchanging: what was known when serving began.
metrics::Families collect(const Told& told, WallTime started, const metrics::Families& unchanging) {
  metrics::Families all = told.signer.metrics();
  all.push_back(policy_folder(told.policy));
  const metrics::Families none;
  for (const metrics::Families& more :
       {told.gate.metrics(), told.api ? told.api->metrics() : none,
        told.feed ? told.feed->metrics() : none, gate::process_metrics(started), unchanging}) {
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

}  // namespace

Result<std::unique_ptr<gate::MetricsListener>> open_metrics(boost::asio::any_io_executor executor,
                                                            const signer::Realm& realm,
                                                            const Told& told) {
  const auto& settings = realm.settings().metrics;
  if (!settings) return nullptr;
  const metrics::Families unchanging{build_info(), certificate_ends(realm)};
  gate::MetricsSources sources;
  sources.families = [told, started = system_clock().wall(), unchanging] {
    return collect(told, started, unchanging);
  };
  sources.missing = [&signer = told.signer] { return signer.missing(); };
  return gate::MetricsListener::open(std::move(executor), {settings->address, settings->port},
                                     std::move(sources), system_clock());
}

}  // namespace keystile::cli
