// The certificate by which the gate answers for exchange host names: its key is made when the gate
// starts and stays in memory; the signer certifies it, again and again. Private to gate/.
#pragma once

#include <memory>

#include "base/result.h"
#include "base/time.h"
#include "net/identity.h"
#include "signer/signer.h"

namespace keystile::gate {

class Leaf {
 public:
  // "ca.none", "ca.expired", "net.tls". signer must outlive it.
  static Result<std::unique_ptr<Leaf>> make(signer::Signer& signer, const Clock& clock);

  const std::shared_ptr<net::Identity>& identity() const { return identity_; }
  // Twice a day. Where that fails the certificate shown before goes on: it holds for weeks, and
  // clients see its end for themselves.
  void renew_if_due();

 private:
  Leaf(signer::Signer& signer, const Clock& clock, std::shared_ptr<net::Identity> identity)
      : signer_(signer), clock_(clock), identity_(std::move(identity)) {}
  Status renew();

  signer::Signer& signer_;
  const Clock& clock_;
  std::shared_ptr<net::Identity> identity_;
  WallTime tried_{};
};

}  // namespace keystile::gate
