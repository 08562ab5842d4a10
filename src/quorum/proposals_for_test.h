// One proposal of each kind.
#pragma once

#include "quorum/proposal.h"

namespace keystile::quorum {

inline const std::string kPolicyHash =
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
inline constexpr const char* kAliceKey = "SHA256:MIlp1uibwUDNNvqGTMOj0b4Jlie0bZxrIdIt5zX5vMg";

inline Proposal proposal_of(Facts facts) {
  Proposal proposal;
  proposal.realm = "keystile.example/desk";
  proposal.id = 1795242600123;
  proposal.facts = std::move(facts);
  proposal.asker = {Asker::Kind::kClient, "payouts", ""};
  proposal.created = parse_iso8601("2026-11-21T06:30:00.123Z").value();
  proposal.expires = parse_iso8601("2026-11-22T06:30:00.123Z").value();
  proposal.policy_version = 7;
  proposal.policy_hash = kPolicyHash;
  return proposal;
}

inline Withdrawal a_withdrawal() {
  Withdrawal facts;
  facts.account = "binance-main";
  facts.exchange = "binance";
  facts.environment = "production";
  facts.asset = "USDT";
  facts.network = "TRX";
  facts.amount = Decimal::parse("1500.25").value();
  facts.value = Worth{facts.amount, "USD"};
  facts.address = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t";
  facts.address_name = "cold-wallet";
  facts.own_id = "payout-2026-11-21-7";
  return facts;
}

inline Transfer a_transfer() {
  Transfer facts;
  facts.account = "okx-main";
  facts.exchange = "okx";
  facts.environment = "production";
  facts.asset = "BTC";
  facts.amount = Decimal::parse("0.5").value();
  facts.from = "trading";
  facts.to = "funding";
  facts.to_account = "storage-1";
  return facts;
}

inline PolicyChange a_policy_change() {
  return {8,
          std::string(64, 'a'),
          false,
          true,
          true,
          std::chrono::hours{72},
          {"client payouts: may now withdraw USDT", "account binance-main: key trade is gone"}};
}

// The same, as builds wrote it before people were told how long it waits.
inline PolicyChange of_an_earlier_build(PolicyChange change) {
  change.hold.reset();
  change.widens_withdrawals = change.widens;
  return change;
}

// The same, as if each of its changes only took power away, or added none over withdrawals.
inline PolicyChange that_narrows(PolicyChange change) {
  change.widens = change.widens_withdrawals = false;
  change.hold = Millis{0};
  return change;
}
inline PolicyChange without_withdrawals(PolicyChange change) {
  change.widens_withdrawals = false;
  change.hold = std::chrono::hours{48};
  return change;
}

inline Freeze a_freeze() {
  return {3,
          {FreezeTarget::Kind::kAccount, "binance-main"},
          "operator root@desk",
          "its key was seen in a log",
          parse_iso8601("2026-11-21T05:00:00.000Z").value()};
}
inline Unfreeze an_unfreeze() { return {a_freeze(), "the key was replaced"}; }

inline std::vector<std::pair<std::string, Proposal>> one_of_each() {
  PolicyChange approvers = a_policy_change();
  approvers.touches_approvers = true;
  Proposal by_person = proposal_of(a_policy_change());
  by_person.asker = {Asker::Kind::kPerson, "alice", kAliceKey};
  return {{"withdraw", proposal_of(a_withdrawal())},
          {"transfer", proposal_of(a_transfer())},
          {"policy", by_person},
          {"approvers", proposal_of(approvers)},
          {"unfreeze", proposal_of(an_unfreeze())}};
}

}  // namespace keystile::quorum
