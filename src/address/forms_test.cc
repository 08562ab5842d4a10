// The networks' own examples: testdata/addresses.tsv.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "address/address.h"

namespace keystile::address {
namespace {

TEST(Forms, EveryExampleIsTakenOrRefusedAsItsSourceSays) {
  std::ifstream file(KEYSTILE_SOURCE_DIR "/src/address/testdata/addresses.tsv");
  std::string line;
  size_t examples = 0;
  while (std::getline(file, line)) {
    if (line.starts_with('#')) continue;
    std::istringstream fields(line);
    std::string name, expected, text;
    std::getline(fields, name, '\t');
    std::getline(fields, expected, '\t');
    std::getline(fields, text, '\t');
    const Network* network = find_network(name);
    ASSERT_NE(network, nullptr) << name;
    const auto address = check_address(*network, text);
    const std::string got = address                 ? address->has_checksum ? "ok" : "unchecked"
                            : expected == "refused" ? expected
                                                    : address.error().code;
    EXPECT_EQ(got, expected) << line << "\n" << (address ? "" : address.error().message);
    ++examples;
  }
  EXPECT_GT(examples, 190u);
}

struct Spelling {
  std::string_view network, written, text;
};

TEST(Forms, AnAddressHasOneSpelling) {
  const Spelling cases[] = {
      {"ethereum", "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
       "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"},
      {"bitcoin", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
       "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"},
      {"bitcoin-cash", "QPM2QSZNHKS23Z7629MMS6S4CWEF74VCWVY22GDX6A",
       "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a"},
      {"ton", "EQDKbjIcfM6ezt8KjKJJLshZJJSqX7XOA4ff+W72r5gqPrHF",
       "EQDKbjIcfM6ezt8KjKJJLshZJJSqX7XOA4ff-W72r5gqPrHF"},
      {"hedera", "0.0.123-vfmkw", "0.0.123"},
  };
  for (const Spelling& spelling : cases) {
    const auto address = check_address(*find_network(spelling.network), spelling.written);
    ASSERT_TRUE(address) << spelling.written;
    EXPECT_EQ(address->text, spelling.text);
  }
}

// docs.ton.org: one account, once to bounce and once not.
TEST(Forms, BothFlagsOfTonPayTheSameAccount) {
  const Network& ton = *find_network("ton");
  const auto bounceable = check_address(ton, "EQDKbjIcfM6ezt8KjKJJLshZJJSqX7XOA4ff-W72r5gqPrHF");
  const auto wallet = check_address(ton, "UQDKbjIcfM6ezt8KjKJJLshZJJSqX7XOA4ff-W72r5gqPuwA");
  ASSERT_TRUE(bounceable && wallet);
  EXPECT_EQ(bounceable->destination,
            "0:ca6e321c7cce9ecedf0a8ca2492ec8592494aa5fb5ce0387dff96ef6af982a3e");
  EXPECT_EQ(wallet->destination, bounceable->destination);
  EXPECT_NE(wallet->text, bounceable->text);
  const auto test = check_address(ton, "0QDKbjIcfM6ezt8KjKJJLshZJJSqX7XOA4ff-W72r5gqPleK");
  ASSERT_FALSE(test);
  EXPECT_EQ(test.error().code, "address.network");
}

std::string refusal(std::string_view network, std::string_view text) {
  const auto address = check_address(*find_network(network), text);
  return address ? "taken" : address.error().message;
}

TEST(Forms, ARefusalSaysWhatIsWrongAndWhatToDo) {
  EXPECT_EQ(refusal("bitcoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb"),
            "this is no Bitcoin address: the checksum does not match, so at least one character is "
            "mistyped or missing. Copy it again from where the receiver published it, or ask for "
            "one on Bitcoin");
  EXPECT_EQ(refusal("tron", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"),
            "this is no Tron address: it is an address of Ethereum or a network like it. Copy it "
            "again from where the receiver published it, or ask for one on Tron");
  EXPECT_NE(refusal("bitcoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfOa").find("character 33 is 'O'"),
            std::string::npos);
  EXPECT_NE(refusal("ethereum", "0x5\xd0\xb0").find("not plain ASCII"), std::string::npos);
}

// xrpl.js, ripple-address-codec.
TEST(Forms, AnXAddressIsSpelledOutInItsRefusal) {
  EXPECT_NE(refusal("xrp", "X7AcgcsBL6XDcUb289X4mJ8djcdyKaGZMhc9YTE92ehJ2Fu")
                .find("r9cZA1mLK5R5Am25ArfXFmqgNwjZgnfk59 with destination tag 1."),
            std::string::npos);
  EXPECT_NE(refusal("xrp", "XVLhHMPHU98es4dbozjVtdWzVrDjtV18pX8yuPT7y4xaEHi")
                .find("rGWrZyQqhTp9Xu7G5Pkayo7bXjH4k4QYpf with destination tag 4294967295."),
            std::string::npos);
  EXPECT_NE(refusal("xrp", "X7AcgcsBL6XDcUb289X4mJ8djcdyKaB5hJDWMArnXr61cqZ")
                .find("r9cZA1mLK5R5Am25ArfXFmqgNwjZgnfk59 with no destination tag."),
            std::string::npos);
}

}  // namespace
}  // namespace keystile::address
