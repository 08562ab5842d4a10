// `keystile vault` and `keystile key`, as a person runs them.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "base/json.h"
#include "base/temp_folder_for_test.h"
#include "cli/commands.h"
#include "ledger/ledger.h"
#include "signer/layout.h"
#include "vault/vault.h"

namespace keystile::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSecret = "CANARY-secret-of-the-exchange-77";
constexpr const char* kPassphrase = "CANARY-api-passphrase-78";

// A descriptor that gives up this text.
int descriptor(const std::string& text) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  EXPECT_EQ(::write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  ::close(ends[1]);
  return ends[0];
}

class KeysTest : public testing::Test {
 protected:
  KeysTest() {
    fs::create_directories(realm_ / "policy");
    std::ofstream(realm_ / "keystile.toml") << "[ledger]\norigin = \"keystile/test\"\n"
                                               "[unlock.test]\nkey_file = \"unlock/test.key\"\n";
    std::ofstream(realm_ / "policy" / "realm.toml")
        << "[realm]\nname = \"test\"\n"
           "[[environment]]\nname = \"test\"\ntier = \"test\"\n"
           "[[account]]\nname = \"main\"\nexchange = \"bybit\"\nenvironment = \"test\"\n"
           "kind = \"trading\"\n"
           "[[account.key]]\nrole = \"trade\"\nvault = \"key/main/trade\"\n"
           "[[account]]\nname = \"o\"\nexchange = \"okx\"\nenvironment = \"test\"\n"
           "kind = \"trading\"\n"
           "[[account.key]]\nrole = \"read\"\nvault = \"key/o/read\"\n";
  }

  // Runs `keystile --realm … words` and keeps what it printed.
  int run(std::vector<std::string> words) {
    words.insert(words.begin(), {"keystile", "--realm", realm_.string()});
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int code =
        run_cli(static_cast<int>(argv.size()), argv.data(), {add_vault, add_key, add_doctor});
    out_ = testing::internal::GetCapturedStdout();
    err_ = testing::internal::GetCapturedStderr();
    for (const std::string* text : {&out_, &err_}) {
      EXPECT_EQ(text->find("CANARY"), text->npos) << *text;
      EXPECT_EQ(text->find("PRIVATE"), text->npos) << *text;
    }
    return code;
  }
  // Writes down in the realm's ledger what its vault is now, as a gate does when it opens it.
  void note_vault() {
    const signer::Layout layout(realm_.string());
    const auto key =
        crypto::SigningKey::open(
            crypto::KeyAlgorithm::kEd25519,
            crypto::generate_key_pair(crypto::KeyAlgorithm::kEd25519).value().private_pem)
            .value();
    const ledger::Ledger::Options options{layout.ledger(), "keystile/test"};
    ASSERT_TRUE(ledger::Ledger::create(options, key, system_clock()));
    const auto ledger = ledger::Ledger::open(options, key, system_clock()).value();
    const auto unlock = vault::unlock_from_file(layout.unlock_key("test")).value();
    const auto vault = vault::Vault::open(layout.vault("test"), "test", unlock).value();
    ASSERT_TRUE(ledger->append(json::object({{"type", "vault.opened"},
                                             {"environment", "test"},
                                             {"epoch", vault.epoch()},
                                             {"digest", vault.digest()}}),
                               ledger::Priority::kOrdinary));
    ASSERT_TRUE(
        ledger->append(json::object({{"type", "gate.stopped"}}), ledger::Priority::kOrdinary));
  }
  int add_trade_key() {
    return run({"key", "add", "main", "--role", "trade", "--id", "ID1", "--secret-fd",
                std::to_string(descriptor(std::string(kSecret) + "\n"))});
  }

  TempFolder temp_;
  fs::path realm_ = temp_.path();
  std::string out_, err_;
};

TEST_F(KeysTest, AVaultIsMadeAsTheSettingsSay) {
  EXPECT_EQ(run({"vault", "init", "test"}), kOk) << err_;
  EXPECT_TRUE(fs::exists(realm_ / "vault" / "test.vault"));
  EXPECT_TRUE(fs::exists(realm_ / "unlock" / "test.key"));
  EXPECT_EQ(fs::status(realm_ / "unlock").permissions(), fs::perms::owner_all);
  EXPECT_EQ(run({"vault", "init", "test"}), kFailed);
  EXPECT_NE(err_.find("vault.exists"), err_.npos) << err_;
  EXPECT_EQ(run({"vault", "init", "other"}), kFailed);
  EXPECT_NE(err_.find("[unlock.other]"), err_.npos) << err_;
}

TEST_F(KeysTest, AKeyIsStoredAndShownWithoutItsSecret) {
  EXPECT_EQ(add_trade_key(), kFailed);
  EXPECT_NE(err_.find("vault.missing"), err_.npos) << err_;
  ASSERT_EQ(run({"vault", "init", "test"}), kOk) << err_;
  ASSERT_EQ(add_trade_key(), kOk) << err_;
  EXPECT_EQ(out_.find("does not name it"), out_.npos) << out_;
  EXPECT_EQ(add_trade_key(), kFailed);
  EXPECT_NE(err_.find("vault.taken"), err_.npos) << err_;
  ASSERT_EQ(run({"key", "show", "main", "--role", "trade"}), kOk) << err_;
  EXPECT_NE(out_.find("ID1"), out_.npos) << out_;

  ASSERT_EQ(run({"key", "add", "o", "--role", "read", "--id", "ID2", "--secret-fd",
                 std::to_string(descriptor(kSecret)), "--passphrase-fd",
                 std::to_string(descriptor(kPassphrase))}),
            kOk)
      << err_;
  ASSERT_EQ(run({"--json", "key", "show", "o", "--role", "read"}), kOk) << err_;
  const auto shown = json::parse(out_);
  ASSERT_TRUE(shown) << out_;
  EXPECT_EQ(shown->text("id"), "ID2");
  EXPECT_TRUE(*shown->find("has_passphrase")->if_bool());

  ASSERT_EQ(run({"--json", "key", "list"}), kOk) << err_;
  EXPECT_EQ(json::parse(out_).value().if_array()->size(), 2u);

  for (const auto& file : fs::recursive_directory_iterator(realm_)) {
    if (!file.is_regular_file()) continue;
    std::ifstream in(file.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    EXPECT_EQ(text.find("CANARY"), text.npos) << file.path();
  }
}

TEST_F(KeysTest, AnOldVaultFilePutBackIsNotChanged) {
  ASSERT_EQ(run({"vault", "init", "test"}), kOk) << err_;
  const fs::path vault = realm_ / "vault" / "test.vault", old = realm_ / "old.vault";
  fs::copy_file(vault, old);
  ASSERT_EQ(run({"key", "generate", "main", "--role", "read"}), kOk) << err_;
  note_vault();
  ASSERT_EQ(run({"key", "generate", "main", "--role", "trade"}), kOk) << err_;  // newer is well
  const auto put_back = [&] {
    fs::copy_file(old, vault, fs::copy_options::overwrite_existing);
    fs::permissions(vault, fs::perms::owner_read | fs::perms::owner_write);
  };
  put_back();
  EXPECT_EQ(add_trade_key(), kFailed);
  EXPECT_NE(err_.find("vault.rolled_back"), err_.npos) << err_;
  EXPECT_EQ(run({"vault", "list", "test"}), kFailed);
  std::ofstream(realm_ / "keystile.toml", std::ios::app)
      << "[egress]\nsources = [\"https://127.0.0.1:1/\"]\n";
  EXPECT_EQ(run({"doctor"}), kNo);
  EXPECT_NE(out_.find("test.vault is older than what this realm last used"), out_.npos) << out_;

  // Changed by an earlier build, it has the epoch that the ledger knows.
  const auto unlock = vault::unlock_from_file((realm_ / "unlock" / "test.key").string()).value();
  auto changed = vault::Vault::open(vault.string(), "test", unlock).value();
  ASSERT_TRUE(changed.add_pair("key/x", crypto::KeyAlgorithm::kEd25519, system_clock()));
  EXPECT_EQ(run({"doctor"}), kNo);
  EXPECT_NE(out_.find("test.vault is not the file of epoch 2"), out_.npos) << out_;
}

// A key that leaked must not stay for that. What of the ledger can be proven still tells an old
// file.
TEST_F(KeysTest, ADamagedLedgerIsInNobodysWay) {
  ASSERT_EQ(run({"vault", "init", "test"}), kOk) << err_;
  const fs::path vault = realm_ / "vault" / "test.vault", old = realm_ / "old.vault";
  fs::copy_file(vault, old);
  ASSERT_EQ(add_trade_key(), kOk) << err_;
  note_vault();
  const fs::path ledger = realm_ / "ledger";
  for (const auto& each : fs::recursive_directory_iterator(ledger / "tile" / "entries")) {
    if (each.is_regular_file()) fs::resize_file(each.path(), each.file_size() - 1);
  }
  EXPECT_EQ(add_trade_key(), kFailed);  // it would need to know the policy in force
  EXPECT_NE(err_.find("keystile ledger fsck"), err_.npos) << err_;
  const std::string key = (realm_ / "unlock" / "new.key").string();
  fs::copy_file(vault, realm_ / "new.vault");
  const auto put = [&](const fs::path& from) {
    fs::copy_file(from, vault, fs::copy_options::overwrite_existing);
    fs::permissions(vault, fs::perms::owner_read | fs::perms::owner_write);
  };
  put(old);
  EXPECT_EQ(run({"vault", "rewrap", "test", "--key-file", key}), kFailed);
  EXPECT_NE(err_.find("vault.rolled_back"), err_.npos) << err_;
  put(realm_ / "new.vault");
  EXPECT_EQ(run({"vault", "remove", "test", "key/main/trade"}), kOk) << err_;
  EXPECT_EQ(run({"vault", "rewrap", "test", "--key-file", key}), kOk) << err_;

  fs::copy_file(key, realm_ / "unlock" / "test.key", fs::copy_options::overwrite_existing);
  fs::remove(ledger / "checkpoint");
  EXPECT_EQ(run({"vault", "list", "test"}), kFailed);
  EXPECT_NE(err_.find("keystile ledger fsck"), err_.npos) << err_;
}

TEST_F(KeysTest, AVaultThatIsLostIsFollowedByANewOneOrAnOldOneThatIsMeant) {
  ASSERT_EQ(run({"vault", "init", "test"}), kOk) << err_;
  const fs::path vault = realm_ / "vault" / "test.vault", old = realm_ / "old.vault";
  fs::copy_file(vault, old);
  ASSERT_EQ(add_trade_key(), kOk) << err_;
  note_vault();
  fs::remove(vault);
  ASSERT_EQ(run({"vault", "init", "test"}), kOk) << err_;
  EXPECT_EQ(add_trade_key(), kOk) << err_;

  fs::copy_file(old, vault, fs::copy_options::overwrite_existing);
  fs::permissions(vault, fs::perms::owner_read | fs::perms::owner_write);
  const std::string key = (realm_ / "unlock" / "new.key").string();
  EXPECT_EQ(run({"vault", "rewrap", "test", "--key-file", key}), kFailed);
  EXPECT_NE(err_.find("vault.rolled_back"), err_.npos) << err_;
  EXPECT_EQ(run({"vault", "rewrap", "test", "--key-file", key, "--put-back"}), kOk) << err_;
  fs::copy_file(key, realm_ / "unlock" / "test.key", fs::copy_options::overwrite_existing);
  EXPECT_EQ(add_trade_key(), kOk) << err_;
}

TEST_F(KeysTest, APairShowsOnlyItsPublicHalf) {
  ASSERT_EQ(run({"vault", "init", "test"}), kOk) << err_;
  ASSERT_EQ(run({"key", "generate", "main", "--role", "read"}), kOk) << err_;
  EXPECT_NE(out_.find("BEGIN PUBLIC KEY"), out_.npos) << out_;
  EXPECT_NE(out_.find("vault = \"key/main/read\""), out_.npos) << out_;
  ASSERT_EQ(run({"key", "set-id", "main", "--role", "read", "--id", "UPLOADED"}), kOk) << err_;
  ASSERT_EQ(run({"--json", "vault", "list", "test"}), kOk) << err_;
  const auto listed = json::parse(out_);
  ASSERT_TRUE(listed) << out_;
  const json::Value& entry = listed->find("entries")->if_array()->at(0);
  EXPECT_EQ(entry.text("name"), "key/main/read");
  EXPECT_EQ(entry.text("id"), "UPLOADED");
  EXPECT_EQ(entry.text("algorithm"), "rsa");
  EXPECT_EQ(run({"key", "generate", "o", "--role", "trade"}), kFailed);  // OKX has no pairs
  EXPECT_NE(err_.find("key.algorithm"), err_.npos) << err_;
}

TEST_F(KeysTest, ANewSealingKeyReplacesTheOld) {
  ASSERT_EQ(run({"vault", "init", "test"}), kOk) << err_;
  ASSERT_EQ(add_trade_key(), kOk) << err_;
  const std::string key_file = realm_ / "unlock" / "new.key";
  EXPECT_EQ(run({"vault", "rewrap", "test"}), kFailed);
  ASSERT_EQ(run({"vault", "rewrap", "test", "--key-file", key_file}), kOk) << err_;
  EXPECT_NE(out_.find(key_file), out_.npos) << out_;
  EXPECT_EQ(run({"vault", "list", "test"}), kFailed);
  EXPECT_NE(err_.find("vault.locked"), err_.npos) << err_;
  fs::rename(key_file, realm_ / "unlock" / "test.key");
  ASSERT_EQ(run({"vault", "list", "test"}), kOk) << err_;
  EXPECT_NE(out_.find("key/main/trade"), out_.npos) << out_;
  ASSERT_EQ(run({"vault", "remove", "test", "key/main/trade"}), kOk) << err_;
  EXPECT_EQ(run({"vault", "remove", "test", "key/main/trade"}), kFailed);
}

TEST_F(KeysTest, SecretsAreNeverWordsOfTheCommand) {
  ASSERT_EQ(run({"vault", "init", "test"}), kOk) << err_;
  EXPECT_EQ(run({"key", "add", "main", "--role", "trade", "--id", "x", "--secret", "y"}), kUsage);
  EXPECT_EQ(run({"vault", "add", "test", "a", "--secret", "y"}), kUsage);
}

TEST_F(KeysTest, MistakesAreSaidInWords) {
  ASSERT_EQ(run({"vault", "init", "test"}), kOk) << err_;
  EXPECT_EQ(run({"key", "show", "nobody", "--role", "read"}), kFailed);
  EXPECT_NE(err_.find("account.unknown"), err_.npos) << err_;
  EXPECT_EQ(run({"key", "show", "main", "--role", "boss"}), kFailed);
  EXPECT_NE(err_.find("key.role"), err_.npos) << err_;
  for (const char* role : {"withdraw", "admin"}) {
    EXPECT_EQ(run({"key", "add", "main", "--role", role, "--id", "x"}), kFailed);
    EXPECT_NE(err_.find("key.executors"), err_.npos) << err_;
  }
  EXPECT_EQ(run({"key", "show", "main", "--role", "trade"}), kFailed);
  EXPECT_NE(err_.find("vault.unknown"), err_.npos) << err_;
  EXPECT_EQ(run({"key", "add", "main", "--role", "trade", "--id", "x", "--algorithm", "rsa"}),
            kFailed);
  EXPECT_NE(err_.find("--secret-fd"), err_.npos) << err_;
}

}  // namespace
}  // namespace keystile::cli
