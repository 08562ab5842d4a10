// Base58, Bech32(m), CashAddr, base 32 and CRC-16 by their specifications' examples.
#include <gtest/gtest.h>

#include "address/base32.h"
#include "address/base58.h"
#include "address/bech32.h"
#include "base/encoding.h"

namespace keystile::address {
namespace {

using namespace std::string_view_literals;

struct Coded {
  std::string_view hex, text;
};

// Bitcoin Core, src/test/data/base58_encode_decode.json.
TEST(Base58, BitcoinCoresExamples) {
  const Coded cases[] = {
      {"", ""},
      {"61", "2g"},
      {"626262", "a3gV"},
      {"636363", "aPEr"},
      {"73696d706c792061206c6f6e6720737472696e67", "2cFupjhnEsSn59qHXstmK2ffpLv2"},
      {"00eb15231dfceb60925886b67d065299925915aeb172c06647", "1NS17iag9jJgTHD1VXjvLCEnZuQ3rJDE9L"},
      {"516b6fcd0f", "ABnLTmg"},
      {"bf4f89001e670274dd", "3SEo3LWLoPntC"},
      {"572e4794", "3EFU7m"},
      {"ecac89cad93923c02321", "EJDM8drfXA6uyA"},
      {"10c8511e", "Rt5zm"},
      {"00000000000000000000", "1111111111"},
  };
  for (const Coded& coded : cases) {
    EXPECT_EQ(base58_encode(*hex_decode(coded.hex)), coded.text);
    const auto bytes = base58_decode(coded.text);
    ASSERT_TRUE(bytes) << coded.text;
    EXPECT_EQ(hex_encode(*bytes), coded.hex);
  }
  for (const std::string_view bad : {"0", "O", "I", "l", "2 g", "bad\xc3\xa9"}) {
    EXPECT_FALSE(base58_decode(bad)) << bad;
  }
  EXPECT_FALSE(base58_decode(std::string(129, '2')));
  EXPECT_FALSE(base58check_decode(""));
}

TEST(Bech32, ValidExamplesOfBip173) {
  for (
      const std::string_view text :
      {"A12UEL5L", "a12uel5l",
       "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs",
       "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw",
       "11qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqc8247j",
       "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w", "?1ezyfcl"}) {
    const auto content = bech32_decode(text);
    ASSERT_TRUE(content) << text;
    EXPECT_EQ(content->kind, Bech32Kind::kBech32);
    EXPECT_EQ(bech32_encode(*content), to_lower_ascii(text));
  }
}

TEST(Bech32, ValidExamplesOfBip350) {
  for (
      const std::string_view text :
      {"A1LQFN3A", "a1lqfn3a",
       "an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11sg7hg6",
       "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx",
       "11llllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllludsr8",
       "split1checkupstagehandshakeupstreamerranterredcaperredlc445v", "?1v759aa"}) {
    const auto content = bech32_decode(text);
    ASSERT_TRUE(content) << text;
    EXPECT_EQ(content->kind, Bech32Kind::kBech32m);
    EXPECT_EQ(bech32_encode(*content), to_lower_ascii(text));
  }
}

TEST(Bech32, InvalidExamplesOfBothBips) {
  for (
      const std::string_view text :
      {"\x20"
       "1nwldj5"sv,
       "\x7f"
       "1axkwrx"sv,
       "\x80"
       "1eym55h"sv,
       "an84characterslonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1569pvx"sv,
       "pzry9x0s0muk"sv,
       "1pzry9x0s0muk"sv,
       "x1b4n0q5v"sv,
       "li1dgmt3"sv,
       "de1lg7wt\xff"sv,
       "A1G7SGD8"sv,
       "10a06t8"sv,
       "1qzzfhee"sv,
       "\x20"
       "1xj0phk"sv,
       "\x7f"
       "1g6xzxy"sv,
       "\x80"
       "1vctc34"sv,
       "an84characterslonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11d6pts4"sv,
       "qyrz8wqd2c9m"sv,
       "1qyrz8wqd2c9m"sv,
       "y1b0jsk6g"sv,
       "lt1igcx5c0"sv,
       "in1muywd"sv,
       "mm1crxm3i"sv,
       "au1s5cgom"sv,
       "M1VUXWEZ"sv,
       "16plkw9"sv,
       "1p2gdwpf"sv}) {
    EXPECT_FALSE(bech32_decode(text)) << text;
  }
}

// The CashAddr specification: valid checksums, of whatever content.
TEST(Cashaddr, ExamplesOfTheSpecification) {
  for (const std::string_view text :
       {"prefix:x64nx6hz", "p:gpf8m4h7", "bitcoincash:qpzry9x8gf2tvdw0s3jn54khce6mua7lcw20ayyn",
        "bchtest:spectestnetaddressrealrealaddressqpan2k9lh",
        "bchreg:555555555555555555555555555555555555555555555udxmlmrz"}) {
    const std::string_view prefix = text.substr(0, text.find(':'));
    const auto values = cashaddr_decode(text, prefix);
    if (text == "prefix:x64nx6hz" || text == "p:gpf8m4h7") {
      EXPECT_FALSE(values) << "holds nothing";
      EXPECT_EQ(cashaddr_encode({}, prefix), text);
      continue;
    }
    ASSERT_TRUE(values) << text;
    EXPECT_EQ(cashaddr_encode(*values, prefix), text);
  }
}

struct Sized {
  std::string_view text, hex;
};

TEST(Cashaddr, PayloadsOfTheSpecification) {
  const Sized cases[] = {
      {"bitcoincash:qr6m7j9njldwwzlg9v7v53unlr4jkmx6eylep8ekg2",
       "00f5bf48b397dae70be82b3cca4793f8eb2b6cdac9"},
      {"bchtest:p9adhakpwzztepkpwp5z0dq62m6u5v5xtyj7j3h2u94tsynr",
       "097adbf6c17084bc86c1706827b41a56f5ca32865925e946ea"},
      {"pref:pvch8mmxy0rtfrlarg7ucrxxfzds5pamg73h7370aa87d80gyhqxq4k9m7qf9",
       "0b3173ef6623c6b48ffd1a3dcc0cc6489b0a07bb47a37f47cfef4fe69de825c060"},
  };
  for (const Sized& sized : cases) {
    const auto values = cashaddr_decode(sized.text, sized.text.substr(0, sized.text.find(':')));
    ASSERT_TRUE(values) << sized.text;
    const auto bytes = bytes_of(*values);
    ASSERT_TRUE(bytes);
    EXPECT_EQ(hex_encode(*bytes), sized.hex);
  }
}

// RFC 4648, section 10, without the padding.
TEST(Base32, ExamplesOfTheRfc) {
  EXPECT_EQ(*base32_decode(""), "");
  EXPECT_EQ(*base32_decode("MY"), "f");
  EXPECT_EQ(*base32_decode("MZXQ"), "fo");
  EXPECT_EQ(*base32_decode("MZXW6YTBOI"), "foobar");
  for (const std::string_view bad : {"M", "MZ", "MY======", "my", "MZXW6YTBO1", "MZXW6YTBOJ"}) {
    EXPECT_FALSE(base32_decode(bad)) << bad;
  }
}

// The check value of CRC-16/XMODEM.
TEST(Crc16, CheckValue) { EXPECT_EQ(crc16("123456789"), 0x31c3); }

}  // namespace
}  // namespace keystile::address
