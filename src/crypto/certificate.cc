#include "crypto/certificate.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "base/encoding.h"
#include "crypto/openssl.h"

namespace keystile::crypto {
namespace {

using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using Name = std::unique_ptr<X509_NAME, Deleter<X509_NAME_free>>;
using Number = std::unique_ptr<BIGNUM, Deleter<BN_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>>;
using Constraints = std::unique_ptr<NAME_CONSTRAINTS, Deleter<NAME_CONSTRAINTS_free>>;

tl::unexpected<Error> not_made(const std::string& what) {
  ERR_clear_error();
  return fail("certificate.make", "OpenSSL could not " + what);
}

tl::unexpected<Error> bad_certificate() {
  ERR_clear_error();
  return fail("certificate.format", "this is not one X.509 certificate in PEM");
}

struct Extension {
  int nid;
  std::string value;  // in OpenSSL's syntax
};

bool set_serial(X509* certificate) {
  unsigned char bytes[16];
  if (RAND_bytes(bytes, sizeof(bytes)) != 1) return false;
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7f) | 0x40);  // positive, full length
  const Number number(BN_bin2bn(bytes, sizeof(bytes), nullptr));
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_times(X509* certificate, WallTime now, int days) {
  time_t seconds = static_cast<time_t>(epoch_ms(now) / 1000);
  return X509_time_adj_ex(X509_getm_notBefore(certificate), 0, -3600, &seconds) != nullptr &&
         X509_time_adj_ex(X509_getm_notAfter(certificate), days, 0, &seconds) != nullptr;
}

bool set_subject(X509* certificate, const std::string& name) {
  const Name subject(X509_NAME_new());
  return subject &&
         X509_NAME_add_entry_by_txt(subject.get(), "CN", MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(name.data()),
                                    static_cast<int>(name.size()), -1, 0) == 1 &&
         X509_set_subject_name(certificate, subject.get()) == 1;
}

bool add_extension(X509* certificate, X509* issuer, const Extension& wanted) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const ExtensionPtr extension(
      X509V3_EXT_conf_nid(nullptr, &context, wanted.nid, wanted.value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

// issuer: null for a certificate that its own key signs.
Result<std::string> make(const std::string& subject, EVP_PKEY* key, X509* issuer,
                         const SigningKey& issuer_key, const std::vector<Extension>& extensions,
                         WallTime now, int days) {
  const Certificate certificate(X509_new());
  X509* const made = certificate.get();
  X509* const signer = issuer ? issuer : made;
  if (!made || X509_set_version(made, X509_VERSION_3) != 1 || !set_serial(made) ||
      !set_times(made, now, days) || !set_subject(made, subject) ||
      X509_set_pubkey(made, key) != 1 ||
      X509_set_issuer_name(made, X509_get_subject_name(signer)) != 1) {
    return not_made("fill in a certificate");
  }
  for (const Extension& extension : extensions) {
    if (!add_extension(made, signer, extension)) {
      return not_made("add an extension to a certificate");
    }
  }
  const bool hashes_itself = issuer_key.algorithm() == KeyAlgorithm::kEd25519;
  if (X509_sign(made, KeyAccess::pkey(issuer_key), hashes_itself ? nullptr : EVP_sha256()) == 0) {
    return not_made("sign a certificate");
  }
  const Bio bio{BIO_new(BIO_s_mem())};
  if (!bio || PEM_write_bio_X509(bio.get(), made) != 1) return not_made("write a certificate");
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

bool is_address(const std::string& name) {
  unsigned char bytes[16];
  return inet_pton(AF_INET, name.c_str(), bytes) == 1 ||
         inet_pton(AF_INET6, name.c_str(), bytes) == 1;
}

// Names go into OpenSSL's comma-separated syntax, so each must be only what a name can be.
bool is_dns_name(const std::string& name) {
  return !name.empty() &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-*") == std::string::npos;
}

Result<std::string> subject_alternatives(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) {
    if (!is_address(name) && !is_dns_name(name)) {
      return fail("certificate.name",
                  "a certificate's name must be a lower-case host name or an address");
    }
    list += (list.empty() ? "" : ",") + std::string(is_address(name) ? "IP:" : "DNS:") + name;
  }
  if (list.empty()) return fail("certificate.name", "a certificate needs at least one name");
  return list;
}

// A network of one address.
std::string subtree_of_address(const std::string& address) {
  const bool is_ipv6 = address.find(':') != std::string::npos;
  return "IP:" + address + "/" +
         (is_ipv6 ? "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" : "255.255.255.255");
}

// Where no address is permitted, every one must be excluded: what has no rule is allowed.
Result<std::string> name_constraints(const std::vector<std::string>& names) {
  std::string list = "critical";
  size_t addresses = 0;
  for (const std::string& name : names) {
    if (is_address(name)) {
      list += ",permitted;" + subtree_of_address(name);
      ++addresses;
    } else if (is_dns_name(name) && name.find('*') == std::string::npos) {
      list += ",permitted;DNS:" + name;
    } else {
      return fail("certificate.name", "\"" + name +
                                          "\" is no name that a CA can be for: it takes a "
                                          "lower-case host name or an address");
    }
  }
  if (addresses == names.size()) {
    return fail("certificate.name", "a CA needs at least one host name that it may vouch for");
  }
  if (addresses > 0) return list;
  return list + ",excluded;IP:0.0.0.0/0.0.0.0,excluded;IP:0:0:0:0:0:0:0:0/0:0:0:0:0:0:0:0";
}

Certificate read_pem(std::string_view pem) {
  const Bio bio = reader(pem);
  return Certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

std::string common_name(const X509* certificate) {
  char text[256] = "";
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, text, sizeof text);
  return text;
}

Result<WallTime> time_of(const ASN1_TIME* time) {
  const std::unique_ptr<ASN1_TIME, Deleter<ASN1_TIME_free>> epoch(ASN1_TIME_set(nullptr, 0));
  int days = 0, seconds = 0;
  if (!epoch || ASN1_TIME_diff(&days, &seconds, epoch.get(), time) != 1) return bad_certificate();
  return from_epoch_ms((int64_t{days} * 86400 + seconds) * 1000);
}

std::string_view bytes_of(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<size_t>(ASN1_STRING_length(string))};
}

// Of a network of one address, which has as many bytes of mask after it.
std::string address_of(std::string_view subtree) {
  char text[INET6_ADDRSTRLEN] = "";
  const bool is_ipv6 = subtree.size() == 32;
  if (is_ipv6 || subtree.size() == 8) {
    inet_ntop(is_ipv6 ? AF_INET6 : AF_INET, subtree.data(), text, sizeof text);
  }
  return text;
}

std::vector<std::string> permitted_names(const X509* certificate) {
  std::vector<std::string> names;
  const Constraints constraints(static_cast<NAME_CONSTRAINTS*>(
      X509_get_ext_d2i(certificate, NID_name_constraints, nullptr, nullptr)));
  if (!constraints) return names;
  for (int i = 0; i < sk_GENERAL_SUBTREE_num(constraints->permittedSubtrees); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_SUBTREE_value(constraints->permittedSubtrees, i)->base;
    if (name->type == GEN_DNS) names.emplace_back(bytes_of(name->d.dNSName));
    if (name->type == GEN_IPADD) names.push_back(address_of(bytes_of(name->d.iPAddress)));
  }
  return names;
}

}  // namespace

Result<std::string> make_ca_certificate(const SigningKey& key, const Ca& ca, WallTime now,
                                        int days) {
  EVP_PKEY* const pkey = KeyAccess::pkey(key);
  if (!pkey) return fail("certificate.make", "an HMAC key cannot sign certificates");
  std::vector<Extension> extensions{{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
                                    {NID_key_usage, "critical,keyCertSign,cRLSign"},
                                    {NID_subject_key_identifier, "hash"}};
  if (!ca.only_names.empty()) {
    KS_TRY(std::string constraints, name_constraints(ca.only_names));
    extensions.push_back({NID_name_constraints, std::move(constraints)});
    extensions.push_back({NID_ext_key_usage, "serverAuth"});
  }
  return make(ca.name, pkey, nullptr, key, extensions, now, days);
}

Status check_ca_names(const std::vector<std::string>& names) {
  KS_CHECK(name_constraints(names));
  return {};
}

bool is_ca_of(std::string_view pem, const SigningKey& key) {
  const Certificate certificate = read_pem(pem);
  EVP_PKEY* const pkey = KeyAccess::pkey(key);
  const bool is_it = certificate && pkey && X509_check_private_key(certificate.get(), pkey) == 1 &&
                     X509_verify(certificate.get(), pkey) == 1;
  ERR_clear_error();
  return is_it;
}

Result<std::string> make_server_certificate(const SigningKey& ca_key, std::string_view ca_pem,
                                            std::string_view public_pem,
                                            const std::vector<std::string>& names, WallTime now,
                                            int days) {
  KS_TRY(const std::string alternatives, subject_alternatives(names));
  const Certificate issuer = read_pem(ca_pem);
  if (!issuer) return bad_certificate();
  if (X509_check_private_key(issuer.get(), KeyAccess::pkey(ca_key)) != 1) {
    ERR_clear_error();
    return fail("certificate.make", "the CA's certificate is not that of the CA's key");
  }
  const Bio bio = reader(public_pem);
  const Pkey key(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
  if (!key) return not_made("read the public key of a certificate");
  return make(names.front(), key.get(), issuer.get(), ca_key,
              {{NID_basic_constraints, "critical,CA:FALSE"},
               {NID_key_usage, "critical,digitalSignature"},
               {NID_ext_key_usage, "serverAuth"},
               {NID_subject_alt_name, alternatives},
               {NID_subject_key_identifier, "hash"},
               {NID_authority_key_identifier, "keyid:always"}},
              now, days);
}

Result<CertificateFacts> read_certificate(std::string_view pem) {
  const Certificate certificate = read_pem(pem);
  if (!certificate) return bad_certificate();
  CertificateFacts facts;
  facts.subject = common_name(certificate.get());
  KS_TRY(facts.from, time_of(X509_get0_notBefore(certificate.get())));
  KS_TRY(facts.until, time_of(X509_get0_notAfter(certificate.get())));
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (X509_digest(certificate.get(), EVP_sha256(), digest, &size) != 1) return bad_certificate();
  facts.sha256 = hex_encode({reinterpret_cast<const char*>(digest), size});
  KS_TRY(facts.public_pem, public_pem_of(X509_get0_pubkey(certificate.get())));
  facts.only_names = permitted_names(certificate.get());
  return facts;
}

}  // namespace keystile::crypto
