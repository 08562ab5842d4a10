#include "feed/relay_json.h"

#include "market/event_json.h"

namespace keystile::feed {

void RelayJson::exact(std::string_view label, const market::Number& value) {
  name(label);
  value.append_shortest(out_);
}

void RelayJson::exact(std::string_view label, const Decimal& value) {
  name(label);
  *out_ += value.str();
}

void RelayJson::instrument(const market::Instrument& instrument) {
  writer_.text("exchange", market::tardis_name(instrument.venue));
  writer_.text("symbol", instrument.symbol);
}

void RelayJson::levels(std::string_view label, std::span<const market::Level> levels) {
  writer_.begin_array(label);
  for (const market::Level& level : levels) {
    *out_ += &level == levels.data() ? "[" : ",[";
    level.price.append_shortest(out_);
    *out_ += ',';
    level.amount.append_shortest(out_);
    *out_ += ']';
  }
  writer_.end_array();
}

void RelayJson::name(std::string_view name) {
  if (out_->back() != '{') *out_ += ',';
  *out_ += '"';
  *out_ += name;
  *out_ += "\":";
}

std::string_view to_string(market::Side side) {
  switch (side) {
    case market::Side::kBuy:
      return "buy";
    case market::Side::kSell:
      return "sell";
    case market::Side::kUnknown:
      break;
  }
  return "unknown";
}

std::string_view to_string(market::Trading trading) {
  switch (trading) {
    case market::Trading::kOpen:
      return "open";
    case market::Trading::kPaused:
      return "paused";
    case market::Trading::kPending:
      return "pending";
    case market::Trading::kClosed:
      return "closed";
    case market::Trading::kUnknown:
      break;
  }
  return "unknown";
}

std::string error_json(const Error& error) {
  std::string out;
  json::Writer writer(&out);
  writer.begin_object();
  writer.begin_object("error");
  writer.text("code", error.code);
  writer.text("message", error.message);
  writer.end_object();
  writer.end_object();
  return out;
}

}  // namespace keystile::feed
