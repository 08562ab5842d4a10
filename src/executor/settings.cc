#include "executor/settings.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "policy/settings.h"

namespace keystile::executor {
namespace {

constexpr size_t kHashDigits = 64;

void read_realm(policy::Table table, Settings* settings) {
  settings->at = table.required("at");
  settings->ca_file = table.text("ca_file").value_or("");
  if (!settings->is_remote() && !settings->at.starts_with('/')) {
    table.bad_value("at", "must be https://HOST:PORT, or the path of the realm's control socket");
  }
  auto key = ledger::parse_vkey(table.required("key"));
  if (key && key->type == 1) {
    settings->key = std::move(*key);
  } else {
    table.bad_value("key", "must be the verifier key of the realm's ledger, as in its log.vkey");
  }
  settings->policy = table.text("policy").value_or("");
  const auto hash = hex_decode(settings->policy);
  const bool is_hash =
      settings->policy.size() == kHashDigits && hash && hex_encode(*hash) == settings->policy;
  if (!settings->policy.empty() && !is_hash) {
    table.bad_value("policy", "must be the SHA-256 of a policy, in lower-case hex");
  }
  table.finish();
}

void read_unlock(policy::Table table, Settings* settings) {
  using Unlock = Settings::Unlock;
  const auto key_file = table.text("key_file");
  const auto credential = table.text("credential");
  const bool passphrase = table.flag("passphrase").value_or(false);
  table.finish();
  if (key_file.has_value() + credential.has_value() + passphrase != 1) {
    table.report().error(table.place(), "settings.unlock",
                         "name exactly one of key_file, credential and passphrase = true");
  }
  settings->unlock = passphrase   ? Unlock::kPassphrase
                     : credential ? Unlock::kCredential
                                  : Unlock::kKeyFile;
  settings->unlock_from = credential ? *credential : key_file.value_or("");
}

Settings::Metrics read_metrics(policy::Table table) {
  Settings::Metrics metrics;
  metrics.address = table.text("address").value_or(metrics.address);
  const uint32_t port = table.count("port").value_or(0);
  if (port > 65535) table.bad_value("port", "a port is at most 65535");
  metrics.port = static_cast<uint16_t>(port);
  table.finish();
  return metrics;
}

Settings read_settings(policy::Table root) {
  Settings settings;
  for (const char* part : {"realm", "unlock"}) {
    auto table = root.table(part);
    if (!table) {
      root.report().error(root.place(), "settings.missing", fmt::format("[{}] is missing", part));
    } else if (std::string_view(part) == "realm") {
      read_realm(std::move(*table), &settings);
    } else {
      read_unlock(std::move(*table), &settings);
    }
  }
  if (auto exchanges = root.table("exchanges")) {
    settings.exchanges_ca_file = exchanges->text("ca_file").value_or("");
    exchanges->finish();
  }
  if (auto wait = root.table("wait")) {
    if (const auto seconds = wait->count("history_grace_s")) {
      settings.history_grace = std::chrono::seconds(*seconds);
    }
    if (const auto millis = wait->count("follow_ms")) settings.follow_every = Millis(*millis);
    wait->finish();
  }
  if (auto metrics = root.table("metrics")) settings.metrics = read_metrics(std::move(*metrics));
  root.finish();
  return settings;
}

}  // namespace

RunnerSettings Settings::runner() const {
  RunnerSettings runner;
  runner.realm = key;
  runner.policy = policy;
  runner.follow_every = follow_every;
  runner.payout.grace = history_grace;
  return runner;
}

Result<Settings> parse_settings(std::string_view text, const std::string& file) {
  return policy::parse_settings(text, file, read_settings);
}

}  // namespace keystile::executor
