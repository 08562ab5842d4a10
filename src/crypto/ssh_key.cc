#include "crypto/ssh_key.h"

#include <algorithm>

#include "base/encoding.h"
#include "crypto/bare_keys.h"
#include "crypto/digest.h"
#include "crypto/ssh_wire.h"

namespace keystile::crypto {
namespace {

constexpr struct {
  SshKeyType type;
  std::string_view name;
} kTypes[] = {
    {SshKeyType::kEd25519, "ssh-ed25519"},
    {SshKeyType::kSkEd25519, "sk-ssh-ed25519@openssh.com"},
    {SshKeyType::kSkEcdsaP256, "sk-ecdsa-sha2-nistp256@openssh.com"},
    {SshKeyType::kEcdsaP256, "ecdsa-sha2-nistp256"},
    {SshKeyType::kRsa, "ssh-rsa"},
};
constexpr std::string_view kCurve = "nistp256";

tl::unexpected<Error> bad_key(std::string_view what) {
  return fail("ssh_key.format", "not a usable OpenSSH public key: " + std::string(what));
}

Status check_numbers(SshKeyType type, std::string_view point, std::string_view exponent) {
  switch (type) {
    case SshKeyType::kEd25519:
    case SshKeyType::kSkEd25519:
      return check_ed25519(point);
    case SshKeyType::kEcdsaP256:
    case SshKeyType::kSkEcdsaP256:
      return check_p256(point);
    case SshKeyType::kRsa:
      return check_rsa(point, exponent);
  }
  return bad_key("unknown type");
}

bool is_comment(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
}

}  // namespace

std::string_view to_string(SshKeyType type) {
  for (const auto& each : kTypes) {
    if (each.type == type) return each.name;
  }
  return "unknown";
}

std::optional<SshKeyType> parse_ssh_key_type(std::string_view text) {
  for (const auto& each : kTypes) {
    if (each.name == text) return each.type;
  }
  return std::nullopt;
}

Result<SshKey> SshKey::from_blob(std::string_view blob) {
  SshReader reader(blob);
  const auto type = parse_ssh_key_type(reader.string());
  if (!type) return bad_key("its type is none that may approve");
  SshKey key;
  key.type_ = *type;
  key.blob_ = blob;
  if (*type == SshKeyType::kRsa) {
    key.exponent_ = reader.mpint();
    key.point_ = reader.mpint();
  } else {
    const bool names_curve = *type == SshKeyType::kEcdsaP256 || *type == SshKeyType::kSkEcdsaP256;
    if (names_curve && reader.string() != kCurve) return bad_key("its curve is not P-256");
    key.point_ = reader.string();
  }
  if (is_fido(*type)) key.application_ = reader.string();
  if (!reader.done()) return bad_key("its fields are not those of its type");
  if (const Status good = check_numbers(*type, key.point_, key.exponent_); !good) {
    return bad_key(good.error().message);
  }
  return key;
}

Result<SshKey> SshKey::parse(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  const size_t space = line.find(' ');
  if (space == line.npos) return bad_key("write it as in the .pub file: TYPE BASE64 COMMENT");
  const std::string_view type = line.substr(0, space);
  const std::string_view rest = line.substr(space + 1);
  const std::string_view base64 = rest.substr(0, rest.find(' '));
  if (!is_comment(rest.substr(base64.size()))) return bad_key("it is more than one line");
  const auto blob = base64_decode(base64);
  if (!blob) return bad_key("its second word is not base64");
  KS_TRY(SshKey key, from_blob(*blob));
  if (to_string(key.type_) != type) return bad_key("its first word is not the type of the key");
  return key;
}

std::string SshKey::fingerprint() const {
  std::string text = base64_encode(sha256(blob_));
  text.erase(text.find_last_not_of('=') + 1);
  return "SHA256:" + text;
}

std::string SshKey::line() const {
  return std::string(to_string(type_)) + " " + base64_encode(blob_);
}

}  // namespace keystile::crypto
