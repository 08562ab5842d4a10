#include "policy/loader.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/draft.h"

namespace keystile::policy {
namespace {

bool is_currency(std::string_view text) {
  return text.size() >= 2 && text.size() <= 10 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
         });
}

class Reader {
 public:
  explicit Reader(std::span<const ExchangeFacts> exchanges) { draft_.exchanges = exchanges; }

  Loaded read(const Bundle& bundle) {
    for (const Bundle::File& file : bundle.files) read_file(file);
    if (!has_realm_) {
      report_.error({bundle.files.empty() ? "" : bundle.files.front().name, 0}, "realm.missing",
                    "no file has a [realm] with a name");
    }
    check_upstreams(draft_, &report_);
    check_accounts(draft_, &report_);
    check_clients(draft_, &report_);
    check_addresses(draft_, &report_);
    check_payouts(draft_, &report_);
    check_transfers(draft_, &report_);
    check_working_balances(draft_, &report_);
    check_approvers(draft_, &report_);
    check_quorums(draft_, &report_);
    return {std::move(draft_.policy), std::move(report_).errors_first()};
  }

 private:
  void read_file(const Bundle::File& file) {
    const auto root = parse_toml(file.text);
    if (!root) {
      report_.error({file.name, root.error().line}, "toml.syntax", root.error().message);
      return;
    }
    Table table(*root, file.name, &report_);
    if (auto realm = table.table("realm")) read_realm(std::move(*realm));
    for (Table& each : table.tables("environment")) read_environment(std::move(each));
    for (Table& each : table.tables("account")) read_account(std::move(each));
    for (Table& each : table.tables("client")) {
      draft_.clients.push_back(each.place());
      draft_.policy.clients.push_back(read_client(std::move(each)));
    }
    for (Table& each : table.tables("address")) {
      draft_.addresses.push_back(each.place());
      draft_.policy.addresses.push_back(read_address(std::move(each)));
    }
    for (Table& each : table.tables("working_balance")) {
      draft_.working_balances.push_back(each.place());
      draft_.policy.working_balances.push_back(read_working_balance(std::move(each)));
    }
    for (Table& each : table.tables("approver")) {
      draft_.approvers.push_back(each.place());
      draft_.policy.approvers.push_back(read_approver(std::move(each)));
    }
    for (Table& each : table.tables("quorum")) read_quorum(std::move(each), &draft_);
    if (auto executor = table.table("executor")) read_executor(std::move(*executor), &draft_);
    table.finish();
  }

  void read_realm(Table table) {
    if (has_realm_) {
      report_.error(table.place(), "realm.repeated", "there may be only one [realm]");
    }
    has_realm_ = true;
    Policy& policy = draft_.policy;
    policy.realm = table.required_name("name");
    if (const auto currency = table.text("currency")) policy.currency = *currency;
    if (!is_currency(policy.currency)) {
      table.bad_value("currency", "must be a currency in capitals, such as \"USD\"");
    }
    policy.currency_assets = table.texts("currency_assets").value_or(std::vector<std::string>{});
    auto& assets = policy.currency_assets;
    if (std::find(assets.begin(), assets.end(), policy.currency) == assets.end()) {
      assets.push_back(policy.currency);
    }
    table.finish();
  }

  void read_environment(Table table) {
    Environment environment;
    Draft::Parts places{table.place(), {}};
    environment.name = table.required_name("name");
    const std::string tier = table.required("tier");
    for (Tier one : {Tier::kProduction, Tier::kStaging, Tier::kTest}) {
      if (tier == to_string(one)) environment.tier = one;
    }
    if (!tier.empty() && tier != to_string(environment.tier)) {
      table.bad_value("tier", "must be production, staging or test");
    }
    for (Table& each : table.tables("upstream")) {
      places.parts.push_back(each.place());
      environment.upstreams.push_back(read_upstream(std::move(each)));
    }
    table.finish();
    draft_.policy.environments.push_back(std::move(environment));
    draft_.environments.push_back(std::move(places));
  }

  Upstream read_upstream(Table table) {
    Upstream upstream;
    upstream.exchange = table.required_name("exchange");
    if (auto hosts = table.table("hosts")) {
      for (const std::string& family : hosts->fields()) {
        upstream.hosts[family] = hosts->required(family);
      }
    }
    upstream.ca_file = table.text("ca_file").value_or("");
    upstream.allow_tls12 = table.flag("allow_tls12").value_or(false);
    upstream.rate_limit_percent = table.count("rate_limit_percent").value_or(100);
    table.finish();
    return upstream;
  }

  void read_account(Table table) {
    Account account;
    Draft::Parts places{table.place(), {}};
    account.name = table.required_name("name");
    account.exchange = table.required_name("exchange");
    account.environment = table.required_name("environment");
    const std::string kind = table.required("kind");
    if (kind == "storage") {
      account.kind = AccountKind::kStorage;
    } else if (!kind.empty() && kind != "trading") {
      table.bad_value("kind", "must be trading or storage");
    }
    account.known_as = table.text("known_as").value_or("");
    for (Table& each : table.tables("key")) {
      places.parts.push_back(each.place());
      account.keys.push_back(read_key(std::move(each)));
    }
    account.daily_withdrawal = table.money("daily_withdrawal");
    table.finish();
    draft_.policy.accounts.push_back(std::move(account));
    draft_.accounts.push_back(std::move(places));
  }

  Key read_key(Table table) {
    Key key;
    const std::string role = table.required("role");
    if (const auto parsed = parse_role(role)) {
      key.role = *parsed;
    } else if (!role.empty()) {
      table.bad_value("role", "must be read, trade, transfer, withdraw or admin");
    }
    key.vault = table.required("vault");
    key.ip_restricted = table.flag("ip_restricted").value_or(false);
    key.expires = table.time("expires");
    if (!key.ip_restricted) {
      report_.warn(table.place(), "key.no_ip_allowlist",
                   "this key works from every address; restrict it at the exchange, then set "
                   "ip_restricted = true");
    }
    if (!key.expires) {
      report_.warn(table.place(), "key.no_expiry", "no expiry: a key that leaks is good for ever");
    }
    table.finish();
    return key;
  }

  Draft draft_;
  Report report_;
  bool has_realm_ = false;
};

}  // namespace

std::string to_string(const Finding& finding) {
  const bool error = finding.level == Finding::Level::kError;
  std::string place = finding.file.empty() ? std::string("policy") : finding.file;
  if (finding.line > 0) place += fmt::format(":{}", finding.line);
  return fmt::format("{}: {}: {} ({})", place, error ? "error" : "warning", finding.message,
                     finding.rule);
}

bool Loaded::ok() const {
  return std::none_of(findings.begin(), findings.end(),
                      [](const Finding& f) { return f.level == Finding::Level::kError; });
}

Loaded load(const Bundle& bundle, std::span<const ExchangeFacts> exchanges) {
  return Reader(exchanges).read(bundle);
}

Loaded load(const Bundle& bundle) {
  std::vector<ExchangeFacts> facts;
  for (const exchanges::Exchange* one : exchanges::all_exchanges()) {
    facts.push_back({one->name(), one->hosts(), one->algorithms()});
  }
  return load(bundle, facts);
}

}  // namespace keystile::policy
