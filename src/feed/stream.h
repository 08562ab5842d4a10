// One WebSocket of /v1/market/stream: what it has subscribed to, and what it is told. Of each
// subscription first what is, then what changes. Sans I/O.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "feed/audience.h"
#include "feed/stream_request.h"

namespace keystile::feed {

// A consumer of the relay, of whatever path.
class Consumer : public Listener {
 public:
  virtual void receive(std::string_view text) = 0;
  // Every second or so.
  virtual void tick() {}
  virtual Outbox& outbox() = 0;
  // How many markets it has asked about since the last call: what it makes the relay do.
  size_t take_asked() { return std::exchange(asked_, 0); }

 protected:
  void count_asked(size_t markets) { asked_ += markets; }

 private:
  size_t asked_ = 0;
};

class Stream final : public Consumer {
 public:
  // All must outlive it.
  Stream(const State& state, Audience& audience, const Clock& clock, Slow slow);
  ~Stream() override { audience_.remove(this); }

  void receive(std::string_view text) override;
  Outbox& outbox() override { return outbox_; }
  void hear(const Market& market, Channel channel, Rendered* event) override;
  void hear_loss(const Market& market, Channel channel, market::Break what,
                 int64_t now_ns) override;

 private:
  Status carry_out(const StreamRequest& request);
  void subscribe(const Market& market, uint8_t channels);
  void unsubscribe(const std::vector<const Market*>& markets, uint8_t channels);
  int64_t now_ns() const;

  const State& state_;
  Audience& audience_;
  const Clock& clock_;
  Outbox outbox_;
  std::map<const Market*, uint8_t> channels_;
};

}  // namespace keystile::feed
