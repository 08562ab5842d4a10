// What the readers of all exchanges do alike. Private to them.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "market/json_members.h"
#include "market/levels.h"
#include "market/reader.h"
#include "market/symbols.h"

namespace keystile::market {

// Prices and amounts that must not be negative.
inline bool is_negative(const Number& number) { return number.is_negative(); }
inline bool is_negative(const std::optional<Number>& number) {
  return number && number->is_negative();
}
template <class... Numbers>
Fault check_amounts(const Numbers&... numbers) {
  return (is_negative(numbers) || ...) ? Fault::kNumber : Fault::kNone;
}

inline std::optional<Number> unless_zero(const std::optional<Number>& number) {
  return number && !number->is_zero() ? number : std::nullopt;
}

class JsonReader : public Reader {
 public:
  explicit JsonReader(IsWanted is_wanted) : is_wanted_(std::move(is_wanted)) {}

  Result<std::span<const Event>> read(const Message& message) final;
  void reset() final;
  void reset_beside(const Reader& other) final;
  std::optional<int64_t> book_number(std::string_view symbol) const final;
  const Counts& counts() const final { return counts_; }

 protected:
  // Reads the whole message into members of the subclass, and changes nothing else. Called again
  // from the start if it set again_: what tells how to read a member may come after it.
  virtual Fault parse(Scanner& root) = 0;
  // The message was sound: changes what is remembered, and tells events.
  virtual Fault commit() = 0;
  virtual void forget_session() {}

  const Message& message() const { return *message_; }
  // *found is null where the symbol is not wanted.
  Fault find(std::string_view name, Venue venue, Symbol** found);
  Fault set_index(std::string_view name, const std::optional<Number>& price);
  std::optional<Number> index(std::string_view name) const { return symbols_.index(name); }
  Origin origin(const Symbol& symbol, std::optional<int64_t> time_us) const {
    return {&symbol.instrument, time_us, message_->received_ns};
  }
  template <class T>
  T& tell(const T& event) {
    return std::get<T>(events_.emplace_back(std::in_place_type<T>, event));
  }
  void tell_ticker(Symbol* symbol);
  // This message, of that time, told the mark price.
  void date_mark(std::optional<int64_t> time_us, DerivativeTicker* ticker) const {
    ticker->mark_time_us = time_us;
    ticker->mark_received_ns = message_->received_ns;
  }
  // Zero is how exchanges write that a side is empty.
  void tell_top(const BookTicker& top);
  void tell_gap(const Symbol& symbol, std::optional<int64_t> time_us);
  // A snapshot or change, and first the notice that belongs to it.
  void tell(Verdict verdict, const BookChange& change, const Symbol& symbol);

  // Levels of one side. They stay until the next message.
  Fault read_side(Scanner& in, const LevelForm& form, std::span<const Level>* target);
  // The same as a member for read_members().
  auto levels(std::string_view name, std::span<const Level>* target, const LevelForm& form = {}) {
    return nested(name, [this, target, form](Scanner& in) { return read_side(in, form, target); });
  }

  bool again_ = false;

 private:
  Fault read_checked(const Message& message);
  Fault read_whole();

  const IsWanted is_wanted_;
  const Message* message_ = nullptr;
  std::string text_;  // the message
  std::optional<Scanner> scanner_;
  std::vector<Level> levels_;
  std::vector<Event> events_;
  Symbols symbols_;
  Counts counts_;
};

}  // namespace keystile::market
