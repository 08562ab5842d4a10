#include "feed/tardis_stream.h"

#include <algorithm>

#include "base/json_writer.h"
#include "feed/spelling.h"

namespace keystile::feed {
namespace {

constexpr market::Form kForm = market::Form::kTardis;

int64_t epoch_ns(const Clock& clock) {
  return std::chrono::nanoseconds(clock.wall().time_since_epoch()).count();
}

Text shared(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

// What is told as it is; what else an exchange says of a market is no type of tardis's.
bool is_plain(const market::Event& event) {
  return std::holds_alternative<market::Trade>(event) ||
         std::holds_alternative<market::BookChange>(event) ||
         std::holds_alternative<market::BookTicker>(event) ||
         std::holds_alternative<market::DerivativeTicker>(event) ||
         std::holds_alternative<market::Liquidation>(event) ||
         std::holds_alternative<market::OptionSummary>(event);
}

// How much one connection may ask for: of each market of an option 1, and for each computed type
// the levels that are copied and told at a change, at least kLeastWork.
constexpr size_t kMostWork = 4000;
constexpr size_t kLeastWork = 10;

size_t work_of(const TardisOptions& options) {
  size_t work = 1;
  for (const Computed& computed : options.computed) {
    work += std::max(computed.levels(), kLeastWork);
  }
  return work;
}

}  // namespace

TardisStream::TardisStream(Audience& audience, const Clock& clock)
    : audience_(audience),
      clock_(clock),
      outbox_(Slow::kDrop, [this](const Topic& topic, uint64_t missed) {
        return render_now(topic, missed, kForm, epoch_ns(clock_));
      }) {}

Result<std::unique_ptr<TardisStream>> TardisStream::make(const State& state, Audience& audience,
                                                         const Clock& clock,
                                                         std::vector<TardisOptions> options) {
  std::unique_ptr<TardisStream> made(new TardisStream(audience, clock));
  size_t work = 0;
  for (TardisOptions& one : options) {
    KS_TRY(const auto markets, find_markets(state, one.exchange, one.symbols));
    work += markets.size() * work_of(one);
    if (work > kMostWork) {
      return fail("relay.parameter",
                  "options: too many markets, computed types or levels for one connection");
    }
    made->count_asked(markets.size());
    made->add(std::move(one), markets);
  }
  made->begin();
  return made;
}

void TardisStream::add(TardisOptions options, const std::vector<const Market*>& markets) {
  Wish wish{std::move(options), 0, {}, clock_.mono()};
  for (const Channel channel : wish.options.channels) wish.plain |= bit_of(channel);
  for (const Market* market : markets) {
    Part& part = wish.parts[market];
    for (const Computed& computed : wish.options.computed) {
      if (computed.kind == Computed::Kind::kBook) {
        part.books.emplace_back(computed);
      } else {
        part.bars.emplace_back(computed);
      }
    }
  }
  wishes_.push_back(std::move(wish));
}

// Books begin with a snapshot, if they are whole by now; else it comes when they are.
void TardisStream::begin() {
  std::map<const Market*, uint8_t> channels;
  for (const Wish& wish : wishes_) {
    for (const auto& [market, part] : wish.parts) {
      uint8_t& wanted = channels[market];
      wanted |= wish.plain;
      if (!part.bars.empty()) wanted |= bit_of(Channel::kTrade);
      if (!part.books.empty()) wanted |= bit_of(Channel::kBook);
      const bool is_whole = market->freshness().book != market::Health::kWaiting;
      if ((wish.plain & bit_of(Channel::kBook)) && is_whole) {
        outbox_.owe({market, Channel::kBook});
      }
    }
  }
  for (const auto& [market, wanted] : channels) audience_.set(*market, this, wanted);
}

void TardisStream::hear(const Market& market, Channel channel, Rendered* event) {
  if (outbox_.is_full()) return;
  const MonoTime now = clock_.mono();
  for (Wish& wish : wishes_) {
    const auto part = wish.parts.find(&market);
    if (part == wish.parts.end()) continue;
    if (const auto* notice = std::get_if<market::Notice>(&event->event())) {
      if (notice->what == market::Break::kResync) continue;
      lose(market, channel, wish, &part->second, notice->origin.received_ns.value_or(0));
      continue;
    }
    wish.heard = now;
    wish.is_silent = false;
    tell(market, channel, wish, &part->second, event);
  }
}

void TardisStream::tell(const Market& market, Channel channel, const Wish& wish, Part* part,
                        Rendered* event) {
  const Topic topic{&market, channel};
  const bool is_wanted = (wish.plain & bit_of(channel)) && is_plain(event->event());
  if (is_wanted) outbox_.put(topic, event->text(kForm));
  part->is_lost = false;
  computed_.clear();
  if (const auto* trade = std::get_if<market::Trade>(&event->event())) {
    for (TradeBar& bar : part->bars) bar.take(*trade, &computed_);
  } else if (const auto* change = std::get_if<market::BookChange>(&event->event())) {
    for (BookSnapshots& book : part->books) book.take(market, *change, &computed_);
  }
  for (std::string& text : computed_) outbox_.put(topic, shared(std::move(text)));
}

void TardisStream::hear_loss(const Market& market, Channel channel, market::Break, int64_t now_ns) {
  for (Wish& wish : wishes_) {
    const auto part = wish.parts.find(&market);
    if (part != wish.parts.end()) lose(market, channel, wish, &part->second, now_ns);
  }
}

// What was computed so far is not whole any more.
void TardisStream::lose(const Market& market, Channel channel, const Wish& wish, Part* part,
                        int64_t now_ns) {
  for (TradeBar& bar : part->bars) bar.reset();
  for (BookSnapshots& book : part->books) book.reset();
  if (part->is_lost || !wish.options.with_disconnects) return;
  part->is_lost = true;
  std::string text;
  market::append_json(market::Notice{{&market.instrument(), {}, now_ns}, market::Break::kGap},
                      &text, kForm);
  outbox_.put({&market, channel}, shared(std::move(text)));
}

void TardisStream::tick() {
  const MonoTime now = clock_.mono();
  for (Wish& wish : wishes_) {
    if (wish.is_silent || now - wish.heard < wish.options.timeout) continue;
    wish.is_silent = true;
    for (auto& [market, part] : wish.parts) {
      lose(*market, Channel::kBook, wish, &part, epoch_ns(clock_));
    }
  }
}

}  // namespace keystile::feed
