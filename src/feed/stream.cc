#include "feed/stream.h"

#include <fmt/format.h>

#include "base/json.h"
#include "feed/spelling.h"

namespace keystile::feed {
namespace {

constexpr market::Form kForm = market::Form::kLines;

std::string with_id(const std::string& id) { return id.empty() ? "" : "\"id\":" + id + ","; }

std::string symbols_json(const std::vector<const Market*>& markets) {
  std::string out = "[";
  for (const Market* market : markets) {
    if (out.size() > 1) out += ',';
    out += json::quoted(market->instrument().symbol);
  }
  return out + "]";
}

std::vector<Topic> topics_of(const Market& market, uint8_t channels) {
  std::vector<Topic> topics;
  for (size_t at = 0; at < kChannels; ++at) {
    const auto channel = static_cast<Channel>(at);
    if (!(channels & bit_of(channel))) continue;
    topics.push_back({&market, channel});
    if (channel == Channel::kDerivativeTicker) topics.push_back({&market, channel, true});
  }
  return topics;
}

std::string error_answer(const std::string& id, const Error& error) {
  return fmt::format(R"({{{}"type":"error","code":{},"message":{}}})", with_id(id),
                     json::quoted(error.code), json::quoted(error.message));
}

}  // namespace

Stream::Stream(const State& state, Audience& audience, const Clock& clock, Slow slow)
    : state_(state),
      audience_(audience),
      clock_(clock),
      outbox_(slow, [this](const Topic& topic, uint64_t missed) {
        return render_now(topic, missed, kForm, now_ns());
      }) {}

void Stream::receive(std::string_view text) {
  std::string id;
  const auto request = parse_stream_request(text, &id);
  if (!request) return outbox_.answer(error_answer(id, request.error()));
  const Status done = carry_out(*request);
  if (!done) outbox_.answer(error_answer(id, done.error()));
}

Status Stream::carry_out(const StreamRequest& request) {
  if (request.op == StreamRequest::Op::kPing) {
    outbox_.answer("{" + with_id(request.id) + R"("type":"pong"})");
    return {};
  }
  KS_TRY(const auto markets, find_markets(state_, request.exchange, request.symbols));
  count_asked(markets.size());
  const bool subscribes = request.op == StreamRequest::Op::kSubscribe;
  outbox_.answer(fmt::format(R"({{{}"type":"{}","exchange":{},"channels":{},"symbols":{}}})",
                             with_id(request.id), subscribes ? "subscribed" : "unsubscribed",
                             json::quoted(request.exchange), channels_json(request.channels),
                             symbols_json(markets)));
  if (!subscribes) {
    unsubscribe(markets, request.channels);
    return {};
  }
  for (const Market* market : markets) subscribe(*market, request.channels);
  return {};
}

void Stream::subscribe(const Market& market, uint8_t channels) {
  uint8_t& held = channels_[&market];
  const uint8_t added = static_cast<uint8_t>(channels & ~held);
  held |= channels;
  audience_.set(market, this, held);
  for (const Topic& topic : topics_of(market, added)) {
    if (has_now(topic)) outbox_.owe(topic);
  }
}

// What waits is gone through once, however many markets these are.
void Stream::unsubscribe(const std::vector<const Market*>& markets, uint8_t channels) {
  std::set<Topic> forgotten;
  for (const Market* market : markets) {
    const auto found = channels_.find(market);
    if (found == channels_.end()) continue;
    found->second &= static_cast<uint8_t>(~channels);
    audience_.set(*market, this, found->second);
    for (const Topic& topic : topics_of(*market, channels)) forgotten.insert(topic);
    if (found->second == 0) channels_.erase(found);
  }
  outbox_.forget(forgotten);
}

void Stream::hear(const Market& market, Channel channel, Rendered* event) {
  if (outbox_.is_full()) return;
  const bool is_status = std::holds_alternative<market::InstrumentStatus>(event->event());
  outbox_.put({&market, channel, is_status}, event->text(kForm));
}

void Stream::hear_loss(const Market& market, Channel channel, market::Break what, int64_t now_ns) {
  const market::Instrument& instrument = market.instrument();
  outbox_.put({&market, channel},
              std::make_shared<std::string>(fmt::format(
                  R"({{"type":"{}","symbol":{},"exchange":"{}","channel":"{}","local_us":{}}})",
                  what == market::Break::kStale ? "stale" : "gap", json::quoted(instrument.symbol),
                  market::tardis_name(instrument.venue), name_of(channel), now_ns / 1000)));
}

int64_t Stream::now_ns() const {
  return std::chrono::nanoseconds(clock_.wall().time_since_epoch()).count();
}

}  // namespace keystile::feed
