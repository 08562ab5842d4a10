#include "policy/loader.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace keystile::policy {
namespace {

constexpr const char* kBase = R"([realm]
name = "demo"
currency_assets = ["USDT"]

[[environment]]
name = "test"
tier = "test"
[[environment.upstream]]
exchange = "bybit"
hosts = {rest = "https://localhost:9001"}

[[account]]
name = "main"
exchange = "bybit"
environment = "test"
kind = "trading"
key = [
  {role = "read", vault = "r", ip_restricted = true, expires = 2027-01-01T00:00:00Z},
  {role = "trade", vault = "t", ip_restricted = true, expires = 2027-01-01T00:00:00Z},
]
)";

constexpr const char* kClient = R"([[client]]
name = "bot"
account = "main"
profile = "trading-bot"
key_id = "virtual-1"
vault = "client/bot"
expires = 2027-01-01T00:00:00+02:00
networks = ["127.0.0.1"]
instruments = ["BTCUSDT"]
)";

Loaded load_two(const std::string& base, const std::string& clients) {
  static const std::vector<exchanges::HostFamily> kHosts{
      {"rest", "api.bybit.com", "api-testnet.bybit.com"}};
  static const std::vector kAlgorithms{crypto::KeyAlgorithm::kHmacSha256};
  const std::vector<ExchangeFacts> exchanges{{"bybit", kHosts, kAlgorithms}};
  return load({{{"base.toml", base}, {"clients.toml", clients}}}, exchanges);
}

std::string list(const Loaded& loaded) {
  std::string text;
  for (const Finding& finding : loaded.findings) text += to_string(finding) + "\n";
  return text;
}

// Expects exactly this finding among the errors ("clients.toml:3 field.type") of a policy.
void expect_error(const std::string& base, const std::string& clients, const std::string& wanted) {
  const Loaded loaded = load_two(base, clients);
  EXPECT_FALSE(loaded.ok()) << wanted;
  for (const Finding& f : loaded.findings) {
    if (f.level != Finding::Level::kError) continue;
    if (f.file + ":" + std::to_string(f.line) + " " + f.rule == wanted) return;
  }
  ADD_FAILURE() << "wanted " << wanted << ", got:\n" << list(loaded);
}

std::string with(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, text.npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Loader, ReadsAWholePolicy) {
  const Loaded loaded = load_two(kBase, kClient);
  ASSERT_TRUE(loaded.ok()) << list(loaded);
  EXPECT_EQ(list(loaded), "");
  const Policy& policy = loaded.policy;
  EXPECT_EQ(policy.realm, "demo");
  EXPECT_EQ(policy.currency, "USD");
  EXPECT_EQ(policy.currency_assets, (std::vector<std::string>{"USDT", "USD"}));
  ASSERT_NE(policy.environment("test"), nullptr);
  EXPECT_EQ(policy.environment("test")->upstreams[0].hosts.at("rest"), "https://localhost:9001");
  ASSERT_NE(policy.account("main"), nullptr);
  EXPECT_EQ(policy.account("main")->keys[1].vault, "t");
  const Client* client = policy.client("bot");
  ASSERT_NE(client, nullptr);
  EXPECT_EQ(iso8601(*client->expires), "2026-12-31T22:00:00.000Z");
  EXPECT_EQ(client->grant.max_order_notional, Decimal(1000));  // from the profile
  EXPECT_EQ(client->grant.instruments, std::vector<std::string>{"BTCUSDT"});
}

TEST(Loader, ExplicitFieldsOverrideTheProfile) {
  const Loaded loaded = load_two(kBase, std::string(kClient) + R"(
products = ["spot"]
max_order_notional = "250.50"
price_band = "2.5%"
max_slippage_bps = "12.5"
min_depth = "50000"
orders_per_second = 3
reads_per_second = 7
allow_routes = ["GET /v5/*", "POST /v5/order/create"]
deny_routes = ["* /v5/spot-lever-token/*"]
order_types = ["limit"]
account_wide = true
hours = "Mon-Fri 09:00-17:00 Europe/Zurich"
)");
  ASSERT_TRUE(loaded.ok()) << list(loaded);
  const Grant& grant = loaded.policy.clients[0].grant;
  EXPECT_EQ(grant.products, std::vector{exchanges::Product::kSpot});
  EXPECT_EQ(grant.max_order_notional->str(), "250.5");
  EXPECT_EQ(grant.price_band.str(), "0.025");
  EXPECT_EQ(grant.max_slippage_bps, Decimal::parse("12.5").value());
  EXPECT_EQ(grant.min_depth, Decimal(50000));
  EXPECT_EQ(grant.orders_per_second, 3u);
  EXPECT_EQ(grant.reads_per_second, 7u);
  EXPECT_EQ(grant.open_orders, 50u);  // still the profile's
  EXPECT_TRUE(grant.allow_routes[0].matches("GET", "/v5/market/time"));
  EXPECT_TRUE(grant.account_wide);
  EXPECT_EQ(grant.hours->zone, "Europe/Zurich");
}

TEST(Loader, NamesFileAndLineOfWhatItCannotRead) {
  const std::string client = kClient;
  const struct {
    std::string clients;
    const char* wanted;
  } kCases[] = {
      {"[[client]\n", "clients.toml:1 toml.syntax"},
      {client + "[[clients]]\nname = \"x\"\n", "clients.toml:10 field.unknown"},
      {client + "max_order = \"1\"\n", "clients.toml:10 field.unknown"},
      {client + "max_order_notional = 1000.5\n", "clients.toml:10 field.type"},
      {client + "max_order_notional = 1000\n", "clients.toml:10 field.type"},
      {client + "max_order_notional = \"0\"\n", "clients.toml:10 field.value"},
      {client + "daily_exposure = \"-1\"\n", "clients.toml:10 field.value"},
      {client + "max_transfer = \"1e3\"\n", "clients.toml:10 field.value"},
      {client + "orders_per_second = \"5\"\n", "clients.toml:10 field.type"},
      {client + "orders_per_second = 0\n", "clients.toml:10 field.value"},
      {client + "open_orders = -1\n", "clients.toml:10 field.value"},
      {client + "price_band = \"51%\"\n", "clients.toml:10 field.value"},
      {client + "max_slippage_bps = \"5001\"\n", "clients.toml:10 field.value"},
      {client + "max_slippage_bps = 25\n", "clients.toml:10 field.type"},
      {client + "min_depth = \"0\"\n", "clients.toml:10 field.value"},
      {client + "price_band = \"0\"\n", "clients.toml:10 field.value"},
      {client + "price_band = 0.05\n", "clients.toml:10 field.type"},
      {client + "hours = \"Mon 09:00-17:00 Mars/Olympus\"\n", "clients.toml:10 field.value"},
      {client + "hours = \"always\"\n", "clients.toml:10 field.value"},
      {client + "revoked = \"no\"\n", "clients.toml:10 field.type"},
      {client + "scopes = \"trade\"\n", "clients.toml:10 field.type"},
      {client + "scopes = [\"trades\"]\n", "clients.toml:10 field.value"},
      {client + "scopes = [1]\n", "clients.toml:10 field.type"},
      {client + "products = [\"spot\", \"spot\"]\n", "clients.toml:10 field.value"},
      {client + "allow_routes = []\n", "clients.toml:10 field.value"},
      {client + "order_types = []\n", "clients.toml:10 field.value"},
      {client + "allow_routes = [\"GET /a*b\"]\n", "clients.toml:10 field.value"},
      {client + "deny_routes = [\"get /a\"]\n", "clients.toml:10 field.value"},
      {client + "transfer_assets = [\"*\"]\n", "clients.toml:10 field.value"},
      {client + "algorithm = \"sha1\"\n", "clients.toml:10 field.value"},
      {with(client, "\"127.0.0.1\"", "\"10.0.0.1/8\""), "clients.toml:8 field.value"},
      {with(client, "\"BTCUSDT\"", "\"B*C*\""), "clients.toml:9 field.value"},
      {with(client, "2027-01-01T00:00:00+02:00", "2027-01-01"), "clients.toml:7 field.type"},
      {with(client, "\"trading-bot\"", "\"yolo\""), "clients.toml:4 field.value"},
      {with(client, "name = \"bot\"\n", ""), "clients.toml:1 field.missing"},
      {with(client, "\"bot\"", "\"../bot\""), "clients.toml:2 field.value"},
      {with(client, "key_id = \"virtual-1\"\n", ""), "clients.toml:1 field.missing"},
      {client + "[realm]\nname = \"again\"\n", "clients.toml:10 realm.repeated"},
  };
  for (const auto& c : kCases) expect_error(kBase, c.clients, c.wanted);
}

TEST(Loader, SaysWhyMoneyIsAString) {
  const Loaded loaded = load_two(kBase, std::string(kClient) + "max_order_notional = 0.1\n");
  EXPECT_NE(list(loaded).find("binary floating point"), std::string::npos) << list(loaded);
}

TEST(Loader, WantsARealm) {
  const Loaded loaded = load({});
  EXPECT_FALSE(loaded.ok());
  EXPECT_EQ(list(loaded), "policy: error: no file has a [realm] with a name (realm.missing)\n");
}

TEST(Loader, RefusesWhatShouldNeverBe) {
  const std::string base = kBase, client = kClient;
  const std::string second = with(client, "\"bot\"", "\"bot-2\"");
  const std::string trading_key =
      R"({role = "trade", vault = "t", ip_restricted = true, expires = 2027-01-01T00:00:00Z})";
  const struct {
    std::string base, clients;
    const char* wanted;
  } kCases[] = {
      {base, client + "scopes = [\"read\", \"withdraw\"]\n", "clients.toml:1 client.needs_quorum"},
      {base, client + "scopes = [\"account\"]\n", "clients.toml:10 client.account_scope"},
      {base, client + "scopes = [\"transfer\"]\nobserve_until = 2026-12-05T00:00:00Z\n",
       "clients.toml:1 client.observed_moves_funds"},
      {base, client + "scopes = [\"trade\", \"withdraw\"]\n",
       "clients.toml:1 client.trade_and_withdraw"},
      // Two clients with one name, one virtual key, or one vault entry.
      {base, client + client, "clients.toml:10 name.repeated"},
      {base, client + second, "clients.toml:10 client.key_id_repeated"},
      {base, client + second, "clients.toml:10 client.vault_repeated"},
      // A client that would be handed the secret of a real key.
      {base, with(client, "client/bot", "t"), "clients.toml:1 client.vault_repeated"},
      {base, with(client, "\"main\"", "\"other\""), "clients.toml:1 client.account"},
      {base, client + "algorithm = \"ed25519\"\n", "clients.toml:1 client.algorithm"},
      // One key in two roles, two keys in one role.
      {with(base, "vault = \"t\"", "vault = \"r\""), client, "base.toml:19 key.vault_repeated"},
      {with(base, "role = \"trade\"", "role = \"read\""), client, "base.toml:19 key.role_repeated"},
      {with(base, "\"t\"", "\"r\"") + "[[account]]\nname=\"main\"\nexchange=\"bybit\"\n"
                                      "environment=\"test\"\nkind=\"trading\"\n",
       client, "base.toml:21 name.repeated"},
      {with(base, "\"trading\"", "\"storage\""), client, "base.toml:19 account.storage_trades"},
      {with(base, "\"trading\"", "\"storage\""), client, "clients.toml:1 account.storage_trades"},
      {with(base, "environment = \"test\"", "environment = \"prod\""), client,
       "base.toml:12 account.environment"},
      {with(base, "exchange = \"bybit\"\nhosts", "exchange = \"mtgox\"\nhosts"), client,
       "base.toml:8 exchange.unknown"},
      {with(base, "exchange = \"bybit\"\nhosts", "exchange = \"mtgox\"\nhosts"), client,
       "base.toml:12 account.environment"},
      {base + "[[environment]]\nname = \"test\"\ntier = \"test\"\n", client,
       "base.toml:21 name.repeated"},
      {with(base, "tier = \"test\"", "tier = \"prod\""), client, "base.toml:7 field.value"},
  };
  for (const auto& c : kCases) expect_error(c.base, c.clients, c.wanted);
}

TEST(Loader, RefusesUnsafeUpstreams) {
  const std::string base = kBase;
  const std::string local = "https://localhost:9001";
  const auto production = [&](const std::string& to) {
    return with(with(base, "tier = \"test\"", "tier = \"production\""), local, to);
  };
  const struct {
    std::string base;
    const char* rule;
  } kCases[] = {
      {with(base, local, "http://192.0.2.1:80"), "upstream.plain_http"},
      {with(base, local, "http://localhost.example"), "upstream.plain_http"},
      {production("http://api.bybit.com"), "upstream.plain_http"},
      {production("https://127.0.0.1:9001"), "upstream.loopback"},
      {production("https://[::1]:9001"), "upstream.loopback"},
      {with(base, local, "https://API.bybit.com"), "upstream.production_host"},
      {with(base, local, "https://api.bybit.com."), "upstream.host"},
      {with(base, local, "https://api.bybit.com/v5"), "upstream.host"},
      {with(base, local, "https://user@api.bybit.com"), "upstream.host"},
      {with(base, local, "https://api.bybit.com:0"), "upstream.host"},
      {with(base, local, "ftp://api.bybit.com"), "upstream.host"},
      {with(base, "rest =", "gopher ="), "upstream.family"},
      {production("https://api.bybit.com\"}\nca_file = \"a.pem\"\n#"), "upstream.ca_file"},
      {with(base, local, "https://api-testnet.bybit.com\"}\nca_file = \"a.pem\"\n#"),
       "upstream.ca_file"},
      {with(with(base, "tier = \"test\"", "tier = \"production\""),
            "hosts = {rest = \"https://localhost:9001\"}", "ca_file = \"a.pem\""),
       "upstream.ca_file"},
      {with(base, "[[account]]", "[[environment.upstream]]\nexchange = \"bybit\"\n[[account]]"),
       "upstream.repeated"},
  };
  for (const auto& c : kCases) {
    const Loaded loaded = load_two(c.base, kClient);
    EXPECT_NE(list(loaded).find(std::string("(") + c.rule + ")"), std::string::npos)
        << c.rule << "\n"
        << list(loaded);
    EXPECT_FALSE(loaded.ok()) << c.rule;
  }
  const Loaded own_ca = load_two(with(base, "hosts =", "ca_file = \"a.pem\"\nhosts ="), kClient);
  EXPECT_TRUE(own_ca.ok()) << list(own_ca);
  const Loaded plain = load_two(with(base, local, "http://127.0.0.1:80"), kClient);
  EXPECT_TRUE(plain.ok()) << list(plain);
}

TEST(Loader, WarnsOfWhatIsUnwise) {
  const std::string base = kBase, client = kClient;
  const struct {
    std::string base, clients;
    const char* rule;
  } kCases[] = {
      {with(base, "ip_restricted = true", "ip_restricted = false"), client, "key.no_ip_allowlist"},
      {with(base, ", expires = 2027-01-01T00:00:00Z", ""), client, "key.no_expiry"},
      {base, with(client, "expires = 2027-01-01T00:00:00+02:00\n", ""), "client.no_expiry"},
      {base, with(client, "127.0.0.1", "0.0.0.0/0"), "client.any_network"},
      {base, with(client, "127.0.0.1", "::/0"), "client.any_network"},
      {base, with(client, "\"127.0.0.1\"", ""), "client.no_networks"},
      {base, with(client, "profile = \"trading-bot\"", "scopes = [\"trade\"]"),
       "client.no_max_order_notional"},
      {base, with(client, "profile = \"trading-bot\"", "scopes = [\"trade\"]"),
       "client.no_daily_exposure"},
      {base, with(client, "profile = \"trading-bot\"", "scopes = [\"trade\"]"),
       "client.nothing_to_trade"},
      {base, with(client, "trading-bot", "transfers"), "client.nothing_to_transfer"},
      {base, with(client, "trading-bot", "transfers"), "client.no_key"},
      {with(base, "role = \"read\"", "role = \"transfer\""), client, "client.no_read_key"},
      {base, with(client, "profile = \"trading-bot\"\n", ""), "client.no_scopes"},
      {base, client + "price_band = \"20%\"\n", "client.wide_price_band"},
      {base, client + "observe_until = 2026-12-05T00:00:00Z\n", "client.observed"},
  };
  for (const auto& c : kCases) {
    const Loaded loaded = load_two(c.base, c.clients);
    EXPECT_TRUE(loaded.ok()) << c.rule << "\n" << list(loaded);
    EXPECT_NE(list(loaded).find(std::string("(") + c.rule + ")"), std::string::npos)
        << c.rule << "\n"
        << list(loaded);
  }
}

TEST(Loader, ARevokedClientNeedsNoExpiry) {
  const std::string client = with(kClient, "expires = 2027-01-01T00:00:00+02:00\n", "");
  EXPECT_NE(list(load_two(kBase, client)), "");
  EXPECT_EQ(list(load_two(kBase, client + "revoked = true\n")), "");
}

TEST(Loader, TheExampleOfTheDocumentationIsSound) {
  std::ifstream in(KEYSTILE_SOURCE_DIR "/docs/policy.md");
  const std::string page{std::istreambuf_iterator<char>(in), {}};
  const size_t begin = page.find("```toml\n");
  ASSERT_NE(begin, page.npos);
  const size_t end = page.find("\n```", begin);
  const Loaded loaded = load_two(page.substr(begin + 8, end - begin - 7), "");
  EXPECT_EQ(list(loaded), "");
  EXPECT_EQ(loaded.policy.clients.size(), 3u);
  EXPECT_EQ(loaded.policy.addresses.size(), 2u);
}

TEST(Profiles, NoneNamesWhatIsTheOperatorsAndNoneBothTradesAndWithdraws) {
  for (const std::string& name : profile_names()) {
    const auto grant = profile(name);
    ASSERT_TRUE(grant) << name;
    EXPECT_TRUE(grant->networks.empty() && grant->instruments.empty()) << name;
    EXPECT_TRUE(grant->transfer_assets.empty() && !grant->transfers_out) << name;
    EXPECT_FALSE(grant->account_wide) << name;
    EXPECT_TRUE(grant->withdraw_to.empty() && !grant->daily_withdrawal) << name;
    const auto has = [&](exchanges::Scope scope) {
      return std::find(grant->scopes.begin(), grant->scopes.end(), scope) != grant->scopes.end();
    };
    EXPECT_FALSE(has(exchanges::Scope::kAccount)) << name;
    EXPECT_FALSE(has(exchanges::Scope::kTrade) && has(exchanges::Scope::kWithdraw)) << name;
  }
}

// --- bundles ------------------------------------------------------------------------------------

TEST(Bundle, HashSeesNamesTextsAndWhereTheyEnd) {
  const Bundle bundle{{{"a.toml", "x"}, {"b.toml", "y"}}};
  EXPECT_EQ(bundle.hash().size(), 64u);
  EXPECT_EQ(bundle.hash(), (Bundle{{{"a.toml", "x"}, {"b.toml", "y"}}}).hash());
  EXPECT_NE(bundle.hash(), (Bundle{{{"a.toml", "xb.tomly"}}}).hash());
  EXPECT_NE(bundle.hash(), (Bundle{{{"a.toml", "x"}, {"b.toml", "z"}}}).hash());
  EXPECT_NE(bundle.hash(), (Bundle{{{"a.toml", "x"}, {"c.toml", "y"}}}).hash());
}

TEST(Bundle, ReadsBackWhatItWrote) {
  const Bundle bundle{{{"a.toml", "x = \"ü\\n\"\n"}, {"b.toml", ""}}};
  const auto again = parse_bundle(dump_bundle(bundle));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->hash(), bundle.hash());
}

TEST(Bundle, RefusesDamage) {
  for (const char* text :
       {"", "[]", "{}", R"({"files":[1]})", R"({"files":[{"name":"a.toml"}]})",
        R"({"files":[{"name":"../a.toml","text":""}]})",
        R"({"files":[{"name":"a.txt","text":""}]})",
        R"({"files":[{"name":"b.toml","text":""},{"name":"a.toml","text":""}]})",
        R"({"files":[{"name":"a.toml","text":""},{"name":"a.toml","text":""}]})"}) {
    const auto bundle = parse_bundle(text);
    ASSERT_FALSE(bundle) << text;
    EXPECT_EQ(bundle.error().code, "policy.bundle");
  }
}

TEST(Bundle, ReadsTheTomlFilesOfAFolderInOrder) {
  const std::string folder = testing::TempDir() + "/bundle_test";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder + "/below");
  for (const char* name : {"b.toml", "a.toml", ".#a.toml", "notes.txt", "below/c.toml"}) {
    std::ofstream(folder + "/" + name) << name;
  }
  const auto bundle = read_bundle(folder);
  ASSERT_TRUE(bundle) << bundle.error().message;
  ASSERT_EQ(bundle->files.size(), 2u);
  EXPECT_EQ(bundle->files[0].name, "a.toml");
  EXPECT_EQ(bundle->files[1].text, "b.toml");
  std::filesystem::remove_all(folder);
  const auto gone = read_bundle(folder);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, "policy.folder");
}

TEST(Bundle, WhatIsNoFileHoldsNobodyUp) {
  const std::string folder = testing::TempDir() + "/bundle_pipe_test";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  ASSERT_EQ(mkfifo((folder + "/pipe.toml").c_str(), 0600), 0);
  alarm(20);  // where it waits for a writer, it waits for ever
  const auto pipe = read_bundle(folder);
  alarm(0);
  ASSERT_FALSE(pipe);
  EXPECT_EQ(pipe.error().code, "policy.folder");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace keystile::policy
