// Is this text a well-formed address of this network, and which memo goes with it? By the networks'
// own public rules; nothing is looked up, so a well-formed address may still belong to nobody.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace keystile::address {

struct Address {
  std::string text;         // in the one spelling that Keystile records
  std::string destination;  // the same for all spellings that pay the same account of the network
  // False: nothing in the text shows a mistyped character. Whoever approves it must compare all.
  bool has_checksum = true;
};

// What goes with an address to say whose account it is, where several people share one address.
enum class MemoNeed {
  kNone,      // the network has no such thing
  kOptional,  // rarely used
  kStated,    // exchanges tell their customers apart by it: it, or that there is none, must be said
};
enum class MemoForm {
  kText,      // printable ASCII, at most `longest` bytes
  kNumber32,  // decimal, below 2^32
  kNumber64,  // decimal, below 2^64
};
struct MemoRule {
  MemoNeed need = MemoNeed::kNone;
  MemoForm form = MemoForm::kText;
  size_t longest = 0;
  std::string_view name = "memo";  // what the network calls it
};

struct FormRule;

struct Network {
  std::string_view name;   // "tron": in policies, proposals and the exchanges' network tables
  std::string_view title;  // "Tron", for people
  const FormRule* form;
  MemoRule memo = {};
};

std::span<const Network> all_networks();
// Null: Keystile does not know the network, and nothing may be sent over it.
const Network* find_network(std::string_view name);

// Errors: "address.form", "address.length", "address.character", "address.checksum",
// "address.network" (well formed, but for a test network or another one, which is named).
Result<Address> check_address(const Network& network, std::string_view text);

// Nothing: nobody said whether there is a memo. Empty: somebody said that there is none. Errors:
// "memo.unstated", "memo.unexpected", "memo.form".
Status check_memo(const Network& network, std::optional<std::string_view> memo);

// True if a person who compares only beginning and end, or overlooks one character, would take
// `text` for `known`, though it pays somebody else. Both are addresses of the network.
bool look_alike(const Network& network, const Address& known, const Address& text);

}  // namespace keystile::address
