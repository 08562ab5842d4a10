// Of each live product where its streams are and how they are named: the exchanges' own words, for
// plan.cc alone. Sources: their documents, by the numbers in docs/market-data.md.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "feed/plan.h"

namespace keystile::feed {

// The form in which an exchange is asked.
enum class Dialect : uint8_t { kBinance, kOkx, kBybit, kDeribit };

// What a stream is named after. But for kSymbol it tells of others as well: see selection.h.
enum class StreamScope : uint8_t {
  kSymbol,
  kKind,    // OKX: "SWAP"
  kFamily,  // OKX: "BTC-USD" of BTC-USD-261225-50000-C
  kIndex,   // OKX: the same without what follows '_'
  kBase,    // Bybit: "BTC" of BTC-25DEC26-50000-C
  kAll,     // nothing
};

// "{}" is the symbol, or what else the scope says.
struct ProductStream {
  Channel channel;
  std::string_view target, name;
  StreamScope scope = StreamScope::kSymbol;
  // Whose stream it is; an exchange refuses it for others.
  bool (*is_of)(std::string_view symbol) = [](std::string_view) { return true; };
  std::string_view deep = {};  // the name where books are to be deep; empty: the same
  bool only_states = false;    // it tells whether instruments trade, and nothing else

  std::string_view name_of(bool deep_books) const {
    return deep_books && !deep.empty() ? deep : name;
  }
};

struct LiveProduct {
  std::string_view name;
  Dialect dialect;
  std::string_view stream_origin, rest_origin;
  std::string_view depth = {};  // by REST, where the streams bring no snapshot
  std::vector<ProductStream> streams;
};

const std::vector<LiveProduct>& products();
// Null: there is none of that name.
const LiveProduct* find_product(std::string_view name);

}  // namespace keystile::feed
