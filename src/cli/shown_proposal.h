// What a realm says of a proposal, read and put into words here: an approver's machine trusts its
// own rendering of the facts, not the realm's.
#pragma once

#include <cstdint>
#include <string>

#include "cli/cli.h"
#include "cli/realm_link.h"
#include "quorum/proposal.h"

namespace keystile::cli {

// "proposal.id" unless it is a number from 1 to 2^53 - 1.
Result<uint64_t> parse_proposal_id(const std::string& text);

// Asks for one proposal. "proposal.other": the answer is about another one, or another realm.
struct ShownProposal {
  json::Value row;  // all that was answered
  quorum::Proposal proposal;
};
Result<ShownProposal> fetch_proposal(const RealmLink& link, uint64_t id);
// One of the rows of proposal.list, or an answer; the same errors.
Result<quorum::Proposal> read_shown(const json::Value& row, const std::string& realm);

// "withdraw 1500.25 USDT from binance-main to cold-wallet", as safe to print as what is signed.
std::string summary_of(const quorum::Proposal& proposal);

// What people sign, without the decision in its first line.
std::string facts_of(const quorum::Proposal& proposal);

// Prints what was just put before the approvers, and how it goes on.
Result<int> tell_proposed(const RealmLink& link, const json::Value& row, Output& out);

// "approved, treasury 2 of 2".
std::string progress_of(const json::Value& row);

}  // namespace keystile::cli
