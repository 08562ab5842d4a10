#include "net/tls.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "base/secret_reveal.h"
#include "crypto/certificate.h"

namespace keystile::net {
namespace {

using crypto::KeyAlgorithm;

Status write_new(const std::string& path, mode_t mode, std::string_view text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) {
    return fail("net.certificate", "cannot create " + path + ": " + std::strerror(errno));
  }
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       ::fsync(fd) == 0;
  const int error = errno;
  ::close(fd);
  if (written) return {};
  return fail("net.certificate", "cannot write " + path + ": " + std::strerror(error));
}

Status write_files(const CertificateFiles& files, std::string_view certificate,
                   const SecretBytes& key) {
  KS_CHECK(write_new(files.key, 0600, key.bytes(RevealToken{})));
  return write_new(files.certificate, 0644, certificate);
}

Result<std::string> read_all(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return fail("net.certificate", "cannot read the CA's file " + path);
  return text.str();
}

Result<crypto::SigningKey> read_key(const std::string& path) {
  KS_TRY(std::string text, read_all(path));
  auto secret = SecretBytes::copy_of(text);
  wipe(&text);
  if (!secret) return tl::unexpected<Error>(secret.error());
  return crypto::SigningKey::open(KeyAlgorithm::kEcdsaP256, *secret);
}

}  // namespace

Status create_ca(const CertificateFiles& files, const std::string& name, WallTime now, int days) {
  KS_TRY(const crypto::KeyPair pair, crypto::generate_key_pair(KeyAlgorithm::kEcdsaP256));
  KS_TRY(const auto key, crypto::SigningKey::open(KeyAlgorithm::kEcdsaP256, pair.private_pem));
  KS_TRY(const std::string certificate, crypto::make_ca_certificate(key, {name, {}}, now, days));
  return write_files(files, certificate, pair.private_pem);
}

Status create_server_certificate(const CertificateFiles& files, const CertificateFiles& ca,
                                 const std::vector<std::string>& names, WallTime now, int days) {
  KS_TRY(const std::string ca_certificate, read_all(ca.certificate));
  KS_TRY(const crypto::SigningKey ca_key, read_key(ca.key));
  KS_TRY(const crypto::KeyPair pair, crypto::generate_key_pair(KeyAlgorithm::kEcdsaP256));
  KS_TRY(
      const std::string certificate,
      crypto::make_server_certificate(ca_key, ca_certificate, pair.public_pem, names, now, days));
  return write_files(files, certificate, pair.private_pem);
}

}  // namespace keystile::net
