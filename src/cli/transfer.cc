// keystile transfer FROM TO ASSET AMOUNT: a person asks, others decide.
#include "cli/commands.h"
#include "cli/realm_link.h"
#include "cli/shown_proposal.h"

namespace keystile::cli {
namespace {

struct Options {
  LinkOptions link;
  std::string from, to, asset, amount, by, id;
};

Result<int> transfer(const Globals& globals, Output& out, const Options& o) {
  KS_TRY(const RealmLink link, RealmLink::open(globals, o.link));
  json::Value command = json::object({{"do", "transfer"},
                                      {"from", o.from},
                                      {"to", o.to},
                                      {"asset", o.asset},
                                      {"amount", o.amount}});
  if (!o.by.empty()) command.set("moved_by", o.by);
  if (!o.id.empty()) command.set("own_id", o.id);
  KS_TRY(const json::Value row, link.ask_signed(std::move(command)));
  return tell_proposed(link, row, out);
}

}  // namespace

void add_transfer(Command& root) {
  const auto o = std::make_shared<Options>();
  Command command =
      root.add("transfer", "Ask for a transfer between own accounts; others have to approve it");
  command.argument("from", &o->from, "ACCOUNT:WALLET, the wallet as the exchange calls it")
      .argument("to", &o->to, "ACCOUNT:WALLET")
      .argument("asset", &o->asset, "What, as the exchange names it: USDT")
      .argument("amount", &o->amount, "How much, exactly: 1500.25")
      .option("--by", &o->by, "The account whose transfer key moves it, where both have one")
      .option("--id", &o->id, "Your own id for it; asked again with it, it is the same transfer");
  describe_link(command, &o->link);
  command.run([o](const Globals& g, Output& out) { return transfer(g, out, *o); });
}

}  // namespace keystile::cli
