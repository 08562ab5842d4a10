#include "vault/vault.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/encoding.h"
#include "base/secret_reveal.h"
#include "base/temp_folder_for_test.h"
#include "crypto/digest.h"
#include "vault/file.h"
#include "vault/format.h"

namespace keystile::vault {
namespace {

class FixedClock : public Clock {
 public:
  WallTime wall() const override { return from_epoch_ms(1607418537715); }
  MonoTime mono() const override { return {}; }
};
const FixedClock kClock;

SecretBytes secret(std::string_view bytes) { return SecretBytes::copy_of(bytes).value(); }

Unlock key_unlock(char byte = 'k') { return {UnlockKind::kKeyFile, secret(std::string(32, byte))}; }

constexpr const char* kSecret = "CANARY-hmac-secret-4242";
constexpr const char* kPassphrase = "CANARY-okx-passphrase";

NewEntry hmac_entry(std::string name, std::string_view text = kSecret) {
  NewEntry entry;
  entry.name = std::move(name);
  entry.key_id = "ID-" + entry.name;
  entry.secret = secret(text);
  return entry;
}

class VaultTest : public testing::Test {
 protected:
  Vault create(const Unlock& unlock = key_unlock()) {
    EXPECT_TRUE(Vault::create(path_, "test", unlock, kClock));
    return Vault::open(path_, "test", unlock).value();
  }
  Result<Vault> open(const Unlock& unlock = key_unlock()) const {
    return Vault::open(path_, "test", unlock);
  }
  std::string read() const {
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const std::string& bytes) const {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes;
  }
  std::string code_of_open(const Unlock& unlock = key_unlock()) const {
    const auto vault = open(unlock);
    return vault ? "opened" : vault.error().code;
  }

  TempFolder temp_;
  std::filesystem::path folder_ = temp_.path();
  std::string path_ = folder_ / "test.vault";
};

TEST_F(VaultTest, KeepsAllKindsOfEntries) {
  {
    Vault vault = create();
    NewEntry okx = hmac_entry("key/okx-main/trade");
    okx.passphrase = secret(kPassphrase);
    ASSERT_TRUE(vault.add(std::move(okx), kClock));
    for (const auto algorithm :
         {crypto::KeyAlgorithm::kEd25519, crypto::KeyAlgorithm::kRsaSha256}) {
      auto pair = crypto::generate_key_pair(algorithm).value();
      NewEntry entry;
      entry.name = "key/pair/" + std::string(to_string(algorithm));
      entry.algorithm = algorithm;
      entry.secret = std::move(pair.private_pem);
      const auto added = vault.add(std::move(entry), kClock);
      ASSERT_TRUE(added) << added.error().message;
      EXPECT_EQ(vault.find("key/pair/" + std::string(to_string(algorithm)))->public_key,
                pair.public_pem);
    }
    NewEntry client;
    client.name = "client/own-key";
    client.algorithm = crypto::KeyAlgorithm::kEd25519;
    client.public_key = vault.find("key/pair/ed25519")->public_key;
    ASSERT_TRUE(vault.add(std::move(client), kClock));
  }
  const auto vault = open();
  ASSERT_TRUE(vault) << vault.error().message;
  ASSERT_EQ(vault->list().size(), 4u);
  const Info& okx = *vault->find("key/okx-main/trade");
  EXPECT_EQ(okx.key_id, "ID-key/okx-main/trade");
  EXPECT_TRUE(okx.has_passphrase);
  EXPECT_EQ(okx.created, kClock.wall());
  EXPECT_TRUE(vault->passphrase(okx.name)->equals(kPassphrase));
  EXPECT_TRUE(vault->secret(okx.name, RevealToken{}).value().equals(kSecret));
  EXPECT_EQ(vault->signing_key(okx.name)->sign("x").value(), crypto::hmac_sha256(kSecret, "x"));
  for (const char* name : {"key/okx-main/trade", "key/pair/ed25519", "key/pair/rsa"}) {
    const auto signature = vault->signing_key(name)->sign("payload").value();
    EXPECT_TRUE(vault->verifying_key(name)->verify("payload", signature)) << name;
  }
  EXPECT_EQ(vault->passphrase("key/pair/rsa"), nullptr);
  EXPECT_EQ(vault->signing_key("client/own-key"), nullptr);
  EXPECT_NE(vault->verifying_key("client/own-key"), nullptr);
  EXPECT_EQ(vault->secret("client/own-key", RevealToken{}).error().code, "vault.unknown");
  EXPECT_EQ(vault->find("nobody"), nullptr);
  EXPECT_EQ(vault->signing_key("nobody"), nullptr);
  EXPECT_EQ(vault->verifying_key("nobody"), nullptr);
  EXPECT_EQ(vault->passphrase("nobody"), nullptr);
}

TEST_F(VaultTest, RefusesEntriesThatCannotBe) {
  Vault vault = create();
  ASSERT_TRUE(vault.add(hmac_entry("a"), kClock));
  const std::string before = read();
  EXPECT_EQ(vault.add(hmac_entry("a"), kClock).error().code, "vault.taken");
  EXPECT_EQ(vault.add(hmac_entry("a b"), kClock).error().code, "vault.name");
  EXPECT_EQ(vault.add(hmac_entry("b", ""), kClock).error().code, "vault.name");
  NewEntry both = hmac_entry("b");
  both.public_key = "PEM";
  EXPECT_EQ(vault.add(std::move(both), kClock).error().code, "vault.name");
  NewEntry garbage = hmac_entry("b");
  garbage.algorithm = crypto::KeyAlgorithm::kEd25519;
  EXPECT_EQ(vault.add(std::move(garbage), kClock).error().code, "key.format");
  EXPECT_EQ(vault.remove("b").error().code, "vault.unknown");
  EXPECT_EQ(read(), before);
  EXPECT_EQ(vault.list().size(), 1u);
}

TEST_F(VaultTest, SeveralAreAddedTogetherOrNotAtAll) {
  Vault vault = create();
  const auto entries = [](std::initializer_list<const char*> names) {
    std::vector<NewEntry> all;
    for (const char* name : names) all.push_back(hmac_entry(name));
    return all;
  };
  ASSERT_TRUE(vault.add(entries({"m", "z", "a"}), kClock));
  const std::string before = read();
  EXPECT_EQ(vault.add(entries({"b", "m"}), kClock).error().code, "vault.taken");
  EXPECT_EQ(vault.add(entries({"b", "b"}), kClock).error().code, "vault.taken");
  EXPECT_EQ(vault.add(entries({"b", "no name"}), kClock).error().code, "vault.name");
  EXPECT_EQ(read(), before);
  EXPECT_EQ(vault.find("b"), nullptr);
  const auto again = open();
  ASSERT_TRUE(again) << again.error().message;
  ASSERT_EQ(again->list().size(), 3u);
  for (const char* name : {"a", "m", "z"}) EXPECT_NE(again->signing_key(name), nullptr) << name;
}

TEST_F(VaultTest, CreateOverwritesNothing) {
  create();
  EXPECT_EQ(Vault::create(path_, "test", key_unlock(), kClock).error().code, "vault.exists");
  EXPECT_EQ(Vault::create(folder_ / "other", "a b", key_unlock(), kClock).error().code,
            "vault.name");
}

TEST_F(VaultTest, FilesAreTheOwnersAlone) {
  create();
  struct stat info {};
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600u);
  ASSERT_EQ(::chmod(path_.c_str(), 0640), 0);
  EXPECT_EQ(code_of_open(), "vault.mode");
  ASSERT_EQ(::chmod(path_.c_str(), 0400), 0);
  EXPECT_EQ(code_of_open(), "opened");
}

TEST_F(VaultTest, WrongUnlockSecretsAreRefused) {
  EXPECT_EQ(code_of_open(), "vault.missing");
  create();
  EXPECT_EQ(code_of_open(key_unlock('x')), "vault.locked");
  EXPECT_EQ(code_of_open({UnlockKind::kPassphrase, secret(std::string(32, 'k'))}), "vault.locked");
  for (const auto& opened : {Vault::open(path_, "test", key_unlock('x')),
                             Vault::open(path_, "test", {UnlockKind::kPassphrase, secret("no")})}) {
    EXPECT_TRUE(opened.error().message.starts_with(path_ + ": ")) << opened.error().message;
  }
  EXPECT_EQ(Vault::open(path_, "production", key_unlock()).error().code, "vault.environment");
}

TEST_F(VaultTest, PassphraseUnlocks) {
  const auto words = [] { return unlock_from_passphrase(secret("correct horse")).value(); };
  Vault vault = create(words());
  ASSERT_TRUE(vault.add(hmac_entry("a"), kClock));
  EXPECT_EQ(unlock_kind_of(path_).value(), UnlockKind::kPassphrase);
  EXPECT_EQ(code_of_open(words()), "opened");
  EXPECT_EQ(code_of_open(unlock_from_passphrase(secret("correct horsf")).value()), "vault.locked");
  EXPECT_EQ(code_of_open(), "vault.locked");
  EXPECT_EQ(unlock_from_passphrase({}).error().code, "vault.unlock");
}

TEST_F(VaultTest, RewrapChangesTheKeyAndNothingElse) {
  Vault vault = create();
  ASSERT_TRUE(vault.add(hmac_entry("a"), kClock));
  const auto before = parse(read()).value();
  ASSERT_TRUE(vault.rewrap(key_unlock('n')));
  EXPECT_EQ(vault.epoch(), 3u);
  EXPECT_EQ(code_of_open(), "vault.locked");
  EXPECT_EQ(parse(read()).value().entries, before.entries);
  const auto again = open(key_unlock('n'));
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->secret("a", RevealToken{}).value().equals(kSecret));
  ASSERT_TRUE(vault.add(hmac_entry("b"), kClock));  // the open one goes on with the new key
  EXPECT_EQ(code_of_open(key_unlock('n')), "opened");
}

TEST_F(VaultTest, CanFollowOneThatTheLedgerKnowsBetter) {
  EXPECT_TRUE(Vault::create(path_, "test", key_unlock(), kClock, 7));
  Vault vault = open().value();
  EXPECT_EQ(vault.epoch(), 8u);
  ASSERT_TRUE(vault.rewrap(key_unlock('n'), 20));
  EXPECT_EQ(vault.epoch(), 21u);
  ASSERT_TRUE(vault.rewrap(key_unlock('o'), 5));
  EXPECT_EQ(vault.epoch(), 22u);
}

TEST_F(VaultTest, TellsItsFileFromAnotherOfTheSameEpoch) {
  Vault vault = create();
  const std::string old = read();
  ASSERT_TRUE(vault.add(hmac_entry("a"), kClock));
  const std::string digest = vault.digest();
  EXPECT_EQ(digest, hex_encode(crypto::sha256(read())));
  EXPECT_EQ(open().value().digest(), digest);
  write(old);
  Vault other = open().value();
  ASSERT_TRUE(other.add(hmac_entry("a"), kClock));
  EXPECT_EQ(other.epoch(), vault.epoch());
  EXPECT_NE(other.digest(), digest);
}

TEST_F(VaultTest, AKeyIdCanBeToldLater) {
  Vault vault = create();
  ASSERT_TRUE(vault.add(hmac_entry("a"), kClock));
  ASSERT_TRUE(vault.add(hmac_entry("b"), kClock));
  ASSERT_TRUE(vault.set_key_id("a", "uploaded"));
  EXPECT_EQ(vault.set_key_id("c", "x").error().code, "vault.unknown");
  EXPECT_EQ(vault.set_key_id("a", "two words").error().code, "vault.name");
  EXPECT_EQ(vault.find("a")->key_id, "uploaded");
  const Vault again = open().value();
  EXPECT_EQ(again.find("a")->key_id, "uploaded");
  EXPECT_EQ(again.find("b")->key_id, "ID-b");
  EXPECT_EQ(again.epoch(), 4u);
  EXPECT_EQ(again.signing_key("a")->sign("x").value(), crypto::hmac_sha256(kSecret, "x"));
}

TEST_F(VaultTest, AnOpenVaultNoticesARewrapByAnother) {
  Vault first = create();
  Vault second = open().value();
  ASSERT_TRUE(first.rewrap(key_unlock('n')));
  EXPECT_EQ(second.add(hmac_entry("a"), kClock).error().code, "vault.locked");
}

TEST_F(VaultTest, EveryChangedByteIsRefused) {
  Vault vault = create();
  ASSERT_TRUE(vault.add(hmac_entry("a"), kClock));
  ASSERT_TRUE(vault.add(hmac_entry("b"), kClock));
  const std::string good = read();
  for (size_t i = 0; i < good.size(); ++i) {
    for (const int flip : {0x01, 0x80}) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ flip);
      write(bad);
      EXPECT_NE(code_of_open(), "opened") << "byte " << i;
    }
  }
  write(good);
  EXPECT_EQ(code_of_open(), "opened");
}

TEST_F(VaultTest, EveryTruncationIsRefused) {
  Vault vault = create();
  ASSERT_TRUE(vault.add(hmac_entry("a"), kClock));
  const std::string good = read();
  for (size_t size = 0; size < good.size(); ++size) {
    write(good.substr(0, size));
    EXPECT_EQ(code_of_open(), "vault.corrupt") << size;
  }
  write(good + "x");
  EXPECT_EQ(code_of_open(), "vault.corrupt");
}

// Each part of each file is genuine; only its place is not.
TEST_F(VaultTest, GenuinePartsElsewhereAreRefused) {
  Vault vault = create();
  ASSERT_TRUE(vault.add(hmac_entry("a", "first"), kClock));
  const SealedVault older = parse(read()).value();
  ASSERT_TRUE(vault.remove("a"));
  ASSERT_TRUE(vault.add(hmac_entry("a", "second"), kClock));
  ASSERT_TRUE(vault.add(hmac_entry("b", "third"), kClock));
  const SealedVault good = parse(read()).value();

  const auto refused = [&](auto change) {
    SealedVault bad = good;
    change(&bad);
    write(serialise(bad));
    return code_of_open();
  };
  EXPECT_EQ(refused([](SealedVault*) {}), "opened");
  EXPECT_EQ(refused([](SealedVault* v) { std::swap(v->entries[0], v->entries[1]); }),
            "vault.corrupt");
  EXPECT_EQ(refused([&](SealedVault* v) { v->entries[0] = older.entries[0]; }), "vault.corrupt");
  EXPECT_EQ(refused([](SealedVault* v) { v->entries.pop_back(); }), "vault.corrupt");
  EXPECT_EQ(refused([](SealedVault* v) { v->entries.push_back(v->entries[0]); }), "vault.corrupt");
  EXPECT_EQ(refused([&](SealedVault* v) { v->index = older.index; }), "vault.corrupt");
  EXPECT_EQ(refused([&](SealedVault* v) { v->commitment = older.commitment; }), "vault.locked");
  EXPECT_EQ(refused([](SealedVault* v) { ++v->header.epoch; }), "vault.locked");
  EXPECT_EQ(refused([](SealedVault* v) { v->header.created += Millis{1}; }), "vault.locked");

  const std::string other = folder_ / "other.vault";
  ASSERT_TRUE(Vault::create(other, "test", key_unlock(), kClock));
  Vault second = Vault::open(other, "test", key_unlock()).value();
  ASSERT_TRUE(second.add(hmac_entry("a", "fourth"), kClock));
  const SealedVault foreign = parse(read_private(other, kMaxFileSize).value()).value();
  EXPECT_EQ(refused([&](SealedVault* v) { v->entries[0] = foreign.entries[0]; }), "vault.corrupt");
  EXPECT_EQ(refused([&](SealedVault* v) { v->index = foreign.index; }), "vault.corrupt");
}

TEST_F(VaultTest, TheFileShowsNoSecretAndNoName) {
  Vault vault = create();
  NewEntry entry = hmac_entry("key/binance-main/trade");
  entry.passphrase = secret(kPassphrase);
  ASSERT_TRUE(vault.add(std::move(entry), kClock));
  const std::string file = read();
  for (const std::string text : {kSecret, kPassphrase, "key/binance-main/trade", "CANARY"}) {
    EXPECT_EQ(file.find(text), file.npos) << text;
    EXPECT_EQ(file.find(hex_encode(text)), file.npos) << text;
    EXPECT_EQ(file.find(base64_encode(text)), file.npos) << text;
  }
}

TEST_F(VaultTest, EpochRisesWithEveryChange) {
  Vault vault = create();
  EXPECT_EQ(vault.epoch(), 1u);
  ASSERT_TRUE(vault.add(hmac_entry("a"), kClock));
  EXPECT_EQ(vault.epoch(), 2u);
  ASSERT_TRUE(vault.remove("a"));
  EXPECT_EQ(vault.epoch(), 3u);
  EXPECT_EQ(vault.signing_key("a"), nullptr);
  EXPECT_EQ(open().value().epoch(), 3u);
}

TEST_F(VaultTest, AnOpenVaultRefusesAnOlderFile) {
  Vault vault = create();
  const std::string old = read();
  ASSERT_TRUE(vault.add(hmac_entry("a"), kClock));
  write(old);
  EXPECT_EQ(vault.add(hmac_entry("b"), kClock).error().code, "vault.corrupt");
}

TEST_F(VaultTest, KeysStayWhereTheyAreWhileOthersChange) {
  Vault vault = create();
  ASSERT_TRUE(vault.add(hmac_entry("b"), kClock));
  const auto* const key = vault.signing_key("b");
  ASSERT_TRUE(vault.add(hmac_entry("a"), kClock));
  ASSERT_TRUE(open().value().add(hmac_entry("c"), kClock));  // by another
  ASSERT_TRUE(vault.remove("a"));
  ASSERT_TRUE(vault.rewrap(key_unlock('n')));
  EXPECT_EQ(vault.signing_key("b"), key);
  EXPECT_EQ(key->sign("x").value(), crypto::hmac_sha256(kSecret, "x"));
  EXPECT_NE(vault.find("c"), nullptr);
}

TEST_F(VaultTest, CrashBeforeTheRenameLeavesTheOldFile) {
  Vault vault = create();
  ASSERT_TRUE(vault.add(hmac_entry("a"), kClock));
  const std::string before = read();
  { ASSERT_TRUE(Replacement::prepare(path_, before.substr(0, 50))); }  // as a crash would leave it
  EXPECT_EQ(read(), before);
  EXPECT_EQ(code_of_open(), "opened");
  ASSERT_TRUE(vault.add(hmac_entry("b"), kClock));
  EXPECT_EQ(open().value().list().size(), 2u);
}

// Runs body in a child; returns its process id.
template <class Body>
pid_t fork_child(Body body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body() ? 0 : 1);
  return child;
}

int wait_for(pid_t child) {
  int status = -1;
  ::waitpid(child, &status, 0);
  return status;
}

TEST_F(VaultTest, TwoProcessesLoseNoChange) {
  create();
  const auto add_many = [&](const std::string& prefix) {
    auto vault = open();
    for (int i = 0; vault && i < 10; ++i) {
      if (!vault->add(hmac_entry(prefix + std::to_string(i)), kClock)) return false;
    }
    return vault.has_value();
  };
  const pid_t a = fork_child([&] { return add_many("a"); });
  const pid_t b = fork_child([&] { return add_many("b"); });
  EXPECT_EQ(wait_for(a), 0);
  EXPECT_EQ(wait_for(b), 0);
  const Vault vault = open().value();
  EXPECT_EQ(vault.list().size(), 20u);
  EXPECT_EQ(vault.epoch(), 21u);
}

TEST_F(VaultTest, KillingAWriterLosesNothingThatWasReported) {
  create();
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = fork_child([&] {
    Vault vault = open().value();
    for (int i = 0; i < 1000; ++i) {
      if (!vault.add(hmac_entry("n" + std::to_string(i)), kClock)) return false;
      if (::write(ends[1], "x", 1) != 1) return false;
    }
    return true;
  });
  char reported[8];
  for (char& c : reported) ASSERT_EQ(::read(ends[0], &c, 1), 1);
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  EXPECT_TRUE(WIFSIGNALED(wait_for(child)));
  ::close(ends[0]);
  ::close(ends[1]);
  Vault vault = open().value();
  EXPECT_GE(vault.list().size(), std::size(reported));
  EXPECT_EQ(vault.epoch(), vault.list().size() + 1);
  EXPECT_TRUE(vault.add(hmac_entry("after"), kClock));
}

}  // namespace
}  // namespace keystile::vault
