#include "feed/tardis_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"

namespace keystile::feed {
namespace {

constexpr size_t kMostBytes = 64 * 1024;
constexpr size_t kMostWords = 1000;

tl::unexpected<Error> wrong(std::string message) {
  return fail("relay.parameter", "options: " + std::move(message));
}

Result<std::vector<std::string>> words(const json::Value& object, std::string_view name) {
  std::vector<std::string> out;
  const json::Value* list = object.find(name);
  if (!list || list->is_null()) return out;
  if (!list->if_array() || list->if_array()->size() > kMostWords) {
    return wrong(fmt::format("{} must be a list of at most {} strings", name, kMostWords));
  }
  for (const json::Value& item : *list->if_array()) {
    if (!item.if_string()) return wrong(fmt::format("{} must be a list of strings", name));
    out.push_back(*item.if_string());
  }
  return out;
}

// tardis's names of what is told as it is; those of `feed tail` are no types of its.
std::optional<Channel> plain_type(std::string_view name) {
  if (name == "book_change") return Channel::kBook;
  if (name == "book") return std::nullopt;
  return parse_channel(name);
}

Status read_types(const json::Value& object, TardisOptions* out) {
  KS_TRY(const auto types, words(object, "dataTypes"));
  if (types.empty()) return wrong("dataTypes is missing");
  for (const std::string& type : types) {
    const bool is_known = std::any_of(out->computed.begin(), out->computed.end(),
                                      [&type](const Computed& one) { return one.name == type; });
    if (is_known) continue;
    if (const auto channel = plain_type(type)) {
      out->channels.push_back(*channel);
    } else if (auto computed = parse_computed(type)) {
      out->computed.push_back(std::move(*computed));
    } else {
      return wrong(
          "there is no such data type; there are trade, book_change, book_ticker, "
          "derivative_ticker, liquidation, option_summary, book_snapshot_N_INTERVAL, "
          "book_snapshot_N_groupedSTEP_INTERVAL, quote, trade_bar_INTERVAL");
    }
  }
  return {};
}

// "2026-11-21", "2026-11-21T14:30", "2026-11-21T14:30:00", with milliseconds; with 'Z' or without:
// it is UTC either way.
Result<std::optional<int64_t>> time_of(const json::Value& object, std::string_view name) {
  constexpr std::string_view kMidnight = "T00:00:00.000Z";
  constexpr size_t kDate = 10, kMinutes = 16, kSeconds = 19, kMillis = 23;
  const json::Value* given = object.find(name);
  if (!given) return std::optional<int64_t>();
  std::string text(given->text());
  if (!text.empty() && text.back() == 'Z') text.pop_back();
  const bool is_known = text.size() == kDate || text.size() == kMinutes ||
                        text.size() == kSeconds || text.size() == kMillis;
  if (is_known) text += kMidnight.substr(text.size() - kDate);
  const auto time = parse_iso8601(text);
  constexpr int64_t kMostMs = 9'000'000'000'000;  // the year 2255: in nanoseconds, 64 bits
  if (!time || epoch_ms(*time) < 0 || epoch_ms(*time) > kMostMs) {
    return wrong(
        fmt::format("{} must be a time such as 2026-11-21T14:30, from 1970 to 2254", name));
  }
  return std::optional(epoch_ms(*time) * 1000);
}

Result<TardisOptions> read(const json::Value& object) {
  if (!object.if_object()) return wrong("must be an object or a list of objects");
  TardisOptions out;
  const json::Value* exchange = object.find("exchange");
  if (!exchange || !exchange->if_string()) return wrong("exchange is missing");
  out.exchange = *exchange->if_string();
  KS_TRY(out.symbols, words(object, "symbols"));
  KS_CHECK(read_types(object, &out));
  const json::Value* disconnects = object.find("withDisconnectMessages");
  out.with_disconnects = disconnects && disconnects->if_bool() && *disconnects->if_bool();
  if (const json::Value* timeout = object.find("timeoutIntervalMS")) {
    const auto millis = timeout->as_int64();
    if (!millis || *millis < 1 || *millis > 86'400'000) {
      return wrong("timeoutIntervalMS must be from 1 to a day");
    }
    out.timeout = Millis(*millis);
  }
  KS_TRY(out.from_us, time_of(object, "from"));
  KS_TRY(out.to_us, time_of(object, "to"));
  return out;
}

}  // namespace

Result<std::vector<TardisOptions>> parse_tardis_options(std::string_view text) {
  const auto root = json::parse(text, {kMostBytes, 5});
  if (!root) return wrong("no JSON, or a name twice, or too long");
  std::vector<TardisOptions> out;
  const json::Array* list = root->if_array();
  if (!list) {
    KS_TRY(out.emplace_back(), read(*root));
    return out;
  }
  if (list->empty() || list->size() > kMostTardisOptions) {
    return wrong(fmt::format("must be from 1 to {}", kMostTardisOptions));
  }
  for (const json::Value& item : *list) {
    KS_TRY(TardisOptions one, read(item));
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace keystile::feed
