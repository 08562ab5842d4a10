#include "cli/asked_books.h"

#include "exchanges/native_answers.h"
#include "feed/reference.h"

namespace keystile::cli {
namespace {

// As many levels as an order is walked through at the gate.
Result<std::vector<policy::OrderBook::Level>> levels_of(
    const std::vector<exchanges::KeptLevel>& side) {
  std::vector<policy::OrderBook::Level> levels;
  for (const exchanges::KeptLevel& level : side) {
    if (levels.size() == feed::Reference::kLevels) break;
    KS_TRY(const Decimal price, Decimal::parse(level.price));
    KS_TRY(const Decimal amount, Decimal::parse(level.amount));
    levels.push_back({price, amount});
  }
  return levels;
}

}  // namespace

Result<policy::OrderBook> AskedBooks::look_up(exchanges::Product product,
                                              const std::string& symbol) const {
  const exchanges::NativeAnswers* native = exchanges::native_answers(exchange_.name());
  auto request = native ? native->ask_book(product, symbol) : std::nullopt;
  if (!request) return fail("book.none", "there is no order book of " + symbol + " to ask for");
  const std::string family(exchange_.family_of(request->path));
  KS_TRY(const HttpResponse answer, ask_(family, std::move(*request)));
  KS_TRY(const exchanges::KeptBook kept, native->read_book(answer.body));
  policy::OrderBook book;
  KS_TRY(book.bids, levels_of(kept.bids));
  KS_TRY(book.asks, levels_of(kept.asks));
  book.at = system_clock().mono();
  return book;
}

std::optional<policy::OrderBook> AskedBooks::book(std::string_view, exchanges::Product product,
                                                  std::string_view symbol) const {
  const auto found = look_up(product, std::string(symbol));
  if (found) return *found;
  on_trouble_(found.error());
  return std::nullopt;
}

}  // namespace keystile::cli
