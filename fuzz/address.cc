// The network's name on the first line, the address on the second, a memo after that. What is taken
// has one spelling, which is taken again and pays the same account.
#include "quorum/address/address.h"

#include "fuzz/check.h"
#include "fuzz/input.h"

using namespace keystile;

KS_FUZZ_TARGET(input) {
  const std::string_view name = fuzz::take_line(&input);
  const std::string_view text = fuzz::take_line(&input);
  const quorum::Network* network = quorum::find_network(name);
  if (!network) return;
  if (const Status memo = quorum::check_memo(*network, input); memo && !input.empty()) {
    KS_HOLDS(network->memo.need != quorum::MemoNeed::kNone);
    for (const char c : input) KS_HOLDS(c >= 0x20 && c < 0x7f);
  }
  const auto address = quorum::check_address(*network, text);
  if (!address) {
    for (const char c : address.error().message) KS_HOLDS(c >= 0x20 && c < 0x7f);
    return;
  }
  const auto again = quorum::check_address(*network, address->text);
  KS_HOLDS(again && again->text == address->text && again->destination == address->destination);
  KS_HOLDS(!quorum::look_alike(*network, *address, *again));
}
