// TLS settings of both sides. Private to net/.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "base/result.h"
#include "net/client.h"
#include "net/server.h"

namespace keystile::net {

using TlsContext = std::unique_ptr<asio::ssl::context>;

// TLS 1.3 only, ALPN http/1.1, no session tickets; without key and certificate.
TlsContext server_context();
// With those. "net.tls".
Result<TlsContext> server_tls(const ServerTls& files);
// Verifies always. "net.tls".
Result<TlsContext> client_tls(const ClientOptions& options);
// What the peer must be: SNI, host name (or address) in the certificate, ALPN. False if OpenSSL
// refuses to remember it; then there must be no handshake.
bool expect_host(SSL* ssl, const std::string& host);

}  // namespace keystile::net
