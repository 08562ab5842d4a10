// A signed client of the simulated Bybit, for this folder's tests.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"
#include "exchanges/exchange.h"
#include "sandbox/frontend.h"
#include "sandbox/seed.h"
#include "sandbox/seeded_random.h"

namespace keystile::sandbox::bybit {

class World {
 public:
  World() {
    add("fullKey", "master",
        {"read", "spot-trade", "futures", "margin", "transfer", "sub-transfer", "withdraw"});
    add("tradeKey", "master", {"read", "spot-trade"});
    add("readKey", "master", {"read"});
    add("subKey", "sub", {"read", "spot-trade", "transfer", "sub-transfer"});
    add("otherKey", "other", {"read", "spot-trade"});
  }

  void add(const std::string& id, std::string account,
           std::set<std::string, std::less<>> permissions, std::vector<std::string> addresses = {},
           std::optional<WallTime> expires = {}) {
    KeySpec spec{.account = std::move(account),
                 .permissions = std::move(permissions),
                 .addresses = std::move(addresses),
                 .expires = expires};
    const Status added =
        add_hmac_key(venue(), id, *SecretBytes::copy_of(secret_of(id)), {}, std::move(spec));
    EXPECT_TRUE(added.has_value()) << id;
  }

  Venue& venue() { return *venue_; }
  WallTime now() const { return now_; }
  void pass(Millis time) { now_ += time; }

  // text: the query of a GET, the body of a POST.
  HttpRequest request(std::string_view method, std::string_view path, std::string_view text) const {
    HttpRequest request;
    request.method = method;
    request.path = path;
    if (method == "GET") {
      request.query = text;
      request.has_query = !text.empty();
    } else {
      request.body = text;
    }
    return request;
  }
  HttpRequest sign(const HttpRequest& request, const std::string& key,
                   std::string_view secret) const {
    const exchanges::Exchange& protocol = *exchanges::find_exchange("bybit");
    const auto opened =
        crypto::SigningKey::open(crypto::KeyAlgorithm::kHmacSha256, *SecretBytes::copy_of(secret));
    const exchanges::Route* route = protocol.routes().find(request.method, request.path);
    return protocol.sign(request, *route, {key, &*opened, nullptr}, now_, Millis{5000}, {}).value();
  }
  HttpResponse send(const HttpRequest& request) {
    venue_->advance(now_);
    return frontend_->handle(request, "127.0.0.1", now_);
  }
  json::Value ask(const std::string& key, std::string_view method, std::string_view path,
                  std::string_view text = "") {
    return body_of(send(sign(request(method, path, text), key, secret_of(key))));
  }
  json::Value get(std::string_view path, std::string_view query) {
    return ask("fullKey", "GET", path, query);
  }
  json::Value post(std::string_view path, std::string_view body) {
    return ask("fullKey", "POST", path, body);
  }

  static json::Value body_of(const HttpResponse& response) {
    return json::parse(response.body).value();
  }
  static std::string secret_of(const std::string& key) { return "secret-of-" + key; }

 private:
  WallTime now_ = from_epoch_ms(1'700'000'000'000);
  SeededRandom random_{1};
  std::unique_ptr<Venue> venue_ = seed_venue("bybit", random_, now_).value();
  std::unique_ptr<Frontend> frontend_ = make_frontend("bybit", *venue_).value();
};

inline const json::Array& rows_of(const json::Value& body, std::string_view name = "list") {
  return *body.find("result")->find(name)->if_array();
}

}  // namespace keystile::sandbox::bybit
