// The world a sandbox starts with.
#pragma once

#include <memory>
#include <string_view>

#include "sandbox/venue.h"

namespace keystile::sandbox {

// Accounts "master" (with sub-account "sub") and "other", a stranger for isolation tests; generous
// balances; BTC/USDT, ETH/USDT, SOL/USDT, ETH/BTC spot and BTC, ETH linear perpetuals under the
// exchange's own symbols, steps and wallet kinds:
//   binance  spot, futures, margin, funding   symbols BTCUSDT (spot and linear)
//   okx      trading, funding                 BTC-USDT, BTC-USDT-SWAP (contracts of 0.01 BTC)
//   bybit    unified, funding                 BTCUSDT (spot and linear)
//   deribit  trading                          BTC_USDC, BTC_USDC-PERPETUAL; of BTC and ETH alone
// random must outlive the venue. "sandbox.exchange" for another name.
Result<std::unique_ptr<Venue>> seed_venue(std::string_view exchange, Random& random,
                                          WallTime start);

struct KeySpec {
  std::string account{};  // account name
  std::set<std::string, std::less<>> permissions{};
  std::vector<std::string> addresses{};
  std::optional<WallTime> expires{};
  std::string label{};
};
// "account.unknown", "key.duplicate".
Status add_hmac_key(Venue& venue, std::string id, const SecretBytes& secret, SecretBytes passphrase,
                    KeySpec spec);
// public_key: PEM or base64 of the DER.
Status add_public_key(Venue& venue, std::string id, crypto::KeyAlgorithm algorithm,
                      std::string_view public_key, KeySpec spec);

}  // namespace keystile::sandbox
