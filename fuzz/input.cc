#include "fuzz/input.h"

#include <algorithm>

namespace keystile::fuzz {
namespace {

std::string_view take_until(char mark, std::string_view* text) {
  const size_t end = std::min(text->find(mark), text->size());
  const std::string_view taken = text->substr(0, end);
  text->remove_prefix(std::min(end + 1, text->size()));
  return taken;
}

}  // namespace

std::string_view take_line(std::string_view* text) { return take_until('\n', text); }
std::string_view take_word(std::string_view* line) { return take_until(' ', line); }

Header read_header(std::string_view line) {
  const size_t colon = std::min(line.find(':'), line.size());
  std::string value(line.substr(std::min(colon + 1, line.size())));
  value.erase(0, value.find_first_not_of(' '));
  std::erase_if(value, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  return {std::string(line.substr(0, colon)), std::move(value)};
}

HttpRequest read_request(std::string_view text) {
  std::string_view line = take_line(&text);
  const std::string method(take_word(&line));
  HttpRequest request = request_to(method, line);
  while (!(line = take_line(&text)).empty()) {
    request.headers.push_back(read_header(line));
  }
  request.body = text;
  return request;
}

}  // namespace keystile::fuzz
