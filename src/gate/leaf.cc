#include "gate/leaf.h"

namespace keystile::gate {
namespace {

constexpr auto kRenewEvery = std::chrono::hours{12};

}  // namespace

Result<std::unique_ptr<Leaf>> Leaf::make(signer::Signer& signer, const Clock& clock) {
  KS_TRY(auto identity, net::Identity::make());
  auto leaf = std::unique_ptr<Leaf>(new Leaf(signer, clock, std::move(identity)));
  KS_CHECK(leaf->renew());
  return leaf;
}

void Leaf::renew_if_due() {
  // By the wall clock, which goes on while a machine sleeps; it may also be set back.
  const WallTime now = clock_.wall();
  if (now >= tried_ && now - tried_ < kRenewEvery) return;
  static_cast<void>(renew());
}

Status Leaf::renew() {
  tried_ = clock_.wall();
  KS_TRY(const std::string certificate, signer_.certify(identity_->public_pem()));
  return identity_->show(certificate);
}

}  // namespace keystile::gate
