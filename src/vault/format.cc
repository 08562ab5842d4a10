#include "vault/format.h"

#include <algorithm>
#include <cstring>

#include "base/secret_reveal.h"
#include "crypto/sealing.h"
#include "vault/bytes.h"

namespace keystile::vault {
namespace {

constexpr std::string_view kMagic = "keystile vault\n";
constexpr uint64_t kVersion = 1;
constexpr size_t kCommitmentSize = 32;
constexpr size_t kMaxIndexSize = size_t{64} << 20;
constexpr size_t kMaxEntrySize = size_t{64} << 10;
constexpr size_t kMaxEntries = size_t{1} << 17;
constexpr size_t kMaxName = 128, kMaxKeyId = 256, kMaxPublicKey = 4096, kMaxEnvironment = 64;
constexpr size_t kPadding = 256;

// A header is only proven after Argon2id has run, so a forged one must not be able to ask for all
// memory or for hours. The lower bounds keep a vault from ever being sealed with less.
constexpr uint32_t kMinPasses = 2, kMaxPasses = 8;
constexpr uint32_t kMinMemoryKib = 64 << 10, kMaxMemoryKib = 1 << 20;

tl::unexpected<Error> corrupt(std::string_view what, size_t offset) {
  return fail("vault.corrupt", "the vault file is damaged: " + std::string(what) + " (at byte " +
                                   std::to_string(offset) + "); put a backup in its place");
}

bool is_word(std::string_view text, std::string_view also) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           also.find(c) != also.npos;
  });
}

bool is_valid(const KeySource& source) {
  if (source.kind == UnlockKind::kKeyFile) return source.passes == 0 && source.memory_kib == 0;
  return source.passes >= kMinPasses && source.passes <= kMaxPasses &&
         source.memory_kib >= kMinMemoryKib && source.memory_kib <= kMaxMemoryKib;
}

Box read_box(Reader* in) {
  Box box;
  box.nonce = in->take(crypto::kSealingNonceSize);
  box.ciphertext = in->text(4);
  return box;
}

void append_box(std::string* out, const Box& box) {
  *out += box.nonce;
  append_text(out, box.ciphertext, 4);
}

bool has_size(const Box& box, size_t max) {
  return box.ciphertext.size() >= crypto::kSealingTagSize && box.ciphertext.size() <= max;
}

Result<Header> read_header(Reader* in) {
  if (in->take(kMagic.size()) != kMagic) return corrupt("it does not begin as a vault does", 0);
  if (in->number(1) != kVersion) {
    return fail("vault.corrupt", "the vault file has a version that this program does not know");
  }
  Header header;
  KeySource& source = header.key_source;
  const uint64_t kind = in->number(1);
  source.kind = kind == 1 ? UnlockKind::kPassphrase : UnlockKind::kKeyFile;
  source.passes = static_cast<uint32_t>(in->number(4));
  source.memory_kib = static_cast<uint32_t>(in->number(4));
  source.salt = in->take(crypto::kSaltSize);
  if (in->failed() || kind < 1 || kind > 2 || !is_valid(source)) {
    return corrupt("the way to its sealing key is not one that Keystile writes", in->offset());
  }
  header.epoch = in->number(8);
  header.created = from_epoch_ms(static_cast<int64_t>(in->number(8)));
  header.environment = in->text(1);
  if (in->failed() || header.epoch == 0 || !check_environment(header.environment)) {
    return corrupt("its epoch or environment cannot be read", in->offset());
  }
  return header;
}

// All of an Info; has one spelling per value, because it is what an entry is bound to.
std::string serialise(const Info& info) {
  std::string out;
  append_text(&out, info.name, 1);
  append_text(&out, info.key_id, 2);
  append_number(&out, static_cast<uint64_t>(info.algorithm) + 1, 1);
  append_text(&out, info.public_key, 2);
  append_number(&out, info.has_passphrase, 1);
  append_number(&out, static_cast<uint64_t>(epoch_ms(info.created)), 8);
  return out;
}

// False if the bytes are not what serialise(Info) gives.
bool read_info(Reader* in, Info* info) {
  info->name = in->text(1);
  info->key_id = in->text(2);
  const uint64_t algorithm = in->number(1);
  info->algorithm = static_cast<crypto::KeyAlgorithm>(algorithm - 1);
  info->public_key = in->text(2);
  const uint64_t has_passphrase = in->number(1);
  info->has_passphrase = has_passphrase == 1;
  info->created = from_epoch_ms(static_cast<int64_t>(in->number(8)));
  return !in->failed() && algorithm >= 1 && algorithm <= 4 && has_passphrase <= 1 &&
         check_info(*info);
}

// Fills a SecretBytes from the front.
class SecretWriter {
 public:
  explicit SecretWriter(SecretBytes* out) : out_(out) {}
  void append(std::string_view bytes) {
    if (bytes.empty()) return;
    std::memcpy(out_->data(RevealToken{}) + offset_, bytes.data(), bytes.size());
    offset_ += bytes.size();
  }

 private:
  SecretBytes* out_;
  size_t offset_ = 0;
};

}  // namespace

Status check_info(const Info& info) {
  const std::string_view name = info.name;
  const bool named = !name.empty() && name.size() <= kMaxName && is_word(name, "._-/") &&
                     name.front() != '/' && name.back() != '/' && name.find("//") == name.npos;
  if (!named) {
    return fail("vault.name",
                "a vault entry's name must be letters, digits, '.', '_' and '-' in parts joined by "
                "'/', such as key/binance-main/trade");
  }
  const bool printable = std::all_of(info.key_id.begin(), info.key_id.end(),
                                     [](char c) { return c > ' ' && c < 0x7f; });
  if (!printable || info.key_id.size() > kMaxKeyId) {
    return fail("vault.name", "an API key id must be at most 256 visible ASCII characters");
  }
  if (info.public_key.size() > kMaxPublicKey) {
    return fail("vault.name", "a public key is longer than 4096 characters");
  }
  return {};
}

Status check_environment(std::string_view environment) {
  if (!environment.empty() && environment.size() <= kMaxEnvironment &&
      is_word(environment, "._-")) {
    return {};
  }
  return fail("vault.name",
              "an environment's name must be 1 to 64 letters, digits, '.', '_' and '-'");
}

std::string serialise(const Header& header) {
  const KeySource& source = header.key_source;
  std::string out{kMagic};
  append_number(&out, kVersion, 1);
  append_number(&out, source.kind == UnlockKind::kPassphrase ? 1 : 2, 1);
  append_number(&out, source.passes, 4);
  append_number(&out, source.memory_kib, 4);
  out += source.salt;
  append_number(&out, header.epoch, 8);
  append_number(&out, static_cast<uint64_t>(epoch_ms(header.created)), 8);
  append_text(&out, header.environment, 1);
  return out;
}

std::string binding(const Header& header, const Info& info) {
  std::string out{kMagic};
  append_number(&out, kVersion, 1);
  append_text(&out, header.environment, 1);
  return out + serialise(info);
}

std::string serialise(const SealedVault& vault) {
  std::string out = serialise(vault.header) + vault.commitment;
  append_box(&out, vault.index);
  append_number(&out, vault.entries.size(), 4);
  for (const Box& entry : vault.entries) append_box(&out, entry);
  return out;
}

Result<SealedVault> parse(std::string_view file) {
  if (file.size() > kMaxFileSize) return corrupt("it is larger than any vault", kMaxFileSize);
  Reader in(file);
  SealedVault vault;
  KS_TRY(vault.header, read_header(&in));
  vault.commitment = in.take(kCommitmentSize);
  vault.index = read_box(&in);
  if (in.failed() || !has_size(vault.index, kMaxIndexSize)) {
    return corrupt("its index is cut short", in.offset());
  }
  const uint64_t count = in.number(4);
  if (in.failed() || count > kMaxEntries) return corrupt("its entries are cut short", in.offset());
  for (uint64_t i = 0; i < count; ++i) {
    vault.entries.push_back(read_box(&in));
    if (in.failed() || !has_size(vault.entries.back(), kMaxEntrySize)) {
      return corrupt("an entry is cut short", in.offset());
    }
  }
  if (!in.at_end()) return corrupt("something follows its last entry", in.offset());
  return vault;
}

Result<std::vector<Record>> parse_index(const SecretBytes& index) {
  Reader in(index.bytes(RevealToken{}));
  std::vector<Record> records;
  while (!in.at_end()) {
    Record record;
    const bool readable = read_info(&in, &record.info);
    const std::string_view data_key = in.take(crypto::kSealingKeySize);
    if (!readable || in.failed()) return corrupt("its index cannot be read", in.offset());
    if (!records.empty() && records.back().info.name >= record.info.name) {
      return corrupt("its index is not in order", in.offset());
    }
    KS_TRY(record.data_key, SecretBytes::copy_of(data_key));
    records.push_back(std::move(record));
  }
  return records;
}

Result<SecretBytes> serialise_index(const std::vector<Record>& records) {
  std::vector<std::string> infos;
  size_t size = 0;
  for (const Record& record : records) {
    infos.push_back(serialise(record.info));
    size += infos.back().size() + record.data_key.size();
  }
  if (records.size() > kMaxEntries || size + crypto::kSealingTagSize > kMaxIndexSize) {
    return fail("vault.name", "the vault is full: it can hold 131072 entries");
  }
  KS_TRY(SecretBytes out, SecretBytes::zeroed(size));
  SecretWriter writer(&out);
  for (size_t i = 0; i < records.size(); ++i) {
    writer.append(infos[i]);
    writer.append(records[i].data_key.bytes(RevealToken{}));
  }
  return out;
}

Result<Secrets> parse_secrets(const SecretBytes& padded) {
  Reader in(padded.bytes(RevealToken{}));
  const std::string_view secret = in.take(in.number(2));
  const std::string_view passphrase = in.take(in.number(2));
  const std::string_view padding = in.take(padded.size() - in.offset());
  if (in.failed() || padding.find_first_not_of('\0') != padding.npos) {
    return corrupt("an entry's secret cannot be read", in.offset());
  }
  Secrets out;
  KS_TRY(out.secret, SecretBytes::copy_of(secret));
  KS_TRY(out.passphrase, SecretBytes::copy_of(passphrase));
  return out;
}

Result<SecretBytes> serialise_secrets(const Secrets& secrets) {
  const size_t size = 2 + secrets.secret.size() + 2 + secrets.passphrase.size();
  const size_t padded = (size + kPadding - 1) / kPadding * kPadding;
  if (padded + crypto::kSealingTagSize > kMaxEntrySize || secrets.secret.size() > 0xffff ||
      secrets.passphrase.size() > 0xffff) {
    return fail("vault.name", "a secret is longer than 60000 bytes");
  }
  KS_TRY(SecretBytes out, SecretBytes::zeroed(padded));
  SecretWriter writer(&out);
  for (const SecretBytes* part : {&secrets.secret, &secrets.passphrase}) {
    std::string length;
    append_number(&length, part->size(), 2);
    writer.append(length);
    writer.append(part->bytes(RevealToken{}));
  }
  return out;
}

}  // namespace keystile::vault
