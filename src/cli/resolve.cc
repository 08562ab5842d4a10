#include "cli/resolve.h"

#include <fmt/format.h>

#include "cli/realm_link.h"
#include "cli/shown_proposal.h"
#include "cli/ssh_signing.h"
#include "quorum/resolution.h"

namespace keystile::cli {
namespace {

struct Options {
  LinkOptions link;
  std::string id, sent;
  bool not_sent = false, yes = false;
};

Result<quorum::Resolution> read_resolution(const Options& o) {
  if (o.sent.empty() != o.not_sent) {
    return fail("resolution.argument",
                "say what you have found: either --sent ID, by which the exchange has it, or "
                "--not-sent");
  }
  quorum::Resolution resolution{o.sent};
  KS_CHECK(check(resolution));
  return resolution;
}

Result<int> resolve(const Globals& globals, Output& out, const Options& o) {
  KS_TRY(const quorum::Resolution resolution, read_resolution(o));
  KS_TRY(const uint64_t id, parse_proposal_id(o.id));
  KS_TRY(const RealmLink link, RealmLink::open(globals, o.link));
  KS_TRY(const ShownProposal shown, fetch_proposal(link, id));
  const std::string text = quorum::resolution_text(shown.proposal, resolution);
  KS_TRY(const std::string key, link.key_file());
  const std::string name_space(quorum::kResolveNamespace);
  KS_TRY(std::string armored, sign_shown(key, name_space, text, "resolve", o.yes, out));
  KS_TRY(const json::Value row, link.ask(json::object({{"do", "proposal.resolve"},
                                                       {"id", id},
                                                       {"exchange_id", resolution.exchange_id},
                                                       {"signature", std::move(armored)}})));
  out.line(row.text("state") == "unknown"
               ? fmt::format("Recorded. Proposal {} stays unknown until enough say the same.", id)
               : fmt::format("Proposal {} is {}.", id, progress_of(row)));
  out.result(row);
  return kOk;
}

}  // namespace

void add_resolve(Command& proposal) {
  const auto o = std::make_shared<Options>();
  Command command =
      proposal.add("resolve", "Sign what became of a withdrawal whose end is unknown");
  command.argument("id", &o->id, "The proposal's number")
      .option("--sent", &o->sent, "It was sent: the exchange's own id of it")
      .flag("--not-sent", &o->not_sent, "It was not sent, and cannot be any more")
      .flag("--yes", &o->yes, "Do not ask again before signing");
  describe_link(command, &o->link);
  command.run([o](const Globals& g, Output& out) { return resolve(g, out, *o); });
}

}  // namespace keystile::cli
