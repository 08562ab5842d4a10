// keystile approve|reject ID: reads one proposal here, in plain words, and signs just that text.
#include <fmt/format.h>

#include <cstdio>

#include "cli/commands.h"
#include "cli/proposed_policy.h"
#include "cli/realm_link.h"
#include "cli/shown_proposal.h"
#include "cli/ssh_signing.h"
#include "quorum/approval_text.h"
#include "signer/layout.h"

namespace keystile::cli {
namespace {

using quorum::Decision;

struct Options {
  LinkOptions link;
  std::string id, signature;
  bool yes = false, print = false;
};

// For signing by hand: on stdout exactly the text, so that it can go into a file.
int print_text(const quorum::Proposal& proposal, const std::string& text, Output& out) {
  const std::string name_space = quorum::name_space(proposal.action());
  out.result(json::object({{"text", text}, {"namespace", name_space}}));
  if (!out.json()) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    fmt::print(stderr, "Sign it with: ssh-keygen -Y sign -f KEY -n {} FILE\n", name_space);
  }
  return kOk;
}

Result<int> bring(const RealmLink& link, uint64_t id, Decision decision, std::string armored,
                  Output& out) {
  KS_TRY(const json::Value row, link.bring(json::object({{"do", "proposal.sign"},
                                                         {"id", id},
                                                         {"decision", to_string(decision)},
                                                         {"signature", std::move(armored)}})));
  const bool has_begun = row.text("state") == "executing";
  out.line(fmt::format("Proposal {} is {}{}.", id, progress_of(row),
                       has_begun ? ": what has not left yet does not leave any more" : ""));
  out.result(row);
  return kOk;
}

Result<int> decide(Decision decision, const Globals& globals, Output& out, const Options& o) {
  KS_TRY(const uint64_t id, parse_proposal_id(o.id));
  KS_TRY(const RealmLink link, RealmLink::open(globals, o.link));
  if (!o.signature.empty()) {
    KS_TRY(std::string armored, signer::read_file(o.signature));
    return bring(link, id, decision, std::move(armored), out);
  }
  KS_TRY(const ShownProposal shown, fetch_proposal(link, id));
  if (decision == Decision::kApprove) {
    KS_CHECK(check_policy_change(link, shown.proposal));
  }
  const std::string text = quorum::approval_text(shown.proposal, decision);
  if (o.print) return print_text(shown.proposal, text, out);
  KS_TRY(const std::string key, link.key_file());
  const std::string name_space = quorum::name_space(shown.proposal.action());
  KS_TRY(std::string armored, sign_shown(key, name_space, text, to_string(decision), o.yes, out));
  return bring(link, id, decision, std::move(armored), out);
}

void add(Command& root, const char* name, const char* help, Decision decision) {
  const auto o = std::make_shared<Options>();
  Command command = root.add(name, help);
  command.argument("id", &o->id, "The proposal's number")
      .flag("--yes", &o->yes, "Do not ask again before signing")
      .flag("--print", &o->print, "Only print the exact text, for signing by hand")
      .option("--signature", &o->signature, "Bring a signature that was made by hand");
  describe_link(command, &o->link);
  command.run(
      [o, decision](const Globals& g, Output& out) { return decide(decision, g, out, *o); });
}

}  // namespace

void add_approve(Command& root) {
  add(root, "approve", "Read a proposal, sign it with your SSH key, send the signature",
      Decision::kApprove);
}

void add_reject(Command& root) {
  add(root, "reject", "The same against it; also after others have approved it", Decision::kReject);
}

}  // namespace keystile::cli
