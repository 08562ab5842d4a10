// What a program says on /v1/market/stream. docs/market-data.md has the form.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace keystile::feed {

struct StreamRequest {
  enum class Op : uint8_t { kSubscribe, kUnsubscribe, kPing };

  std::string id;  // as JSON, to be said again in the answer; empty: none was given
  Op op = Op::kPing;
  std::string exchange;
  std::vector<std::string> symbols;  // none: all
  uint8_t channels = 0;              // bits, as of Audience
};

inline constexpr size_t kMostRequestBytes = 64 * 1024;

// "relay.request": no JSON object of that form. *id is set wherever the text has one, so that also
// an error can name it.
Result<StreamRequest> parse_stream_request(std::string_view text, std::string* id);

// The channels of a set, as a JSON list.
std::string channels_json(uint8_t channels);

}  // namespace keystile::feed
