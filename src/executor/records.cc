#include "executor/records.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"

namespace keystile::executor {
namespace {

using quorum::State;

std::optional<State> end_state(std::string_view text) {
  for (const State state : {State::kDone, State::kFailed, State::kUnknown}) {
    if (to_string(state) == text) return state;
  }
  return std::nullopt;
}

}  // namespace

Status Records::take(const json::Value& entry) {
  const auto id = parse_uint64(entry.text("id"));
  const auto time = parse_iso8601(entry.text("time"));
  const bool is_sending = entry.text("type") == "sending";
  const auto state = end_state(entry.text("to"));
  const json::Value* told = entry.find("worth");
  const auto worth = told ? Decimal::parse(entry.text("worth")) : Decimal();
  if (!id || !time || !worth || (!is_sending && !state)) {
    return fail("executor.ledger",
                fmt::format("entry {} of the executor's own ledger cannot be understood",
                            entry.text("index")),
                ErrorClass::kFatal);
  }
  if (is_sending) {
    sending_[*id] = {*time, told ? std::optional(*worth) : std::nullopt};
  } else {
    ends_[*id] = {*state, std::string(entry.text("detail")),
                  std::string(entry.text("exchange_id"))};
  }
  return {};
}

std::optional<WallTime> Records::sending(uint64_t id) const {
  const auto at = sending_.find(id);
  return at == sending_.end() ? std::nullopt : std::optional(at->second.at);
}

std::optional<Decimal> Records::worth(uint64_t id) const {
  const auto at = sending_.find(id);
  return at == sending_.end() ? std::nullopt : at->second.worth;
}

const End* Records::end(uint64_t id) const {
  const auto at = ends_.find(id);
  return at == ends_.end() ? nullptr : &at->second;
}

uint64_t Records::count_ended(State as) const {
  return static_cast<uint64_t>(std::count_if(
      ends_.begin(), ends_.end(), [&](const auto& end) { return end.second.state == as; }));
}

std::vector<std::string> Records::exchange_ids() const {
  std::vector<std::string> ids;
  for (const auto& [id, end] : ends_) {
    if (!end.exchange_id.empty()) ids.push_back(end.exchange_id);
  }
  return ids;
}

}  // namespace keystile::executor
