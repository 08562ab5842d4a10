// The operator's way in: a unix-domain socket that takes one JSON line (a command for the signer)
// and answers one JSON line. Who may open the socket is the operator: it is mode 0600 in a folder
// of mode 0700.
//
// The answer is {"ok":…} or {"error":"code","message":"…"}.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "signer/signer.h"

namespace keystile::gate {

namespace asio = boost::asio;

class ControlSocket {
 public:
  // Makes the folder if it is not there. "control.path": the folder is open to others, or the path
  // is too long for a socket. Else as net::free_local_path(). signer must outlive this.
  static Result<std::unique_ptr<ControlSocket>> open(asio::any_io_executor executor,
                                                     const std::string& path,
                                                     signer::Signer& signer);
  virtual ~ControlSocket() = default;

  // Removes the socket and ends its connections. Must have completed before it is destroyed.
  virtual asio::awaitable<void> stop() = 0;
};

// Asks the running program; blocks. "control.absent" (nothing listens there), "control.timeout",
// "control.answer" (an answer that cannot be read), or the error that it answered.
Result<json::Value> ask(const std::string& path, const json::Value& command,
                        Millis timeout = Millis{30000});

}  // namespace keystile::gate
