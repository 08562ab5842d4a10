// What the exchanges' answers about transfers have in common.
#pragma once

#include <string>
#include <string_view>

#include "exchanges/transfers.h"

namespace keystile::exchanges {

// The words of one exchange. The first of a state is what Keystile writes itself.
struct TransferWord {
  TransferState state;
  std::string_view text;
};
std::string_view word_of(std::span<const TransferWord> words, TransferState state);
// A word that is not known may still come to anything.
TransferState state_of(std::span<const TransferWord> words, std::string_view text);

// Which of the program's proposals a row stands for, by the exchange's id; null: none.
const ProposedTransfer* find_by_exchange_id(std::span<const ProposedTransfer> known,
                                            std::string_view exchange_id);

// Asset, amount and both ends; not who asked by which id.
bool moves_the_same(const Transfer& a, const Transfer& b);

tl::unexpected<Error> cannot_wait(std::string_view why);
tl::unexpected<Error> absent_transfer();
tl::unexpected<Error> other_transfer();  // under our id

}  // namespace keystile::exchanges
