#include "net/tls.h"

#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <boost/asio/ip/address.hpp>
#include <cerrno>
#include <cstring>
#include <functional>
#include <memory>

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
using NamePtr = std::unique_ptr<X509_NAME, Free<X509_NAME_free>>;
using FilePtr = std::unique_ptr<std::FILE, Free<std::fclose>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>>;

tl::unexpected<Error> library_error(const std::string& what) {
  ERR_clear_error();
  return fail("net.certificate", "OpenSSL could not " + what);
}

Status write_pem(const std::string& path, mode_t mode,
                 const std::function<bool(std::FILE*)>& write) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) {
    return fail("net.certificate", "cannot create " + path + ": " + std::strerror(errno));
  }
  FilePtr file(::fdopen(fd, "w"));
  if (!file || !write(file.get()) || std::fflush(file.get()) != 0 || ::fsync(fd) != 0) {
    return fail("net.certificate", "cannot write " + path + ": " + std::strerror(errno));
  }
  return {};
}

Status write_files(const CertificateFiles& files, X509* certificate, EVP_PKEY* key) {
  KS_CHECK(write_pem(files.key, 0600, [&](std::FILE* file) {
    return PEM_write_PKCS8PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr) == 1;
  }));
  return write_pem(files.certificate, 0644,
                   [&](std::FILE* file) { return PEM_write_X509(file, certificate) == 1; });
}

bool set_serial(X509* certificate) {
  unsigned char bytes[16];
  if (RAND_bytes(bytes, sizeof(bytes)) != 1) return false;
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7f) | 0x40);  // positive, full length
  std::unique_ptr<BIGNUM, Free<BN_free>> number(BN_bin2bn(bytes, sizeof(bytes), nullptr));
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_times(X509* certificate, WallTime now, int days) {
  const time_t seconds = static_cast<time_t>(epoch_ms(now) / 1000);
  return X509_time_adj_ex(X509_getm_notBefore(certificate), 0, -3600,
                          const_cast<time_t*>(&seconds)) != nullptr &&
         X509_time_adj_ex(X509_getm_notAfter(certificate), days, 0,
                          const_cast<time_t*>(&seconds)) != nullptr;
}

bool set_subject(X509* certificate, const std::string& name) {
  NamePtr subject(X509_NAME_new());
  return subject &&
         X509_NAME_add_entry_by_txt(subject.get(), "CN", MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(name.data()),
                                    static_cast<int>(name.size()), -1, 0) == 1 &&
         X509_set_subject_name(certificate, subject.get()) == 1;
}

bool add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

// Names go into OpenSSL's comma-separated syntax, so each must be only what a name can be.
Result<std::string> subject_alternatives(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) {
    boost::system::error_code not_an_address;
    boost::asio::ip::make_address(name, not_an_address);
    const bool is_dns =
        !name.empty() &&
        name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-*") == std::string::npos;
    if (not_an_address && !is_dns) {
      return fail("net.certificate",
                  "a certificate name must be a lower-case host name or address");
    }
    list += (list.empty() ? "" : ",") + std::string(not_an_address ? "DNS:" : "IP:") + name;
  }
  if (list.empty()) return fail("net.certificate", "a certificate needs at least one name");
  return list;
}

struct Extension {
  int nid;
  std::string value;
};

Status make(const CertificateFiles& files, const std::string& subject, X509* issuer,
            EVP_PKEY* issuer_key, const std::vector<Extension>& extensions, WallTime now,
            int days) {
  KeyPtr key(EVP_EC_gen("P-256"));
  CertPtr certificate(X509_new());
  if (!key || !certificate) return library_error("make a P-256 key");
  X509* const signer = issuer ? issuer : certificate.get();
  if (X509_set_version(certificate.get(), X509_VERSION_3) != 1 || !set_serial(certificate.get()) ||
      !set_times(certificate.get(), now, days) || !set_subject(certificate.get(), subject) ||
      X509_set_pubkey(certificate.get(), key.get()) != 1 ||
      X509_set_issuer_name(certificate.get(), X509_get_subject_name(signer)) != 1) {
    return library_error("fill in a certificate");
  }
  for (const Extension& extension : extensions) {
    if (!add_extension(certificate.get(), signer, extension.nid, extension.value)) {
      return library_error("add an extension to a certificate");
    }
  }
  EVP_PKEY* const signing_key = issuer_key ? issuer_key : key.get();
  if (X509_sign(certificate.get(), signing_key, EVP_sha256()) == 0) {
    return library_error("sign a certificate");
  }
  return write_files(files, certificate.get(), key.get());
}

}  // namespace

Status create_ca(const CertificateFiles& files, const std::string& name, WallTime now, int days) {
  return make(files, name, nullptr, nullptr,
              {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
               {NID_key_usage, "critical,keyCertSign,cRLSign"},
               {NID_subject_key_identifier, "hash"}},
              now, days);
}

Status create_server_certificate(const CertificateFiles& files, const CertificateFiles& ca,
                                 const std::vector<std::string>& names, WallTime now, int days) {
  KS_TRY(const std::string alternatives, subject_alternatives(names));
  FilePtr certificate_file(std::fopen(ca.certificate.c_str(), "re"));
  FilePtr key_file(std::fopen(ca.key.c_str(), "re"));
  if (!certificate_file || !key_file) {
    return fail("net.certificate",
                "cannot read the CA's files " + ca.certificate + " and " + ca.key);
  }
  CertPtr issuer(PEM_read_X509(certificate_file.get(), nullptr, nullptr, nullptr));
  KeyPtr issuer_key(PEM_read_PrivateKey(key_file.get(), nullptr, nullptr, nullptr));
  if (!issuer || !issuer_key) {
    return library_error("read the CA's files " + ca.certificate + " and " + ca.key);
  }
  return make(files, names.front(), issuer.get(), issuer_key.get(),
              {{NID_basic_constraints, "critical,CA:FALSE"},
               {NID_key_usage, "critical,digitalSignature"},
               {NID_ext_key_usage, "serverAuth"},
               {NID_subject_alt_name, alternatives},
               {NID_subject_key_identifier, "hash"},
               {NID_authority_key_identifier, "keyid:always"}},
              now, days);
}

}  // namespace keystile::net
