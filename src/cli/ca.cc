// keystile ca show|renew: the realm's own CA for exchange host names.
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/realm_access.h"
#include "exchanges/host_names.h"
#include "signer/exchange_ca.h"

namespace keystile::cli {
namespace {

json::Value to_json(const signer::Layout& layout, const crypto::CertificateFacts& facts) {
  json::Array names;
  for (const std::string& name : facts.only_names) names.push_back(name);
  return json::object({{"file", layout.exchange_ca()},
                       {"subject", facts.subject},
                       {"from", iso8601(facts.from)},
                       {"until", iso8601(facts.until)},
                       {"sha256", facts.sha256},
                       {"names", std::move(names)}});
}

Result<int> show(const Globals& globals, Output& out) {
  const signer::Layout layout(globals.realm);
  KS_TRY(const signer::ExchangeCa ca, signer::read_exchange_ca(layout));
  const crypto::CertificateFacts& facts = ca.facts;
  out.line(fmt::format("file     {}\nsubject  {}\nuntil    {}\nsha256   {}\nnames    {}",
                       layout.exchange_ca(), facts.subject, iso8601(facts.until), facts.sha256,
                       fmt::join(facts.only_names, "\n         ")));
  if (facts.only_names.size() < exchanges::all_host_names().size()) {
    out.line("Keystile knows more exchange names than these: `keystile ca renew` adds them.");
  }
  out.result(to_json(layout, facts));
  return kOk;
}

Result<int> renew(const Globals& globals, Output& out, bool new_key) {
  const signer::Layout layout(globals.realm);
  KS_TRY(vault::Vault node, open_vault(globals, signer::kNodeVault));
  if (new_key && node.find(signer::kCaKey)) {
    KS_CHECK(node.remove(signer::kCaKey));
  }
  const bool same_key = node.find(signer::kCaKey) != nullptr;
  KS_TRY(const signer::NodeSettings settings, signer::load_settings(layout));
  KS_CHECK(signer::make_exchange_ca(&node, layout, settings.ledger_origin, system_clock()));
  out.line(fmt::format("Made {}.", layout.exchange_ca()));
  if (same_key) {
    out.line("Programs that trust the one before need not change anything.");
  } else {
    out.line("Let the programs that come in by exchange names trust it, and start `serve` again.");
  }
  KS_TRY(const signer::ExchangeCa ca, signer::read_exchange_ca(layout));
  out.result(to_json(layout, ca.facts));
  return kOk;
}

}  // namespace

void add_ca(Command& root) {
  Command ca = root.add("ca", "The CA that programs trust which come in by exchange host names");
  ca.add("show", "Print what it may vouch for, and until when").run(show);
  auto new_key = std::make_shared<bool>(false);
  Command renew_command =
      ca.add("renew", "Make its certificate anew, or the CA where there is none");
  renew_command.flag("--new-key", new_key.get(), "Also make a new key: the old CA ends");
  renew_command.run([new_key](const Globals& g, Output& out) { return renew(g, out, *new_key); });
}

}  // namespace keystile::cli
