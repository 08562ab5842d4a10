// keystile ca show|renew|listener: the realm's own CAs, for exchange host names and for its
// listeners.
#include <fmt/format.h>

#include <filesystem>

#include "cli/commands.h"
#include "cli/listener_certificate.h"
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

Result<int> listener(const Globals& globals, Output& out, std::vector<std::string> hosts) {
  const signer::Layout layout(globals.realm);
  KS_TRY(vault::Vault node, open_vault(globals, signer::kNodeVault));
  KS_TRY(const signer::NodeSettings settings, signer::load_settings(layout));
  for (std::string& host : named_hosts(settings)) hosts.push_back(std::move(host));
  const std::string realm = std::filesystem::path(settings.ledger_origin).filename();
  KS_TRY(const ListenerCertificate made,
         make_listener_certificate(&node, layout, realm, hosts, system_clock()));
  out.line(fmt::format("Made {}/server.pem, for {}.", layout.tls(),
                       fmt::join(made.ca.only_names, ", ")));
  if (made.is_new_ca) {
    out.line(fmt::format("The CA is new too: give {}/ca.pem to the programs.", layout.tls()));
  } else {
    out.line("Programs that trust the CA need not change anything.");
  }
  out.line("Start `serve` again to use it.");
  out.result(
      json::object({{"certificate", layout.tls() + "/server.pem"},
                    {"ca", layout.tls() + "/ca.pem"},
                    {"new_ca", made.is_new_ca},
                    {"hosts", json::Array(made.ca.only_names.begin(), made.ca.only_names.end())}}));
  return kOk;
}

}  // namespace

void add_ca(Command& root) {
  Command ca = root.add("ca", "The CAs that programs trust, and the listeners' certificate");
  ca.add("show", "Print for which exchange host names it may vouch, and until when").run(show);
  auto new_key = std::make_shared<bool>(false);
  Command renew_command =
      ca.add("renew", "Make the certificate of that CA anew, or the CA where there is none");
  renew_command.flag("--new-key", new_key.get(), "Also make a new key: the old CA ends");
  renew_command.run([new_key](const Globals& g, Output& out) { return renew(g, out, *new_key); });

  auto hosts = std::make_shared<std::vector<std::string>>();
  Command listener_command = ca.add("listener", "Make the listeners' certificate anew");
  listener_command.option("--host", hosts.get(),
                          "Another host name or address by which programs know this machine");
  listener_command.run([hosts](const Globals& g, Output& out) { return listener(g, out, *hosts); });
}

}  // namespace keystile::cli
