// How Bybit numbers the states of a book: by one, at each that anybody was told of. Its REST
// answers and its streams of a thousand levels have the same numbers.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace keystile::sandbox::bybit {

class BookNumbers {
 public:
  // sequence: the engine's, of the state that is told now.
  uint64_t number(const std::string& instrument, uint64_t sequence) {
    State& state = states_[instrument];
    if (state.sequence != sequence) ++state.number;
    state.sequence = sequence;
    return state.number;
  }

 private:
  static constexpr uint64_t kFirst = 100;  // 1 would say that the service has just begun
  struct State {
    uint64_t sequence = 0, number = kFirst;
  };
  std::map<std::string, State> states_;  // by instrument
};

}  // namespace keystile::sandbox::bybit
