// keystile withdraw ACCOUNT ASSET AMOUNT --to NAME: a person asks, others decide.
#include "cli/commands.h"
#include "cli/realm_link.h"
#include "cli/shown_proposal.h"

namespace keystile::cli {
namespace {

struct Options {
  LinkOptions link;
  std::string account, asset, amount, to, id;
};

Result<int> withdraw(const Globals& globals, Output& out, const Options& o) {
  KS_TRY(const RealmLink link, RealmLink::open(globals, o.link));
  json::Value command = json::object({{"do", "withdraw"},
                                      {"account", o.account},
                                      {"asset", o.asset},
                                      {"amount", o.amount},
                                      {"to", o.to}});
  if (!o.id.empty()) command.set("own_id", o.id);
  KS_TRY(const json::Value row, link.ask_signed(std::move(command)));
  return tell_proposed(link, row, out);
}

}  // namespace

void add_withdraw(Command& root) {
  const auto o = std::make_shared<Options>();
  Command command = root.add("withdraw", "Ask for a withdrawal; others have to approve it");
  command.argument("account", &o->account, "The account that it comes from")
      .argument("asset", &o->asset, "What, as the exchange names it: USDT")
      .argument("amount", &o->amount, "How much, exactly: 1500.25")
      .option("--to", &o->to, "A name in the policy's address book", true)
      .option("--id", &o->id, "Your own id for it; asked again with it, it is the same withdrawal");
  describe_link(command, &o->link);
  command.run([o](const Globals& g, Output& out) { return withdraw(g, out, *o); });
}

}  // namespace keystile::cli
