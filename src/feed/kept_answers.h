// An exchange's own public routes answered from what the feed has, as long as that is fresh. What
// cannot be answered whole and exactly is not answered here: a market that is not read, a book that
// is not whole or not known so deep, trades between which some may be missing.
#pragma once

#include <optional>
#include <string_view>

#include "base/http.h"
#include "base/time.h"
#include "exchanges/native_answers.h"
#include "feed/places.h"
#include "feed/settings.h"
#include "feed/state.h"

namespace keystile::feed {

class KeptAnswers {
 public:
  // state and clock must outlive it. What is not believed answers nothing.
  KeptAnswers(const State& state, const Clock& clock, AnswerSettings settings,
              IsBelieved is_believed)
      : state_(state), clock_(clock), settings_(settings), is_believed_(std::move(is_believed)) {}

  // Any thread that may ask what is believed. path and query of the request are as the exchange
  // would get them.
  std::optional<exchanges::KeptAnswer> answer(std::string_view exchange,
                                              const HttpRequest& request) const;

 private:
  using Answer = std::optional<exchanges::KeptAnswer>;
  using Question = exchanges::MarketQuestion;
  using Native = exchanges::NativeAnswers;

  Answer book(const Market& market, const Question& question, const Native& native) const;
  Answer best(const Market& market, const Question& question, const Native& native) const;
  Answer trades(const Market& market, const Question& question, const Native& native) const;
  // How old it is; nothing: too old.
  std::optional<Millis> fresh(Question::About about, int64_t received_ns) const;

  const State& state_;
  const Clock& clock_;
  const AnswerSettings settings_;
  const IsBelieved is_believed_;
};

}  // namespace keystile::feed
