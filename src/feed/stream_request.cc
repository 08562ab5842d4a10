#include "feed/stream_request.h"

#include <fmt/format.h>

#include "base/json.h"
#include "feed/audience.h"

namespace keystile::feed {
namespace {

constexpr size_t kMostId = 64;
constexpr size_t kMostSymbols = 1000;

tl::unexpected<Error> wrong(std::string message) {
  return fail("relay.request", std::move(message));
}

// A string or a list of strings, under the one name or the other.
Result<std::vector<std::string>> words(const json::Value& request, const char* one,
                                       const char* many) {
  std::vector<std::string> out;
  const json::Value* single = request.find(one);
  const json::Value* list = request.find(many);
  if (single && list) return wrong(fmt::format("{} and {} are the same: name one", one, many));
  if (single && !single->if_string()) return wrong(fmt::format("{} must be a string", one));
  if (single) out.push_back(*single->if_string());
  if (!list) return out;
  if (!list->if_array() || list->if_array()->empty() || list->if_array()->size() > kMostSymbols) {
    return wrong(fmt::format("{} must be a list of 1 to {} strings", many, kMostSymbols));
  }
  for (const json::Value& item : *list->if_array()) {
    if (!item.if_string()) return wrong(fmt::format("{} must be a list of strings", many));
    out.push_back(*item.if_string());
  }
  return out;
}

Result<StreamRequest::Op> op_of(std::string_view name) {
  using enum StreamRequest::Op;
  if (name == "subscribe") return kSubscribe;
  if (name == "unsubscribe") return kUnsubscribe;
  if (name == "ping") return kPing;
  return wrong("op must be subscribe, unsubscribe or ping");
}

Status check_names(const json::Value& request) {
  for (const json::Member& member : *request.if_object()) {
    bool is_known = false;
    for (const char* name : {"id", "op", "exchange", "symbol", "symbols", "channel", "channels"}) {
      is_known = is_known || member.name == name;
    }
    if (!is_known) {
      return wrong(
          "a request has id, op, exchange, symbol or symbols, channel or channels; no more");
    }
  }
  return {};
}

Result<uint8_t> channels_of(const json::Value& request) {
  KS_TRY(const auto names, words(request, "channel", "channels"));
  if (names.empty()) return kAllChannels;
  uint8_t channels = 0;
  for (const std::string& name : names) {
    const auto channel = parse_channel(name);
    if (!channel) {
      return wrong(fmt::format("there is no such channel; there are {}", channel_names()));
    }
    channels |= bit_of(*channel);
  }
  return channels;
}

}  // namespace

Result<StreamRequest> parse_stream_request(std::string_view text, std::string* id) {
  id->clear();
  if (text.size() > kMostRequestBytes) return wrong("the request is too long");
  const auto request = json::parse(text, {kMostRequestBytes, 4});
  if (!request || !request->if_object()) return wrong("a request is one JSON object");
  if (const json::Value* given = request->find("id")) {
    const std::string written = json::dump(*given);
    const bool is_plain = given->if_string() || given->if_number();
    if (!is_plain || written.size() > kMostId) return wrong("id must be a short string or number");
    *id = written;
  }
  KS_CHECK(check_names(*request));
  StreamRequest out;
  out.id = *id;
  const json::Value* op = request->find("op");
  KS_TRY(out.op, op_of(op && op->if_string() ? *op->if_string() : std::string()));
  if (out.op == StreamRequest::Op::kPing) return out;
  const json::Value* exchange = request->find("exchange");
  if (!exchange || !exchange->if_string()) return wrong("exchange is missing");
  out.exchange = *exchange->if_string();
  KS_TRY(out.symbols, words(*request, "symbol", "symbols"));
  KS_TRY(out.channels, channels_of(*request));
  return out;
}

std::string channels_json(uint8_t channels) {
  std::string out = "[";
  for (size_t at = 0; at < kChannels; ++at) {
    const Channel channel = static_cast<Channel>(at);
    if (!(channels & bit_of(channel))) continue;
    if (out.size() > 1) out += ',';
    out += json::quoted(name_of(channel));
  }
  return out + "]";
}

}  // namespace keystile::feed
