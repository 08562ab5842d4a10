#include "feed/refused.h"

#include <algorithm>

namespace keystile::feed {

std::set<std::string, std::less<>> symbols_refused(std::string_view why, const Connection& asked) {
  constexpr std::string_view kOfSymbols =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::set<std::string_view> words;
  for (size_t from = why.find_first_of(kOfSymbols); from != why.npos;) {
    const size_t to = std::min(why.find_first_not_of(kOfSymbols, from), why.size());
    words.insert(why.substr(from, to - from));
    from = why.find_first_of(kOfSymbols, to);
  }
  std::set<std::string, std::less<>> named;
  for (const auto& [symbol, channel] : asked.streams) {
    if (words.contains(symbol)) named.insert(symbol);
  }
  return named;
}

std::string_view stream_refused(std::string_view why) {
  constexpr std::string_view kFront = ",topic:";
  const size_t at = why.find(kFront);
  if (at == why.npos) return "";
  const std::string_view rest = why.substr(at + kFront.size());
  return rest.substr(0, rest.find_first_of(", "));
}

std::optional<std::string> without_stream(std::string_view request, std::string_view stream) {
  const std::string listed = '"' + std::string(stream) + '"';
  size_t from = request.find(listed);
  if (stream.empty() || from == request.npos) return std::nullopt;
  size_t to = from + listed.size();
  const bool is_first = request[from - 1] == '[', is_last = request[to] == ']';
  if (is_first && is_last) return std::nullopt;
  if (is_last) --from;
  if (!is_last) ++to;
  return std::string(request.substr(0, from)) + std::string(request.substr(to));
}

}  // namespace keystile::feed
