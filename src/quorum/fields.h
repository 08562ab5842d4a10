// Every fact of a proposal, named once: what is written, read back, checked and shown to people is
// this list, so that none of the four can forget one. Private to quorum/.
#pragma once

#include <concepts>
#include <initializer_list>

#include "quorum/proposal.h"

namespace keystile::quorum {

// A label is what people read. A visitor has a function for each kind of fact:
//   text(label, string, Need)       number(label, uint64)          hash(label, string)
//   amount(label, Decimal)          value(label, optional<Worth>)  time(label, WallTime)
//   choice(label, bool, if_true, if_false)                         list(label, vector<string>)
//   hold(label, PolicyChange)      target(label, FreezeTarget)
//   asker(label, Asker)             action(label, Proposal)
enum class Need { kRequired, kOptional };

template <class T, class Kind>
concept Of = std::same_as<std::remove_const_t<T>, Kind>;

template <class Visitor, class Moved>  // Withdrawal, Transfer
void visit_account(Visitor& visitor, Moved& facts) {
  visitor.text("account", facts.account, Need::kRequired);
  visitor.text("exchange", facts.exchange, Need::kRequired);
  visitor.text("environment", facts.environment, Need::kRequired);
}

template <class Visitor, Of<Withdrawal> T>
void visit_facts(Visitor& visitor, T& facts) {
  visit_account(visitor, facts);
  visitor.text("asset", facts.asset, Need::kRequired);
  visitor.amount("amount", facts.amount);
  visitor.value("value", facts.value);
  visitor.text("from wallet", facts.wallet, Need::kOptional);
  visitor.choice("sent", facts.internal, "inside the exchange, off chain", "on chain");
  visitor.text("network", facts.network, facts.internal ? Need::kOptional : Need::kRequired);
  visitor.text("address", facts.address, Need::kRequired);
  visitor.text("address name", facts.address_name, Need::kOptional);
  visitor.text("memo", facts.memo, Need::kOptional);
  visitor.choice("fee", facts.fee_included, "taken out of the amount", "on top of the amount");
  visitor.text("program's id", facts.own_id, Need::kOptional);
}

template <class Visitor, Of<Transfer> T>
void visit_facts(Visitor& visitor, T& facts) {
  visit_account(visitor, facts);
  visitor.text("asset", facts.asset, Need::kRequired);
  visitor.amount("amount", facts.amount);
  visitor.value("value", facts.value);
  visitor.text("from wallet", facts.from, Need::kRequired);
  visitor.text("from account", facts.from_account, Need::kOptional);
  visitor.text("to wallet", facts.to, Need::kRequired);
  visitor.text("to account", facts.to_account, Need::kOptional);
  visitor.text("program's id", facts.own_id, Need::kOptional);
}

template <class Visitor, Of<PolicyChange> T>
void visit_facts(Visitor& visitor, T& facts) {
  visitor.number("new version", facts.version);
  visitor.hash("new hash", facts.hash);
  visitor.choice("power", facts.widens, "allows more than before", "allows no more than before");
  visitor.hold("hold", facts);  // says nothing of it where there is none
  visitor.list("change", facts.changes);
}

template <class Visitor, Of<Unfreeze> T>
void visit_facts(Visitor& visitor, T& facts) {
  visitor.number("freeze", facts.freeze.id);
  visitor.target("frozen", facts.freeze.target);  // people are told what it stops, too
  visitor.time("frozen since", facts.freeze.since);
  visitor.text("frozen by", facts.freeze.by, Need::kRequired);
  visitor.text("frozen because", facts.freeze.reason, Need::kRequired);
  visitor.text("reason", facts.reason, Need::kRequired);
}

template <class Visitor, Of<Proposal> T>
void visit(Visitor& visitor, T& proposal) {
  visitor.text("realm", proposal.realm, Need::kRequired);
  visitor.number("proposal", proposal.id);
  visitor.action("action", proposal);  // a reader makes the facts of that action here
  std::visit([&](auto& facts) { visit_facts(visitor, facts); }, proposal.facts);
  visitor.asker("asked by", proposal.asker);
  visitor.time("created", proposal.created);
  visitor.time("expires", proposal.expires);
  visitor.number("policy version", proposal.policy_version);
  visitor.hash("policy hash", proposal.policy_hash);
}

}  // namespace keystile::quorum
