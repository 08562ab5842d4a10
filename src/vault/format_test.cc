#include "vault/format.h"

#include <gtest/gtest.h>

#include "base/secret_reveal.h"

namespace keystile::vault {
namespace {

SecretBytes secret(std::string_view bytes) { return SecretBytes::copy_of(bytes).value(); }

SealedVault example() {
  SealedVault vault;
  vault.header.key_source = {UnlockKind::kPassphrase, 3, 256 << 10, std::string(16, 's')};
  vault.header.epoch = 7;
  vault.header.created = from_epoch_ms(1607418537715);
  vault.header.environment = "test";
  vault.commitment = std::string(32, 'c');
  vault.index = {std::string(24, 'n'), std::string(100, 'i')};
  vault.entries = {{std::string(24, 'n'), std::string(16, 'a')},
                   {std::string(24, 'm'), std::string(17, 'b')}};
  return vault;
}

// The offsets that docs/formats/vault.md gives.
TEST(VaultFormat, EveryByteHasItsPlace) {
  const std::string file = serialise(example());
  using namespace std::string_literals;
  EXPECT_EQ(file.substr(0, 15), "keystile vault\n");
  EXPECT_EQ(file.substr(15, 2), "\x01\x01"s);
  EXPECT_EQ(file.substr(17, 4), "\0\0\0\x03"s);
  EXPECT_EQ(file.substr(21, 4), "\0\x04\0\0"s);
  EXPECT_EQ(file.substr(25, 16), std::string(16, 's'));
  EXPECT_EQ(file.substr(41, 8), "\0\0\0\0\0\0\0\x07"s);
  EXPECT_EQ(file.substr(49, 8), "\0\0\x01\x76\x41\x9c\x66\xf3"s);
  EXPECT_EQ(file.substr(57, 5), "\x04test"s);
  EXPECT_EQ(file.substr(62, 32), std::string(32, 'c'));
  EXPECT_EQ(file.substr(94, 24), std::string(24, 'n'));
  EXPECT_EQ(file.substr(118, 4), "\0\0\0\x64"s);
  EXPECT_EQ(file.substr(122, 100), std::string(100, 'i'));
  EXPECT_EQ(file.substr(222, 4), "\0\0\0\x02"s);
  EXPECT_EQ(file.size(), 226u + 2 * (24 + 4) + 16 + 17);
}

TEST(VaultFormat, RoundTrips) {
  const SealedVault vault = example();
  const auto parsed = parse(serialise(vault));
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(*parsed, vault);
}

TEST(VaultFormat, EveryTruncationAndTailIsRefused) {
  const std::string file = serialise(example());
  for (size_t size = 0; size < file.size(); ++size) {
    const auto parsed = parse(std::string_view(file).substr(0, size));
    ASSERT_FALSE(parsed) << size;
    EXPECT_EQ(parsed.error().code, "vault.corrupt") << size;
  }
  EXPECT_FALSE(parse(file + "x"));
}

// One spelling only: whatever parses comes out again byte for byte.
TEST(VaultFormat, WhatParsesIsWrittenTheSame) {
  const std::string file = serialise(example());
  for (size_t i = 0; i < file.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = file;
      changed[i] = static_cast<char>(changed[i] ^ 1 << bit);
      if (const auto parsed = parse(changed)) {
        EXPECT_EQ(serialise(*parsed), changed) << i;
      }
    }
  }
}

TEST(VaultFormat, ForgedCostsAreRefusedBeforeTheyAreMet) {
  const auto refused = [](UnlockKind kind, uint32_t passes, uint32_t memory_kib) {
    SealedVault vault = example();
    vault.header.key_source.kind = kind;
    vault.header.key_source.passes = passes;
    vault.header.key_source.memory_kib = memory_kib;
    return !parse(serialise(vault));
  };
  EXPECT_FALSE(refused(UnlockKind::kPassphrase, 2, 64 << 10));
  EXPECT_FALSE(refused(UnlockKind::kPassphrase, 8, 1 << 20));
  EXPECT_TRUE(refused(UnlockKind::kPassphrase, 1, 64 << 10));
  EXPECT_TRUE(refused(UnlockKind::kPassphrase, 9, 64 << 10));
  EXPECT_TRUE(refused(UnlockKind::kPassphrase, UINT32_MAX, 64 << 10));
  EXPECT_TRUE(refused(UnlockKind::kPassphrase, 3, (64 << 10) - 1));
  EXPECT_TRUE(refused(UnlockKind::kPassphrase, 3, (1 << 20) + 1));
  EXPECT_TRUE(refused(UnlockKind::kPassphrase, 3, UINT32_MAX));
  EXPECT_FALSE(refused(UnlockKind::kKeyFile, 0, 0));
  EXPECT_TRUE(refused(UnlockKind::kKeyFile, 3, 256 << 10));
}

TEST(VaultFormat, ForgedSizesAreRefused) {
  SealedVault vault = example();
  vault.entries[1].ciphertext.resize(15);
  EXPECT_FALSE(parse(serialise(vault)));
  vault = example();
  vault.entries[1].ciphertext.resize((64 << 10) + 1);
  EXPECT_FALSE(parse(serialise(vault)));
  vault = example();
  vault.header.epoch = 0;
  EXPECT_FALSE(parse(serialise(vault)));
  std::string many = serialise(example());
  many.replace(222, 4, "\xff\xff\xff\xff");
  EXPECT_FALSE(parse(many));
}

std::vector<Record> example_records() {
  std::vector<Record> records(2);
  records[0].info = {"client/bot", "K1", crypto::KeyAlgorithm::kHmacSha256,
                     "",           true, from_epoch_ms(1)};
  records[0].data_key = secret(std::string(32, '1'));
  records[1].info = {"key/main/trade",   "K2", crypto::KeyAlgorithm::kEd25519, "PEM", false,
                     from_epoch_ms(1000)};
  records[1].data_key = secret(std::string(32, '2'));
  return records;
}

TEST(VaultIndex, RoundTrips) {
  const auto records = example_records();
  const auto again = parse_index(serialise_index(records).value());
  ASSERT_TRUE(again) << again.error().message;
  ASSERT_EQ(again->size(), 2u);
  const Header header;
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(binding(header, (*again)[i].info), binding(header, records[i].info));
    EXPECT_TRUE((*again)[i].data_key == records[i].data_key);
  }
}

TEST(VaultIndex, BadIndexesAreRefused) {
  auto records = example_records();
  std::swap(records[0], records[1]);
  EXPECT_FALSE(parse_index(serialise_index(records).value()));
  records[0].info.name = records[1].info.name;
  EXPECT_FALSE(parse_index(serialise_index(records).value()));
  records[0].info.name = "a//b";
  EXPECT_FALSE(parse_index(serialise_index(records).value()));
  const SecretBytes index = serialise_index(example_records()).value();
  for (size_t size = 1; size < index.size(); ++size) {
    const auto cut = parse_index(secret(index.bytes(RevealToken{}).substr(0, size)));
    if (cut) {
      EXPECT_EQ(cut->size(), 1u) << size;  // exactly between the two
    }
  }
}

TEST(VaultBinding, ChangesWithEveryField) {
  const Header header = example().header;
  const Info info = example_records()[0].info;
  std::vector<std::string> bindings{binding(header, info)};
  const auto changed = [&](auto change) {
    Header h = header;
    Info i = info;
    change(&h, &i);
    bindings.push_back(binding(h, i));
  };
  changed([](Header* h, Info*) { h->environment = "prod"; });
  changed([](Header*, Info* i) { i->name = "client/bos"; });
  changed([](Header*, Info* i) { i->key_id = "K2"; });
  changed([](Header*, Info* i) { i->algorithm = crypto::KeyAlgorithm::kEd25519; });
  changed([](Header*, Info* i) { i->public_key = "P"; });
  changed([](Header*, Info* i) { i->has_passphrase = false; });
  changed([](Header*, Info* i) { i->created += Millis{1}; });
  for (size_t i = 0; i < bindings.size(); ++i) {
    for (size_t j = 0; j < i; ++j) EXPECT_NE(bindings[i], bindings[j]) << i << ' ' << j;
  }
}

TEST(VaultSecrets, RoundTripAndHideTheirLengths) {
  const Secrets secrets{secret("a secret"), secret("words")};
  const SecretBytes padded = serialise_secrets(secrets).value();
  EXPECT_EQ(padded.size(), 256u);
  const auto again = parse_secrets(padded);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->secret == secrets.secret);
  EXPECT_TRUE(again->passphrase == secrets.passphrase);
  EXPECT_FALSE(parse_secrets(secret("\xff\xffshort")));
  const std::string_view bytes = padded.bytes(RevealToken{});
  EXPECT_FALSE(parse_secrets(secret(std::string(bytes.substr(0, 255)) + "x")));
  EXPECT_FALSE(serialise_secrets({secret(std::string(70000, 'x')), {}}));
}

Info named(const std::string& name, const std::string& key_id = "") {
  Info info;
  info.name = name;
  info.key_id = key_id;
  return info;
}

TEST(VaultNames, OneShape) {
  for (const char* name : {"ledger", "key/binance-main/trade", "client/A.b_c-9"}) {
    EXPECT_TRUE(check_info(named(name))) << name;
  }
  for (const std::string& name :
       {std::string(), std::string("/a"), std::string("a/"), std::string("a//b"),
        std::string("a b"), std::string("a\n"), std::string("é"), std::string(129, 'a')}) {
    EXPECT_EQ(check_info(named(name)).error().code, "vault.name") << name;
  }
  EXPECT_FALSE(check_info(named("a", "with space")));
  EXPECT_FALSE(check_environment(""));
  EXPECT_FALSE(check_environment("a/b"));
  EXPECT_FALSE(check_environment(std::string(65, 'a')));
}

}  // namespace
}  // namespace keystile::vault
