// The network's name on the first line, the address on the second, a memo after that. What is taken
// has one spelling, which is taken again and pays the same account.
#include "address/address.h"

#include "fuzz/check.h"
#include "fuzz/input.h"

using namespace keystile;

KS_FUZZ_TARGET(input) {
  const std::string_view name = fuzz::take_line(&input);
  const std::string_view text = fuzz::take_line(&input);
  const address::Network* network = address::find_network(name);
  if (!network) return;
  if (const Status memo = address::check_memo(*network, input); memo && !input.empty()) {
    KS_HOLDS(network->memo.need != address::MemoNeed::kNone);
    for (const char c : input) KS_HOLDS(c >= 0x20 && c < 0x7f);
  }
  const auto read = address::check_address(*network, text);
  if (!read) {
    for (const char c : read.error().message) KS_HOLDS(c >= 0x20 && c < 0x7f);
    return;
  }
  const auto again = address::check_address(*network, read->text);
  KS_HOLDS(again && again->text == read->text && again->destination == read->destination);
  KS_HOLDS(!address::look_alike(*network, *read, *again));
}
