// Who may read the relay: tokens by name, of which only a hash is kept, in one JSON file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "base/time.h"

namespace keystile::feed {

struct Token {
  std::string name;  // letters, digits, '-', '_' and '.'; at most 64
  std::string
      hash;  // SHA-256 in lower-case hex: the token is long and random, so no salt is needed
  WallTime made;
};

class Tokens {
 public:
  // "relay.tokens": not what text() writes. file: what errors call it.
  static Result<Tokens> parse(std::string_view text, const std::string& file);
  std::string text() const;

  const std::vector<Token>& all() const { return tokens_; }
  // Who holds this token; null: nobody. Time tells nothing of a token that is right in part: hashes
  // are compared.
  const Token* find(std::string_view token) const;

  // A new token, which is nowhere else. "relay.token": the name is none, or taken.
  Result<std::string> add(const std::string& name, Random& random, WallTime now);
  // "relay.token": there is none of that name.
  Status revoke(std::string_view name);

 private:
  std::vector<Token> tokens_;
};

}  // namespace keystile::feed
