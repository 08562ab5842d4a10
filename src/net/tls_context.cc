#include "net/tls_context.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <boost/asio/ip/address.hpp>

namespace keystile::net {
namespace {

using boost::system::error_code;

constexpr unsigned char kAlpn[] = "\x08http/1.1";
constexpr unsigned kAlpnSize = sizeof(kAlpn) - 1;

int choose_alpn(SSL*, const unsigned char** out, unsigned char* out_size,
                const unsigned char* offered, unsigned offered_size, void*) {
  unsigned char* chosen = nullptr;
  const int found =
      SSL_select_next_proto(&chosen, out_size, kAlpn, kAlpnSize, offered, offered_size);
  *out = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

tl::unexpected<Error> tls_error(const std::string& what, const error_code& error) {
  ERR_clear_error();
  return fail("net.tls", what + ": " + error.message());
}

Status check_private(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    return fail("net.tls", "cannot read the key file " + path + "; check that it exists");
  }
  if ((info.st_mode & 077) != 0) {
    return fail("net.tls", "others may read the key file " + path + "; chmod 600 it");
  }
  return {};
}

}  // namespace

TlsContext server_context() {
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  SSL_CTX* ssl = context->native_handle();
  SSL_CTX_set_min_proto_version(ssl, TLS1_3_VERSION);
  SSL_CTX_set_num_tickets(ssl, 0);
  SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(ssl, choose_alpn, nullptr);
  return context;
}

Result<TlsContext> server_tls(const ServerTls& files) {
  KS_CHECK(check_private(files.key_file));
  auto context = server_context();
  error_code error;
  context->use_certificate_chain_file(files.certificate_file, error);
  if (error) return tls_error("cannot use the certificate file " + files.certificate_file, error);
  context->use_private_key_file(files.key_file, asio::ssl::context::pem, error);
  if (error) return tls_error("cannot use the key file " + files.key_file, error);
  if (SSL_CTX_check_private_key(context->native_handle()) != 1) {
    ERR_clear_error();
    return fail("net.tls", "the key file " + files.key_file + " does not belong to " +
                               files.certificate_file + "; make both anew");
  }
  return context;
}

Result<TlsContext> client_tls(const ClientOptions& options) {
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
  SSL_CTX* ssl = context->native_handle();
  SSL_CTX_set_min_proto_version(ssl, options.allow_tls12 ? TLS1_2_VERSION : TLS1_3_VERSION);
  // TLS 1.2 only with forward secrecy and authenticated encryption.
  if (SSL_CTX_set_cipher_list(ssl, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1) {
    return fail("net.tls", "OpenSSL knows none of the ciphers that we allow");
  }
  error_code error;
  context->set_verify_mode(asio::ssl::verify_peer, error);
  if (error) return tls_error("cannot turn on certificate checks", error);
  if (options.ca_file.empty()) {
    context->set_default_verify_paths(error);
    if (error) return tls_error("cannot read the system's certificate store", error);
  } else {
    context->load_verify_file(options.ca_file, error);
    if (error) return tls_error("cannot read the CA file " + options.ca_file, error);
  }
  return context;
}

bool expect_host(SSL* ssl, const std::string& host) {
  if (SSL_set_alpn_protos(ssl, kAlpn, kAlpnSize) != 0) return false;
  error_code not_an_address;
  asio::ip::make_address(host, not_an_address);
  if (!not_an_address) {
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
  }
  SSL_set_hostflags(ssl,
                    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  return SSL_set1_host(ssl, host.c_str()) == 1 && SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
}

}  // namespace keystile::net
