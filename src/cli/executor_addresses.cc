#include "cli/executor_addresses.h"

#include <fmt/format.h>

#include "cli/executor_run.h"
#include "cli/upstream.h"
#include "exchanges/address_list.h"
#include "policy/address_mirror.h"
#include "policy/origin.h"

namespace keystile::cli {
namespace {

constexpr Millis kWindow{5000};
constexpr int kMostPages = 100;

// One account whose list can be asked for.
struct Place {
  const exchanges::Exchange& exchange;
  const exchanges::AddressList& list;
  exchanges::RealKey key;
  std::string origin, ca_file;
  WallTime now{};  // of the exchange
};

Result<WallTime> ask_time(const exchanges::Exchange& exchange, const std::string& origin,
                          const std::string& family, const std::string& ca_file) {
  KS_TRY(const HttpResponse answer, ask_origin(origin, exchange.time_query(family), ca_file));
  return exchange.parse_time(answer);
}

Result<exchanges::AddressPage> ask_page(const Place& place, std::string_view cursor) {
  const HttpRequest request = place.list.query(cursor);
  const exchanges::Route* route = place.exchange.routes().find(request.method, request.path);
  if (!route) return fail("executor.request", "the exchange has no such route");
  KS_TRY(HttpRequest made, place.exchange.sign(request, *route, place.key, place.now, kWindow, {}));
  set_header(&made.headers, "Accept-Encoding", "identity");
  KS_TRY(const HttpResponse answer, ask_origin(place.origin, std::move(made), place.ca_file));
  return place.list.read(answer);
}

Result<std::vector<exchanges::SavedAddress>> ask_all(const Place& place) {
  std::vector<exchanges::SavedAddress> all;
  std::string cursor;
  for (int page = 0; page < kMostPages; ++page) {
    KS_TRY(exchanges::AddressPage got, ask_page(place, cursor));
    all.insert(all.end(), got.rows.begin(), got.rows.end());
    if (got.cursor.empty() || got.cursor == cursor) return all;
    cursor = std::move(got.cursor);
  }
  return fail("upstream.answer", "the list has no end");
}

Result<std::vector<std::string>> compare_account(const policy::Policy& policy,
                                                 const policy::Account& account,
                                                 const exchanges::AddressList& list,
                                                 const exchanges::RealKey& key,
                                                 const std::string& ca_file) {
  const exchanges::Exchange& exchange = *exchanges::find_exchange(account.exchange);
  const policy::Environment* environment = policy.environment(account.environment);
  const std::string family(exchange.family_of(list.query("").path));
  const std::string origin =
      environment ? policy::origin_of(*environment, exchange, family) : std::string();
  if (origin.empty()) return fail("upstream.none", "the policy names no host of the exchange");
  KS_TRY(const WallTime now, ask_time(exchange, origin, family, ca_file));
  KS_TRY(const auto saved, ask_all({exchange, list, key, origin, ca_file, now}));
  return mirror_differences(policy, exchange, saved);
}

std::optional<exchanges::RealKey> withdraw_key(const policy::Account& account,
                                               const executor::FindKey& find) {
  for (const policy::Key& key : account.keys) {
    if (key.role == policy::Role::kWithdraw) return find(key.vault);
  }
  return std::nullopt;
}

}  // namespace

Result<int> compare_addresses(const ExecutorFolder& folder, Output& out) {
  KS_TRY(const executor::Settings settings, folder.load_settings());
  KS_TRY(const vault::Vault vault, folder.open_vault(settings));
  executor::Runner runner(settings.runner(), {}, system_random());
  KS_CHECK(replay_executor(folder, &runner));
  const policy::Policy* policy = runner.chain().policy();
  if (!policy) return fail("executor.policy", "the trusted policy was not seen yet");
  const executor::FindKey find = keys_of(vault);
  json::Array rows;
  for (const policy::Account& account : policy->accounts) {
    const exchanges::Exchange* exchange = exchanges::find_exchange(account.exchange);
    const exchanges::AddressList* list = exchange ? exchanges::address_list_of(*exchange) : nullptr;
    const auto key = withdraw_key(account, find);
    if (!key) continue;
    if (!list) {
      out.line(fmt::format("{}: {} has no call for its list", account.name, account.exchange));
      continue;
    }
    const auto found = compare_account(*policy, account, *list, *key, settings.exchanges_ca_file);
    const auto told = found ? *found : std::vector<std::string>{found.error().message};
    if (told.empty()) out.line(fmt::format("{}: the same", account.name));
    for (const std::string& one : told) {
      out.line(fmt::format("{}: {}", account.name, printable(one)));
      rows.push_back(json::object({{"account", account.name}, {"difference", one}}));
    }
  }
  const bool same = rows.empty();
  out.result(json::Value(std::move(rows)));
  return same ? kOk : kNo;
}

}  // namespace keystile::cli
