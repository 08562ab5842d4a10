#include "feed/tokens.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/json.h"
#include "crypto/digest.h"

namespace keystile::feed {
namespace {

constexpr size_t kNameLength = 64;
constexpr size_t kHashDigits = 64;
// 43 of 62 characters: 256 bits.
constexpr size_t kSecretLength = 43;
constexpr std::string_view kAlphabet =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kPrefix = "ksf_";  // so that searches for lost secrets know it

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kNameLength &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return kAlphabet.find(c) != kAlphabet.npos || c == '-' || c == '_' || c == '.';
         });
}

bool is_hash(std::string_view text) {
  return text.size() == kHashDigits && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::string hash_of(std::string_view token) { return hex_encode(crypto::sha256(token)); }

}  // namespace

Result<Tokens> Tokens::parse(std::string_view text, const std::string& file) {
  const auto wrong = [&file](std::string_view why) {
    return fail("relay.tokens", fmt::format("{}: {}; `keystile feed token` writes it", file, why));
  };
  const auto root = json::parse(text);
  if (!root) return wrong(root.error().message);
  const json::Value* list = root->find("tokens");
  if (!list || !list->if_array()) return wrong("there is no list \"tokens\"");
  Tokens tokens;
  for (const json::Value& item : *list->if_array()) {
    const auto made = parse_iso8601(item.text("made"));
    Token token{std::string(item.text("name")), std::string(item.text("sha256")),
                made.value_or(WallTime{})};
    const bool is_new =
        std::none_of(tokens.tokens_.begin(), tokens.tokens_.end(),
                     [&token](const Token& other) { return other.name == token.name; });
    if (!is_name(token.name) || !is_hash(token.hash) || !made || !is_new) {
      return wrong("a token needs a name of its own, its sha256, and when it was made");
    }
    tokens.tokens_.push_back(std::move(token));
  }
  return tokens;
}

std::string Tokens::text() const {
  json::Array list;
  for (const Token& token : tokens_) {
    list.push_back(json::object(
        {{"name", token.name}, {"sha256", token.hash}, {"made", iso8601(token.made)}}));
  }
  return json::dump_pretty(json::object({{"tokens", std::move(list)}})) + "\n";
}

const Token* Tokens::find(std::string_view token) const {
  const std::string hash = hash_of(token);
  for (const Token& held : tokens_) {
    if (held.hash == hash) return &held;
  }
  return nullptr;
}

Result<std::string> Tokens::add(const std::string& name, Random& random, WallTime now) {
  if (!is_name(name)) {
    return fail("relay.token",
                fmt::format("a name is at most {} letters, digits, '-', '_' and '.'", kNameLength));
  }
  for (const Token& held : tokens_) {
    if (held.name == name) return fail("relay.token", "there is a token " + name + " already");
  }
  std::string token = std::string(kPrefix) + random.text(kSecretLength, kAlphabet);
  tokens_.push_back({name, hash_of(token), now});
  return token;
}

Status Tokens::revoke(std::string_view name) {
  const size_t gone = std::erase_if(tokens_, [&](const Token& held) { return held.name == name; });
  if (gone == 0) return fail("relay.token", fmt::format("there is no token {}", name));
  return {};
}

}  // namespace keystile::feed
