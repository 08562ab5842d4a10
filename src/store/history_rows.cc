#include "store/history_rows.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/json.h"
#include "crypto/digest.h"
#include "quorum/withdrawals.h"

namespace keystile::store {
namespace {

std::string hash_of_fields(json::Array fields) {
  return hex_encode(crypto::sha256(json::dump(json::Value(std::move(fields)))));
}

template <class Moved>
void set_moved(const Moved& facts, HistoryRow* row) {
  row->account = facts.account;
  row->asset = facts.asset;
  row->amount = facts.amount.str();
  if (!facts.value) return;
  row->value = facts.value->amount.str();
  row->currency = facts.value->currency;
}

struct FactsOf {
  HistoryRow* row;
  void operator()(const quorum::Withdrawal& facts) const {
    set_moved(facts, row);
    row->to = facts.address_name.empty() ? facts.address : facts.address_name;
  }
  void operator()(const quorum::Transfer& facts) const {
    set_moved(facts, row);
    row->to = facts.to_account.empty() ? facts.to : facts.to + " of " + facts.to_account;
  }
  void operator()(const quorum::PolicyChange& facts) const {
    row->to = fmt::format("version {}", facts.version);
  }
  void operator()(const quorum::Unfreeze& facts) const {
    row->to = fmt::format("freeze {} of {}", facts.freeze.id, to_string(facts.freeze.target));
  }
};

void note(const quorum::Proposed&, StepRow*, HistoryRow*) {}
void note(const quorum::Signed& event, StepRow* step, HistoryRow*) {
  step->detail =
      fmt::format("{} with {}", to_string(event.decision), event.signature.key.fingerprint());
}
void note(const quorum::Resolved& event, StepRow* step, HistoryRow*) {
  step->detail = fmt::format(
      "{} with {}",
      event.what.is_sent() ? "sent as " + event.what.exchange_id : std::string("not sent"),
      event.signature.key.fingerprint());
}
void note(const quorum::Step& event, StepRow* step, HistoryRow* row) {
  step->detail = row->detail = event.detail;
  row->state = to_string(event.to);
  const std::string id = quorum::exchange_id(event.detail);
  if (!id.empty()) row->exchange_id = id;
}

}  // namespace

std::string digest_of(const HistoryRow& r) {
  return hash_of_fields({r.id, r.created, r.updated, r.action, r.state, r.account, r.asset,
                         r.amount, r.value, r.currency, r.to, r.asked_by, r.exchange_id, r.detail});
}
std::string digest_of(const StepRow& r) {
  return hash_of_fields({r.entry, r.proposal, r.time, r.what, r.detail});
}

HistoryRow row_of(const quorum::Proposal& proposal) {
  HistoryRow row;
  row.id = proposal.id;
  row.created = iso8601(proposal.created);
  row.action = policy::to_string(proposal.action());
  row.state = to_string(quorum::State::kProposed);
  row.asked_by = to_string(proposal.asker);
  std::visit(FactsOf{&row}, proposal.facts);
  return row;
}

void take_note(const quorum::Event& event, StepRow* step, HistoryRow* row) {
  std::visit([&](const auto& each) { note(each, step, row); }, event);
}

}  // namespace keystile::store
