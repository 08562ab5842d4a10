#include "feed/refused.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/json.h"

namespace keystile::feed {
namespace {

constexpr size_t kMostAnswer = 4096;

std::optional<uint64_t> id_of(const json::Value& message) {
  return parse_uint64(message.text("id"));
}

std::vector<std::string> texts(const json::Value* list) {
  std::vector<std::string> out;
  if (!list || !list->if_array()) return out;
  for (const json::Value& item : *list->if_array()) {
    if (const std::string* text = item.if_string()) out.push_back(*text);
  }
  return out;
}

}  // namespace

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

bool says_goodbye(std::string_view text) {
  constexpr std::string_view kOfOkx = "64008", kOfBinance = "serverShutdown";
  if (text.size() > kMostAnswer) return false;
  if (text.find(kOfOkx) == text.npos && text.find(kOfBinance) == text.npos) return false;
  const auto message = json::parse(text, {kMostAnswer, 4});
  if (!message || !message->if_object()) return false;
  if (message->text("event") == "notice") return message->text("code") == kOfOkx;
  if (message->text("e") == kOfBinance) return true;
  for (const char* name : {"data", "event"}) {
    const json::Value* inner = message->find(name);
    if (inner && inner->if_object() && inner->text("e") == kOfBinance) return true;
  }
  return false;
}

std::string shown(std::string_view text) {
  constexpr size_t kMost = 400;
  std::string out(text.substr(0, kMost));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return text.size() > kMost ? out + "..." : out;
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

void Unanswered::add(std::string_view text) {
  const auto request = json::parse(text);
  const auto id = request ? id_of(*request) : std::nullopt;
  if (!id || request->text("method") != "public/subscribe") return;
  streams_[*id] = texts(request->find("params")->find("channels"));
  if (streams_.size() > kMost) streams_.erase(streams_.begin());
}

std::string Unanswered::left_out_in(std::string_view text) {
  if (streams_.empty()) return "";
  const auto answer = json::parse(text, {kMostAnswer, 4});
  const json::Value* result = answer && answer->if_object() ? answer->find("result") : nullptr;
  const auto id = result && result->if_array() ? id_of(*answer) : std::nullopt;
  const auto asked = id ? streams_.extract(*id) : decltype(streams_)::node_type();
  std::string out;
  if (!asked) return out;
  const std::vector<std::string> taken = texts(result);
  for (const std::string& stream : asked.mapped()) {
    if (std::find(taken.begin(), taken.end(), stream) != taken.end()) continue;
    out += (out.empty() ? "" : " ") + stream;
  }
  return out;
}

}  // namespace keystile::feed
