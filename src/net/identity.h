// A server's own key pair and the certificate that someone signed for it. Both live in memory only.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace boost::asio::ssl {
class context;
}

namespace keystile::net {

class Identity {
 public:
  // A new P-256 key, and no certificate yet: handshakes fail until there is one. "net.tls".
  static Result<std::shared_ptr<Identity>> make();
  virtual ~Identity() = default;

  // What is to be certified, as SubjectPublicKeyInfo PEM.
  virtual const std::string& public_pem() const = 0;
  // Shows this certificate (PEM, that of our key) in all handshakes from now on. "net.tls".
  virtual Status show(std::string_view certificate_pem) = 0;

  // For net/ itself: what the next handshake uses.
  virtual boost::asio::ssl::context& context() = 0;
};

}  // namespace keystile::net
