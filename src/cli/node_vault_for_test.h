// A realm's folder that has its node's vault, open, and nothing else.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <optional>

#include "base/temp_folder_for_test.h"
#include "signer/layout.h"
#include "vault/vault.h"

namespace keystile::cli {

class NodeVaultTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* part : {"vault", "unlock", "tls"})
      std::filesystem::create_directories(temp_.path() + "/" + part);
    ASSERT_TRUE(vault::create_key_file(layout_.unlock_key("node")));
    unlock_ = vault::unlock_from_file(layout_.unlock_key("node")).value();
    ASSERT_TRUE(vault::Vault::create(layout_.vault("node"), "node", *unlock_, system_clock()));
    node_ = vault::Vault::open(layout_.vault("node"), "node", *unlock_).value();
  }

  TempFolder temp_;
  signer::Layout layout_{temp_.path()};
  std::optional<vault::Unlock> unlock_;
  std::optional<vault::Vault> node_;
};

}  // namespace keystile::cli
