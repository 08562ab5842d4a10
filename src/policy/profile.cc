// Preset grants. None names networks, instruments or assets: those are the operator's to say.
#include "policy/loader.h"

namespace keystile::policy {
namespace {

using exchanges::Product;
using exchanges::Scope;

// Limits to start small with, in the realm's currency.
Grant trading(std::vector<Product> products) {
  Grant grant;
  grant.scopes = {Scope::kMarket, Scope::kRead, Scope::kTrade};
  grant.products = std::move(products);
  grant.max_order_notional = Decimal(1000);
  grant.daily_exposure = Decimal(10000);
  grant.orders_per_second = 10;
  grant.open_orders = 50;
  grant.price_band = Decimal::parse("0.05").value();
  grant.price_band_set = true;
  return grant;
}

Grant with_scopes(std::vector<Scope> scopes) {
  Grant grant;
  grant.scopes = std::move(scopes);
  return grant;
}

}  // namespace

std::vector<std::string> profile_names() {
  return {"screener", "trading-bot", "spot-only", "reporting", "transfers", "payouts"};
}

std::optional<Grant> profile(std::string_view name) {
  if (name == "screener") return with_scopes({Scope::kMarket});
  if (name == "trading-bot") return trading({Product::kSpot, Product::kLinear});
  if (name == "spot-only") return trading({Product::kSpot});
  if (name == "reporting") return with_scopes({Scope::kMarket, Scope::kRead});
  if (name == "transfers") return with_scopes({Scope::kRead, Scope::kTransfer});
  if (name == "payouts") return with_scopes({Scope::kMarket, Scope::kRead, Scope::kWithdraw});
  return std::nullopt;
}

}  // namespace keystile::policy
