// JSON written as text, member by member: for what is written with every request, where making a
// tree of values first would cost more than all else. json::dump() writes the same text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/decimal.h"

namespace keystile::json {

// The text as a JSON string, with its quotes. Escaped are control characters (also DEL and U+0080 to
// U+009F) and the line ends U+2028 and U+2029; bytes that are no UTF-8 become U+FFFD. So whatever the
// text is, this can be read, and stays on one line.
void append_quoted(std::string_view text, std::string* out);

// Appends to a buffer. Names are the program's own words: they are written as they are. What is
// begun must be ended; no name may come twice in one object.
class Writer {
 public:
  // *out must outlive it.
  explicit Writer(std::string* out) : out_(*out) {}

  void begin_object() { begin('{'); }  // the whole, or an item of an array
  void begin_object(std::string_view name) { plain(name, "{"); }
  void begin_array(std::string_view name) { plain(name, "["); }
  void end_object() { out_ += '}'; }
  void end_array() { out_ += ']'; }

  void text(std::string_view name, std::string_view value);
  void number(std::string_view name, uint64_t value);
  void number(std::string_view name, int64_t value);
  void number(std::string_view name, int value) { number(name, int64_t{value}); }
  void flag(std::string_view name, bool value);
  void amount(std::string_view name, const Decimal& value);  // a string, as exchanges write money
  void hex(std::string_view name, std::string_view bytes);   // as lower-case hex digits
  // Nothing where there is nothing.
  void text_if_any(std::string_view name, std::string_view value);
  void flag_if_set(std::string_view name, bool value);

 private:
  void begin(char bracket);
  // Room for a member: its name stands there, and so many bytes may follow, from where this points.
  char* begin_member(std::string_view name, size_t most);
  void end_member(const char* end) { out_.resize(static_cast<size_t>(end - out_.data())); }
  template <class Integer>
  void integer(std::string_view name, Integer value);
  void plain(std::string_view name, std::string_view value);

  std::string& out_;
};

}  // namespace keystile::json
