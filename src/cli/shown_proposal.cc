#include "cli/shown_proposal.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "quorum/approval_text.h"
#include "quorum/hold_text.h"
#include "quorum/plain_text.h"

namespace keystile::cli {
namespace {

using quorum::plain_text;

struct Summary {
  std::string operator()(const quorum::Withdrawal& w) const {
    return fmt::format("{} {} from {} to {}", w.amount.str(), plain_text(w.asset),
                       plain_text(w.account),
                       plain_text(w.address_name.empty() ? w.address : w.address_name));
  }
  std::string operator()(const quorum::Transfer& t) const {
    const auto end = [](const std::string& wallet, const std::string& account) {
      return plain_text(account.empty() ? wallet : wallet + " of " + account);
    };
    return fmt::format("{} {} of {} from {} to {}", t.amount.str(), plain_text(t.asset),
                       plain_text(t.account), end(t.from, t.from_account), end(t.to, t.to_account));
  }
  std::string operator()(const quorum::PolicyChange& change) const {
    return fmt::format("version {}, {} changes, allows {} than before, hold {}", change.version,
                       change.changes.size(), change.widens ? "more" : "no more",
                       quorum::hold_text(change));
  }
  std::string operator()(const quorum::Unfreeze& u) const {
    return fmt::format("{}, freeze {}: {}", plain_text(to_string(u.freeze.target)), u.freeze.id,
                       plain_text(u.reason));
  }
};

}  // namespace

Result<uint64_t> parse_proposal_id(const std::string& text) {
  const auto id = parse_uint64(text);
  if (id && *id > 0 && *id <= quorum::kMaxProposalId) return *id;
  return fail("proposal.id", fmt::format("\"{}\" is no proposal's number: `keystile proposal list` "
                                         "has them",
                                         printable(text)));
}

Result<quorum::Proposal> read_shown(const json::Value& row, const std::string& realm) {
  const json::Value* facts = row.find("proposal");
  KS_TRY(quorum::Proposal proposal, quorum::read_proposal(facts ? *facts : json::Value()));
  if (proposal.realm == realm) return proposal;
  return fail("proposal.other",
              fmt::format("proposal {} is one of realm {}, not of {}: do not sign it", proposal.id,
                          plain_text(proposal.realm), plain_text(realm)));
}

Result<ShownProposal> fetch_proposal(const RealmLink& link, uint64_t id) {
  KS_TRY(json::Value row, link.ask(json::object({{"do", "proposal.show"}, {"id", id}})));
  KS_TRY(quorum::Proposal proposal, read_shown(row, link.realm()));
  if (proposal.id != id) {
    return fail("proposal.other",
                fmt::format("asked for proposal {}, shown {}: do not sign it", id, proposal.id));
  }
  return ShownProposal{std::move(row), std::move(proposal)};
}

std::string summary_of(const quorum::Proposal& proposal) {
  return fmt::format("{} {}", to_string(proposal.action()), std::visit(Summary{}, proposal.facts));
}

std::string facts_of(const quorum::Proposal& proposal) {
  const std::string text = quorum::approval_text(proposal, quorum::Decision::kApprove);
  return text.substr(text.find('\n') + 1);
}

Result<int> tell_proposed(const RealmLink& link, const json::Value& row, Output& out) {
  KS_TRY(const quorum::Proposal proposal, read_shown(row, link.realm()));
  out.line(facts_of(proposal));
  out.line(
      fmt::format("Proposal {} is {}. Others approve it with `keystile approve {}`; you cannot.",
                  proposal.id, progress_of(row), proposal.id));
  out.result(row);
  return kOk;
}

std::string progress_of(const json::Value& row) {
  std::string words(row.text("state"));
  const json::Value* groups = row.find("groups");
  for (const json::Value& group :
       groups && groups->if_array() ? *groups->if_array() : json::Array{}) {
    words +=
        fmt::format(", {} {} of {}", group.text("name"), group.text("have"), group.text("need"));
  }
  if (!row.text("frozen").empty()) words += fmt::format("; {}", row.text("frozen"));
  return printable(std::move(words));
}

}  // namespace keystile::cli
