#include "bench/orders.h"

#include <fmt/format.h>

#include "base/encoding.h"

namespace keystile::bench {

std::string client_name(size_t client) { return fmt::format("bot-{}", client); }
std::string virtual_key_id(size_t client) { return fmt::format("VIRTUAL{:057}", client); }
std::string virtual_secret(size_t client) { return fmt::format("secret{:058}", client); }

Result<OrderWriter> OrderWriter::make(size_t client) {
  KS_TRY(const SecretBytes secret, SecretBytes::copy_of(virtual_secret(client)));
  KS_TRY(auto key, crypto::SigningKey::open(crypto::KeyAlgorithm::kHmacSha256, secret));
  return OrderWriter(virtual_key_id(client), std::move(key));
}

Result<std::string> OrderWriter::body(uint64_t number, WallTime now) const {
  std::string text = fmt::format(
      "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.00100000&price=50000.00&"
      "newClientOrderId=x-bench-{:012}-{:013}&recvWindow=60000&timestamp={}",
      number, epoch_ms(now), epoch_ms(now));
  KS_TRY(const std::string signature, key_.sign(text));
  return text + "&signature=" + hex_encode(signature);
}

HttpRequest OrderWriter::request(std::string body) const {
  HttpRequest request = request_to("POST", "/api/v3/order");
  request.headers = {{"X-MBX-APIKEY", key_id_},
                     {"Content-Type", "application/x-www-form-urlencoded"},
                     {"User-Agent", "python-requests/2.31.0"},
                     {"Accept", "*/*"},
                     {"Accept-Encoding", "gzip, deflate"}};
  request.body = std::move(body);
  return request;
}

std::string wire(const HttpRequest& request) {
  std::string out = request.method + " " + request.target() + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
  for (const Header& header : request.headers) out += header.name + ": " + header.value + "\r\n";
  return out +
         fmt::format("Content-Length: {}\r\nConnection: keep-alive\r\n\r\n", request.body.size()) +
         request.body;
}

}  // namespace keystile::bench
