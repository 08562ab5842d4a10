// `keystile policy` and `keystile explain`, as a person runs them.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "base/json.h"
#include "base/temp_folder_for_test.h"
#include "cli/commands.h"
#include "cli/policy_edit.h"
#include "crypto/keys.h"
#include "ledger/ledger.h"
#include "signer/layout.h"
#include "vault/vault.h"

namespace keystile::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPolicy = R"([realm]
name = "test"
currency_assets = ["USDT"]
[[environment]]
name = "test"
tier = "test"
[[environment.upstream]]
exchange = "bybit"
hosts = {rest = "http://127.0.0.1:1"}
[[account]]
name = "main"
exchange = "bybit"
environment = "test"
kind = "trading"
[[client]]
name = "bot"
account = "main"
profile = "spot-only"
key_id = "id"
vault = "client/bot"
networks = ["127.0.0.1"]
instruments = ["BTCUSDT"]
)";

class PolicyTest : public testing::Test {
 protected:
  PolicyTest() {
    for (const char* folder : {"policy", "vault", "unlock", "adopted"}) {
      fs::create_directories(realm_ / folder);
      fs::permissions(realm_ / folder, fs::perms::owner_all);
    }
    std::ofstream(realm_ / "keystile.toml") << "[ledger]\norigin = \"keystile/test\"\n"
                                               "[unlock.node]\nkey_file = \"unlock/node.key\"\n";
    write(kPolicy);
    make_ledger();
  }

  void make_ledger() {
    const signer::Layout layout(realm_.string());
    const std::string key_file = layout.unlock_key("node");
    ASSERT_TRUE(vault::create_key_file(key_file));
    const auto unlock = vault::unlock_from_file(key_file);
    ASSERT_TRUE(unlock) << unlock.error().message;
    ASSERT_TRUE(vault::Vault::create(layout.vault("node"), "node", *unlock, system_clock()));
    auto node = vault::Vault::open(layout.vault("node"), "node", *unlock);
    ASSERT_TRUE(node) << node.error().message;
    auto pair = crypto::generate_key_pair(crypto::KeyAlgorithm::kEd25519);
    ASSERT_TRUE(pair);
    vault::NewEntry entry;
    entry.name = "ledger";
    entry.algorithm = crypto::KeyAlgorithm::kEd25519;
    entry.secret = std::move(pair->private_pem);
    ASSERT_TRUE(node->add(std::move(entry), system_clock()));
    ledger::Ledger::Options options;
    options.folder = layout.ledger();
    options.origin = "keystile/test";
    ASSERT_TRUE(ledger::Ledger::create(options, *node->signing_key("ledger"), system_clock()));
  }

  // As a gate records it: an order of so many BTC at 50000, by the client bot.
  void record_order(const std::string& quantity, const std::string& notional) {
    const signer::Layout layout(realm_.string());
    const auto unlock = vault::unlock_from_file(layout.unlock_key("node"));
    auto node = vault::Vault::open(layout.vault("node"), "node", *unlock);
    ledger::Ledger::Options options;
    options.folder = layout.ledger();
    options.origin = "keystile/test";
    auto ledger = ledger::Ledger::open(options, *node->signing_key("ledger"), system_clock());
    ASSERT_TRUE(ledger) << ledger.error().message;
    const auto entry = json::parse(
        R"({"type":"request","client":"bot","account":"main","exchange":"bybit",)"
        R"("environment":"test","source":"127.0.0.1","route":"POST /v5/order/create","policy":1,)"
        R"("summary":"buy\u001b[31m","rule":"grant.scope trade","reserved":")" +
        notional + R"(","scope":"trade","act":"orders","legs":[{"action":"place",)" +
        R"("product":"spot","instrument":"BTCUSDT","side":"buy","order_type":"limit","quantity":")" +
        quantity + R"(","price":"50000","notional":")" + notional +
        R"("}],"market":[{"product":"spot","instrument":"BTCUSDT","quote":"USDT","price":"50000"}],)" +
        R"("replay":")" + std::string(64, 'a') + R"(","until":0,"salt":")" + std::string(32, '0') +
        R"(","body":")" + std::string(64, 'b') + "\"}");
    ASSERT_TRUE(entry) << entry.error().message;
    ASSERT_TRUE((*ledger)->append(*entry, ledger::Priority::kOrdinary));
  }

  void write(const std::string& text) {
    std::ofstream(realm_ / "policy" / "realm.toml", std::ios::trunc) << text;
  }

  int run(std::vector<std::string> words) {
    words.insert(words.begin(), {"keystile", "--realm", realm_.string()});
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int code = run_cli(static_cast<int>(argv.size()), argv.data(),
                             {add_policy, add_explain, add_client, add_vault, add_key});
    out_ = testing::internal::GetCapturedStdout();
    err_ = testing::internal::GetCapturedStderr();
    return code;
  }
  bool said(const std::string& text) const { return out_.find(text) != out_.npos; }

  TempFolder temp_;
  fs::path realm_ = temp_.path();
  std::string out_, err_;
};

TEST_F(PolicyTest, CheckNamesFileAndLine) {
  EXPECT_EQ(run({"policy", "check"}), kOk) << out_ << err_;
  EXPECT_TRUE(said("realm.toml:15: warning: no expiry")) << out_;
  write(std::string(kPolicy) + "max_order_notional = 5.5\n");
  EXPECT_EQ(run({"policy", "check"}), kNo);
  EXPECT_TRUE(said("realm.toml:23: error: max_order_notional must be an amount in quotes")) << out_;
  EXPECT_EQ(run({"--json", "policy", "check"}), kNo);
  EXPECT_FALSE(*json::parse(out_).value().find("ok")->if_bool());
}

TEST_F(PolicyTest, ChangesArePlannedAppliedAndRemembered) {
  EXPECT_EQ(run({"policy", "show"}), kFailed);
  EXPECT_EQ(run({"policy", "plan"}), kOk) << err_;
  EXPECT_TRUE(said("+ client bot: new, on account main")) << out_;
  ASSERT_EQ(run({"policy", "apply"}), kOk) << err_;
  EXPECT_EQ(run({"policy", "plan"}), kOk);
  EXPECT_TRUE(said("Nothing would change")) << out_;

  write(std::string(kPolicy) + "max_order_notional = \"5000\"\n");
  EXPECT_EQ(run({"policy", "plan"}), kOk);
  EXPECT_TRUE(said("+ client bot: max_order_notional 1000 → 5000")) << out_;
  ASSERT_EQ(run({"policy", "apply"}), kOk) << err_;
  EXPECT_EQ(run({"policy", "history"}), kOk);
  EXPECT_TRUE(said("version 1") && said("version 2") && said("max_order_notional")) << out_;
  EXPECT_EQ(run({"policy", "show"}), kOk);
  EXPECT_TRUE(said("max_order_notional = \"5000\"")) << out_;
  EXPECT_EQ(run({"policy", "show", "1"}), kOk);
  EXPECT_FALSE(said("max_order_notional")) << out_;
  EXPECT_EQ(run({"policy", "show", "3"}), kFailed);

  write("[realm\n");
  EXPECT_EQ(run({"policy", "apply"}), kFailed);
  EXPECT_NE(err_.find("realm.toml:1: error"), err_.npos) << err_;
  EXPECT_EQ(run({"policy", "show"}), kOk);
  EXPECT_TRUE(said("# policy version 2")) << out_;
}

TEST_F(PolicyTest, AnEarlierVersionComesBackAsANewOne) {
  ASSERT_EQ(run({"policy", "apply"}), kOk) << err_;
  write(std::string(kPolicy) + "max_order_notional = \"77\"\n");
  ASSERT_EQ(run({"policy", "apply"}), kOk) << err_;
  ASSERT_EQ(run({"policy", "diff", "2", "1"}), kOk) << err_;
  EXPECT_TRUE(said("+ client bot: max_order_notional 77 → 1000")) << out_;
  ASSERT_EQ(run({"policy", "diff", "1"}), kOk) << err_;
  EXPECT_TRUE(said("- client bot: max_order_notional 1000 → 77")) << out_;
  ASSERT_EQ(run({"policy", "rollback", "1"}), kOk) << err_;
  ASSERT_EQ(run({"policy", "diff", "1", "3"}), kOk) << err_;
  EXPECT_TRUE(said("Versions 1 and 3 say the same.")) << out_;
  EXPECT_EQ(run({"policy", "rollback", "4"}), kFailed);
  EXPECT_NE(err_.find("policy.version"), err_.npos) << err_;
}

TEST_F(PolicyTest, TheSuggestionFromTheLedgerIsAPolicyThatAllowsWhatWas) {
  ASSERT_EQ(run({"policy", "apply"}), kOk) << err_;
  EXPECT_EQ(run({"policy", "suggest", "bot"}), kFailed);
  EXPECT_NE(err_.find("suggest.nothing"), std::string::npos) << err_;
  EXPECT_EQ(run({"policy", "suggest", "nobody"}), kFailed);
  EXPECT_EQ(run({"policy", "suggest", "bot", "--since", "7x"}), kFailed);
  EXPECT_NE(err_.find("7d, 12h or 30m"), std::string::npos) << err_;
  record_order("0.005", "250");
  record_order("0.0123", "615");
  ASSERT_EQ(run({"policy", "suggest", "bot", "--since", "1h"}), kOk) << err_;
  EXPECT_TRUE(said("max_order_notional = \"620\"")) << out_;
  EXPECT_TRUE(said("# largest seen 615 USD in entry 3")) << out_;
  write(std::string(kPolicy, std::string(kPolicy).find("[[client]]")) + out_);
  ASSERT_EQ(run({"--json", "policy", "plan", "--replay", "1h"}), kOk) << out_ << err_;
  const json::Value replay = *json::parse(out_).value().find("replay");
  EXPECT_EQ(replay.text("judged"), "2");
  EXPECT_EQ(replay.text("same"), "2");
}

TEST_F(PolicyTest, AReplayTellsWhatWouldHaveBeenRefused) {
  ASSERT_EQ(run({"policy", "apply"}), kOk) << err_;
  record_order("0.005", "250");
  record_order("0.0123", "615");
  write(std::string(kPolicy) + "max_order_notional = \"500\"\n");
  ASSERT_EQ(run({"policy", "plan", "--replay", "7d"}), kOk) << out_ << err_;
  EXPECT_TRUE(said("Replayed 2 recorded requests: 1 come out the same.")) << out_;
  EXPECT_TRUE(said("now refused       1  bot              grant.max_order_notional   3")) << out_;
  EXPECT_TRUE(said("buy?[31m: order of 615 USD is above the 500 USD limit")) << out_;
  write(std::string(kPolicy) + "networks = [\"10.0.0.1\"]\n");
  EXPECT_EQ(run({"policy", "plan", "--replay", "7d"}), kNo) << out_;  // twice the same field
}

TEST_F(PolicyTest, ARevocationNeedsNoTidyFolderAndBringsNothingElse) {
  ASSERT_EQ(run({"policy", "apply"}), kOk) << err_;
  write(std::string(kPolicy) + "max_order_notional = \"999999\"\n");
  std::ofstream(realm_ / "policy" / "half.toml") << "[[client";
  ASSERT_EQ(run({"client", "revoke", "bot"}), kOk) << out_ << err_;
  EXPECT_TRUE(said("client bot: revoked is now true")) << out_;
  EXPECT_FALSE(said("999999")) << out_;
  fs::remove(realm_ / "policy" / "half.toml");
  EXPECT_EQ(run({"policy", "plan"}), kOk) << out_ << err_;
  EXPECT_TRUE(said("999999")) << out_;    // still to be decided
  EXPECT_FALSE(said("revoked")) << out_;  // the folder says it too
  EXPECT_EQ(run({"client", "revoke", "nobody"}), kFailed);
}

TEST_F(PolicyTest, RevokedAtOnceNoneComesBack) {
  std::string policy = kPolicy;
  std::vector<std::string> names;
  for (const std::string name : {"a", "b", "c", "d", "e", "f"}) {
    policy += "[[client]]\nname = \"" + name + "\"\naccount = \"main\"\nkey_id = \"id-" + name +
              "\"\nvault = \"client/" + name + "\"\n";
    names.push_back(name);
  }
  write(policy);
  ASSERT_EQ(run({"policy", "apply"}), kOk) << err_;
  std::vector<pid_t> children;
  for (const std::string& name : names) {
    children.push_back(fork());
    if (children.back() == 0) _exit(run({"client", "revoke", name}));
  }
  for (const pid_t child : children) {
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == kOk) << status;
  }
  ASSERT_EQ(run({"client", "list"}), kOk) << err_;
  for (const std::string& name : names) {
    EXPECT_TRUE(said("\n" + name + std::string(20, ' ') + "revoked")) << name << "\n" << out_;
  }
  ASSERT_EQ(run({"policy", "plan"}), kOk) << err_;
  EXPECT_FALSE(said("revoked")) << out_;  // nor does the folder bring one back
}

TEST_F(PolicyTest, EditsOfOneFileAtOnceLoseNothing) {
  constexpr size_t kClients = 12;
  std::string policy = kPolicy;
  for (size_t i = 0; i < kClients; ++i) {
    policy += "[[client]]\nname = \"c" + std::to_string(i) + "\"\n";
  }
  write(policy);
  const std::string folder = (realm_ / "policy").string();
  std::vector<pid_t> children;
  for (size_t i = 0; i < kClients; ++i) {
    children.push_back(fork());
    if (children.back() == 0) {
      _exit(set_client_field(folder, "c" + std::to_string(i), "revoked", "true") ? kOk : kFailed);
    }
  }
  for (const pid_t child : children) {
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, kOk);
  }
  const std::string text = signer::read_file(folder + "/realm.toml").value();
  size_t revoked = 0;
  for (size_t at = 0; (at = text.find("revoked = true", at)) != text.npos; ++at) ++revoked;
  EXPECT_EQ(revoked, kClients) << text;
}

// Else whoever takes back a rotation that was refused brings a client back.
TEST_F(PolicyTest, WhatOthersEditedMeanwhileIsNotTakenBack) {
  write(kPolicy + std::string("[[client]]\nname = \"c\"\n"));
  const std::string folder = (realm_ / "policy").string();
  const auto text = [&] { return signer::read_file(folder + "/realm.toml").value(); };
  const std::string before = text();
  auto edit = set_client_field(folder, "c", "key_id", "\"new\"");
  ASSERT_TRUE(edit);
  ASSERT_TRUE(undo(folder, *edit));
  EXPECT_EQ(text(), before);
  edit = set_client_field(folder, "c", "key_id", "\"new\"");
  ASSERT_TRUE(set_client_field(folder, "c", "revoked", "true"));
  EXPECT_EQ(undo(folder, *edit).error().code, "policy.edited");
  EXPECT_NE(text().find("revoked = true"), std::string::npos);
}

TEST_F(PolicyTest, AFormatNobodyKnowsCostsNoSecret) {
  ASSERT_EQ(run({"policy", "apply"}), kOk) << err_;
  EXPECT_NE(run({"client", "add", "new", "--account", "main", "--profile", "spot-only", "--format",
                 "yaml"}),
            kOk);
  EXPECT_NE(err_.find("format.unknown"), std::string::npos) << err_;
  EXPECT_FALSE(fs::exists(realm_ / "policy" / "client-new.toml"));
}

// A gate that takes commands and says this to each, or goes without a word.
class GateForTest {
 public:
  GateForTest(const fs::path& realm, std::string answer) : answer_(std::move(answer)) {
    fs::create_directories(realm / "run");
    const std::string path = signer::Layout(realm.string()).control_socket();
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    ::unlink(path.c_str());
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(::listen(socket_, 4), 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~GateForTest() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
  }

 private:
  void serve() {
    for (int client; (client = ::accept(socket_, nullptr, nullptr)) >= 0; ::close(client)) {
      char c = 0;
      while (c != '\n' && ::read(client, &c, 1) == 1) continue;
      EXPECT_EQ(::write(client, answer_.data(), answer_.size()),
                static_cast<ssize_t>(answer_.size()));
    }
  }

  std::string answer_;
  int socket_ = ::socket(AF_UNIX, SOCK_STREAM, 0);
  std::thread thread_;
};

constexpr const char* kRefuses = "{\"error\":\"test.no\",\"message\":\"no\"}\n";
// What was lost, and what the gate itself does not know.
const std::string kUnknown[] = {
    "", "{\"error\":\"ledger.io\",\"message\":\"the disk\",\"unknown\":true}\n"};

class LostAnswer : public PolicyTest {
 protected:
  LostAnswer() {
    std::ofstream(realm_ / "keystile.toml", std::ios::app)
        << "[unlock.test]\nkey_file = \"unlock/test.key\"\n";
    EXPECT_EQ(run({"vault", "init", "test"}), kOk) << err_;
    EXPECT_EQ(run({"policy", "apply"}), kOk) << err_;
  }
  // What the vault has of that client's.
  size_t keys_of(const std::string& client) {
    EXPECT_EQ(run({"--json", "vault", "list", "test"}), kOk) << err_;
    const auto listed = json::parse(out_).value();
    size_t count = 0;
    for (const json::Value& entry : *listed.find("entries")->if_array()) {
      count += entry.text("name").starts_with("client/" + client + "/");
    }
    return count;
  }
  std::string text() { return signer::read_file(realm_ / "policy" / "realm.toml").value(); }
};

TEST_F(LostAnswer, AClientThatMayBeInForceIsNotTakenBack) {
  const fs::path file = realm_ / "policy" / "client-new.toml";
  const auto add = [&](const std::string& answer) {
    const GateForTest gate(realm_, answer);
    return run({"client", "add", "new", "--account", "main", "--profile", "spot-only"});
  };
  EXPECT_NE(add(kRefuses), kOk);
  EXPECT_FALSE(fs::exists(file));
  EXPECT_EQ(keys_of("new"), 0u);
  for (const std::string& answer : kUnknown) {
    EXPECT_NE(add(answer), kOk);
    const std::string told = err_;
    EXPECT_NE(told.find("`keystile client rotate new` prints a key for it"), told.npos) << told;
    EXPECT_TRUE(fs::exists(file));
    EXPECT_EQ(keys_of("new"), 1u);
    // As it says.
    EXPECT_NE(told.find("remove " + file.string()), told.npos) << told;
    fs::remove(file);
    const std::string remove = "vault remove test ";
    const size_t at = told.find(remove) + remove.size();
    EXPECT_EQ(run({"vault", "remove", "test", told.substr(at, told.find('`', at) - at)}), kOk);
  }
}

TEST_F(LostAnswer, ARotationThatMayBeInForceIsNotTakenBack) {
  const std::string before = text();
  const auto rotate = [&](const std::string& answer) {
    const GateForTest gate(realm_, answer);
    return run({"client", "rotate", "bot"});
  };
  EXPECT_NE(rotate(kRefuses), kOk);
  EXPECT_NE(text().find("key_id = \"id\""), std::string::npos);
  EXPECT_EQ(keys_of("bot"), 0u);
  for (size_t i = 0; i < std::size(kUnknown); ++i) {
    EXPECT_NE(rotate(kUnknown[i]), kOk);
    EXPECT_NE(err_.find("`keystile client rotate bot` gives it a key"), err_.npos) << err_;
    EXPECT_EQ(text().find("key_id = \"id\""), std::string::npos);
    EXPECT_EQ(keys_of("bot"), i + 1);
  }
}

// Whoever edits the folder leads no key into another vault.
TEST_F(LostAnswer, AKeyGoesWhereThePolicyInForceHasItsAccount) {
  const std::string before = text();
  std::string edited = before + "[[environment]]\nname = \"open\"\ntier = \"test\"\n";
  const std::string was = "environment = \"test\"";
  edited.replace(edited.find(was), was.size(), "environment = \"open\"");
  write(edited);
  for (const char* what : {"add", "generate", "show"}) {
    std::vector<std::string> words{"key", what, "main", "--role", "read"};
    if (*what == 'a') words.insert(words.end(), {"--id", "ID", "--secret-fd", "0"});
    EXPECT_EQ(run(words), kFailed);
    EXPECT_NE(err_.find("account.edited"), err_.npos) << err_;
  }
  write(before +
        "[[account]]\nname = \"new\"\nexchange = \"bybit\"\nenvironment = \"test\"\n"
        "kind = \"trading\"\n");
  EXPECT_EQ(run({"key", "generate", "main", "--role", "read"}), kOk) << err_;
  EXPECT_EQ(run({"key", "generate", "new", "--role", "read"}), kOk) << err_;
}

TEST_F(PolicyTest, ExplainNamesTheRule) {
  EXPECT_EQ(run({"explain", "bot", "GET", "/v5/account/info"}), kFailed);
  ASSERT_EQ(run({"policy", "apply"}), kOk) << err_;
  EXPECT_EQ(run({"explain", "nobody", "GET", "/v5/account/info"}), kFailed);
  EXPECT_EQ(run({"explain", "bot", "GET", "/v5/account/info"}), kOk) << out_ << err_;
  EXPECT_TRUE(said("ALLOWED  by grant.scope read")) << out_;
  EXPECT_EQ(run({"explain", "bot", "GET", "/v5/market/time"}), kOk);
  EXPECT_EQ(run({"explain", "bot", "GET", "/v5//account/info"}), kNo);
  EXPECT_TRUE(said("REFUSED  route.unknown")) << out_;
  const std::string order = R"("symbol":"BTCUSDT","side":"Buy","orderType":"Limit","qty":"1",)"
                            R"("price":"50000"})";
  EXPECT_EQ(run({"--json", "explain", "bot", "POST", "/v5/order/create", "--body",
                 R"({"category":"linear",)" + order}),
            kNo);
  EXPECT_EQ(json::parse(out_).value().text("rule"), "grant.product");
  // The exchange cannot be reached here, so there is no price to judge it by.
  EXPECT_EQ(run({"--json", "explain", "bot", "POST", "/v5/order/create", "--body",
                 R"({"category":"spot",)" + order}),
            kNo);
  EXPECT_EQ(json::parse(out_).value().text("rule"), "notional.unknown") << out_;
}

}  // namespace
}  // namespace keystile::cli
