// Where a feed reads, beside where an environment's orders go: prices and books of one place say
// nothing of another's.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "exchanges/intent.h"
#include "feed/settings.h"
#include "policy/model.h"

namespace keystile::feed {

// Whether what the feed reads of these markets is to be believed.
using IsBelieved = std::function<bool(std::string_view exchange, exchanges::Product product)>;

class Places {
 public:
  // What plan() says.
  static Result<Places> of(const std::vector<ProductSettings>& products);

  // Whether that product is read, and of the very place to which the environment's requests about
  // it go. Never where only one of its streams and its REST origin was named: they may differ.
  bool has(const policy::Environment& environment, std::string_view exchange,
           exchanges::Product product) const;
  // What is read and is not of the environment's place, for people: one sentence for each product.
  std::vector<std::string> elsewhere(const policy::Environment& environment) const;

 private:
  struct Place {
    std::string origin;
    bool is_one = false;  // of streams and REST
  };
  std::map<std::string, Place, std::less<>> places_;  // by product of the feed
};

}  // namespace keystile::feed
