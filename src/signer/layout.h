// A realm's folder on this machine, and the node's own settings in it (keystile.toml). Settings say
// how this node runs; who may do what is policy, and stands in policy/.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace keystile::signer {

// Where things are.
class Layout {
 public:
  explicit Layout(std::string root) : root_(std::move(root)) {}
  const std::string& root() const { return root_; }
  std::string settings() const { return root_ + "/keystile.toml"; }
  std::string policy() const { return root_ + "/policy"; }    // what people edit
  std::string adopted() const { return root_ + "/adopted"; }  // versions in force, by hash
  std::string ledger() const { return root_ + "/ledger"; }
  std::string vault(const std::string& name) const { return root_ + "/vault/" + name + ".vault"; }
  std::string unlock_key(const std::string& name) const {
    return root_ + "/unlock/" + name + ".key";
  }
  std::string tls() const { return root_ + "/tls"; }
  std::string exchange_ca() const { return tls() + "/exchange-ca.pem"; }
  std::string last_command() const { return root_ + "/run/last-command"; }  // command_mark.h
  std::string control_socket() const { return root_ + "/run/control.sock"; }
  // A path as written in keystile.toml: relative ones are relative to the realm.
  std::string resolve(const std::string& path) const;

 private:
  std::string root_;
};

// The vault of the node itself (it holds the ledger's key) beside one per environment.
inline constexpr const char* kNodeVault = "node";

struct UnlockSource {
  enum class Kind { kKeyFile, kCredential, kPassphrase } kind = Kind::kKeyFile;
  std::string value;  // path, or name of the systemd credential
};

struct ListenerSettings {
  std::string kind = "base-url";  // or "proxy" or "hosts"; see gate::WayIn
  std::string address = "127.0.0.1";
  uint16_t port = 0;
  std::string socket;  // instead of address and port: path of a Unix socket
  unsigned socket_mode = 0600;
  std::string environment;
  std::string exchange;                      // empty: all of them, under /binance, /okx, …
  std::string certificate, key;              // PEM files; base URLs on a port only
  std::vector<std::string> trusted_proxies;  // networks
  std::string client_address_header = "X-Forwarded-For";
};

// Reverse proxies whose header tells the client's address; none unless named.
struct ProxySettings {
  std::vector<std::string> trusted;  // networks
  std::string header = "X-Forwarded-For";
};

// How this node reaches the exchanges, for `doctor`: the addresses that the real keys are bound to,
// and services that tell the caller's address as plain text.
struct EgressSettings {
  std::vector<std::string> addresses;
  std::vector<std::string> sources;
};

// What one program's connection may take, in bytes and milliseconds. What is not named has the
// server's default (net/server.h).
struct LimitSettings {
  std::optional<uint32_t> header_bytes, body_bytes, connections;
  std::optional<uint32_t> header_ms, body_ms, idle_ms, write_ms;
};

// Where monitors may ask (gate/metrics_listener.h); plain HTTP.
struct MetricsSettings {
  std::string address = "127.0.0.1";
  uint16_t port = 0;
};

// Where approvers and the executor come in from other machines (gate/api_listener.h); HTTPS.
struct ApiSettings {
  std::string address = "127.0.0.1";
  uint16_t port = 0;
  std::string certificate, key;  // PEM files
};

// Whom to tell what happens to proposals (cli/notices.h): a program, with the notice as its stdin,
// or a URL that it is posted to.
struct NoticeSettings {
  std::vector<std::string> command;
  std::string url;
  std::string ca_file;                // trust only this; empty: the system's store
  std::chrono::seconds remind{3600};  // so long before a proposal expires
};

// An outside witness of the ledger (https://c2sp.org/tlog-witness).
struct WitnessSettings {
  std::string key;      // its verifier key, of type 0x04: "NAME+ID+KEY"
  std::string url;      // before "/add-checkpoint"
  std::string ca_file;  // trust only this; empty: the system's store
};
struct WitnessesSettings {
  uint32_t required = 0;  // how many must have cosigned within max_age; 0: none
  std::chrono::seconds max_age{900};
  std::chrono::seconds every{60};  // how often each is asked
  std::vector<WitnessSettings> list;
};

struct NodeSettings {
  // [resolver]: name servers to ask directly for the exchanges' addresses; none: the system's way.
  std::vector<std::string> name_servers;
  std::string ledger_origin;
  WitnessesSettings witnesses;
  LimitSettings limits;
  EgressSettings egress;
  ProxySettings proxies;
  std::map<std::string, UnlockSource> unlock;  // vault name → how
  std::vector<ListenerSettings> listeners;
  std::optional<MetricsSettings> metrics;  // none: nobody may ask
  std::optional<ApiSettings> api;          // none: approvers sign on this machine only
  std::vector<NoticeSettings> notices;
};

// "settings.toml" with file and line where it is wrong; unknown fields are errors.
Result<NodeSettings> load_settings(const Layout& layout);
// The same of a text; file: what errors call it.
Result<NodeSettings> parse_settings(std::string_view text, const std::string& file);

// Writes a file as it must be written: temp file beside it, fsync, rename, fsync of the folder.
Status write_file(const std::string& path, std::string_view text, unsigned mode);
Result<std::string> read_file(const std::string& path);

}  // namespace keystile::signer
