#include "fuzz/market.h"

#include <simdjson.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "fuzz/check.h"
#include "fuzz/input.h"
#include "market/book.h"
#include "market/event_json.h"
#include "market/reader.h"

namespace keystile::fuzz {
namespace {

using namespace market;

// An independent parser of the same library takes what we take. It also reads numbers, and has no
// place for some that nobody asked for.
bool is_json(std::string_view text) {
  static simdjson::dom::parser parser;
  const auto error = parser.parse(text.data(), text.size()).error();
  return !error || error == simdjson::NUMBER_ERROR;
}

void check_levels(std::span<const Level> levels) {
  for (const Level& level : levels) {
    KS_HOLDS(!level.amount.is_negative());
    Number again;
    KS_HOLDS(Number::parse(level.price.str(), &again) && again == level.price);
  }
}

void check_book(const Book& book) {
  for (size_t i = 0; i < book.bid_count(); ++i) {
    KS_HOLDS(book.bid(i).amount.is_positive());
    KS_HOLDS(i == 0 || book.bid(i).price < book.bid(i - 1).price);
  }
  for (size_t i = 0; i < book.ask_count(); ++i) {
    KS_HOLDS(book.ask(i).amount.is_positive());
    KS_HOLDS(i == 0 || book.ask(i).price > book.ask(i - 1).price);
  }
}

class Stream {
 public:
  explicit Stream(std::string_view product) : reader_(std::move(*make_reader(product))) {}

  // What it says, as text; nothing where the message is refused.
  std::optional<std::string> read(const Message& message) {
    const auto events = reader_->read(message);
    if (!events) return std::nullopt;
    std::string told;
    for (const Event& event : *events) {
      std::string one;
      append_json(event, &one);
      KS_HOLDS(json::parse(one, {.bytes = size_t{1} << 24, .depth = 8}));
      told += one;
      if (const auto* change = std::get_if<BookChange>(&event)) take(*change);
    }
    return told;
  }
  const Counts& counts() const { return reader_->counts(); }

 private:
  void take(const BookChange& change) {
    check_levels(change.bids);
    check_levels(change.asks);
    Book& book = books_[change.origin.instrument];
    book.apply(change);
    check_book(book);
  }

  std::unique_ptr<Reader> reader_;
  std::map<const Instrument*, Book> books_;
};

uint64_t refused(const Counts& counts) {
  uint64_t sum = 0;
  for (const uint64_t each : counts.faults) sum += each;
  return sum;
}

}  // namespace

void read_market(std::span<const std::string_view> products, std::string_view input) {
  const size_t which = take_line(&input).size() % products.size();
  Stream all(products[which]), accepted(products[which]);
  while (!input.empty()) {
    const std::string_view line = take_line(&input);
    Message message{line, 1'700'000'000'000'000'000};
    if (line.starts_with("GET ")) {
      std::string_view rest = line.substr(4);
      take_word(&rest);
      message.bytes = rest;
      message.snapshot_of = "BTCUSDT";  // our own word
    }
    const uint64_t before = refused(all.counts());
    const auto told = all.read(message);
    KS_HOLDS(refused(all.counts()) == before + (told ? 0 : 1));
    if (!told) continue;
    KS_HOLDS(is_json(message.bytes) || message.bytes == "pong");
    // What was refused in between has changed nothing.
    KS_HOLDS(accepted.read(message) == told);
  }
}

}  // namespace keystile::fuzz
