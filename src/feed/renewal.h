// When a connection is made, and when another one is to take its place. Sans I/O: it is told what
// happens, and says what is to be done.
#pragma once

#include <cstdint>
#include <optional>

#include "base/random.h"
#include "base/time.h"

namespace keystile::feed {

struct RenewalTimes {
  // Before the exchange ends it: Binance after 24 hours. Never sooner than after least_age, by when
  // it has told whatever lay behind (market/succession.h).
  Millis renew_after{std::chrono::hours{23}}, least_age{5500};
  // One that the exchange refused something to is replaced so soon, and the next one after twice
  // as long, and so on, whether its heir takes its place or not: what is refused is asked for
  // again, ever more seldom. Of a book that goes on being wrong it is the longest pause.
  Millis retry_after{std::chrono::minutes{10}};
  Millis least_pause{500}, most_pause{30000};  // before trying again, growing, with jitter
  Millis stands_after{60000};                  // one that stood for so long begins with the least
  // Two are open for so long at least, from when the second one has asked for everything;
  Millis overlap{5000};
  // so much later than that it is expected to bring whatever the first one does.
  Millis settle{2000};
  Millis give_up_after{std::chrono::minutes{5}};
};

class Renewal {
 public:
  enum class Step : uint8_t {
    kNone,
    kConnect,  // there is none
    kRaise,    // an heir is to be connected beside it
    kSucceed,  // the heir is to take its place, if it knows enough
    kGiveUp,   // the heir does not learn
  };

  explicit Renewal(RenewalTimes times)
      : times_(times),
        retry_after_(times.retry_after),
        pause_(times.least_pause),
        heir_pause_(times.least_pause) {}

  Step next(MonoTime now) const;

  // A step that was begun; kConnect and kRaise end in one of the calls below.
  void begun(Step step, MonoTime now);
  void opened(MonoTime now) { opened_ = now; }
  // Whether the exchange refused something to the one that is heard.
  void lacks(bool something) { lacks_something_ = something; }
  // The exchange will soon end the one that is heard.
  void leaves() { is_leaving_ = true; }
  // The heir has asked for everything: its books are on their way.
  void heir_asked(MonoTime now) { asked_ = now; }
  // It is heard, and is the only one.
  void succeeded(MonoTime now);
  // The one that is heard has ended, or could not be opened; an heir has as well.
  void lost(MonoTime now, Random& random);
  void heir_lost(MonoTime now, Random& random);

  // Since when the heir must bring what is told; none: that is not to be asked yet.
  std::optional<MonoTime> settled() const;

 private:
  static Millis next_pause(Millis* pause, Millis most, Random& random);

  const RenewalTimes times_;
  bool is_there_ = false, lacks_something_ = false, is_leaving_ = false;
  Millis retry_after_;
  std::optional<MonoTime> opened_;  // the one that is heard
  std::optional<MonoTime> raised_;  // the heir; none: there is none
  bool is_for_lack_ = false;        // it was raised for what is refused, and nothing else
  std::optional<MonoTime> asked_;   // by the heir, for everything
  MonoTime next_try_{}, next_heir_{};
  Millis pause_, heir_pause_;
};

}  // namespace keystile::feed
