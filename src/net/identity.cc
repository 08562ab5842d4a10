#include "net/identity.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "net/tls_context.h"

namespace keystile::net {
namespace {

template <auto kFree>
struct Free {
  template <class T>
  void operator()(T* pointer) const {
    kFree(pointer);
  }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using CertPtr = std::unique_ptr<X509, Free<X509_free>>;
using BioPtr = std::unique_ptr<BIO, Free<BIO_free_all>>;

tl::unexpected<Error> tls_error(const std::string& what) {
  ERR_clear_error();
  return fail("net.tls", what);
}

class IdentityImpl final : public Identity {
 public:
  Status open() {
    key_.reset(EVP_EC_gen("P-256"));
    const BioPtr bio(BIO_new(BIO_s_mem()));
    if (!key_ || !bio || PEM_write_bio_PUBKEY(bio.get(), key_.get()) != 1) {
      return tls_error("OpenSSL could not make a P-256 key");
    }
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    public_pem_.assign(data, static_cast<size_t>(size));
    context_ = server_context();
    return {};
  }

  const std::string& public_pem() const override { return public_pem_; }

  // Connections keep the context that they began with: OpenSSL counts who uses it.
  Status show(std::string_view pem) override {
    const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    const CertPtr certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
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
  KeyPtr key_;
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
