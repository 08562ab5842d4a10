// What `serve` tells monitors.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "gate/api_listener.h"
#include "gate/gate.h"
#include "gate/metrics_listener.h"
#include "signer/realm.h"
#include "signer/signer.h"

namespace keystile::cli {

// Opens the listener of the settings' [metrics]; null where there is none. All must outlive it; api
// may be null. "net.bind".
Result<std::unique_ptr<gate::MetricsListener>> open_metrics(boost::asio::any_io_executor executor,
                                                            const signer::Realm& realm,
                                                            const gate::Gate& gate,
                                                            const gate::ApiListener* api,
                                                            const signer::Signer& signer);

}  // namespace keystile::cli
