#include "sandbox/market_stream.h"

#include <algorithm>

namespace keystile::sandbox {
namespace {

constexpr size_t kMostTrades = 1000;

// Both best first.
std::vector<Level> difference(const std::vector<Level>& before, const std::vector<Level>& after) {
  std::map<Decimal, Decimal> changed;
  for (const Level& level : before) changed[level.price] = Decimal();
  for (const Level& level : after) changed[level.price] = level.quantity;
  for (const Level& level : before) {
    const auto now = changed.find(level.price);
    if (now->second == level.quantity) changed.erase(now);
  }
  std::vector<Level> out;
  for (const auto& [price, quantity] : changed) out.push_back({price, quantity});
  return out;
}

}  // namespace

const BookSnapshot& BookWatch::start(const Engine& engine) {
  return last_ = engine.book(instrument_, depth_);
}

std::optional<BookChange> BookWatch::next(const Engine& engine) {
  BookSnapshot now = engine.book(instrument_, depth_);
  if (now.sequence == last_.sequence) return std::nullopt;
  BookChange change{last_.sequence, now.sequence, difference(last_.bids, now.bids),
                    difference(last_.asks, now.asks)};
  last_ = std::move(now);
  return change;
}

TradeWatch::TradeWatch(std::string instrument, const Market& market)
    : instrument_(std::move(instrument)) {
  next(market);
}

std::vector<PublicTrade> TradeWatch::next(const Market& market) {
  std::vector<PublicTrade> all = market.trades(instrument_, kMostTrades);
  const auto seen = std::find_if(all.rbegin(), all.rend(),
                                 [this](const PublicTrade& trade) { return trade.id == last_; });
  all.erase(all.begin(), seen.base());
  if (!all.empty()) last_ = all.back().id;
  return all;
}

}  // namespace keystile::sandbox
