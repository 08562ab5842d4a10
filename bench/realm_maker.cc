// Makes the realm that is measured: one Binance account, as many clients and ledger entries as
// told.
#include <fmt/format.h>

#include <filesystem>

#include "base/encoding.h"
#include "bench/commands.h"
#include "bench/orders.h"
#include "ledger/disk.h"
#include "signer/realm.h"

namespace keystile::bench {
namespace {

constexpr const char* kVaults[] = {"node", "test"};

class PastClock final : public Clock {
 public:
  explicit PastClock(WallTime from) : wall_(from) {}
  WallTime wall() const override { return wall_; }
  MonoTime mono() const override { return MonoTime{} + wall_.time_since_epoch(); }
  void advance(Millis by) { wall_ += by; }

 private:
  WallTime wall_;
};

// What is made here may be made again.
class HastyDisk final : public ledger::Disk {
 public:
  int sync(int) override { return 0; }
};

std::string realm_text(uint64_t upstream_port) {
  return fmt::format(R"([realm]
name = "bench"
currency = "USD"
currency_assets = ["USD", "USDT"]

[[environment]]
name = "test"
tier = "test"
[[environment.upstream]]
exchange = "binance"
hosts = {{ api = "http://127.0.0.1:{0}", sapi = "http://127.0.0.1:{0}" }}
rate_limit_percent = 1000000

[[account]]
name = "main"
exchange = "binance"
environment = "test"
kind = "trading"
[[account.key]]
role = "read"
vault = "key/main/read"
[[account.key]]
role = "trade"
vault = "key/main/trade"
)",
                     upstream_port);
}

std::string clients_text(size_t first, size_t end) {
  std::string out;
  for (size_t i = first; i < end; ++i) {
    out += fmt::format(R"(
[[client]]
name = "{0}"
account = "main"
key_id = "{1}"
vault = "client/{0}"
scopes = ["market", "read", "trade"]
networks = ["127.0.0.0/8"]
instruments = ["BTCUSDT", "ETHUSDT"]
products = ["spot"]
max_order_notional = "1000"
daily_exposure = "1000000000000"
price_band = "0.05"
orders_per_second = 1000000
open_orders = 1000000
)",
                       client_name(i), virtual_key_id(i));
  }
  return out;
}

Status write_policy(const signer::Layout& layout, uint64_t upstream_port, size_t clients) {
  constexpr size_t kClientsInFile = 2000;
  KS_CHECK(signer::write_file(layout.policy() + "/realm.toml", realm_text(upstream_port), 0600));
  for (size_t first = 0; first < clients; first += kClientsInFile) {
    const size_t end = std::min(clients, first + kClientsInFile);
    KS_CHECK(signer::write_file(fmt::format("{}/clients-{}.toml", layout.policy(), first),
                                clients_text(first, end), 0600));
  }
  return {};
}

Result<vault::NewEntry> hmac_entry(std::string name, std::string key_id, std::string_view secret) {
  vault::NewEntry entry;
  entry.name = std::move(name);
  entry.key_id = std::move(key_id);
  KS_TRY(entry.secret, SecretBytes::copy_of(secret));
  return entry;
}

Result<vault::Vault> make_vault(const signer::Layout& layout, const std::string& name) {
  KS_CHECK(vault::create_key_file(layout.unlock_key(name)));
  KS_TRY(const auto unlock, vault::unlock_from_file(layout.unlock_key(name)));
  KS_CHECK(vault::Vault::create(layout.vault(name), name, unlock, system_clock()));
  return vault::Vault::open(layout.vault(name), name, unlock);
}

Status fill_vault(const signer::Layout& layout, size_t clients) {
  KS_TRY(vault::Vault vault, make_vault(layout, "test"));
  std::vector<vault::NewEntry> entries;
  for (const char* role : {"read", "trade"}) {
    KS_TRY(auto entry,
           hmac_entry(fmt::format("key/main/{}", role), std::string(kRealKeyId), kRealSecret));
    entries.push_back(std::move(entry));
  }
  for (size_t i = 0; i < clients; ++i) {
    KS_TRY(auto entry,
           hmac_entry("client/" + client_name(i), virtual_key_id(i), virtual_secret(i)));
    entries.push_back(std::move(entry));
  }
  return vault.add(std::move(entries), system_clock());
}

// Entries of the last weeks, evenly spread, as reads and their outcomes leave them.
Status fill_ledger(const ledger::Ledger::Options& options, const crypto::SigningKey& key,
                   uint64_t entries) {
  KS_CHECK(ledger::Ledger::create(options, key, system_clock()));
  if (entries == 0) return {};
  constexpr std::chrono::hours kPast{30 * 24};
  PastClock clock(system_clock().wall() - kPast);
  const Millis step{std::max<int64_t>(
      1, std::chrono::duration_cast<Millis>(kPast).count() / static_cast<int64_t>(entries))};
  HastyDisk disk;
  KS_TRY(const auto ledger, ledger::Ledger::open(options, key, clock, disk));
  for (uint64_t i = 0; i < entries; ++i) {
    const auto entry = json::object(
        {{"type", "outcome"}, {"request", i}, {"status", 200}, {"outcome", "accepted"}});
    KS_CHECK(ledger->append(entry, ledger::Priority::kOrdinary));
    clock.advance(std::min(step, Millis{1000}));
    if (i % 200'000 == 199'999) {
      KS_CHECK(ledger->sync());  // or the queue would hold them all
    }
  }
  return ledger->sync();
}

Status fill_node(const signer::Layout& layout, uint64_t entries) {
  KS_TRY(vault::Vault node, make_vault(layout, "node"));
  KS_TRY(crypto::KeyPair pair, crypto::generate_key_pair(crypto::KeyAlgorithm::kEd25519));
  vault::NewEntry entry;
  entry.name = "ledger";
  entry.algorithm = crypto::KeyAlgorithm::kEd25519;
  entry.secret = std::move(pair.private_pem);
  KS_CHECK(node.add(std::move(entry), system_clock()));
  ledger::Ledger::Options options;
  options.folder = layout.ledger();
  options.origin = "keystile/bench";
  return fill_ledger(options, *node.signing_key("ledger"), entries);
}

}  // namespace

Status make_realm(const Arguments& arguments) {
  const signer::Layout layout(arguments[0]);
  const uint64_t port = parse_uint64(arguments[1]).value_or(0);
  const size_t clients = parse_uint64(arguments[2]).value_or(1);
  for (const char* part : {"policy", "adopted", "vault", "unlock", "run"})
    std::filesystem::create_directories(layout.root() + "/" + part);
  std::string settings = "[ledger]\norigin = \"keystile/bench\"\n";
  for (const char* name : kVaults)
    settings += fmt::format("[unlock.{0}]\nkey_file = \"unlock/{0}.key\"\n", name);
  KS_CHECK(signer::write_file(layout.settings(), settings, 0600));
  KS_CHECK(write_policy(layout, port, clients));
  KS_CHECK(fill_vault(layout, clients));
  KS_CHECK(fill_node(layout, parse_uint64(arguments[3]).value_or(0)));
  KS_TRY(const auto realm, signer::Realm::open(layout.root(), nullptr, system_clock()));
  KS_TRY(const auto adopted, realm->adopt("bench"));
  return {};
}

}  // namespace keystile::bench
