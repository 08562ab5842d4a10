// Transfers: by a program within its account, by people and a working balance between accounts.
#include <fmt/format.h>

#include "sim/program.h"

namespace keystile::sim {

using quorum::Asker;
using quorum::State;

const std::string kTransferPolicy =
    "[[account.key]]\nrole = \"transfer\"\nvault = \"key/binance-main/transfer\"\n"
    "[[account]]\nname = \"desk\"\nexchange = \"binance\"\nenvironment = \"production\"\n"
    "kind = \"trading\"\nknown_as = \"desk@example.com\"\n"
    "[[account.key]]\nrole = \"read\"\nvault = \"key/desk/read\"\n"
    "[[account]]\nname = \"store\"\nexchange = \"binance\"\nenvironment = \"production\"\n"
    "kind = \"storage\"\n"
    "[[account.key]]\nrole = \"transfer\"\nvault = \"key/store/transfer\"\n"
    "[[working_balance]]\nname = \"desk-usdt\"\naccount = \"desk\"\nwallet = \"SPOT\"\n"
    "asset = \"USDT\"\nstorage = \"store\"\nstorage_wallet = \"SPOT\"\nmoved_by = \"store\"\n"
    "floor = \"1000\"\nceiling = \"5000\"\ntarget = \"3000\"\n"
    "[[client]]\nname = \"mover\"\naccount = \"binance-main\"\nprofile = \"transfers\"\n"
    "key_id = \"M\"\nalgorithm = \"hmac\"\nvault = \"client/mover\"\n"
    "networks = [\"10.0.0.0/8\"]\ntransfer_assets = [\"USDT\"]\nmax_transfer = \"10000\"\n"
    "transfer_approval_above = \"500\"\n"
    "[[quorum]]\nactions = [\"transfer\"]\napprovals = { treasury = 2 }\n";

namespace {

quorum::Transfer usdt(const Decimal& amount, std::string account) {
  quorum::Transfer facts;
  facts.account = std::move(account);
  facts.exchange = "binance";
  facts.environment = "production";
  facts.asset = "USDT";
  facts.amount = amount;
  facts.value = quorum::Worth{amount, "USD"};
  facts.from = facts.to = "SPOT";
  return facts;
}

}  // namespace

// A program above its limit, or a person. Of each amount there is one: Binance's call within an
// account takes no id.
void Program::ask_to_move() {
  const Decimal amount = Decimal(static_cast<int64_t>(1000 + next_id_));
  quorum::Transfer facts = usdt(amount, one_in(2) ? "binance-main" : "store");
  Asker asker{Asker::Kind::kClient, "mover", ""};
  if (facts.account == "binance-main") {
    facts.from = "MAIN";
    facts.to = "UMFUTURE";
  } else {
    asker = {Asker::Kind::kPerson, "alice", key_of("alice").key().fingerprint()};
    (one_in(2) ? facts.from_account : facts.to_account) = "desk@example.com";
  }
  const quorum::Proposal made = draft(facts, asker);
  const Status done = world_.realm.event(quorum::Proposed{made});
  tell(fmt::format("{} asks to move {}: {}", asker.name, amount.str(),
                   done ? std::to_string(made.id) : done.error().code));
  if (done) show(made);
}

// What the gate does when it has read the desk's balance.
void Program::keep_balance() {
  const policy::Policy& policy = world_.realm.policy;
  const policy::WorkingBalance* rule = policy.working_balance("desk-usdt");
  if (!rule) return;
  const Asker asker{Asker::Kind::kRule, rule->name, ""};
  for (const auto& [id, one] : world_.realm.proposals.all()) {
    if (one.proposal.asker == asker && !is_settled(one.state)) return;
  }
  const Decimal held = judge_.desk(world_);
  const auto wanted = policy::correction(*rule, {held, held});
  if (!wanted) return;
  const policy::TransferPair pair = pair_of(*rule, wanted->kind, policy);
  quorum::Transfer facts = usdt(wanted->amount, rule->moved_by);
  facts.from_account = pair.from_account;
  facts.to_account = pair.to_account;
  const quorum::Proposal made = draft(facts, asker);
  const Status done = world_.realm.event(quorum::Proposed{made});
  tell(fmt::format("the desk holds {}, so {} are to be moved: {}", held.str(), facts.amount.str(),
                   done ? std::to_string(made.id) : done.error().code));
  if (done) show(made);
}

void Program::trade() {
  const Decimal won(static_cast<int64_t>(dice(9000)) - 4500);
  judge_.fills = judge_.fills.plus(won).value();
  tell(fmt::format("the desk trades: {}", won.str()));
}

// A program of the account moves the same within what it may alone, while a second executor, which
// has begun the proposal and sends nothing, is gone.
void Program::move_directly(const quorum::Transfer& facts) {
  if (!facts.from_account.empty() || !facts.to_account.empty() || one_in(2)) return;
  tell("a program moves the same by itself");
  judge_.direct.insert(world_.binance.moved.size());
  world_.binance.moved.push_back(
      {"", facts.amount.str(), facts.from + "_" + facts.to, world_.true_time()});
}

}  // namespace keystile::sim
