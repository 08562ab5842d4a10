// One WebSocket of /ws-stream-normalized: market data as tardis-machine tells it. Sans I/O.
#pragma once

#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "feed/stream.h"
#include "feed/tardis_options.h"

namespace keystile::feed {

class TardisStream final : public Consumer {
 public:
  // All must outlive it. "relay.exchange", "relay.symbol": an option names what is not read.
  static Result<std::unique_ptr<TardisStream>> make(const State& state, Audience& audience,
                                                    const Clock& clock,
                                                    std::vector<TardisOptions> options);
  ~TardisStream() override { audience_.remove(this); }

  void receive(std::string_view) override {}  // as tardis-machine: nothing is heard
  void tick() override;
  Outbox& outbox() override { return outbox_; }
  void hear(const Market& market, Channel channel, Rendered* event) override;
  void hear_loss(const Market& market, Channel channel, market::Break what,
                 int64_t now_ns) override;

 private:
  // What one option wants of one market.
  struct Part {
    std::vector<TradeBar> bars;
    std::vector<BookSnapshots> books;
    bool is_lost = false;  // which was told
  };
  struct Wish {
    TardisOptions options;
    uint8_t plain = 0;  // channels that are told as they are
    std::map<const Market*, Part> parts;
    MonoTime heard;
    bool is_silent = false;  // which was told
  };

  TardisStream(Audience& audience, const Clock& clock);
  void add(TardisOptions options, const std::vector<const Market*>& markets);
  void begin();
  void tell(const Market& market, Channel channel, const Wish& wish, Part* part, Rendered* event);
  void lose(const Market& market, Channel channel, const Wish& wish, Part* part, int64_t now_ns);

  Audience& audience_;
  const Clock& clock_;
  Outbox outbox_;
  std::vector<Wish> wishes_;
  std::vector<std::string> computed_;  // of one event
};

}  // namespace keystile::feed
