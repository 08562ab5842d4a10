// A request that was signed with a real key. What it tells (a passphrase, a signature that is still
// good) is wiped wherever it ends: sent, or given up on the way.
#pragma once

#include <utility>

#include "base/http.h"
#include "base/secret.h"

namespace keystile {

class SignedRequest : public HttpRequest {
 public:
  SignedRequest() = default;
  SignedRequest(HttpRequest request) : HttpRequest(std::move(request)) {}
  SignedRequest(const SignedRequest&) = default;
  SignedRequest(SignedRequest&&) = default;
  SignedRequest& operator=(SignedRequest other) noexcept {
    wipe_all();
    HttpRequest::operator=(std::move(other));
    return *this;
  }
  ~SignedRequest() { wipe_all(); }

  // All but method, path and the headers' names.
  void wipe_all() {
    for (Header& header : headers) wipe(&header.value);
    wipe(&query);
    wipe(&body);
  }
};

}  // namespace keystile
