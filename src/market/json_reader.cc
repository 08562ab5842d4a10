#include "market/json_reader.h"

#include <simdjson.h>

namespace keystile::market {
namespace {

// The shortest level that an exchange could send: ["1","1"] and a comma, or [1,1],.
constexpr size_t kShortestLevel = 6;

// OKX's answer to a ping, the only message that is no JSON.
constexpr std::string_view kPong = "pong";

struct Refusal {
  const char* code;
  const char* message;
};

constexpr Refusal kRefusals[kFaults] = {
    {"", ""},
    {"market.syntax", "a market data message is not JSON, or nested too deep"},
    {"market.type", "a member of a market data message is of another type than it always was"},
    {"market.missing", "a market data message has not all its members"},
    {"market.repeated", "a market data message has a member twice"},
    {"market.number", "a market data message holds a number that cannot be"},
    {"market.size", "a market data message is larger than any that an exchange sends"},
    {"market.crowd", "a market data stream names more instruments than can be remembered"},
};

// Exchanges write ASCII, nearly always.
bool is_utf8(std::string_view text) {
  unsigned char any = 0;
  for (const char c : text) any |= static_cast<unsigned char>(c);
  return any < 0x80 || simdjson::validate_utf8(text.data(), text.size());
}

}  // namespace

Result<std::span<const Event>> JsonReader::read(const Message& message) {
  ++counts_.messages;
  events_.clear();
  if (message.bytes == kPong) return std::span<const Event>();
  message_ = &message;
  Fault fault = read_checked(message);
  if (fault == Fault::kNone) fault = commit();
  if (fault != Fault::kNone) {
    events_.clear();
    ++counts_.faults[static_cast<size_t>(fault)];
    const Refusal& refusal = kRefusals[static_cast<size_t>(fault)];
    return fail(refusal.code, refusal.message);
  }
  counts_.events += events_.size();
  return std::span<const Event>(events_);
}

Fault JsonReader::read_checked(const Message& message) {
  if (message.bytes.size() > kMaxMessageBytes) return Fault::kSize;
  if (!is_utf8(message.bytes)) return Fault::kSyntax;
  text_ = message.bytes;  // and the '\0' behind it
  levels_.clear();
  levels_.reserve(message.bytes.size() / kShortestLevel + 1);  // so that views of it hold
  again_ = false;
  scanner_.emplace(text_);
  Fault fault = read_whole();
  if (fault == Fault::kNone && again_) {
    levels_.clear();
    scanner_->rewind();
    fault = read_whole();
  }
  return fault;
}

Fault JsonReader::read_whole() {
  if (scanner_->next() != '{') return Fault::kSyntax;
  KS_FAULT(parse(*scanner_));
  return scanner_->is_at_end() ? Fault::kNone : Fault::kSyntax;
}

Fault JsonReader::find(std::string_view name, Venue venue, Symbol** found) {
  *found = nullptr;
  if (is_wanted_ && !is_wanted_(name)) return Fault::kNone;
  *found = symbols_.find_or_add(name, venue);
  return *found ? Fault::kNone : Fault::kCrowd;
}

Fault JsonReader::set_index(std::string_view name, const std::optional<Number>& price) {
  return !price || symbols_.set_index(name, *price) ? Fault::kNone : Fault::kCrowd;
}

void JsonReader::reset() {
  symbols_.reset();
  forget_session();
}

// All readers are of this class.
void JsonReader::reset_beside(const Reader& other) {
  reset();
  symbols_.inherit(static_cast<const JsonReader&>(other).symbols_);
}

std::optional<int64_t> JsonReader::book_number(std::string_view symbol) const {
  const Symbol* known = symbols_.find(symbol);
  if (!known) return std::nullopt;
  const auto joined = known->join.number();
  return joined ? joined : known->sequence.number();
}

void JsonReader::tell_ticker(Symbol* symbol) {
  Origin& gathered = symbol->ticker.origin;
  // Until an exchange names a time, it is when we heard of it.
  if (!gathered.time_us && message_->received_ns) gathered.time_us = *message_->received_ns / 1000;
  gathered = origin(*symbol, gathered.time_us);
  tell(symbol->ticker);
}

void JsonReader::tell_top(const BookTicker& top) {
  BookTicker& told = tell(top);
  for (auto* number : {&told.bid_price, &told.bid_amount, &told.ask_price, &told.ask_amount}) {
    if (*number && (*number)->is_zero()) number->reset();
  }
}

void JsonReader::tell_gap(const Symbol& symbol, std::optional<int64_t> time_us) {
  ++counts_.gaps;
  tell(Notice{origin(symbol, time_us), Break::kGap});
}

void JsonReader::tell(Verdict verdict, const BookChange& change, const Symbol& symbol) {
  if (verdict == Verdict::kDrop) return;
  if (verdict == Verdict::kGap) return tell_gap(symbol, change.origin.time_us);
  if (verdict == Verdict::kResync) tell(Notice{change.origin, Break::kResync});
  tell(change);
}

Fault JsonReader::read_side(Scanner& in, const LevelForm& form, std::span<const Level>* target) {
  const size_t begin = levels_.size();
  KS_FAULT(read_levels(in, form, begin + kMaxMessageLevels, &levels_));
  *target = std::span<const Level>(levels_).subspan(begin);
  return Fault::kNone;
}

}  // namespace keystile::market
