#include "policy/network.h"

#include <gtest/gtest.h>

namespace keystile::policy {
namespace {

TEST(Address, AcceptsOneSpellingOfEachFamily) {
  for (const auto& [text, shown] : std::initializer_list<std::pair<const char*, const char*>>{
           {"127.0.0.1", "127.0.0.1"},
           {"0.0.0.0", "0.0.0.0"},
           {"255.255.255.255", "255.255.255.255"},
           {"::", "::"},
           {"::1", "::1"},
           {"2001:DB8::8:800:200C:417A", "2001:db8::8:800:200c:417a"},
           {"::ffff:10.1.2.3", "10.1.2.3"},
           {"::ffff:a01:203", "10.1.2.3"}}) {
    const auto address = parse_address(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(to_string(*address), shown);
  }
}

TEST(Address, RefusesEverythingElse) {
  using namespace std::string_view_literals;
  for (std::string_view text :
       {""sv, "1.2.3"sv, "1.2.3.4.5"sv, "1.2.3.256"sv, "01.2.3.4"sv, "1.2.3.4 "sv, " 1.2.3.4"sv,
        "0x7f.0.0.1"sv, "127.1"sv, "2130706433"sv, "1.2.3.4\0"sv, "1.2.3.4\0.5"sv, ":::"sv,
        "1::2::3"sv, "fe80::1%eth0"sv, "[::1]"sv, "12345::"sv, "1:2:3:4:5:6:7"sv, "localhost"sv}) {
    EXPECT_FALSE(parse_address(text)) << text;
  }
}

TEST(Network, ContainsItsOwnFamilyOnly) {
  const struct {
    const char* network;
    const char* address;
    bool inside;
  } kCases[] = {
      {"10.0.0.0/8", "10.255.255.255", true},
      {"10.0.0.0/8", "11.0.0.0", false},
      {"10.0.0.0/8", "::ffff:10.1.1.1", true},
      {"192.0.2.7", "192.0.2.7", true},
      {"192.0.2.7", "192.0.2.6", false},
      {"192.0.2.128/25", "192.0.2.127", false},
      {"192.0.2.128/25", "192.0.2.200", true},
      {"0.0.0.0/0", "203.0.113.9", true},
      {"0.0.0.0/0", "2001:db8::1", false},
      {"::/0", "2001:db8::1", true},
      {"::/0", "203.0.113.9", false},
      {"::ffff:10.0.0.0/104", "10.9.9.9", true},
      {"2001:db8::/32", "2001:db8:ffff::1", true},
      {"2001:db8::/32", "2001:db9::", false},
      {"::1", "::1", true},
  };
  for (const auto& c : kCases) {
    const auto network = parse_network(c.network);
    ASSERT_TRUE(network) << c.network;
    EXPECT_EQ(network->contains(*parse_address(c.address)), c.inside)
        << c.address << " in " << c.network;
    EXPECT_EQ(network->text, c.network);
  }
}

TEST(Network, RefusesHostBitsAndOddPrefixes) {
  for (const char* text : {"10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/08", "10.0.0.0/-1",
                           "10.0.0.0/+8", "10.0.0.0/8/8", "10.0.0.0/ 8", "/8", "2001:db8::1/32",
                           "::/129", "::/0128", "10.0.0.0/8 "}) {
    EXPECT_FALSE(parse_network(text)) << text;
  }
}

TEST(Network, UsersOfThisMachineAreNamedOneByOne) {
  const Network user = parse_network("unix:1000").value();
  const Address same{{}, 1000}, other{{}, 1001};
  EXPECT_EQ(to_string(same), "unix:1000");
  EXPECT_TRUE(user.contains(same));
  EXPECT_FALSE(user.contains(other));
  EXPECT_FALSE(user.contains(parse_address("127.0.0.1").value()));
  EXPECT_FALSE(user.contains(parse_address("::").value()));
  for (const char* everywhere : {"0.0.0.0/0", "::/0"}) {
    EXPECT_FALSE(parse_network(everywhere)->contains(same)) << everywhere;
  }
  for (const char* wrong : {"unix:", "unix:*", "unix:01", "unix:-1", "unix:4294967296", "unix:0/0",
                            "UNIX:0", "unix: 0"}) {
    EXPECT_FALSE(parse_network(wrong)) << wrong;
  }
  EXPECT_FALSE(parse_address("unix:0")) << "no header may claim it";
}

}  // namespace
}  // namespace keystile::policy
