#include "cli/policy_folder.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>

#include "cli/wait_unless.h"

namespace keystile::cli {
namespace {

constexpr Millis kLookEvery{10000};

Result<std::string> read_hash(const std::string& folder) {
  KS_TRY(const policy::Bundle bundle, policy::read_bundle(folder));
  return bundle.hash();
}

bool is_proposed(const std::string& hash, const quorum::Proposals& proposals) {
  const auto& all = proposals.all();
  return std::any_of(all.begin(), all.end(), [&](const auto& each) {
    const quorum::Case& one = each.second;
    const auto* change = std::get_if<quorum::PolicyChange>(&one.proposal.facts);
    return change && change->hash == hash && one.is_waiting();
  });
}

}  // namespace

std::string edited(const Result<std::string>& folder, std::string_view in_force,
                   const quorum::Proposals& proposals) {
  if (!folder) return folder.error().message + "; the policy in force stays what it is";
  if (*folder == in_force || is_proposed(*folder, proposals)) return {};
  return "the policy folder was edited, and is neither in force nor proposed: nothing of it is "
         "used. `keystile policy plan` tells what it would change";
}

PolicyFolder::PolicyFolder(boost::asio::io_context* io, const signer::Realm& realm)
    : realm_(realm) {
  const std::string folder = realm.layout().policy();
  compare(read_hash(folder));
  thread_ = std::jthread([this, io, folder](const std::stop_token& stop) {
    while (wait_unless(stop, kLookEvery)) {
      boost::asio::post(*io, [this, hash = read_hash(folder)] { compare(hash); });
    }
  });
}

void PolicyFolder::compare(const Result<std::string>& folder) {
  const auto& adoption = realm_.books().adoption();
  std::string trouble = edited(folder, adoption ? adoption->hash : "", realm_.proposals());
  if (trouble == trouble_) return;
  if (trouble.empty()) {
    spdlog::info("the policy folder is no longer another policy than the one in force or proposed");
  } else {
    spdlog::warn("{}", trouble);
  }
  trouble_ = std::move(trouble);
}

}  // namespace keystile::cli
