#include "quorum/sshsig.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/encoding.h"
#include "crypto/bare_keys.h"
#include "crypto/digest.h"
#include "crypto/ssh_wire.h"

namespace keystile::quorum {
namespace {

using crypto::append_string;
using crypto::Presence;
using crypto::SshKey;
using crypto::SshKeyType;
using crypto::SshReader;

constexpr std::string_view kMagic = "SSHSIG";
constexpr std::string_view kHeader = "-----BEGIN SSH SIGNATURE-----";
constexpr std::string_view kFooter = "-----END SSH SIGNATURE-----";
constexpr uint32_t kVersion = 1;
constexpr size_t kWrittenLine = 70;  // what ssh-keygen writes
constexpr size_t kLongestLine = 76;  // what its document says
constexpr size_t kMaxArmored = 16384;

// FIDO authenticator data, flags.
constexpr uint8_t kUserPresent = 1;
constexpr uint8_t kUserVerified = 4;

// SshSignature::signature, taken apart.
struct Parts {
  std::string_view algorithm, bytes;
  uint8_t flags = 0;
  uint32_t counter = 0;
};

tl::unexpected<Error> malformed(std::string_view what) {
  return fail("sshsig.format",
              fmt::format("not an SSH signature as `ssh-keygen -Y sign` writes it: {}", what));
}

std::string_view to_string(SshHash hash) { return hash == SshHash::kSha256 ? "sha256" : "sha512"; }

std::optional<SshHash> parse_hash(std::string_view text) {
  for (const SshHash hash : {SshHash::kSha256, SshHash::kSha512}) {
    if (text == to_string(hash)) return hash;
  }
  return std::nullopt;
}

bool is_algorithm_of(SshKeyType type, std::string_view algorithm) {
  if (type == SshKeyType::kRsa) return algorithm == "rsa-sha2-256" || algorithm == "rsa-sha2-512";
  return algorithm == crypto::to_string(type);
}

Result<Parts> take_apart(SshKeyType type, std::string_view signature) {
  SshReader reader(signature);
  Parts parts;
  parts.algorithm = reader.string();
  parts.bytes = reader.string();
  if (crypto::is_fido(type)) {
    parts.flags = reader.byte();
    parts.counter = reader.uint32();
  }
  if (!reader.done()) return malformed("the signature's fields are not those of the key's type");
  if (!is_algorithm_of(type, parts.algorithm)) {
    return malformed("the signature's algorithm is none of the key's");
  }
  return parts;
}

// OpenSSH's PROTOCOL.u2f.
std::string attested(const SshKey& key, const Parts& parts, std::string_view data) {
  std::string out = crypto::sha256(key.application());
  out += static_cast<char>(parts.flags);
  crypto::append_uint32(&out, parts.counter);
  return out + crypto::sha256(data);
}

bool holds_p256(const SshKey& key, std::string_view data, std::string_view bytes) {
  SshReader reader(bytes);
  const std::string_view r = reader.mpint(), s = reader.mpint();
  return reader.done() && crypto::verify_p256(key.point(), data, crypto::p256_signature(r, s));
}

bool holds(const SshKey& key, const Parts& parts, std::string_view data) {
  switch (key.type()) {
    case SshKeyType::kEd25519:
      return crypto::verify_ed25519(key.point(), data, parts.bytes);
    case SshKeyType::kSkEd25519:
      return crypto::verify_ed25519(key.point(), attested(key, parts, data), parts.bytes);
    case SshKeyType::kEcdsaP256:
      return holds_p256(key, data, parts.bytes);
    case SshKeyType::kSkEcdsaP256:
      return holds_p256(key, attested(key, parts, data), parts.bytes);
    case SshKeyType::kRsa: {
      const bool short_hash = parts.algorithm == "rsa-sha2-256";
      return crypto::verify_rsa(key.point(), key.exponent(),
                                short_hash ? crypto::RsaHash::kSha256 : crypto::RsaHash::kSha512,
                                data, parts.bytes);
    }
  }
  return false;
}

Presence presence_of(const Parts& parts) {
  if (!(parts.flags & kUserPresent)) return Presence::kNone;
  return parts.flags & kUserVerified ? Presence::kPin : Presence::kTouch;
}

Status check_presence(SshKeyType type, Presence shown, Presence asked) {
  if (crypto::is_fido(type) && shown == Presence::kNone) {
    return fail("sshsig.presence",
                "the hardware key signed without a touch: make a key without no-touch-required");
  }
  if (shown >= asked) return {};
  return fail("sshsig.presence",
              asked == Presence::kPin
                  ? "this asks for a hardware key with PIN or fingerprint: ssh-keygen -t "
                    "ed25519-sk -O verify-required"
                  : "this asks for a hardware key: ssh-keygen -t ed25519-sk");
}

// The next line without its end; *text keeps what follows.
std::string_view take_line(std::string_view* text) {
  const size_t end = std::min(text->find('\n'), text->size());
  std::string_view line = text->substr(0, end);
  text->remove_prefix(std::min(end + 1, text->size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

Result<SshSignature> SshSignature::parse(std::string_view armored) {
  if (armored.size() > kMaxArmored) return malformed("it is too long");
  if (take_line(&armored) != kHeader) return malformed("it does not begin with its first line");
  std::string base64;
  std::string_view line = take_line(&armored);
  for (; line != kFooter; line = take_line(&armored)) {
    if (line.empty() || line.size() > kLongestLine) return malformed("a line is missing or long");
    base64 += line;
  }
  if (!armored.empty()) return malformed("something follows its last line");
  const auto blob = base64_decode(base64);
  if (!blob) return malformed("what stands in it is not base64");
  return from_blob(*blob);
}

Result<SshSignature> SshSignature::from_blob(std::string_view blob) {
  SshReader reader(blob);
  if (reader.take(kMagic.size()) != kMagic) return malformed("its first bytes");
  if (reader.uint32() != kVersion) return malformed("its version is not 1");
  const std::string_view key = reader.string(), name_space = reader.string();
  // Neither version nor reserved is signed: read leniently, one signature had many spellings.
  if (!reader.string().empty()) return malformed("its reserved field is not empty");
  const auto hash = parse_hash(reader.string());
  const std::string_view signature = reader.string();
  if (!reader.done()) return malformed("it is cut short or something follows it");
  if (!hash) return malformed("its hash is neither sha256 nor sha512");
  if (name_space.empty()) return malformed("its namespace is empty");
  KS_TRY(SshKey parsed, SshKey::from_blob(key));
  KS_CHECK(take_apart(parsed.type(), signature));
  return SshSignature{std::move(parsed), std::string(name_space), *hash, std::string(signature)};
}

std::string SshSignature::blob() const {
  std::string out(kMagic);
  crypto::append_uint32(&out, kVersion);
  append_string(&out, key.blob());
  append_string(&out, name_space);
  append_string(&out, "");
  append_string(&out, to_string(hash));
  append_string(&out, signature);
  return out;
}

std::string SshSignature::armored() const {
  const std::string base64 = base64_encode(blob());
  std::string out = std::string(kHeader) + "\n";
  for (size_t at = 0; at < base64.size(); at += kWrittenLine) {
    out += base64.substr(at, kWrittenLine) + "\n";
  }
  return out + std::string(kFooter) + "\n";
}

std::string signed_data(std::string_view name_space, SshHash hash, std::string_view message) {
  std::string out(kMagic);
  append_string(&out, name_space);
  append_string(&out, "");
  append_string(&out, to_string(hash));
  append_string(&out, hash == SshHash::kSha256 ? crypto::sha256(message) : crypto::sha512(message));
  return out;
}

Result<Proven> verify(const SshSignature& signature, const SshKey& key, std::string_view name_space,
                      std::string_view message, const crypto::SshKeyRules& rules) {
  if (signature.key != key) return fail("sshsig.key", "it was made with another key");
  if (!rules.types.contains(key.type())) {
    return fail("sshsig.key_type",
                fmt::format("a key of type {} may not sign this", crypto::to_string(key.type())));
  }
  if (signature.name_space != name_space) {
    return fail("sshsig.namespace",
                fmt::format("it is not for {}: ssh-keygen -Y sign -n {}", name_space, name_space));
  }
  KS_TRY(const Parts parts, take_apart(key.type(), signature.signature));
  if (!holds(key, parts, signed_data(name_space, signature.hash, message))) {
    return fail("sshsig.signature", "the signature does not hold for this text, byte by byte");
  }
  const Presence shown = presence_of(parts);
  KS_CHECK(check_presence(key.type(), shown, rules.presence));
  return Proven{shown, parts.counter};
}

}  // namespace keystile::quorum
