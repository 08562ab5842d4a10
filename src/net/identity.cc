#include "net/identity.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "crypto/openssl.h"
#include "net/tls_context.h"

namespace keystile::net {
namespace {

using Certificate = std::unique_ptr<X509, crypto::Deleter<X509_free>>;

tl::unexpected<Error> tls_error(const std::string& what) {
  ERR_clear_error();
  return fail("net.tls", what);
}

class IdentityImpl final : public Identity {
 public:
  Status open() {
    key_.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    if (!key_) return tls_error("OpenSSL could not make a P-256 key");
    KS_TRY(public_pem_, crypto::public_pem_of(key_.get()));
    context_ = server_context();
    return {};
  }

  const std::string& public_pem() const override { return public_pem_; }

  // Connections keep the context that they began with: OpenSSL counts who uses it.
  Status show(std::string_view pem) override {
    const crypto::Bio bio = crypto::reader(pem);
    const Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    auto context = server_context();
    if (!certificate || SSL_CTX_use_certificate(context->native_handle(), certificate.get()) != 1 ||
        SSL_CTX_use_PrivateKey(context->native_handle(), key_.get()) != 1) {
      return tls_error("the certificate is not that of the server's key");
    }
    context_ = std::move(context);
    return {};
  }

  asio::ssl::context& context() override { return *context_; }

 private:
  crypto::Pkey key_;
  std::string public_pem_;
  TlsContext context_;
};

}  // namespace

Result<std::shared_ptr<Identity>> Identity::make() {
  auto identity = std::make_shared<IdentityImpl>();
  KS_CHECK(identity->open());
  return std::shared_ptr<Identity>(std::move(identity));
}

}  // namespace keystile::net
