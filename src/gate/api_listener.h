// The way in for approvers and the executor on other machines: HTTPS on a listener of its own,
//   POST /v1/command   one command in JSON, answered as the control socket answers
// Only commands that prove themselves by a signature (signer/signed_command.h): whoever brings them
// needs no right. docs/formats/api.md shows them.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>

#include "base/result.h"
#include "metrics/family.h"
#include "net/server.h"
#include "signer/signer.h"

namespace keystile::gate {

namespace asio = boost::asio;

class ApiListener {
 public:
  // "net.bind", "net.tls". signer must outlive it.
  static Result<std::unique_ptr<ApiListener>> open(asio::any_io_executor executor,
                                                   net::Endpoint endpoint, net::ServerTls tls,
                                                   signer::Signer& signer);
  virtual ~ApiListener() = default;
  virtual uint16_t port() const = 0;
  virtual metrics::Families metrics() const = 0;
  // Must have completed before it is destroyed.
  virtual asio::awaitable<void> stop() = 0;
};

}  // namespace keystile::gate
