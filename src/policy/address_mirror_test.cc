#include "policy/address_mirror.h"

#include <gtest/gtest.h>

#include "exchanges/bybit/bybit.h"

namespace keystile::policy {
namespace {

constexpr const char* kTron = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t";
constexpr const char* kEvm = "0x52908400098527886E0F7030069857D2E4169EE7";

BookAddress entry(std::string name, std::vector<std::string> assets, std::string network,
                  std::string address) {
  BookAddress made;
  made.name = std::move(name);
  made.assets = std::move(assets);
  made.network = std::move(network);
  made.address = std::move(address);
  return made;
}

std::vector<std::string> differences(const std::vector<exchanges::SavedAddress>& saved) {
  Policy policy;
  policy.addresses = {entry("cold", {"USDT"}, "tron", kTron),
                      entry("warm", {"USDT", "USDC"}, "ethereum", kEvm)};
  return mirror_differences(policy, exchanges::bybit::exchange(), saved);
}

TEST(AddressMirror, TheSameInOtherSpellingsIsTheSame) {
  EXPECT_EQ(differences({{"USDT", "TRX", kTron, ""},
                         {"", "ETH", "0x52908400098527886e0f7030069857d2e4169ee7", ""}}),
            std::vector<std::string>{});
}

TEST(AddressMirror, WhatOnlyOneOfThemHasIsTold) {
  EXPECT_EQ(differences({{"USDT", "ETH", kEvm, ""},
                         {"USDT", "TRX", kTron, "7"},
                         {"BTC", "BTC", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", ""}}),
            (std::vector<std::string>{
                "bybit saves TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t for USDT on TRX, memo 7, which is "
                "not in the address book",
                "bybit saves 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa for BTC on BTC, which is not in "
                "the address book",
                "the address book's cold is not saved at bybit for USDT",
                "the address book's warm is not saved at bybit for USDC"}));
}

}  // namespace
}  // namespace keystile::policy
