#include "sandbox/seed.h"

#include <array>

namespace keystile::sandbox {
namespace {

struct Row {
  std::string_view exchange;
  Product product;
  std::string_view base, quote, symbol;
  std::string_view tick, lot, min_quantity, max_quantity, min_notional, contract_size;
  std::string_view seed_price, level_quantity;
};

constexpr Product kSpot = Product::kSpot, kLinear = Product::kLinear;

constexpr std::array kInstruments{
    Row{"binance", kSpot, "BTC", "USDT", "BTCUSDT", "0.01", "0.00001", "0.00001", "9000", "5", "1",
        "60000", "0.5"},
    Row{"binance", kSpot, "ETH", "USDT", "ETHUSDT", "0.01", "0.0001", "0.0001", "9000", "5", "1",
        "3000", "5"},
    Row{"binance", kSpot, "SOL", "USDT", "SOLUSDT", "0.01", "0.001", "0.001", "90000", "5", "1",
        "150", "50"},
    Row{"binance", kSpot, "ETH", "BTC", "ETHBTC", "0.00001", "0.001", "0.001", "9000", "0.0001",
        "1", "0.05", "5"},
    Row{"binance", kLinear, "BTC", "USDT", "BTCUSDT", "0.1", "0.001", "0.001", "1000", "100", "1",
        "60000", "1"},
    Row{"binance", kLinear, "ETH", "USDT", "ETHUSDT", "0.01", "0.001", "0.001", "10000", "20", "1",
        "3000", "10"},

    Row{"okx", kSpot, "BTC", "USDT", "BTC-USDT", "0.1", "0.00001", "0.00001", "9000", "0", "1",
        "60000", "0.5"},
    Row{"okx", kSpot, "ETH", "USDT", "ETH-USDT", "0.01", "0.0001", "0.001", "9000", "0", "1",
        "3000", "5"},
    Row{"okx", kSpot, "SOL", "USDT", "SOL-USDT", "0.01", "0.001", "0.01", "90000", "0", "1", "150",
        "50"},
    Row{"okx", kSpot, "ETH", "BTC", "ETH-BTC", "0.00001", "0.001", "0.001", "9000", "0", "1",
        "0.05", "5"},
    Row{"okx", kLinear, "BTC", "USDT", "BTC-USDT-SWAP", "0.1", "0.01", "0.01", "100000", "0",
        "0.01", "60000", "100"},
    Row{"okx", kLinear, "ETH", "USDT", "ETH-USDT-SWAP", "0.01", "0.01", "0.01", "100000", "0",
        "0.1", "3000", "100"},

    Row{"bybit", kSpot, "BTC", "USDT", "BTCUSDT", "0.01", "0.00001", "0.00001", "9000", "5", "1",
        "60000", "0.5"},
    Row{"bybit", kSpot, "ETH", "USDT", "ETHUSDT", "0.01", "0.0001", "0.0001", "9000", "5", "1",
        "3000", "5"},
    Row{"bybit", kSpot, "SOL", "USDT", "SOLUSDT", "0.01", "0.001", "0.001", "90000", "5", "1",
        "150", "50"},
    Row{"bybit", kSpot, "ETH", "BTC", "ETHBTC", "0.00001", "0.001", "0.001", "9000", "0.0001", "1",
        "0.05", "5"},
    Row{"bybit", kLinear, "BTC", "USDT", "BTCUSDT", "0.1", "0.001", "0.001", "1000", "5", "1",
        "60000", "1"},
    Row{"bybit", kLinear, "ETH", "USDT", "ETHUSDT", "0.01", "0.01", "0.01", "10000", "5", "1",
        "3000", "10"},

    Row{"deribit", kSpot, "BTC", "USDC", "BTC_USDC", "0.1", "0.0001", "0.0001", "1000", "0", "1",
        "60000", "0.5"},
    Row{"deribit", kSpot, "ETH", "USDC", "ETH_USDC", "0.01", "0.001", "0.001", "10000", "0", "1",
        "3000", "5"},
    Row{"deribit", kLinear, "BTC", "USDC", "BTC_USDC-PERPETUAL", "0.1", "0.0001", "0.0001", "1000",
        "0", "1", "60000", "1"},
    Row{"deribit", kLinear, "ETH", "USDC", "ETH_USDC-PERPETUAL", "0.01", "0.001", "0.001", "10000",
        "0", "1", "3000", "10"},
};

struct World {
  std::string_view exchange;
  std::string_view spot, linear, funding;   // wallet kinds by use
  std::array<std::string_view, 4> wallets;  // all of them; empty: none
  bool post_only_refuses;
  uint64_t first_id;
};

constexpr std::array kWorlds{
    World{"binance",
          "spot",
          "futures",
          "spot",
          {"spot", "futures", "margin", "funding"},
          true,
          28'000'000'001},
    World{"okx",
          "trading",
          "trading",
          "funding",
          {"trading", "funding"},
          false,
          680'800'019'749'904'001},
    World{"bybit",
          "unified",
          "unified",
          "funding",
          {"unified", "funding"},
          false,
          1'500'000'000'000'000'001},
    World{"deribit", "trading", "trading", "trading", {"trading"}, false, 403'000'001},
};

struct NetworkRow {
  std::string_view asset, name, fee, min;
};
constexpr std::array kNetworks{
    NetworkRow{"BTC", "BTC", "0.0001", "0.0005"}, NetworkRow{"ETH", "ETH", "0.001", "0.01"},
    NetworkRow{"SOL", "SOL", "0.01", "0.1"},      NetworkRow{"BNB", "BSC", "0.0005", "0.01"},
    NetworkRow{"USDT", "ETH", "4", "10"},         NetworkRow{"USDT", "TRX", "1", "10"},
    NetworkRow{"USDC", "ETH", "4", "10"},         NetworkRow{"USDC", "SOL", "1", "10"},
};

struct Grant {
  std::string_view asset, amount;
};
constexpr std::array kBalances{
    Grant{"BTC", "10"},  Grant{"ETH", "200"},     Grant{"SOL", "5000"},
    Grant{"BNB", "100"}, Grant{"USDT", "500000"}, Grant{"USDC", "500000"},
};

// Only for the tables above.
Decimal decimal(std::string_view text) { return Decimal::parse(text).value(); }

Instrument make_instrument(const Row& row, const World& world) {
  const bool linear = row.product == Product::kLinear;
  Instrument made;
  made.id = std::string(row.base) + "/" + std::string(row.quote);
  if (linear) {
    made.follows = made.id;
    made.id += ":" + std::string(row.quote);
  }
  made.symbol = row.symbol;
  made.product = row.product;
  made.base = row.base;
  made.quote = row.quote;
  made.wallet = linear ? world.linear : world.spot;
  made.tick = decimal(row.tick);
  made.lot = decimal(row.lot);
  made.min_quantity = decimal(row.min_quantity);
  made.max_quantity = decimal(row.max_quantity);
  made.min_notional = decimal(row.min_notional);
  made.contract_size = decimal(row.contract_size);
  made.maker_fee = decimal(linear ? "0.0002" : "0.001");
  made.taker_fee = decimal(linear ? "0.0005" : "0.001");
  made.seed_price = decimal(row.seed_price);
  made.level_quantity = decimal(row.level_quantity);
  return made;
}

// Every wallet of every account holds the same. It comes from the house, so that all assets of the
// world add up to nothing but deposits less withdrawals.
Status grant_balances(Venue& venue, const World& world, AccountId account) {
  for (const std::string_view wallet : world.wallets) {
    if (wallet.empty()) continue;
    for (const Grant& grant : kBalances) {
      KS_CHECK(venue.wallets().debit(kHouse, wallet, grant.asset, decimal(grant.amount)));
      venue.wallets().credit(account, wallet, grant.asset, decimal(grant.amount));
    }
  }
  return {};
}

Status add_accounts(Venue& venue, const World& world) {
  KS_TRY(const Account* master, venue.accounts().add("master"));
  KS_TRY(const Account* sub, venue.accounts().add("sub", master->id));
  KS_TRY(const Account* other, venue.accounts().add("other"));
  for (const Account* account : {master, sub, other}) {
    KS_CHECK(grant_balances(venue, world, account->id));
  }
  return {};
}

Result<const World*> find_world(std::string_view exchange) {
  for (const World& world : kWorlds) {
    if (world.exchange == exchange) return &world;
  }
  return fail("sandbox.exchange",
              "the sandbox has no such exchange; it has binance, okx, bybit and deribit");
}

Status add_key(Venue& venue, std::string id, crypto::VerifyingKey key, SecretBytes passphrase,
               KeySpec spec) {
  const Account* account = venue.accounts().find_name(spec.account);
  if (!account) return fail("account.unknown", "a key names an account that does not exist");
  return venue.accounts().add_key(ApiKey{.id = std::move(id),
                                         .account = account->id,
                                         .key = std::move(key),
                                         .passphrase = std::move(passphrase),
                                         .permissions = std::move(spec.permissions),
                                         .addresses = std::move(spec.addresses),
                                         .expires = spec.expires,
                                         .created = venue.now(),
                                         .label = std::move(spec.label)});
}

}  // namespace

Result<std::unique_ptr<Venue>> seed_venue(std::string_view exchange, Random& random,
                                          WallTime start) {
  KS_TRY(const World* world, find_world(exchange));
  VenueOptions options{.exchange = std::string(exchange), .engine = {}, .funding = {}};
  options.engine.post_only_refuses = world->post_only_refuses;
  options.engine.first_id = world->first_id;
  options.funding.wallet = world->funding;
  auto venue = std::make_unique<Venue>(std::move(options), random, start);
  for (const Row& row : kInstruments) {
    if (row.exchange == exchange) venue->open(make_instrument(row, *world));
  }
  for (const std::string_view wallet : world->wallets) {
    if (!wallet.empty()) venue->funding().add_wallet(std::string(wallet));
  }
  for (const NetworkRow& row : kNetworks) {
    venue->funding().add_network(
        {std::string(row.asset), std::string(row.name), decimal(row.fee), decimal(row.min)});
  }
  KS_CHECK(add_accounts(*venue, *world));
  return venue;
}

Status add_hmac_key(Venue& venue, std::string id, const SecretBytes& secret, SecretBytes passphrase,
                    KeySpec spec) {
  KS_TRY(crypto::VerifyingKey key, crypto::VerifyingKey::hmac(secret));
  return add_key(venue, std::move(id), std::move(key), std::move(passphrase), std::move(spec));
}

Status add_public_key(Venue& venue, std::string id, crypto::KeyAlgorithm algorithm,
                      std::string_view public_key, KeySpec spec) {
  KS_TRY(crypto::VerifyingKey key, crypto::VerifyingKey::from_public(algorithm, public_key));
  return add_key(venue, std::move(id), std::move(key), SecretBytes{}, std::move(spec));
}

}  // namespace keystile::sandbox
