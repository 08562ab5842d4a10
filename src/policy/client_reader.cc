#include <fmt/format.h>

#include <algorithm>

#include "policy/draft.h"
#include "policy/hours.h"

namespace keystile::policy {
namespace {

using exchanges::Scope;

std::string join(const std::vector<std::string>& all) {
  return fmt::format("{}", fmt::join(all, ", "));
}

// Replaces *out by the parsed items of a list field, where the field is there.
template <class T, class Parse>
void read_list(Table* table, std::string_view field, std::string_view wanted, Parse parse,
               std::vector<T>* out) {
  const auto texts = table->texts(field);
  if (!texts) return;
  out->clear();
  for (const std::string& text : *texts) {
    if (auto value = parse(text)) {
      out->push_back(std::move(*value));
    } else {
      table->bad_value(field, fmt::format("has \"{}\", which is not {}", text, wanted));
    }
  }
}

// The same for lists that, when absent, allow all: there an empty list must not mean "none".
template <class T, class Parse>
void read_filter(Table* table, std::string_view field, std::string_view wanted, Parse parse,
                 std::vector<T>* out) {
  const auto texts = table->texts(field);
  if (texts && texts->empty()) {
    table->bad_value(field, "is empty, which would allow all; name some, or leave the field out");
  }
  read_list(table, field, wanted, parse, out);
}

std::optional<RoutePattern> parse_route_pattern(const std::string& text) {
  const size_t space = text.find(' ');
  if (space == text.npos) return std::nullopt;
  RoutePattern pattern{text.substr(0, space), text.substr(space + 1)};
  constexpr std::string_view kMethods[] = {"*", "GET", "POST", "PUT", "PATCH", "DELETE"};
  const bool method =
      std::find(std::begin(kMethods), std::end(kMethods), pattern.method) != std::end(kMethods);
  const size_t star = pattern.path.find('*');
  const bool path = pattern.path.starts_with('/') && pattern.path.find(' ') == text.npos &&
                    (star == text.npos || star + 1 == pattern.path.size());
  return method && path ? std::optional(pattern) : std::nullopt;
}

std::optional<std::string> parse_instrument(const std::string& text) {
  const bool bad = text.empty() || std::count(text.begin(), text.end(), '*') > 1 ||
                   std::any_of(text.begin(), text.end(), [](unsigned char c) { return c <= ' '; });
  return bad ? std::nullopt : std::optional(text);
}

std::optional<std::string> parse_asset(const std::string& text) {
  return text.empty() || text.find('*') != text.npos ? std::nullopt : std::optional(text);
}

// "5%" or "0.05".
std::optional<Decimal> parse_band(std::string_view text) {
  const bool percent = text.ends_with('%');
  if (percent) text.remove_suffix(1);
  const auto value = Decimal::parse(text);
  if (!value) return std::nullopt;
  const auto band = percent ? value->divided_by(Decimal(100), Rounding::kDown) : value;
  return band ? std::optional(*band) : std::nullopt;
}

void read_band(Table* table, Grant* grant) {
  const auto text = table->text("price_band");
  if (!text) return;
  const auto band = parse_band(*text);
  const Decimal half = Decimal::parse("0.5").value(), wide = Decimal::parse("0.1").value();
  if (!band || !band->is_positive() || *band > half) {
    table->bad_value("price_band", "must be above 0 and at most 50%, such as \"5%\" or \"0.05\"");
    return;
  }
  if (*band > wide) {
    table->report().warn(table->place("price_band"), "client.wide_price_band",
                         "a price band above 10% hardly guards against a wrong price");
  }
  grant->price_band = *band;
  grant->price_band_set = true;
}

void read_hours(Table* table, Grant* grant) {
  const auto text = table->text("hours");
  if (!text) return;
  auto hours = parse_hours(*text);
  if (hours) {
    grant->hours = std::move(*hours);
  } else {
    table->report().error(table->place("hours"), "field.value", hours.error().message);
  }
}

template <class Field, class Value>
void override_by(Field* field, const std::optional<Value>& value) {
  if (value) *field = *value;
}

void read_slippage(Table* table, Grant* grant) {
  const auto points = table->money("max_slippage_bps");
  if (points && *points > Decimal(5000)) {
    table->bad_value("max_slippage_bps", "must be at most 5000 basis points, which are 50%");
  } else {
    override_by(&grant->max_slippage_bps, points);
  }
}

void read_limits(Table* table, Grant* grant) {
  override_by(&grant->max_order_notional, table->money("max_order_notional"));
  override_by(&grant->daily_exposure, table->money("daily_exposure"));
  override_by(&grant->orders_per_second, table->count("orders_per_second"));
  override_by(&grant->reads_per_second, table->count("reads_per_second"));
  override_by(&grant->open_orders, table->count("open_orders"));
  override_by(&grant->account_wide, table->flag("account_wide"));
  read_band(table, grant);
  read_slippage(table, grant);
  override_by(&grant->min_depth, table->money("min_depth"));
  read_hours(table, grant);
}

// Unlike other limits it may be zero: then people decide about every transfer.
void read_approval_above(Table* table, Grant* grant) {
  const auto text = table->text("transfer_approval_above");
  if (!text) return;
  const auto above = Decimal::parse(*text);
  if (above && !above->is_negative()) {
    grant->transfer_approval_above = *above;
  } else {
    table->bad_value("transfer_approval_above", "must be an amount such as \"1000\", or \"0\"");
  }
}

void read_transfers(Table* table, Grant* grant) {
  read_list(table, "transfer_assets", "an asset such as USDT (each must be named)", parse_asset,
            &grant->transfer_assets);
  read_filter(table, "transfer_pairs",
              "two wallets such as \"FUND -> UNIFIED\" or \"funding -> funding of desk2\"",
              parse_transfer_pair, &grant->transfer_pairs);
  override_by(&grant->transfers_out, table->flag("transfers_out"));
  override_by(&grant->max_transfer, table->money("max_transfer"));
  read_approval_above(table, grant);
}

void read_withdrawals(Table* table, Grant* grant) {
  if (const auto names = table->texts("withdraw_to")) grant->withdraw_to = *names;
  override_by(&grant->max_withdrawal, table->money("max_withdrawal"));
  override_by(&grant->daily_withdrawal, table->money("daily_withdrawal"));
  override_by(&grant->withdrawals_per_day, table->count("withdrawals_per_day"));
  auto amounts = table->table("daily_amounts");
  if (!amounts) return;
  for (const std::string& asset : amounts->fields()) {
    if (const auto amount = amounts->money(asset)) grant->daily_amounts[asset] = *amount;
  }
}

void read_grant(Table* table, Grant* grant) {
  read_list(
      table, "scopes", "a scope (market, read, trade, transfer, withdraw, stream)",
      [](const auto& t) { return exchanges::parse_scope(t); }, &grant->scopes);
  if (std::find(grant->scopes.begin(), grant->scopes.end(), Scope::kAccount) !=
      grant->scopes.end()) {
    table->report().error(table->place("scopes"), "client.account_scope",
                          "no program may change keys, sub-accounts or permissions; take the "
                          "account scope out");
  }
  read_list(
      table, "networks", "an address or network such as 192.0.2.0/24 or 2001:db8::/32",
      [](const auto& t) { return parse_network(t); }, &grant->networks);
  read_filter(table, "allow_routes", "a route such as \"GET /api/v3/*\"", parse_route_pattern,
              &grant->allow_routes);
  read_list(table, "deny_routes", "a route such as \"* /sapi/*\"", parse_route_pattern,
            &grant->deny_routes);
  read_list(table, "instruments", "an instrument such as BTCUSDT or BTC-*", parse_instrument,
            &grant->instruments);
  read_list(
      table, "products", "a product (spot, margin, linear, inverse, option)",
      [](const auto& t) { return exchanges::parse_product(t); }, &grant->products);
  read_filter(
      table, "order_types", "an order type (limit, market, stop-limit, stop-market, trailing-stop)",
      [](const auto& t) { return exchanges::parse_order_type(t); }, &grant->order_types);
  read_limits(table, grant);
  read_transfers(table, grant);
  read_withdrawals(table, grant);
}

void read_profile(Table* table, Client* client) {
  const auto name = table->text("profile");
  if (!name) return;
  client->profile = *name;
  if (const auto preset = profile(*name)) {
    client->grant = *preset;
  } else {
    table->bad_value("profile", "must be one of " + join(profile_names()));
  }
}

}  // namespace

Client read_client(Table table) {
  Client client;
  client.name = table.required_name("name");
  client.account = table.required_name("account");
  client.key_id = table.required("key_id");
  client.vault = table.required("vault");
  if (const auto algorithm = table.text("algorithm")) {
    const auto parsed = crypto::parse_algorithm(*algorithm);
    if (parsed) {
      client.algorithm = *parsed;
    } else {
      table.bad_value("algorithm", "must be hmac, rsa or ed25519");
    }
  }
  client.expires = table.time("expires");
  client.revoked = table.flag("revoked").value_or(false);
  client.observe_until = table.time("observe_until");
  read_profile(&table, &client);
  read_grant(&table, &client.grant);
  table.finish();
  return client;
}

}  // namespace keystile::policy
