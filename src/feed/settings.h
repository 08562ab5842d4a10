// feed.toml: which market data is wanted, and where programs may read it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "feed/plan.h"

namespace keystile::feed {

// [[product]]
struct ProductSettings {
  Wanted wanted;
  std::string ca_file;       // trust only this there; empty: the system's store
  bool allow_tls12 = false;  // never less
  // How old a connection grows before another one takes its place.
  std::chrono::seconds renew_after = std::chrono::hours{23};
};

// [relay]
struct RelaySettings {
  std::string address = "127.0.0.1";
  uint16_t port = 0;             // 0: any free one
  std::string certificate, key;  // PEM files; without them it speaks plainly, on loopback only
  std::string tokens;            // the file of who may read
  uint32_t requests_per_minute = 1000;  // of each token
  uint32_t websockets = 16;             // open at a time, of each token
  std::string recordings;               // a Recorder's folder, to be replayed; empty: none
};

// [answers]: how old what is known may be for a gate to answer an exchange's own routes from it;
// 0: they are asked of the exchange always.
struct AnswerSettings {
  Millis book{500};     // order books
  Millis best{500};     // best bids and asks
  Millis trades{1000};  // recent trades: since the newest
};

// [metrics]: of a feed that runs alone
struct MetricsSettings {
  std::string address = "127.0.0.1";
  uint16_t port = 0;
};

struct Settings {
  std::vector<ProductSettings> products;
  // Of the realm: whose requests a gate judges by what is read here. Empty: its only one's.
  std::string environment;
  uint32_t trades_kept = 1000;  // of each symbol
  AnswerSettings answers;
  // How long the thread looks for the next message before it sleeps, see net/turn.h.
  std::chrono::microseconds stay_awake{0};
  std::optional<RelaySettings> relay;      // none: nobody may
  std::optional<MetricsSettings> metrics;  // none: nobody may
};

// "settings.toml" with file and line where it is wrong; unknown fields are errors. file: what
// errors call it; paths of files are taken from its folder.
Result<Settings> parse_settings(std::string_view text, const std::string& file);

}  // namespace keystile::feed
