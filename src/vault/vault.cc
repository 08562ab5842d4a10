#include "vault/vault.h"

#include <algorithm>
#include <boost/unordered/unordered_map.hpp>
#include <filesystem>
#include <optional>

#include "base/encoding.h"
#include "base/secret_reveal.h"
#include "crypto/digest.h"
#include "crypto/sealing.h"
#include "vault/file.h"
#include "vault/format.h"
#include "vault/seal.h"

namespace keystile::vault {
namespace {

std::string lock_path(const std::string& path) { return path + ".lock"; }

// What opens a vault's content knows nothing of its file.
template <class T>
Result<T> of_file(const std::string& path, Result<T> result) {
  if (!result) result.error().message = path + ": " + result.error().message;
  return result;
}

Status replace_file(const std::string& path, const SealedVault& sealed) {
  KS_TRY(Replacement replacement, Replacement::prepare(path, serialise(sealed)));
  return replacement.commit();
}

// One entry while the vault is open.
struct Entry {
  Info info;
  Box box;
  SecretBytes passphrase;
  std::optional<crypto::SigningKey> signing;
  std::optional<crypto::VerifyingKey> verifying;
};

struct Hash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
// Its nodes stay where they are, and a request finds its keys at once among any number.
using Entries = boost::unordered_map<std::string, Entry, Hash, std::equal_to<>>;

// The key halves that a secret or a public key gives.
Status open_keys(const SecretBytes& secret, Entry* entry) {
  const crypto::KeyAlgorithm algorithm = entry->info.algorithm;
  if (!secret.empty()) {
    KS_TRY(entry->signing, crypto::SigningKey::open(algorithm, secret));
  }
  if (algorithm == crypto::KeyAlgorithm::kHmacSha256) {
    KS_TRY(entry->verifying, crypto::VerifyingKey::hmac(secret));
  } else {
    KS_TRY(entry->verifying, crypto::VerifyingKey::from_public(algorithm, entry->info.public_key));
  }
  return {};
}

Result<Entry> load_entry(const Header& header, const Record& record, const Box& box) {
  KS_TRY(Secrets secrets, open_entry(header, record, box));
  Entry entry{record.info, box, std::move(secrets.passphrase), {}, {}};
  KS_CHECK(open_keys(secrets.secret, &entry));
  return entry;
}

// The index is in the order of the names.
Result<size_t> place_of(const std::vector<Record>& records, std::string_view name) {
  const auto place =
      std::lower_bound(records.begin(), records.end(), name,
                       [](const Record& a, std::string_view b) { return a.info.name < b; });
  if (place != records.end() && place->info.name == name)
    return static_cast<size_t>(place - records.begin());
  return fail("vault.unknown", "the vault has no entry named " + std::string(name));
}

// What is to be remembered of a new entry, once its keys are seen to work.
Result<Info> describe(const NewEntry& entry, const Clock& clock) {
  if (entry.secret.empty() == entry.public_key.empty()) {
    return fail("vault.name", "a vault entry needs either a secret or a public key");
  }
  Info info{entry.name, entry.key_id, entry.algorithm, entry.public_key, false, clock.wall()};
  info.has_passphrase = !entry.passphrase.empty();
  KS_CHECK(check_info(info));
  if (!entry.secret.empty()) {
    KS_TRY(const auto signing, crypto::SigningKey::open(entry.algorithm, entry.secret));
    if (entry.algorithm != crypto::KeyAlgorithm::kHmacSha256) {
      KS_TRY(info.public_key, signing.public_pem());
    }
  } else {
    KS_TRY(const auto verifying,
           crypto::VerifyingKey::from_public(entry.algorithm, entry.public_key));
    KS_TRY(info.public_key, verifying.public_pem());
  }
  return info;
}

}  // namespace

struct Vault::Impl {
  std::string path;
  std::string environment;
  SecretBytes key;
  SealedVault sealed;
  std::string digest;
  Entries entries;

  Result<SealedVault> read_file() const;
  Status take(SealedVault fresh, const std::vector<Record>& records);
  Status write(Header header, const std::vector<Record>& records, std::vector<Box> boxes);
  Result<std::vector<Record>> read_again();
};

Result<SealedVault> Vault::Impl::read_file() const {
  KS_TRY(const std::string file, read_private(path, kMaxFileSize));
  KS_TRY(SealedVault fresh, parse(file));
  if (fresh.header.environment != environment) {
    return fail("vault.environment", path + " is the vault of environment " +
                                         fresh.header.environment + ", not of " + environment);
  }
  return fresh;
}

// Makes `fresh` what this vault holds; on an error nothing has changed. Entries that stayed the
// same keep their place, because callers hold pointers to their keys.
Status Vault::Impl::take(SealedVault fresh, const std::vector<Record>& records) {
  Entries added;
  for (size_t i = 0; i < records.size(); ++i) {
    const auto known = entries.find(records[i].info.name);
    if (known != entries.end() && known->second.box == fresh.entries[i]) continue;
    KS_TRY(Entry entry, load_entry(fresh.header, records[i], fresh.entries[i]));
    added.emplace(records[i].info.name, std::move(entry));
  }
  boost::unordered::erase_if(entries, [&](const auto& item) {
    return added.contains(item.first) || !place_of(records, item.first);
  });
  entries.merge(added);
  digest = hex_encode(crypto::sha256(serialise(fresh)));
  sealed = std::move(fresh);
  return {};
}

// The file as another process may have left it. Call under the lock.
Result<std::vector<Record>> Vault::Impl::read_again() {
  KS_TRY(SealedVault fresh, read_file());
  if (fresh.header.epoch < sealed.header.epoch) {
    return fail("vault.corrupt", path + " was replaced by an older copy of itself");
  }
  if (fresh.header.key_source != sealed.header.key_source) {
    return fail("vault.locked", path + " was sealed with a new key meanwhile; open it again");
  }
  KS_TRY(auto records, of_file(path, open_index(fresh, key)));
  KS_CHECK(take(std::move(fresh), records));
  return records;
}

Status Vault::Impl::write(Header header, const std::vector<Record>& records,
                          std::vector<Box> boxes) {
  ++header.epoch;
  KS_TRY(SealedVault fresh, seal_vault(std::move(header), key, records, std::move(boxes)));
  KS_CHECK(replace_file(path, fresh));
  return take(std::move(fresh), records);
}

Status Vault::create(const std::string& path, const std::string& environment, const Unlock& unlock,
                     const Clock& clock, uint64_t after) {
  KS_CHECK(check_environment(environment));
  const Header header{new_key_source(unlock.kind), after + 1, clock.wall(), environment};
  KS_TRY(const SecretBytes key, sealing_key(header.key_source, unlock));
  KS_TRY(const SealedVault sealed, seal_vault(header, key, {}, {}));
  KS_TRY(const FileLock lock, FileLock::acquire(lock_path(path)));
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::symlink_status(path, error))) {
    return fail("vault.exists", path + " exists already; it is never overwritten");
  }
  return replace_file(path, sealed);
}

Result<Vault> Vault::open(const std::string& path, const std::string& environment,
                          const Unlock& unlock) {
  auto impl = std::make_unique<Impl>();
  impl->path = path;
  impl->environment = environment;
  KS_TRY(SealedVault sealed, impl->read_file());
  KS_TRY(impl->key, of_file(path, sealing_key(sealed.header.key_source, unlock)));
  KS_TRY(const auto records, of_file(path, open_index(sealed, impl->key)));
  KS_CHECK(impl->take(std::move(sealed), records));
  return Vault(std::move(impl));
}

Vault::Vault(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Vault::Vault(Vault&&) noexcept = default;
Vault& Vault::operator=(Vault&&) noexcept = default;
Vault::~Vault() = default;

Status Vault::add(NewEntry entry, const Clock& clock) {
  std::vector<NewEntry> entries;
  entries.push_back(std::move(entry));
  return add(std::move(entries), clock);
}

Status Vault::add_pair(std::string name, crypto::KeyAlgorithm algorithm, const Clock& clock) {
  KS_TRY(crypto::KeyPair pair, crypto::generate_key_pair(algorithm));
  NewEntry entry;
  entry.name = std::move(name);
  entry.algorithm = algorithm;
  entry.secret = std::move(pair.private_pem);
  return add(std::move(entry), clock);
}

Status Vault::add(std::vector<NewEntry> entries, const Clock& clock) {
  std::vector<std::pair<Record, Secrets>> added;
  for (NewEntry& entry : entries) {
    Record record;
    KS_TRY(record.info, describe(entry, clock));
    KS_TRY(record.data_key, SecretBytes::random(crypto::kSealingKeySize));
    added.emplace_back(std::move(record),
                       Secrets{std::move(entry.secret), std::move(entry.passphrase)});
  }
  KS_TRY(const FileLock lock, FileLock::acquire(lock_path(impl_->path)));
  KS_TRY(auto records, impl_->read_again());
  const Header& header = impl_->sealed.header;
  std::map<std::string, std::pair<Record, Box>> all;  // in the order of the index
  for (size_t i = 0; i < records.size(); ++i) {
    const std::string name = records[i].info.name;
    all.emplace(name, std::pair(std::move(records[i]), impl_->sealed.entries[i]));
  }
  for (auto& [record, secrets] : added) {
    KS_TRY(Box box, seal_entry(header, record, secrets));
    const std::string name = record.info.name;
    if (!all.emplace(name, std::pair(std::move(record), std::move(box))).second) {
      return fail("vault.taken",
                  "the vault has an entry named " + name + " already; remove it first");
    }
  }
  records.clear();
  std::vector<Box> boxes;
  for (auto& [name, item] : all) {
    records.push_back(std::move(item.first));
    boxes.push_back(std::move(item.second));
  }
  return impl_->write(header, records, std::move(boxes));
}

Status Vault::set_key_id(std::string_view name, const std::string& key_id) {
  KS_TRY(const FileLock lock, FileLock::acquire(lock_path(impl_->path)));
  KS_TRY(auto records, impl_->read_again());
  KS_TRY(const size_t i, place_of(records, name));
  const Header& header = impl_->sealed.header;
  std::vector<Box> boxes = impl_->sealed.entries;
  KS_TRY(const Secrets secrets, open_entry(header, records[i], boxes[i]));
  records[i].info.key_id = key_id;
  KS_CHECK(check_info(records[i].info));
  KS_TRY(records[i].data_key, SecretBytes::random(crypto::kSealingKeySize));
  KS_TRY(boxes[i], seal_entry(header, records[i], secrets));
  return impl_->write(header, records, std::move(boxes));
}

Status Vault::remove(std::string_view name) {
  KS_TRY(const FileLock lock, FileLock::acquire(lock_path(impl_->path)));
  KS_TRY(auto records, impl_->read_again());
  KS_TRY(const size_t i, place_of(records, name));
  std::vector<Box> boxes = impl_->sealed.entries;
  boxes.erase(boxes.begin() + static_cast<ptrdiff_t>(i));
  records.erase(records.begin() + static_cast<ptrdiff_t>(i));
  return impl_->write(impl_->sealed.header, records, std::move(boxes));
}

Status Vault::rewrap(const Unlock& unlock, uint64_t after) {
  KeySource source = new_key_source(unlock.kind);
  KS_TRY(SecretBytes key, sealing_key(source, unlock));
  KS_TRY(const FileLock lock, FileLock::acquire(lock_path(impl_->path)));
  KS_TRY(const auto records, impl_->read_again());
  Header header = impl_->sealed.header;
  header.key_source = std::move(source);
  header.epoch = std::max(header.epoch, after);
  std::swap(impl_->key, key);
  auto written = impl_->write(std::move(header), records, impl_->sealed.entries);
  if (!written) std::swap(impl_->key, key);
  return written;
}

std::vector<Info> Vault::list() const {
  std::vector<Info> infos;
  for (const auto& [name, entry] : impl_->entries) infos.push_back(entry.info);
  std::sort(infos.begin(), infos.end(),
            [](const Info& a, const Info& b) { return a.name < b.name; });
  return infos;
}

const Info* Vault::find(std::string_view name) const {
  const auto it = impl_->entries.find(name);
  return it == impl_->entries.end() ? nullptr : &it->second.info;
}

uint64_t Vault::epoch() const { return impl_->sealed.header.epoch; }
const std::string& Vault::digest() const { return impl_->digest; }

const crypto::SigningKey* Vault::signing_key(std::string_view name) const {
  const auto it = impl_->entries.find(name);
  return it == impl_->entries.end() || !it->second.signing ? nullptr : &*it->second.signing;
}

const crypto::VerifyingKey* Vault::verifying_key(std::string_view name) const {
  const auto it = impl_->entries.find(name);
  return it == impl_->entries.end() || !it->second.verifying ? nullptr : &*it->second.verifying;
}

const SecretBytes* Vault::passphrase(std::string_view name) const {
  const auto it = impl_->entries.find(name);
  return it == impl_->entries.end() || it->second.passphrase.empty() ? nullptr
                                                                     : &it->second.passphrase;
}

Result<SecretBytes> Vault::secret(std::string_view name, const RevealToken&) const {
  KS_TRY(const auto records, open_index(impl_->sealed, impl_->key));
  KS_TRY(const size_t i, place_of(records, name));
  KS_TRY(Secrets secrets, open_entry(impl_->sealed.header, records[i], impl_->sealed.entries[i]));
  if (secrets.secret.empty()) {
    return fail("vault.unknown", "the vault holds only the public half of " + std::string(name));
  }
  return std::move(secrets.secret);
}

}  // namespace keystile::vault
