// The words of a simulated exchange, as plain values. Exchange-neutral: a front end translates
// them from and to its exchange's own spelling.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/decimal.h"
#include "base/secret.h"
#include "base/time.h"
#include "crypto/keys.h"
#include "exchanges/intent.h"

namespace keystile::sandbox {

using exchanges::Product;
using exchanges::Side;

enum class AccountId : uint64_t {};
enum class OrderId : uint64_t {};
enum class TradeId : uint64_t {};
enum class ListId : uint64_t {};

template <class Id>
requires std::is_enum_v<Id>
constexpr uint64_t number(Id id) { return static_cast<uint64_t>(id); }

// The house: the exchange itself. It makes the market, collects the fees, and alone may owe.
constexpr AccountId kHouse{0};

struct Account {
  AccountId id = kHouse;
  std::string name{};                 // "master", "sub", "other"
  std::string email{};                // what sub-account routes name an account by
  std::optional<AccountId> master{};  // set for a sub-account
};

// permissions: read, spot-trade, margin, futures, transfer (between own wallets), sub-transfer
// (between sub-accounts), withdraw, admin (keys, sub-accounts).
struct ApiKey {
  std::string id{};
  AccountId account = kHouse;
  crypto::VerifyingKey key;
  SecretBytes passphrase{};  // OKX; else empty
  std::set<std::string, std::less<>> permissions{};
  std::vector<std::string> addresses{};  // source addresses allowed, literally; empty: any
  std::optional<WallTime> expires{};
  WallTime created{};
  std::string label{};

  bool may(std::string_view permission) const { return permissions.contains(permission); }
  bool allows_address(std::string_view address) const;
  bool expired(WallTime now) const { return expires && *expires <= now; }
};

struct Instrument {
  std::string id{};                  // "BTC/USDT"; a linear perpetual is "BTC/USDT:USDT"
  std::string symbol{};              // the exchange's own name
  Product product = Product::kSpot;  // kSpot or kLinear
  std::string base{}, quote{};
  std::string wallet{};   // the wallet kind that pays and receives
  Decimal tick{}, lot{};  // price and quantity steps
  Decimal min_quantity{}, max_quantity{}, min_notional{};
  Decimal contract_size{1};          // base units per unit of quantity
  Decimal maker_fee{}, taker_fee{};  // of the received asset (spot) or of the notional (linear)
  Decimal seed_price{},
      level_quantity{};   // where the market starts; how much the house quotes a level
  std::string follows{};  // take the reference price of this instrument instead of walking alone
};

enum class OrderType { kLimit, kMarket };
enum class TimeInForce { kGtc, kIoc, kFok, kPostOnly };
enum class SelfTrade { kAllow, kCancelTaker, kCancelMaker, kCancelBoth };
enum class TriggerWhen { kAtOrAbove, kAtOrBelow };  // compared with the last price

struct Trigger {
  Decimal price{};
  TriggerWhen when = TriggerWhen::kAtOrBelow;
};

// For the front end's own use (native type, tag, position side): kept, never read here.
using Tags = std::map<std::string, std::string, std::less<>>;

struct NewOrder {
  std::string instrument{};  // Instrument::id
  Side side = Side::kBuy;
  OrderType type = OrderType::kLimit;
  TimeInForce time_in_force = TimeInForce::kGtc;
  Decimal quantity{};                       // base units or contracts; 0 with quote_quantity
  std::optional<Decimal> quote_quantity{};  // spot market orders only: spend or receive this much
  Decimal price{};                          // limit orders
  std::optional<Trigger> trigger{};         // a stop order: waits until the last price gets there
  bool reduce_only = false;                 // linear only; cut down to the position
  SelfTrade self_trade = SelfTrade::kCancelMaker;
  std::string client_id{};  // unique among the account's open orders; may be empty
  Tags tags{};
};

enum class OrderStatus {
  kUntriggered,
  kNew,
  kPartiallyFilled,
  kFilled,
  kCancelled,  // by its owner, by its sibling, or refused after it was accepted (see reason)
  kExpired,    // IOC, FOK or market remainder
};

struct Order {
  OrderId id{};
  AccountId account = kHouse;
  const Instrument* instrument = nullptr;
  NewOrder request{};            // as asked; an amendment changes quantity, price and trigger in it
  std::optional<ListId> list{};  // the OCO pair it belongs to
  OrderStatus status = OrderStatus::kNew;
  bool triggered = false;
  Decimal filled{};        // quantity
  Decimal filled_quote{};  // notional in the quote asset
  Decimal locked{};        // what it now holds of its account's balance
  std::string reason{};    // why it ended early, as an error code ("order.would_take"); or empty
  WallTime created{}, updated{};

  Decimal remaining() const { return *request.quantity.minus(filled); }
  bool open() const { return status <= OrderStatus::kPartiallyFilled; }
  std::optional<Decimal> average_price() const;  // scale 8
};

struct OrderKey {
  std::optional<OrderId> id{};
  std::string client_id{};  // used where id is empty
};

struct Amendment {
  std::optional<Decimal> quantity{};  // the new total, filled part included
  std::optional<Decimal> price{};
  std::optional<Decimal> trigger_price{};
};

// One side of one execution.
struct Fill {
  TradeId id{};
  OrderId order{};
  std::string client_id{};
  AccountId account = kHouse;
  const Instrument* instrument = nullptr;
  Side side = Side::kBuy;
  Decimal price{}, quantity{}, notional{};
  Decimal fee{};
  std::string fee_asset{};
  Decimal realised{};  // linear: profit or loss
  bool maker = false;
  WallTime time{};
};

// One-way.
struct Position {
  Decimal quantity{};  // negative: short
  Decimal cost{};    // signed notional paid; the entry price is cost / (quantity × contract size)
  Decimal margin{};  // locked in the wallet
  Decimal realised{};  // since the start, without fees
};

struct PublicTrade {
  TradeId id{};
  Decimal price{}, quantity{};
  Side taker = Side::kBuy;
  WallTime time{};
};

struct Level {
  Decimal price{}, quantity{};
};

struct BookSnapshot {
  uint64_t sequence = 0;              // grows with every change of the book
  std::vector<Level> bids{}, asks{};  // best first
};

struct Candle {
  WallTime open_time{};
  Decimal open{}, high{}, low{}, close{}, volume{}, quote_volume{};
  uint64_t trades = 0;
};

// Of the last 24 hours.
struct Ticker {
  Candle day{};
  Decimal last{};
  Decimal mark{};  // the house's reference price
  std::optional<Level> bid{}, ask{};
};

struct Balance {
  Decimal free{}, locked{};
  Decimal total() const { return *free.plus(locked); }
};

struct Network {
  std::string asset{};
  std::string name{};  // neutral: "BTC", "ETH", "TRX", "SOL", "BSC"
  Decimal withdraw_fee{}, withdraw_min{};
};

struct TransferRequest {
  AccountId from_account = kHouse, to_account = kHouse;
  std::string from_wallet{}, to_wallet{};
  std::string asset{};
  Decimal amount{};
  std::string client_id{};  // unique per from_account; may be empty
  Tags tags{};
};

struct TransferRecord {
  uint64_t id = 0;
  TransferRequest request{};
  WallTime time{};
};

struct WithdrawRequest {
  AccountId account = kHouse;
  std::string wallet{};  // pays; empty: VenueOptions::funding_wallet
  std::string asset{}, network{}, address{}, tag{};
  Decimal amount{};
  bool fee_included = false;  // true: the receiver gets amount - fee; else the account pays both
  std::string client_id{};    // unique per account; may be empty
  Tags tags{};
};

enum class WithdrawalState { kProcessing, kSent, kCompleted, kCancelled, kFailed };

struct Withdrawal {
  uint64_t id = 0;
  WithdrawRequest request{};
  Decimal fee{};
  WithdrawalState state = WithdrawalState::kProcessing;
  std::string transaction{};  // once sent
  WallTime created{}, updated{};
};

struct Deposit {
  uint64_t id = 0;
  AccountId account = kHouse;
  std::string asset{}, network{}, address{}, transaction{};
  Decimal amount{};
  WallTime time{};
};

struct SavedAddress {
  std::string asset{}, network{}, address{}, tag{};
};

}  // namespace keystile::sandbox
