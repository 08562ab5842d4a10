#include "ledger/note.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "base/encoding.h"
#include "base/utf8.h"
#include "crypto/digest.h"

namespace keystile::ledger {
namespace {

constexpr char kEd25519 = 1, kCosignature = 4;
constexpr size_t kTimestamp = 8;  // bytes, big-endian seconds
constexpr std::string_view kDash = "\u2014 ";
constexpr size_t kMaxNoteBytes = 1 << 20;
constexpr size_t kMaxSignatures = 100;
constexpr uint64_t kLastSecond = 253402300799;  // of the year 9999
// RFC 8410: what stands before the 32 bytes of an Ed25519 key in SubjectPublicKeyInfo DER.
constexpr std::string_view kDerPrefix("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12);

// Unicode's White_Space above U+0020 (PropList.txt); those below are control characters.
constexpr std::string_view kSpaces[] = {" ",      "\u0085", "\u00a0", "\u1680", "\u2000",
                                        "\u2001", "\u2002", "\u2003", "\u2004", "\u2005",
                                        "\u2006", "\u2007", "\u2008", "\u2009", "\u200a",
                                        "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"};

bool has_control(std::string_view text, bool newline_allowed) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 && !(newline_allowed && c == '\n')) return true;
  }
  return false;
}

std::string key_id(std::string_view name, char type, std::string_view public_key) {
  return crypto::sha256(std::string(name) + '\n' + type, public_key).substr(0, 4);
}

struct Signature {
  std::string_view name;
  std::string id;
  std::string bytes;
};

std::optional<Signature> parse_signature(std::string_view line) {
  if (!line.starts_with(kDash)) return std::nullopt;
  line.remove_prefix(kDash.size());
  const size_t space = line.find(' ');
  if (space == line.npos || !is_key_name(line.substr(0, space))) return std::nullopt;
  const auto bytes = base64_decode(line.substr(space + 1));
  if (!bytes || bytes->size() < 5) return std::nullopt;
  return Signature{line.substr(0, space), bytes->substr(0, 4), bytes->substr(4)};
}

struct Parsed {
  std::string_view text;  // with its final newline
  std::vector<Signature> signatures;
};

Result<Parsed> parse_note(std::string_view note) {
  const auto bad = [](std::string_view why) {
    return fail("note.syntax", fmt::format("not a signed note: {}", why));
  };
  if (note.size() > kMaxNoteBytes) return bad("it is too long");
  if (has_control(note, true) || !is_utf8(note)) return bad("it is not plain UTF-8 text");
  const size_t gap = note.rfind("\n\n");
  if (gap == note.npos) return bad("no empty line before the signatures");
  Parsed parsed{note.substr(0, gap + 1), {}};
  for (std::string_view rest = note.substr(gap + 2); !rest.empty();) {
    const size_t end = rest.find('\n');
    if (end == rest.npos) return bad("the last line has no end");
    auto signature = parse_signature(rest.substr(0, end));
    if (!signature) return bad("a signature line is malformed");
    parsed.signatures.push_back(std::move(*signature));
    if (parsed.signatures.size() > kMaxSignatures) return bad("too many signatures");
    rest.remove_prefix(end + 1);
  }
  if (parsed.signatures.empty()) return bad("it has no signature");
  return parsed;
}

Result<crypto::VerifyingKey> verifier_of(const NoteKey& key) {
  return crypto::VerifyingKey::from_public(crypto::KeyAlgorithm::kEd25519,
                                           base64_encode(std::string(kDerPrefix) + key.public_key));
}

// Takes the next line off the front; nothing where no newline is left.
std::optional<std::string_view> take_line(std::string_view* text) {
  const size_t end = text->find('\n');
  if (end == text->npos) return std::nullopt;
  const std::string_view line = text->substr(0, end);
  text->remove_prefix(end + 1);
  return line;
}

}  // namespace

bool is_key_name(std::string_view name) {
  if (name.empty() || name.find('+') != name.npos || has_control(name, false)) return false;
  for (const std::string_view space : kSpaces) {
    if (name.find(space) != name.npos) return false;
  }
  return is_utf8(name);
}

std::string NoteKey::vkey() const {
  return fmt::format("{}+{}+{}", name, hex_encode(id), base64_encode(type + public_key));
}

Result<NoteKey> parse_vkey(std::string_view vkey) {
  const auto bad = [] {
    return fail("note.key", "a verifier key must look like NAME+8 hex digits+base64");
  };
  const size_t first = vkey.find('+');
  if (first == vkey.npos || vkey.size() < first + 11 || vkey[first + 9] != '+') return bad();
  const std::string_view hex = vkey.substr(first + 1, 8);
  const auto id = hex_decode(hex);
  const auto key = base64_decode(vkey.substr(first + 10));
  if (!id || to_lower_ascii(hex) != hex || !key || key->size() < 2) return bad();
  NoteKey parsed{std::string(vkey.substr(0, first)), *id, key->front(), key->substr(1)};
  if (!is_key_name(parsed.name)) return bad();
  if (parsed.id != key_id(parsed.name, parsed.type, parsed.public_key)) {
    return fail("note.key", "the verifier key's id does not belong to its name and key");
  }
  return parsed;
}

Result<NoteKey> note_key(const std::string& name, const crypto::SigningKey& key) {
  if (!is_key_name(name)) {
    return fail("note.key", "a log's name must not be empty nor hold spaces or '+'");
  }
  KS_TRY(const std::string der, key.public_der());
  if (!der.starts_with(kDerPrefix) || der.size() != kDerPrefix.size() + 32) {
    return fail("note.key", "checkpoints are signed with Ed25519 keys only");
  }
  const std::string public_key = der.substr(kDerPrefix.size());
  return NoteKey{name, key_id(name, kEd25519, public_key), kEd25519, public_key};
}

Result<std::string> sign_note(std::string_view text, const NoteKey& name,
                              const crypto::SigningKey& key) {
  if (!text.ends_with('\n') || has_control(text, true) || !is_utf8(text)) {
    return fail("note.syntax", "a note's text must be plain UTF-8 lines");
  }
  KS_TRY(const std::string signature, key.sign(text));
  return fmt::format("{}\n{}{} {}\n", text, kDash, name.name, base64_encode(name.id + signature));
}

bool is_signed(std::string_view text, std::string_view signature, const NoteKey& key) {
  const auto verifier = verifier_of(key);
  return key.type == kEd25519 && verifier && verifier->verify(text, signature);
}

Result<std::string> open_note(std::string_view note, const NoteKey& key) {
  if (key.type != kEd25519) return fail("note.key", "only Ed25519 (0x01) keys can be checked");
  KS_TRY(const auto verifier, verifier_of(key));
  KS_TRY(const Parsed parsed, parse_note(note));
  bool found = false;
  for (const Signature& signature : parsed.signatures) {
    if (signature.name != key.name || signature.id != key.id) continue;
    if (!verifier.verify(parsed.text, signature.bytes)) {
      return fail("note.signature", fmt::format("the signature of {} is wrong", key.name));
    }
    found = true;
  }
  if (!found) return fail("note.signature", fmt::format("it is not signed by {}", key.vkey()));
  return std::string(parsed.text);
}

Result<WallTime> cosigned_at(std::string_view note, const NoteKey& witness) {
  if (witness.type != kCosignature) {
    return fail("note.key", "a witness has an Ed25519 cosignature (0x04) key");
  }
  KS_TRY(const auto verifier, verifier_of(witness));
  KS_TRY(const Parsed parsed, parse_note(note));
  std::optional<uint64_t> latest;
  for (const Signature& signature : parsed.signatures) {
    if (signature.name != witness.name || signature.id != witness.id) continue;
    uint64_t seconds = 0;
    for (const char byte : signature.bytes.substr(0, kTimestamp)) {
      seconds = seconds << 8 | static_cast<unsigned char>(byte);
    }
    const std::string message = fmt::format("cosignature/v1\ntime {}\n{}", seconds, parsed.text);
    if (signature.bytes.size() < kTimestamp || seconds > kLastSecond ||
        !verifier.verify(message, signature.bytes.substr(kTimestamp))) {
      return fail("note.signature", fmt::format("the cosignature of {} is wrong", witness.name));
    }
    latest = std::max(latest.value_or(0), seconds);
  }
  if (latest) return from_epoch_ms(static_cast<int64_t>(*latest) * 1000);
  return fail("note.signature", fmt::format("it is not cosigned by {}", witness.vkey()));
}

std::string Checkpoint::text() const {
  return fmt::format("{}\n{}\n{}\n", origin, size, base64_encode(bytes_of(root)));
}

Result<Checkpoint> parse_checkpoint(std::string_view text) {
  const auto bad = [](std::string_view why) {
    return fail("note.checkpoint", fmt::format("not a checkpoint: {}", why));
  };
  const auto origin = take_line(&text);
  const auto size_text = take_line(&text);
  const auto root_text = take_line(&text);
  if (!origin || !size_text || !root_text) return bad("it has fewer than three lines");
  const auto size = parse_uint64(*size_text);
  const auto root_bytes = base64_decode(*root_text);
  const auto root = root_bytes ? hash_from(*root_bytes) : std::nullopt;
  if (origin->empty()) return bad("the origin is empty");
  if (!size || std::to_string(*size) != *size_text) return bad("the size is not a number");
  if (!root) return bad("the root is not the base64 of 32 bytes");
  while (!text.empty()) {
    const auto extension = take_line(&text);
    if (!extension || extension->empty()) return bad("an extension line is empty or has no end");
  }
  return Checkpoint{std::string(*origin), *size, *root};
}

Result<Checkpoint> open_checkpoint(std::string_view note, const NoteKey& key) {
  KS_TRY(const std::string text, open_note(note, key));
  KS_TRY(auto checkpoint, parse_checkpoint(text));
  if (checkpoint.origin != key.name) {
    return fail("note.checkpoint", fmt::format("it is of another log: {}", checkpoint.origin));
  }
  return checkpoint;
}

Result<Checkpoint> unverified_checkpoint(std::string_view note) {
  KS_TRY(const Parsed parsed, parse_note(note));
  return parse_checkpoint(parsed.text);
}

}  // namespace keystile::ledger
