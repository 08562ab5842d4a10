#include "address/address.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fstream>

#include "address/forms.h"
#include "exchanges/networks.h"

namespace keystile::address {
namespace {

const Network& network(std::string_view name) {
  const Network* found = find_network(name);
  if (!found) throw std::out_of_range(std::string(name));
  return *found;
}

Address address(std::string_view name, std::string_view text) {
  return check_address(network(name), text).value();
}

TEST(Networks, AreSortedAndFoundByName) {
  std::string_view before;
  for (const Network& each : all_networks()) {
    EXPECT_LT(before, each.name);
    before = each.name;
    EXPECT_EQ(find_network(each.name), &each);
  }
  EXPECT_EQ(find_network("Bitcoin"), nullptr);
  EXPECT_EQ(find_network(""), nullptr);
}

// A withdrawal over a network whose addresses cannot be checked would never be approved.
TEST(Networks, EveryNetworkOfEveryExchangeIsKnown) {
  for (const exchanges::Exchange* exchange : exchanges::all_exchanges()) {
    for (const auto& row : exchanges::networks_of(*exchange).rows()) {
      EXPECT_NE(find_network(row.network), nullptr) << exchange->name() << " " << row.spelling;
    }
  }
}

TEST(Networks, NoneTakesNothing) {
  for (const Network& each : all_networks()) {
    for (const std::string& text : {std::string(), std::string(" "), std::string(1000, '1'),
                                    std::string("\0", 1), std::string("\xff\xfe")}) {
      EXPECT_FALSE(check_address(each, text)) << each.name;
    }
  }
}

// Every address of the networks' own examples that has a checksum.
std::vector<std::pair<std::string, std::string>> examples() {
  std::ifstream file(KEYSTILE_SOURCE_DIR "/src/address/testdata/addresses.tsv");
  std::vector<std::pair<std::string, std::string>> found;
  std::string line;
  while (std::getline(file, line)) {
    const size_t name = line.find('\t');
    if (name == line.npos || line.substr(name, 4) != "\tok\t") continue;
    const size_t text = name + 4;
    found.emplace_back(line.substr(0, name), line.substr(text, line.find('\t', text) - text));
  }
  return found;
}

// check_address() without the search for whose address it may be.
Result<Address> read(std::string_view name, std::string_view text) {
  const FormRule& form = *network(name).form;
  return form.read(text, form);
}

// Any one character replaced by any other letter, digit or sign, dropped, or doubled. EIP-55 alone
// cannot promise it (its checksum is about 15 bits), so for 0x forms it is shown one seed at a
// time.
TEST(Mistyped, OneCharacterIsRefusedWhereThereIsAChecksum) {
  constexpr std::string_view kTyped =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_+/.: ";
  for (const auto& [name, text] : examples()) {
    if (network(name).form->read == read_evm || name == "hedera") continue;
    const std::string right = address(name, text).destination;
    for (size_t at = 0; at < text.size(); ++at) {
      for (const char c : kTyped) {
        std::string typed = text;
        typed[at] = c;
        const auto read_typed = read(name, typed);
        EXPECT_TRUE(!read_typed || read_typed->destination == right) << name << " " << typed;
      }
      std::string dropped = text, doubled = text;
      dropped.erase(at, 1);
      doubled.insert(at, 1, text[at]);
      EXPECT_FALSE(read(name, dropped)) << name << " " << dropped;
      EXPECT_FALSE(read(name, doubled)) << name << " " << doubled;
    }
  }
}

// HIP-15 promises it for a changed digit.
TEST(Mistyped, ADigitOfHederaIsRefused) {
  for (const auto& [name, text] : examples()) {
    if (name != "hedera") continue;
    for (size_t at = 0; at < text.size(); ++at) {
      for (char c = '0'; c <= '9'; ++c) {
        std::string typed = text;
        typed[at] = c;
        if (typed != text) {
          EXPECT_FALSE(check_address(network(name), typed)) << typed;
        }
      }
    }
  }
}

// A wrong digit of a mixed-case address passes about once in 2^15; the EIP's own four never.
TEST(Mistyped, ADigitOfTheEipsExamplesIsRefused) {
  for (const std::string text :
       {"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb"}) {
    for (size_t at = 2; at < text.size(); ++at) {
      for (const char c : std::string_view("0123456789abcdefABCDEF")) {
        std::string typed = text;
        typed[at] = c;
        if (typed != text) {
          EXPECT_FALSE(check_address(network("ethereum"), typed)) << typed;
        }
      }
    }
  }
}

RC_GTEST_PROP(Addresses, WhatIsTakenIsTakenAgainInItsOneSpelling, ()) {
  const auto all = examples();
  const auto& [name, text] = *rc::gen::elementOf(all);
  const Address once = address(name, text);
  const Address twice = address(name, once.text);
  RC_ASSERT(twice.text == once.text);
  RC_ASSERT(twice.destination == once.destination);
}

// --- memos --------------------------------------------------------------------------------------

std::string memo(std::string_view name, std::optional<std::string_view> text) {
  const Status status = check_memo(network(name), text);
  return status ? "ok" : status.error().code;
}

TEST(Memos, MustBeStatedWhereExchangesNeedThem) {
  EXPECT_EQ(memo("xrp", std::nullopt), "memo.unstated");
  EXPECT_EQ(memo("xrp", ""), "ok");
  EXPECT_EQ(memo("ton", std::nullopt), "memo.unstated");
  EXPECT_EQ(memo("bitcoin", std::nullopt), "ok");
  EXPECT_EQ(memo("bitcoin", ""), "ok");
  EXPECT_EQ(memo("bitcoin", "123"), "memo.unexpected");
  EXPECT_EQ(memo("internet-computer", std::nullopt), "ok");
}

TEST(Memos, ATagIsANumberOf32Bits) {
  for (const std::string_view good : {"0", "1", "101286922", "4294967295"}) {
    EXPECT_EQ(memo("xrp", good), "ok") << good;
  }
  for (const std::string_view bad : {"4294967296", "01", "+1", "-1", "1.0", "1e3", " 1", "1 ", "a",
                                     "1,000", "\xd9\xa1", "99999999999999999999"}) {
    EXPECT_EQ(memo("xrp", bad), "memo.form") << bad;
  }
}

TEST(Memos, ATextIsPrintableAndNotTooLong) {
  EXPECT_EQ(memo("stellar", std::string(28, 'x')), "ok");
  EXPECT_EQ(memo("stellar", std::string(29, 'x')), "memo.form");
  EXPECT_EQ(memo("cosmos", "a b"), "ok");
  for (const std::string_view bad : {" a", "a ", "a\n", "a\tb", "\xc3\xa9"}) {
    EXPECT_EQ(memo("cosmos", bad), "memo.form") << bad;
  }
  EXPECT_EQ(memo("internet-computer", "18446744073709551615"), "ok");
  EXPECT_EQ(memo("internet-computer", "18446744073709551616"), "memo.form");
}

// --- look-alikes --------------------------------------------------------------------------------

TEST(LookAlikes, SameBeginningAndEnd) {
  const Network& ethereum = network("ethereum");
  const Address known = address("ethereum", "0xd8da6bf26964af9d7eed9e03e53415d37aa96045");
  const auto alike = [&](std::string_view text) {
    return look_alike(ethereum, known, address("ethereum", text));
  };
  EXPECT_TRUE(alike("0xd8da000000000000000000000000000000006045"));
  EXPECT_FALSE(alike("0xd8d0000000000000000000000000000000000145")) << "3 and 2";
  EXPECT_FALSE(alike("0x00da6000000000000000000000000000000a6045"));
  EXPECT_FALSE(alike("0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"))
      << "the same, with its checksum";
}

TEST(LookAlikes, OneCharacterApart) {
  const Address known = address("ethereum", "0xd8da6bf26964af9d7eed9e03e53415d37aa96045");
  EXPECT_TRUE(look_alike(network("ethereum"), known,
                         address("ethereum", "0xd8da6bf26964af9d7eed9e03e53415d37aa96046")));
  EXPECT_TRUE(look_alike(network("ethereum"), known,
                         address("ethereum", "0xe8da6bf26964af9d7eed9e03e53415d37aa96045")));
}

// The part that all addresses of a network share says nothing.
TEST(LookAlikes, TheCommonLeadDoesNotCount) {
  EXPECT_FALSE(look_alike(network("bitcoin"),
                          address("bitcoin", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),
                          address("bitcoin", "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq")));
  EXPECT_FALSE(look_alike(network("tron"), address("tron", "TJCnKsPa7y5okkXvQAidZBzqx3QyQ6sxMW"),
                          address("tron", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t")));
}

TEST(LookAlikes, TwoSpellingsOfOneAccountAreNone) {
  EXPECT_FALSE(look_alike(network("ton"),
                          address("ton", "EQDKbjIcfM6ezt8KjKJJLshZJJSqX7XOA4ff-W72r5gqPrHF"),
                          address("ton", "UQDKbjIcfM6ezt8KjKJJLshZJJSqX7XOA4ff-W72r5gqPuwA")));
}

}  // namespace
}  // namespace keystile::address
