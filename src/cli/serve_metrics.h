// What `serve` tells monitors.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "cli/policy_folder.h"
#include "feed/feed.h"
#include "gate/api_listener.h"
#include "gate/gate.h"
#include "gate/metrics_listener.h"
#include "signer/realm.h"
#include "signer/signer.h"

namespace keystile::cli {

// Who has something to tell. All must outlive the listener; those that are not there are null.
struct Told {
  const gate::Gate& gate;
  const gate::ApiListener* api;
  const signer::Signer& signer;
  const feed::Feed* feed;
  const PolicyFolder& policy;
};

// Opens the listener of the settings' [metrics]; null where there is none. "net.bind".
Result<std::unique_ptr<gate::MetricsListener>> open_metrics(boost::asio::any_io_executor executor,
                                                            const signer::Realm& realm,
                                                            const Told& told);

}  // namespace keystile::cli
