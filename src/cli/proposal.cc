// keystile inbox, keystile proposal list|show|cancel: what waits for people, and how far it is.
#include <fmt/format.h>

#include <algorithm>

#include "cli/commands.h"
#include "cli/evidence.h"
#include "cli/history.h"
#include "cli/realm_access.h"
#include "cli/realm_link.h"
#include "cli/resolve.h"
#include "cli/shown_proposal.h"
#include "cli/ssh_signing.h"
#include "quorum/plain_text.h"

namespace keystile::cli {
namespace {

json::Array list_in(const json::Value& value, std::string_view name) {
  const json::Value* member = value.find(name);
  return member && member->if_array() ? *member->if_array() : json::Array{};
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool can_be_stopped(const json::Value& row) {
  return is_one_of(row.text("state"), {"proposed", "approved", "held"});
}
bool is_open(const json::Value& row) {
  return can_be_stopped(row) || is_one_of(row.text("state"), {"executing", "unknown"});
}

Result<json::Array> fetch_rows(const RealmLink& link) {
  KS_TRY(const json::Value answer, link.ask(json::object({{"do", "proposal.list"}})));
  return list_in(answer, "proposals");
}

Status print_row(const RealmLink& link, const json::Value& row, Output& out) {
  KS_TRY(const quorum::Proposal proposal, read_shown(row, link.realm()));
  out.line(fmt::format("{:>16}  {}", proposal.id, summary_of(proposal)));
  out.line(fmt::format("{:>16}  {}; asked by {}, until {}", "", progress_of(row),
                       quorum::plain_text(to_string(proposal.asker)), iso8601(proposal.expires)));
  return {};
}

Result<int> list(const Globals& globals, Output& out, const LinkOptions& options, bool all) {
  KS_TRY(const RealmLink link, RealmLink::open(globals, options));
  KS_TRY(json::Array rows, fetch_rows(link));
  if (!all) std::erase_if(rows, [](const json::Value& row) { return !is_open(row); });
  for (const json::Value& row : rows) {
    KS_CHECK(print_row(link, row, out));
  }
  if (rows.empty()) out.line(all ? "There are no proposals." : "No proposal is open.");
  out.result(json::object({{"proposals", std::move(rows)}}));
  return kOk;
}

// Whether this person can still add anything that counts.
bool waits_for(const std::string& fingerprint, const json::Value& row,
               const quorum::Proposal& proposal) {
  if (row.text("state") != "proposed" || proposal.asker.key == fingerprint) return false;
  const json::Array signatures = list_in(row, "signatures");
  return std::none_of(signatures.begin(), signatures.end(),
                      [&](const json::Value& each) { return each.text("key") == fingerprint; });
}

Result<int> inbox(const Globals& globals, Output& out, const LinkOptions& options) {
  KS_TRY(const RealmLink link, RealmLink::open(globals, options));
  KS_TRY(const std::string file, link.key_file());
  KS_TRY(const crypto::SshKey key, public_half(file));
  KS_TRY(const json::Array rows, fetch_rows(link));
  json::Array waiting;
  size_t stoppable = 0;
  for (const json::Value& row : rows) {
    KS_TRY(const quorum::Proposal proposal, read_shown(row, link.realm()));
    if (waits_for(key.fingerprint(), row, proposal)) {
      KS_CHECK(print_row(link, row, out));
      waiting.push_back(row);
    } else if (can_be_stopped(row)) {
      ++stoppable;
    }
  }
  out.line(waiting.empty()
               ? "Nothing waits for you."
               : "Read and sign one with `keystile approve ID` or `keystile reject ID`.");
  if (stoppable > 0) {
    out.line(fmt::format("{} more can still be stopped: `keystile proposal list`", stoppable));
  }
  out.result(json::object({{"waiting", std::move(waiting)}}));
  return kOk;
}

Result<int> show(const Globals& globals, Output& out, const LinkOptions& options,
                 const std::string& text) {
  KS_TRY(const uint64_t id, parse_proposal_id(text));
  KS_TRY(const RealmLink link, RealmLink::open(globals, options));
  KS_TRY(const ShownProposal shown, fetch_proposal(link, id));
  const json::Value& row = shown.row;
  out.line(facts_of(shown.proposal));
  out.line("state:          " + progress_of(row));
  for (const json::Value& each : list_in(row, "signatures")) {
    const std::string_view ignored = each.text("ignored");
    out.line(printable(fmt::format("signed:         {} {} at {} with {}{}{}", each.text("approver"),
                                   each.text("decision"), each.text("time"), each.text("key"),
                                   ignored.empty() ? "" : ", does not count: ", ignored)));
  }
  for (const json::Value& each : list_in(row, "resolutions")) {
    const std::string_view sent_as = each.text("exchange_id");
    out.line(printable(fmt::format("resolved:       {} says that it was {}{} with {}",
                                   each.text("approver"), sent_as.empty() ? "not sent" : "sent as ",
                                   sent_as, each.text("key"))));
  }
  if (!row.text("detail").empty()) {
    out.line("detail:         " + quorum::plain_text(row.text("detail")));
  }
  out.result(row);
  return kOk;
}

// Beside the ledger, without the gate: what is written needs no trust in either.
Result<int> write_proof(const Globals& globals, Output& out, const std::string& text,
                        const std::string& file) {
  KS_TRY(const uint64_t id, parse_proposal_id(text));
  if (is_url(globals.realm)) {
    return fail("proposal.proof", "a proof is made beside the ledger: name the realm's folder");
  }
  const signer::Layout layout(globals.realm);
  KS_TRY(const signer::Evidence evidence, collect_evidence(layout, id));
  KS_CHECK(signer::write_file(file, json::dump_pretty(to_json(evidence)) + "\n", 0600));
  KS_TRY(const std::string vkey, signer::read_file(layout.ledger() + "/log.vkey"));
  const std::string key = vkey.substr(0, vkey.find('\n'));
  out.line(
      fmt::format("Wrote the evidence of proposal {} to {}. Anybody who knows the realm's key "
                  "verifies it:",
                  id, file));
  out.line(fmt::format("  keystile verify {} --realm-key {}", file, key));
  out.result(json::object({{"file", file}, {"realm_key", key}}));
  return kOk;
}

Result<int> cancel(const Globals& globals, Output& out, const LinkOptions& options,
                   const std::string& text) {
  KS_TRY(const uint64_t id, parse_proposal_id(text));
  KS_TRY(const RealmLink link, RealmLink::open(globals, options));
  json::Value command = json::object({{"do", "proposal.cancel"}, {"id", id}});
  if (!link.is_remote()) command.set("by", operator_name());
  KS_TRY(const json::Value row, link.ask(std::move(command)));
  out.line(fmt::format("Proposal {} is {}.", id, progress_of(row)));
  out.result(row);
  return kOk;
}

}  // namespace

void add_inbox(Command& root) {
  const auto link = std::make_shared<LinkOptions>();
  Command command = root.add("inbox", "What waits for your signature");
  describe_link(command, link.get());
  command.run([link](const Globals& g, Output& out) { return inbox(g, out, *link); });
}

void add_proposal(Command& root) {
  struct Options {
    LinkOptions link;
    std::string id, proof;
    bool all = false;
  };
  const auto o = std::make_shared<Options>();
  Command group = root.add("proposal", "What needs people: withdrawals, changes of policy, …");
  Command listed = group.add("list", "Those that are open");
  listed.flag("--all", &o->all, "And the newest of those that are settled");
  Command shown = group.add("show", "One of them, with everything that happened to it");
  Command cancelled = group.add("cancel", "Withdraw what you have asked for");
  for (Command* each : {&listed, &shown, &cancelled}) describe_link(*each, &o->link);
  for (Command* each : {&shown, &cancelled}) each->argument("id", &o->id, "The proposal's number");
  listed.run([o](const Globals& g, Output& out) { return list(g, out, o->link, o->all); });
  shown.option("--proof", &o->proof,
               "Instead write everything about it to this file, for `keystile verify`");
  shown.run([o](const Globals& g, Output& out) {
    return o->proof.empty() ? show(g, out, o->link, o->id) : write_proof(g, out, o->id, o->proof);
  });
  add_resolve(group);
  add_history(group);
  cancelled.run([o](const Globals& g, Output& out) { return cancel(g, out, o->link, o->id); });
}

}  // namespace keystile::cli
