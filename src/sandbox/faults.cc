#include "sandbox/faults.h"

#include <algorithm>
#include <array>
#include <utility>

namespace keystile::sandbox {
namespace {

constexpr std::array<std::pair<std::string_view, Fault::Kind>, 6> kKinds{{
    {"latency", Fault::Kind::kLatency},
    {"server-error", Fault::Kind::kServerError},
    {"error-after", Fault::Kind::kErrorAfter},
    {"drop-before", Fault::Kind::kDropBefore},
    {"drop-after", Fault::Kind::kDropAfter},
    {"timeout-after", Fault::Kind::kTimeoutAfter},
}};

tl::unexpected<Error> bad_format(std::string message) {
  return fail("faults.format", std::move(message));
}

Result<int64_t> integer(const json::Value& object, std::string_view name, int64_t otherwise) {
  const json::Value* member = object.find(name);
  if (!member) return otherwise;
  auto value = member->as_int64();
  if (!value) return bad_format(std::string(name) + " is not a whole number");
  return *value;
}

Result<Fault> parse_fault(const json::Value& text) {
  Fault fault;
  const std::string_view kind = text.text("kind");
  const auto known = std::find_if(kKinds.begin(), kKinds.end(),
                                  [&](const auto& entry) { return entry.first == kind; });
  if (known == kKinds.end()) {
    return bad_format(
        "kind must be latency, server-error, error-after, drop-before, drop-after or "
        "timeout-after");
  }
  fault.kind = known->second;
  fault.method = text.text("method");
  fault.path_prefix = text.text("path");
  fault.body = text.text("body");
  KS_TRY(const int64_t count, integer(text, "count", 1));
  KS_TRY(const int64_t skip, integer(text, "skip", 0));
  KS_TRY(const int64_t delay, integer(text, "delay_ms", 0));
  KS_TRY(const int64_t status, integer(text, "status", 503));
  if (status < 400 || status > 599) return bad_format("status must be from 400 to 599");
  if (delay < 0 || delay > 600'000) return bad_format("delay_ms must be from 0 to 600000");
  fault.count = static_cast<int>(count);
  fault.skip = static_cast<int>(skip);
  fault.delay = Millis{delay};
  fault.status = static_cast<int>(status);
  return fault;
}

Result<StreamFaults> parse_stream(const json::Value& text) {
  if (!text.if_object()) return bad_format("stream must be an object");
  StreamFaults faults;
  KS_TRY(faults.lose, integer(text, "lose", 0));
  KS_TRY(faults.duplicate, integer(text, "duplicate", 0));
  KS_TRY(faults.swap, integer(text, "swap", 0));
  KS_TRY(faults.spoil, integer(text, "spoil", 0));
  KS_TRY(const int64_t delay, integer(text, "delay_ms", 0));
  if (delay < 0 || delay > 600'000) return bad_format("delay_ms must be from 0 to 600000");
  faults.delay = Millis{delay};
  const json::Value* cut = text.find("cut");
  faults.cut = cut && cut->if_bool() && *cut->if_bool();
  return faults;
}

}  // namespace

void Faults::clear() {
  faults_.clear();
  clock_skew = history_lag = Millis{0};
  stream = {};
}

std::optional<Fault> Faults::take(const HttpRequest& request) {
  for (auto it = faults_.begin(); it != faults_.end(); ++it) {
    if (!it->method.empty() && it->method != request.method) continue;
    if (!request.path.starts_with(it->path_prefix)) continue;
    if (it->skip > 0) {
      --it->skip;
      continue;
    }
    Fault fault = *it;
    if (it->count > 0 && --it->count == 0) faults_.erase(it);
    return fault;
  }
  return {};
}

Status apply_faults(const json::Value& control, Faults* faults) {
  if (!control.if_object()) return bad_format("the body must be a JSON object");
  Faults changed = *faults;
  const json::Value* clear = control.find("clear");
  if (clear && clear->if_bool() && *clear->if_bool()) changed.clear();
  KS_TRY(const int64_t skew, integer(control, "clock_skew_ms", changed.clock_skew.count()));
  KS_TRY(const int64_t lag, integer(control, "history_lag_ms", changed.history_lag.count()));
  changed.clock_skew = Millis{skew};
  changed.history_lag = Millis{lag};
  if (const json::Value* stream = control.find("stream")) {
    KS_TRY(changed.stream, parse_stream(*stream));
  }
  if (const json::Value* add = control.find("add")) {
    if (!add->if_array()) return bad_format("add must be an array of faults");
    for (const json::Value& text : *add->if_array()) {
      KS_TRY(Fault fault, parse_fault(text));
      changed.add(std::move(fault));
    }
  }
  *faults = std::move(changed);
  return {};
}

}  // namespace keystile::sandbox
