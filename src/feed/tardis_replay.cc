#include "feed/tardis_replay.h"

#include <algorithm>

#include "feed/replay.h"
#include "feed/spelling.h"
#include "feed/tardis_stream.h"
#include "market/reader.h"

namespace keystile::feed {
namespace {

// Stands at the line that is told.
class RecordedClock final : public Clock {
 public:
  WallTime wall() const override { return from_epoch_ms(now_ns / 1'000'000); }
  MonoTime mono() const override { return MonoTime(std::chrono::nanoseconds(now_ns)); }
  int64_t now_ns = 0;
};

class TardisReplay {
 public:
  TardisReplay(std::vector<TardisOptions> options, int64_t from_ns, int64_t to_ns)
      : options_(std::move(options)), from_ns_(from_ns), to_ns_(to_ns) {}

  Status open(const std::string& folder) {
    for (const TardisOptions& option : options_) {
      if (option.symbols.empty()) {
        return fail("relay.parameter", "options: a replay needs symbols");
      }
      KS_TRY(const auto products, products_of(option.exchange));
      for (const std::string& product : products) {
        expect(product, option);
        KS_CHECK(open_product(folder, product));
      }
    }
    if (!replays_.empty()) return {};
    return fail("replay.none", "nothing of these exchanges is recorded");
  }

  Result<std::string> run(const std::atomic<bool>& stop) {
    for (Next next = earliest(); next.replay && next.time_ns < to_ns_; next = earliest()) {
      if (stop) return fail("replay.stopped", "the relay is stopping", ErrorClass::kRetryable);
      clock_.now_ns = next.time_ns;
      if (!stream_ && next.time_ns >= from_ns_) {
        KS_TRY(stream_, TardisStream::make(state_, audience_, clock_, options_));
      }
      next.replay->step();
      // The recorder was ended, or has not come further yet: nobody knows what came then.
      if (!next.replay->next_ns()) next.replay->end_all(next.time_ns);
      // What one event makes must fit into what may wait: else the rest would be told as all.
      const bool is_too_much = stream_ && stream_->outbox().is_full();
      if (is_too_much || out_.size() > kMostReplayBytes) {
        return fail("replay.large", "more than one answer may have; ask for a shorter time");
      }
    }
    KS_CHECK(check_files());
    return std::move(out_);
  }

 private:
  void expect(const std::string& product, const TardisOptions& option) {
    for (std::string symbol : option.symbols) {
      std::transform(symbol.begin(), symbol.end(), symbol.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
      });
      const auto venue = market::venue_of(product, symbol);
      if (venue) state_.expect({*venue, symbol, ""});
    }
  }

  // Once each; one that was not recorded may be another of the same exchange.
  Status open_product(const std::string& folder, const std::string& product) {
    if (std::find(opened_.begin(), opened_.end(), product) != opened_.end()) return {};
    auto replay = Replay::open(
        folder, product, [this](const market::Event& event) { take(event); },
        [this](const market::Instrument& instrument, market::Break why, int64_t now_ns) {
          lose(state_.expect(instrument), why, now_ns);
        },
        from_ns_);
    if (!replay && replay.error().code == "replay.none") return {};
    if (!replay) return tl::unexpected<Error>(replay.error());
    opened_.push_back(product);
    replays_.push_back(std::move(*replay));
    return {};
  }

  // Whether all could be read that was recorded in the hours that were asked for, and before them
  // of what has a state. A torn end is what a recorder leaves that was killed, and the loss is
  // told.
  Status check_files() const {
    for (const auto& replay : replays_) {
      for (const Replay::File& file : replay->files()) {
        const bool has_state = file.channel != name_of(Channel::kTrade) &&
                               file.channel != name_of(Channel::kLiquidation);
        const bool is_early = file.hour < hour_of(from_ns_) && !has_state;
        if (is_early || file.hour > hour_of(to_ns_)) continue;
        for (const Error& trouble : file.troubles) {
          if (trouble.code == "recording.torn") continue;
          return fail("replay.damaged",
                      "a recording of the hour " + file.hour +
                          " is damaged (`keystile feed inspect` says which): " + trouble.message);
        }
      }
    }
    return {};
  }

  struct Next {
    Replay* replay = nullptr;  // null: all is told
    int64_t time_ns = 0;
  };

  Next earliest() {
    Next first;
    for (const auto& replay : replays_) {
      const auto time_ns = replay->next_ns();
      if (time_ns && (!first.replay || *time_ns < first.time_ns)) first = {replay.get(), *time_ns};
    }
    return first;
  }

  void take(const market::Event& event) {
    Market& market = state_.market_of(event);
    const Taken taken = market.apply(event);
    if (taken == Taken::kTold) audience_.tell(market, event);
    if (taken == Taken::kLost) audience_.tell(market, gap_instead_of(event));
    drain();
  }

  // Its book's own events said so already.
  void lose(const Market& market, market::Break why, int64_t now_ns) {
    for (size_t at = 0; at < kChannels; ++at) {
      const auto channel = static_cast<Channel>(at);
      if (channel != Channel::kBook) audience_.tell_loss(market, channel, why, now_ns);
    }
    drain();
  }

  void drain() {
    if (!stream_) return;
    while (const auto text = stream_->outbox().take()) out_ += *text + '\n';
  }

  const std::vector<TardisOptions> options_;
  const int64_t from_ns_, to_ns_;
  RecordedClock clock_;
  State state_{1};
  Audience audience_;
  std::vector<std::string> opened_;
  std::vector<std::unique_ptr<Replay>> replays_;
  std::unique_ptr<TardisStream> stream_;  // from `from` on
  std::string out_;
};

}  // namespace

Result<std::string> tardis_replay(const std::string& folder, std::string_view options,
                                  const std::atomic<bool>& stop) {
  KS_TRY(auto parsed, parse_tardis_options(options));
  const auto from_us = parsed.front().from_us, to_us = parsed.front().to_us;
  for (const TardisOptions& option : parsed) {
    if (from_us && to_us && option.from_us == from_us && option.to_us == to_us) continue;
    return fail("relay.parameter",
                "options: from and to are needed, as 2026-11-21T14:30, the same in each");
  }
  TardisReplay replay(std::move(parsed), *from_us * 1000, *to_us * 1000);
  KS_CHECK(replay.open(folder));
  return replay.run(stop);
}

}  // namespace keystile::feed
