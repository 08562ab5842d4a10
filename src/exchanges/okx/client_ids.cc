#include "exchanges/okx/client_ids.h"

#include <fmt/format.h>

#include <vector>

#include "base/json.h"

namespace keystile::exchanges::okx {
namespace {

struct Place {
  std::string_view path;
  std::string_view member;
};
constexpr Place kPlaces[] = {
    {"/api/v5/trade/order", "clOrdId"},          {"/api/v5/trade/batch-orders", "clOrdId"},
    {"/api/v5/trade/order-precheck", "clOrdId"}, {"/api/v5/trade/close-position", "clOrdId"},
    {"/api/v5/trade/order-algo", "algoClOrdId"},
};

// Bytes [begin, end) of the body are to be replaced by `before` + the quoted id + `after`.
struct Slot {
  size_t begin = 0, end = 0;
  std::string before, after;
};

// Walks a body that json::parse() has already accepted, so syntax needs no second check.
class Walker {
 public:
  Walker(std::string_view text, std::string_view member) : text_(text), member_(member) {}

  std::vector<Slot> orders() {
    skip_space();
    if (peek() != '[') {
      order();
    } else {
      ++at_;
      for (skip_space(); peek() != ']'; skip_space()) {
        order();
        skip_space();
        if (peek() == ',') ++at_;
      }
    }
    return std::move(slots_);
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : ']'; }
  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != text_.npos) ++at_;
  }

  // One order object: a slot where its id is absent or empty.
  void order() {
    Slot slot{at_ + 1, at_ + 1, fmt::format("\"{}\":", member_), ","};
    bool named = false;
    bool empty = true;
    ++at_;
    for (skip_space(); peek() == '"'; skip_space()) {
      empty = false;
      const std::string_view name = value();
      skip_space();
      ++at_;  // ':'
      skip_space();
      const size_t begin = at_;
      const std::string_view content = value();
      if (decoded(name) == member_) {
        if (content == "\"\"" || content == "null") {
          slot = {begin, at_, "", ""};
        } else {
          named = true;
        }
      }
      skip_space();
      if (peek() == ',') ++at_;
    }
    if (empty) slot.after.clear();
    ++at_;  // '}'
    if (!named) slots_.push_back(std::move(slot));
  }

  // Steps over one value and returns its text.
  std::string_view value() {
    const size_t begin = at_;
    int depth = 0;
    do {
      const char c = text_[at_];
      if (c == '"') {
        for (++at_; text_[at_] != '"'; ++at_) {
          if (text_[at_] == '\\') ++at_;
        }
        ++at_;
      } else if (c == '{' || c == '[') {
        ++depth;
        ++at_;
      } else if (c == '}' || c == ']') {
        --depth;
        ++at_;
      } else if (depth > 0) {
        ++at_;
      } else {
        at_ = std::min(text_.find_first_of(",}] \t\r\n", at_), text_.size());
      }
    } while (depth > 0);
    return text_.substr(begin, at_ - begin);
  }

  static std::string decoded(std::string_view quoted) {
    const auto text = json::parse(quoted);
    return text ? std::string(text->text()) : std::string();
  }

  std::string_view text_, member_;
  size_t at_ = 0;
  std::vector<Slot> slots_;
};

const Place* place_of(std::string_view path) {
  for (const Place& place : kPlaces) {
    if (place.path == path) return &place;
  }
  return nullptr;
}

bool holds_orders(const json::Value& body) {
  if (body.if_object()) return true;
  if (!body.if_array()) return false;
  for (const json::Value& order : *body.if_array()) {
    if (!order.if_object()) return false;
  }
  return true;
}

}  // namespace

Result<std::string> put_client_order_ids(std::string_view path, std::string_view body,
                                         std::span<const std::string> ids) {
  if (ids.empty()) return std::string(body);
  const auto bad = [] {
    return fail("client-id.place", "the body has no place for a client order id");
  };
  const Place* place = place_of(path);
  const auto parsed = json::parse(body);
  if (!place || !parsed || !holds_orders(*parsed)) return bad();
  const std::vector<Slot> slots = Walker(body, place->member).orders();
  if (slots.size() != ids.size()) return bad();
  std::string result;
  size_t copied = 0;
  for (size_t i = 0; i < slots.size(); ++i) {
    result += body.substr(copied, slots[i].begin - copied);
    result += slots[i].before + json::quoted(ids[i]) + slots[i].after;
    copied = slots[i].end;
  }
  result += body.substr(copied);
  return result;
}

}  // namespace keystile::exchanges::okx
