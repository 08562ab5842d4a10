// Notices that the policy folder, which people edit, is not what is in force. What stands there is
// used by nobody until it is adopted: this is for whoever must know that somebody has edited it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <string>
#include <string_view>
#include <thread>

#include "policy/loader.h"
#include "quorum/proposals.h"
#include "signer/realm.h"

namespace keystile::cli {

// What there is to tell of a folder of that hash, or of one that cannot be read. Empty where it is
// what is in force, or what people are being asked to put in force.
std::string edited(const Result<std::string>& folder, std::string_view in_force,
                   const quorum::Proposals& proposals);

// While it lives the folder is read now and then, in a thread of its own, and compared on io's,
// where the realm lives. The log has one line when it begins to differ and one when that ends.
class PolicyFolder {
 public:
  // Looks once before it returns. io and realm must outlive it.
  PolicyFolder(boost::asio::io_context* io, const signer::Realm& realm);

  // By the last look; for io's thread.
  bool is_edited() const { return !trouble_.empty(); }

 private:
  void compare(const Result<std::string>& folder);

  const signer::Realm& realm_;
  std::string trouble_;
  std::jthread thread_;
};

}  // namespace keystile::cli
