// The forms that addresses have. Each reader says what is wrong in half a sentence (reasons.h).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "address/address.h"

namespace keystile::address {

using Reader = Result<Address> (*)(std::string_view text, const FormRule& rule);

struct FormRule {
  Reader read;
  std::string_view prefix = {};                     // bech32 or CashAddr prefix
  std::span<const std::string_view> versions = {};  // first bytes of a Base58Check payload
  uint16_t number = 0;                              // SS58 network
  std::string_view lead = {};   // how every address begins: no help in telling two apart
  std::string_view title = {};  // for people, where many networks have this form
};

// --- forms_bitcoin.cc ---------------------------------------------------------------------------
// Base58Check of a version and 20 bytes, or, with a prefix, a segregated witness address.
Result<Address> read_bitcoin(std::string_view text, const FormRule& rule);
Result<Address> read_cashaddr(std::string_view text, const FormRule& rule);
Result<Address> read_kaspa(std::string_view text, const FormRule& rule);

// --- forms_bech32.cc ----------------------------------------------------------------------------
// Bech32 of 20 or 32 bytes: Cosmos SDK chains, MultiversX, Zilliqa.
Result<Address> read_bech32_account(std::string_view text, const FormRule& rule);
Result<Address> read_cardano(std::string_view text, const FormRule& rule);

// --- forms_hex.cc -------------------------------------------------------------------------------
// 0x and 40 hex digits, whose capitals are a checksum (EIP-55).
Result<Address> read_evm(std::string_view text, const FormRule& rule);
// 0x and 64 hex digits, without a checksum: Aptos, Sui.
Result<Address> read_hex32(std::string_view text, const FormRule& rule);
// 64 hex digits that begin with their CRC-32: Internet Computer.
Result<Address> read_icp(std::string_view text, const FormRule& rule);

// --- forms_base58.cc ----------------------------------------------------------------------------
Result<Address> read_solana(std::string_view text, const FormRule& rule);
Result<Address> read_xrp(std::string_view text, const FormRule& rule);
Result<Address> read_ss58(std::string_view text, const FormRule& rule);

// --- forms_base32.cc ----------------------------------------------------------------------------
Result<Address> read_stellar(std::string_view text, const FormRule& rule);
Result<Address> read_algorand(std::string_view text, const FormRule& rule);
Result<Address> read_ton(std::string_view text, const FormRule& rule);

// --- forms_name.cc ------------------------------------------------------------------------------
// Names and numbers of accounts.
Result<Address> read_near(std::string_view text, const FormRule& rule);
Result<Address> read_antelope(std::string_view text, const FormRule& rule);
Result<Address> read_hedera(std::string_view text, const FormRule& rule);

}  // namespace keystile::address
