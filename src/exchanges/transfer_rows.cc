#include "exchanges/transfer_rows.h"

#include <algorithm>

#include "base/encoding.h"

namespace keystile::exchanges {
namespace {

// OKX takes letters and digits only.
constexpr std::string_view kExecutorPrefix = "keystile";

}  // namespace

std::string executor_id(uint64_t id) { return std::string(kExecutorPrefix) + std::to_string(id); }

// In whatever case: who knows how each exchange compares them.
bool is_executor_id(std::string_view client_id) {
  return equals_ignore_case(client_id.substr(0, kExecutorPrefix.size()), kExecutorPrefix);
}

std::string_view word_of(std::span<const TransferWord> words, TransferState state) {
  for (const auto& [known, text] : words) {
    if (known == state) return text;
  }
  return {};
}

TransferState state_of(std::span<const TransferWord> words, std::string_view text) {
  for (const auto& [state, known] : words) {
    if (known == text) return state;
  }
  return TransferState::kPending;
}

const ProposedTransfer* find_by_exchange_id(std::span<const ProposedTransfer> known,
                                            std::string_view exchange_id) {
  const auto found = std::find_if(known.begin(), known.end(), [&](const ProposedTransfer& one) {
    return !one.exchange_id.empty() && one.exchange_id == exchange_id;
  });
  return found == known.end() ? nullptr : &*found;
}

bool moves_the_same(const Transfer& a, const Transfer& b) {
  return a.asset == b.asset && a.amount == b.amount && a.from == b.from && a.to == b.to &&
         a.from_account == b.from_account && a.to_account == b.to_account;
}

tl::unexpected<Error> cannot_wait(std::string_view why) {
  return fail("transfer.unsupported", std::string(why));
}

tl::unexpected<Error> absent_transfer() {
  return fail("transfer.absent", "the exchange's history does not show it");
}

tl::unexpected<Error> other_transfer() {
  return fail("transfer.other",
              "the exchange has another transfer under its id, so this one cannot have been taken",
              ErrorClass::kOutcomeUnknown);
}

}  // namespace keystile::exchanges
