#include <gtest/gtest.h>

#include <set>

#include "base/encoding.h"
#include "base/hex_digit.h"
#include "base/http.h"
#include "base/random.h"
#include "base/secret.h"
#include "base/time.h"

namespace keystile {
namespace {

// RFC 4648 section 10.
TEST(Encoding, Base64Vectors) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(base64_encode(plain), encoded);
    EXPECT_EQ(base64_decode(encoded), plain);
  }
}

TEST(Encoding, Base64RefusesSecondSpellings) {
  for (const char* text :
       {"Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm 9", "Zm9v\n", "Z_8="}) {
    EXPECT_EQ(base64_decode(text), std::nullopt) << text;
  }
}

TEST(Encoding, Hex) {
  EXPECT_EQ(hex_encode(std::string("\x00\xff\x10", 3)), "00ff10");
  EXPECT_EQ(hex_decode("00FF10"), std::string("\x00\xff\x10", 3));
  EXPECT_EQ(hex_decode("0"), std::nullopt);
  EXPECT_EQ(hex_decode("0g"), std::nullopt);
}

TEST(Encoding, AHexDigitIsOfEitherCase) {
  constexpr std::string_view kDigits = "0123456789abcdef", kCapitals = "0123456789ABCDEF";
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const size_t at = std::min(kDigits.find(c), kCapitals.find(c));
    EXPECT_EQ(hex_digit(c), at == kDigits.npos ? -1 : static_cast<int>(at)) << byte;
  }
}

TEST(Encoding, Percent) {
  EXPECT_EQ(percent_encode("a b/ü~"), "a%20b%2F%C3%BC~");
  EXPECT_EQ(percent_decode("a%20b%2f+", true), "a b/ ");
  EXPECT_EQ(percent_decode("a+b", false), "a+b");
  for (const char* text : {"%", "%4", "%4g", "a%"})
    EXPECT_EQ(percent_decode(text, false), std::nullopt);
}

TEST(Encoding, Integers) {
  EXPECT_EQ(parse_uint64("18446744073709551615"), UINT64_MAX);
  for (const char* text : {"", "18446744073709551616", "-1", "+1", " 1", "1 ", "0x1"}) {
    EXPECT_EQ(parse_uint64(text), std::nullopt) << text;
  }
}

TEST(Encoding, OnlyLettersHaveCases) {
  for (size_t size = 1; size <= 20; ++size) {
    for (size_t at = 0; at < size; ++at) {
      std::string a(size, 'x'), b(size, 'X');
      EXPECT_TRUE(equals_ignore_case(a, b));
      for (int byte = 0; byte < 128; ++byte) {
        a[at] = static_cast<char>(byte);
        b[at] = static_cast<char>(byte ^ 0x20);
        const bool is_letter = (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
        ASSERT_EQ(equals_ignore_case(a, b), is_letter) << byte << " at " << at << " of " << size;
      }
    }
  }
  EXPECT_FALSE(equals_ignore_case("a", "aa"));
}

TEST(Time, Iso8601RoundTrip) {
  const auto t = parse_iso8601("2020-12-08T09:08:57.715Z");
  ASSERT_TRUE(t);
  EXPECT_EQ(epoch_ms(*t), 1607418537715);
  EXPECT_EQ(iso8601(*t), "2020-12-08T09:08:57.715Z");
  for (const char* text :
       {"2020-12-08T09:08:57Z", "2020-02-30T09:08:57.715Z", "2020-12-08 09:08:57.715Z",
        "2020-12-08T24:08:57.715Z", "1607418537715", ""}) {
    EXPECT_FALSE(parse_iso8601(text)) << text;
  }
}

TEST(Secret, ComparesAndMoves) {
  auto secret = SecretBytes::copy_of("hunter2");
  ASSERT_TRUE(secret);
  EXPECT_TRUE(secret->equals("hunter2"));
  EXPECT_FALSE(secret->equals("hunter3"));
  SecretBytes moved = std::move(*secret);
  EXPECT_TRUE(moved.equals("hunter2"));
  EXPECT_TRUE(secret->empty());
}

// The kernel grants a process 65530 mappings.
TEST(Secret, ThereMayBeManyOfThem) {
  std::vector<SecretBytes> all;
  for (int i = 0; i < 100'000; ++i) {
    auto secret = SecretBytes::copy_of(std::to_string(i));
    ASSERT_TRUE(secret) << i;
    all.push_back(std::move(*secret));
  }
  for (int i = 0; i < 100'000; ++i) ASSERT_TRUE(all[i].equals(std::to_string(i)));
}

TEST(Secret, MemoryComesBackEmpty) {
  for (const size_t size : {1u, 32u, 256u, 257u}) {
    for (int i = 0; i < 100; ++i) {
      const auto secret = SecretBytes::zeroed(size);
      ASSERT_TRUE(secret->equals(std::string(size, '\0')));
      const auto used = SecretBytes::copy_of(std::string(size, 'x'));
      ASSERT_TRUE(used->equals(std::string(size, 'x')));
    }
  }
}

TEST(Random, BytesAreGivenOnce) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    for (const size_t size : {8u, 16u, 100u, 200u}) {
      EXPECT_TRUE(seen.insert(system_random().bytes(size)).second);
    }
  }
}

TEST(Time, WritesWhatItReads) {
  for (const char* text :
       {"1970-01-01T00:00:00.000Z", "2024-02-29T23:59:59.999Z", "9999-12-31T10:20:30.007Z"}) {
    EXPECT_EQ(iso8601(parse_iso8601(text).value()), text);
  }
}

TEST(Http, HeadersIgnoreCase) {
  Headers headers{{"X-A", "1"}, {"x-a", "2"}, {"B", "3"}};
  EXPECT_EQ(*find_header(headers, "x-A"), "1");
  EXPECT_EQ(count_headers(headers, "X-a"), 2u);
  set_header(&headers, "X-A", "9");
  EXPECT_EQ(count_headers(headers, "x-a"), 1u);
}

}  // namespace
}  // namespace keystile
