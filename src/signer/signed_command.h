// Commands of people, and of the executor, from other machines: who asks is told by an SSH
// signature, so it does not matter who carries the command here. docs/formats/api.md shows one.
//
//   {"do":"signed","body":"{\"do\":…,\"realm\":…,\"time\":…}","signature":"-----BEGIN SSH …"}
//
// The signature (namespace request@keystile) is over exactly the body's bytes.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/time.h"
#include "policy/model.h"
#include "quorum/proposal.h"

namespace keystile::signer {

inline constexpr std::string_view kRequestNamespace = "request@keystile";

// How far the time of a command may be from ours, either way.
inline constexpr Millis kCommandWindow{60'000};

// For whoever signs: the body of a command for that realm (its ledger's origin), and what to send
// once it is signed.
std::string body_of(json::Value command, const std::string& realm, WallTime now);
json::Value signed_command(std::string body, std::string armored);

struct Asked {
  quorum::Asker asker;  // a person with the key that signed; the executor is called "executor"
  bool by_executor = false;
  bool changes = false;  // anything at all: to carry it out twice would not be the same as once
  json::Value command;   // "do" and its arguments, without "realm" and "time"
  WallTime time{};       // when it was signed, by the clock of whoever did
};

class SignedCommands {
 public:
  // since: what was signed before is refused, since this process cannot know whether another one
  // has carried it out (command_mark.h).
  SignedCommands(std::string realm, WallTime since) : realm_(std::move(realm)), since_(since) {}

  // Who asks for what. Each command serves once.
  //   "signed.format"    not of that form, or the body gives "by": who asks is told by the key
  //   alone "signed.key"       the key is neither an approver's nor the executor's, by the policy
  //   in force "sshsig.…"         the signature does not hold for this body and namespace
  //   "signed.realm"     it is for another realm
  //   "signed.time"      not of now
  //   "signed.command"   no command, or none for this key
  //   "signed.repeated"  it was carried out before
  //   "signed.busy"      too many of this key came within two minutes
  Result<Asked> open(const json::Value& command, WallTime now, const policy::Policy& in_force);

 private:
  Result<WallTime> check_time(std::string_view text, WallTime now) const;
  struct Sort {
    std::string key;       // that signed
    bool is_dear = false;  // a person's, that changes something
    auto operator<=>(const Sort&) const = default;
  };
  Status remember(const Sort& sort, const std::string& body, WallTime now);

  std::string realm_;
  WallTime since_;
  // Digest of the body → until when it is remembered.
  std::map<Sort, std::map<std::string, WallTime>> served_;
};

}  // namespace keystile::signer
