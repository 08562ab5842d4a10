#include "market/level_text.h"

#include "market/json_members.h"

namespace keystile::market {
namespace {

class LevelText {
 public:
  LevelText(std::string_view text, const LevelForm& form)
      : at_(text.data()), end_(at_ + text.size()), form_(form) {}

  Fault read_all(std::vector<Level>* levels) {
    if (!take('[')) return Fault::kType;
    if (take(']')) return Fault::kNone;
    do {
      KS_FAULT(read_level(&levels->emplace_back()));
    } while (take(','));
    return take(']') ? Fault::kNone : Fault::kSyntax;
  }

 private:
  // White space is none between levels, as exchanges write them.
  char next() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
    return at_ == end_ ? '\0' : *at_;
  }
  bool take(char c) {
    if (next() != c) return false;
    ++at_;
    return true;
  }

  Fault read_level(Level* level) {
    if (!take('[')) return Fault::kType;
    std::string_view action;
    if (form_.with_action) {
      KS_FAULT(read_text(&action));
      if (!take(',')) return Fault::kMissing;
    }
    KS_FAULT(read_number(&level->price));
    if (!take(',')) return Fault::kMissing;
    KS_FAULT(read_number(&level->amount));
    while (take(',')) KS_FAULT(skip_column());
    if (!take(']')) return Fault::kSyntax;
    if (level->amount.is_negative()) return Fault::kNumber;
    if (level->price.is_negative() && !form_.negative_prices) return Fault::kNumber;
    if (!form_.with_action || action == "new" || action == "change") return Fault::kNone;
    level->amount = Number();
    return action == "delete" ? Fault::kNone : Fault::kType;
  }

  // Without escapes: neither numbers nor actions have any.
  Fault read_text(std::string_view* text) {
    if (!take('"')) return Fault::kType;
    const char* begin = at_;
    while (at_ != end_ && *at_ != '"' && *at_ != '\\') ++at_;
    *text = {begin, static_cast<size_t>(at_ - begin)};
    return take('"') ? Fault::kNone : Fault::kType;
  }

  Fault read_number(Number* number) {
    const bool is_quoted = next() == '"';
    if (is_quoted != (form_.form == Form::kQuoted)) return Fault::kType;
    const char* const after = Number::parse_front(at_ + is_quoted, end_, number);
    if (!after) return Fault::kNumber;
    at_ = after;
    if (!is_quoted) return Fault::kNone;  // what follows is no digit: a comma, or a fault
    return at_ != end_ && *at_++ == '"' ? Fault::kNone : Fault::kNumber;
  }

  Fault skip_column() {
    std::string_view text;
    if (next() == '"') return read_text(&text);
    Number number;
    const char* const after = Number::parse_front(at_, end_, &number);
    if (!after) return Fault::kType;
    at_ = after;
    return Fault::kNone;
  }

  const char* at_;
  const char* const end_;
  const LevelForm& form_;
};

}  // namespace

Fault read_level_text(std::string_view text, const LevelForm& form, std::vector<Level>* levels) {
  return LevelText(text, form).read_all(levels);
}

}  // namespace keystile::market
