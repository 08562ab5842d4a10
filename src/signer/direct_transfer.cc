#include "signer/direct_transfer.h"

#include <fmt/format.h>

#include "exchanges/transfers.h"
#include "policy/own_accounts.h"
#include "signer/command_fields.h"
#include "signer/transfers.h"

namespace keystile::signer {
namespace {

using policy::Account;
using policy::OwnWallet;

Result<const Account*> find_account(const policy::Policy& policy, const std::string& name) {
  if (const Account* account = policy.account(name)) return account;
  return fail("transfer.account",
              fmt::format("the policy in force has no account \"{}\": an end is written as "
                          "ACCOUNT:WALLET",
                          name));
}

Result<OwnWallet> find_end(const policy::Policy& policy, const std::string& text) {
  const size_t colon = text.find(':');
  KS_TRY(const Account* account, find_account(policy, text.substr(0, colon)));
  if (colon == text.npos || colon + 1 == text.size()) {
    return fail("transfer.account",
                fmt::format("which wallet of {} is meant must be said: {}:WALLET", account->name,
                            account->name));
  }
  return OwnWallet{account, text.substr(colon + 1)};
}

bool can_move(const Account& account) { return account.has_key(policy::Role::kTransfer); }

}  // namespace

Result<DirectTransfer> read_direct_transfer(const json::Value& command) {
  DirectTransfer wanted;
  std::string amount;
  KS_CHECK(
      read_texts(command,
                 {{"from", &wanted.from},
                  {"to", &wanted.to},
                  {"asset", &wanted.asset},
                  {"amount", &amount},
                  {"moved_by", &wanted.moved_by},
                  {"own_id", &wanted.own_id}},
                 "a transfer is asked for with the texts from, to, asset, amount, moved_by and "
                 "own_id"));
  KS_TRY(wanted.amount, read_amount(amount));
  return wanted;
}

Result<Move> find_move(const policy::Policy& policy, const DirectTransfer& wanted) {
  KS_TRY(const OwnWallet from, find_end(policy, wanted.from));
  KS_TRY(const OwnWallet to, find_end(policy, wanted.to));
  const Account* moved_by = can_move(*from.account) ? from.account : to.account;
  if (!wanted.moved_by.empty()) {
    KS_TRY(moved_by, find_account(policy, wanted.moved_by));
  }
  KS_CHECK(policy::check_between(from, to, *moved_by));
  if (!can_move(*moved_by)) {
    return fail("transfer.account",
                fmt::format("account {} has no transfer key in the policy", moved_by->name));
  }
  const policy::TransferPair pair = policy::pair_between(from, to, *moved_by);
  return Move{moved_by,
              {wanted.asset, wanted.amount, pair.from, pair.to, pair.from_account, pair.to_account,
               wanted.own_id, pair.leaves_account()}};
}

Result<uint64_t> propose_direct(Realm& realm, const Holdings& holdings, Move move,
                                const quorum::Asker& asker, const policy::MarketReference& market,
                                Random& random, WallTime now, MonoTime mono) {
  if (const quorum::Case* earlier = find_asked(realm, asker, *move.moved_by, move.transfer)) {
    return earlier->proposal.id;
  }
  KS_CHECK(check_covered(realm, holdings, *move.moved_by, move.transfer));
  const exchanges::Exchange* exchange = exchanges::find_exchange(move.moved_by->exchange);
  if (exchange && move.transfer.client_id.empty()) {
    move.transfer.client_id = exchanges::transfers_of(*exchange).make_own_id(random);
  }
  return propose_between(realm, asker, *move.moved_by, move.transfer, market, now, mono);
}

}  // namespace keystile::signer
