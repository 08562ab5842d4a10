#include "exchanges/bybit/bybit.h"

#include <array>

#include "exchanges/bybit/protocol.h"

namespace keystile::exchanges::bybit {

extern const std::string_view kRoutesText;
extern const std::string_view kNetworksText;  // networks.tsv

namespace {

constexpr std::string_view kAlphanumeric =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

// The lengths of the key and secret in the vendor's samples; no document states them.
constexpr size_t kKeyLength = 18;
constexpr size_t kSecretLength = 36;

}  // namespace

const Exchange& exchange() {
  static const Bybit bybit;
  return bybit;
}

Bybit::Bybit() : routes_(kRoutesText) {}

std::span<const HostFamily> Bybit::hosts() const {
  static const std::array<HostFamily, 1> hosts{
      {{"rest", "api.bybit.com", "api-testnet.bybit.com", {"api.bytick.com"}}}};
  return hosts;
}

std::string_view Bybit::family_of(std::string_view) const { return "rest"; }

std::span<const crypto::KeyAlgorithm> Bybit::algorithms() const {
  static constexpr std::array kAlgorithms{crypto::KeyAlgorithm::kRsaSha256};
  return kAlgorithms;
}

std::string Bybit::make_client_order_id(Random& random) const {
  return "ks" + random.text(30, kAlphanumeric);
}

Result<NewKey> Bybit::make_key(Random& random) const {
  NewKey key;
  key.key_id = random.text(kKeyLength, kAlphanumeric);
  std::string secret = random.text(kSecretLength, kAlphanumeric);
  auto copy = SecretBytes::copy_of(secret);
  wipe(&secret);
  KS_TRY(key.secret, std::move(copy));
  return key;
}

std::string_view category_of(Product product) {
  return product == Product::kMargin ? "spot" : to_string(product);
}

std::optional<Product> product_of(std::string_view category) {
  const auto product = parse_product(category);
  return product == Product::kMargin ? std::nullopt : product;
}

bool is_batch(std::string_view path) {
  return path.starts_with("/v5/order/") && path.ends_with("-batch");
}

const NetworkTable& networks() {
  static const NetworkTable table(kNetworksText, /*asset_first=*/false);
  return table;
}

}  // namespace keystile::exchanges::bybit
