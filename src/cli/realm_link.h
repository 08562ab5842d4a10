// How the commands of approvers reach a realm: by its folder on this machine, as the operator, or
// over HTTPS from any other, each command signed with the approver's SSH key.
#pragma once

#include <string>

#include "cli/cli.h"

namespace keystile::cli {

struct LinkOptions {
  std::string key;  // SSH key file; empty: the usual one
  std::string ca;   // trust only this; empty: the system's
};
// Adds --key and --ca.
void describe_link(Command& command, LinkOptions* options);

// Where an API is and for which realm: "https://keystile.example:8450/keystile/desk".
struct RealmUrl {
  std::string origin;  // of the host: "https://keystile.example:8450"
  std::string realm;   // its ledger's origin: "keystile/desk"
};
bool is_url(const std::string& realm);
Result<RealmUrl> parse_realm_url(const std::string& url);  // "realm.url"

class RealmLink {
 public:
  static Result<RealmLink> open(const Globals& globals, const LinkOptions& options);

  // The ledger's origin, as stands in what people sign. Over HTTPS it is what the caller said, not
  // what the other side says.
  const std::string& realm() const { return realm_; }
  // The key's file; "ssh.no_key".
  Result<std::string> key_file() const;
  bool is_remote() const { return !host_.empty(); }

  // What the realm answers, or its refusal.
  Result<json::Value> ask(json::Value command) const;
  // The same, signed also where the operator need not: it is a person who asks.
  Result<json::Value> ask_signed(json::Value command) const;
  // The same of what proves itself by the signature in it, so it needs none around it.
  Result<json::Value> bring(const json::Value& command) const;

 private:
  RealmLink() = default;
  LinkOptions options_;
  std::string realm_;
  std::string host_;  // "https://…"; empty: by the socket
  std::string socket_;
};

}  // namespace keystile::cli
