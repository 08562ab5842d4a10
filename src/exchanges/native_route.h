// What native answers of all exchanges are made of.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "exchanges/native_answers.h"

namespace keystile::exchanges {

struct NativeRoute {
  std::string_view path;
  std::string_view category;  // value of the parameter of that name; empty: it has none
  MarketQuestion::About about;
  Product product;
  std::string_view symbol, limit;  // how these parameters are called; no limit: it is 1
  size_t usual = 1, most = 1;      // without a limit, and the largest that can be answered
};

// What a GET asks for; nothing where it is of none of these routes, or has a parameter that is
// another, stands twice, or is no plain number where it should be one.
std::optional<MarketQuestion> read_question(std::span<const NativeRoute> routes,
                                            const HttpRequest& request);

// Whether the second trade's id is the number after the first one's: no trade is missing between
// them where an exchange counts its trades.
bool follows_by_one(const KeptTrade& first, const KeptTrade& second);

// The book whose sides are those members; null: there is nothing to read. "book.unreadable".
Result<KeptBook> read_native_book(const json::Value* holder, std::string_view bids,
                                  std::string_view asks);

// [["price","amount"],…]
std::string native_levels(const std::vector<KeptLevel>& levels);

}  // namespace keystile::exchanges
