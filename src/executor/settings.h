// How one executor runs: executor.toml in its folder.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "executor/runner.h"

namespace keystile::executor {

struct Settings {
  // [realm]
  std::string at;       // "https://keystile.example:8450", or the path of its control socket
  std::string ca_file;  // trust only this there; empty: the system's
  ledger::NoteKey key;  // its ledger's
  std::string policy;   // the hash of the policy that is trusted; empty: none yet
  // [unlock]: of the vault
  enum class Unlock { kKeyFile, kCredential, kPassphrase } unlock = Unlock::kKeyFile;
  std::string unlock_from;  // path, or name of the systemd credential
  // [exchanges]
  std::string exchanges_ca_file;  // trust only this; for simulated exchanges
  // [wait]
  Millis history_grace{600'000};  // how long an exchange's history may lag
  Millis follow_every{1'000};     // how often the realm is asked
  // [metrics]: where monitors may ask, over plain HTTP
  struct Metrics {
    std::string address = "127.0.0.1";
    uint16_t port = 0;
  };
  std::optional<Metrics> metrics;  // none: nobody may

  bool is_remote() const { return at.starts_with("https://"); }
  RunnerSettings runner() const;
};

// "settings.toml" with file and line where it is wrong; unknown fields are errors.
Result<Settings> parse_settings(std::string_view text, const std::string& file);

}  // namespace keystile::executor
