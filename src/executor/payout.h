// The sending of one approved withdrawal or transfer, at most once whatever happens. Pure.
//
//   ask the gate to write "executing" → see it in the realm's ledger, with the mark of this attempt
//   → write "sending" into our own → send → write how it ended into our own → and into the realm's
//
// What was, or may have been, sent is never sent again. After a lost answer or a restart it is
// looked for in the exchange's history; what that has not shown when the exchange could not take it
// any more and some time for a lagging history is over, is "unknown", and people must look.
#pragma once

#include <optional>
#include <string>

#include "executor/action.h"
#include "executor/teller.h"

namespace keystile::executor {

struct PayoutSettings {
  Millis window{10'000};     // how long the exchange may take a request
  Millis grace{600'000};     // how long its history may lag behind
  Millis again{10'000};      // between two attempts to tell the gate something
  Millis look_every{2'000};  // between two looks into the history, at first
};

class Payout {
 public:
  // mark: of this attempt, unlike any other's.
  static Payout begin(uint64_t id, std::string mark, const PayoutSettings& settings);
  // One that may have been sent, by us or by somebody with our keys: not before `from`, and not
  // after `until`, but for the window.
  static Payout find_again(uint64_t id, WallTime from, WallTime until,
                           const PayoutSettings& settings);
  // One whose end is in our own ledger and not yet in the realm's.
  static Payout ended(uint64_t id, End end, const PayoutSettings& settings);

  // What is to be done now; none: to wait. The action refers to this payout, which must stay where
  // it is until then() was called.
  std::optional<Action> next(const Surroundings& around, Moment now);
  bool is_over() const { return phase_ == Phase::kOver; }
  // It is to be judged, for which prices are needed.
  bool is_to_be_judged() const { return phase_ == Phase::kAsk; }
  // The code of the rule that last refused to send it; empty: none did.
  const std::string& refused_by() const { return refused_by_; }
  // Of the last thing that did not work; for people. Empty: all is well.
  const std::string& trouble() const { return trouble_; }

 private:
  enum class Phase { kAsk, kNote, kSend, kLook, kNoteEnd, kTellEnd, kOver };
  struct Request {
    Teller teller;
    HttpRequest http;
  };

  Payout(uint64_t id, Phase phase, const PayoutSettings& settings)
      : id_(id), phase_(phase), settings_(settings) {}
  std::optional<Action> ask(const Surroundings& around, Moment now);
  void begun(const quorum::Case& one, const Surroundings& around, Moment now);
  std::optional<Action> note(const Surroundings& around, Moment now);
  Own own(const Surroundings& around, Moment now) const;
  std::optional<Action> send(const Surroundings& around, Moment now);
  static std::vector<std::string> taken(const Surroundings& around);
  std::optional<Action> look(const Surroundings& around, Moment now);
  std::optional<Action> note_end();
  std::optional<Action> tell_end(const Surroundings& around, Moment now);
  Result<Request> request_now(const Surroundings& around, Moment now) const;
  Result<Request> last_look(const Surroundings& around, Moment now) const;
  void hold_back(const Error& why, Moment now);
  void sent(const Request& made, const Result<HttpResponse>& answer, Moment now);
  void missed(std::string why, Moment now);
  void finish(End end);

  uint64_t id_;
  Phase phase_;
  PayoutSettings settings_;
  std::string mark_;
  WallTime from_{}, until_{};  // when it was sent, if it was
  MonoTime due_{};
  Millis pause_{0};
  std::string trouble_, refused_by_;
  std::string sent_as_;  // by which id it is looked for; empty: by none
  End end_;              // from kNoteEnd on
};

}  // namespace keystile::executor
