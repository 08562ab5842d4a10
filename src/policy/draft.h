// A policy as it was read, with the places it was read from, before it is checked as a whole.
#pragma once

#include <vector>

#include "policy/model.h"
#include "policy/table.h"

namespace keystile::policy {

struct Draft {
  Policy policy;
  std::span<const ExchangeFacts> exchanges;
  // In the order of the policy's own lists.
  struct Parts {
    Place place;
    std::vector<Place> parts;  // an environment's upstreams, an account's keys
  };
  std::vector<Parts> environments;
  std::vector<Parts> accounts;
  std::vector<Place> clients;
  std::vector<Place> addresses;
  std::vector<Place> working_balances;
  std::vector<Place> approvers;
  std::vector<std::vector<Place>> quorums;  // of their tiers
  Place executor;

  const ExchangeFacts* exchange(std::string_view name) const;
};

// Reads one [[client]] and reports what is wrong within it.
Client read_client(Table table);

// Reads one [[address]] of the address book.
BookAddress read_address(Table table);

// Reads one [[working_balance]].
WorkingBalance read_working_balance(Table table);

// Reads one [[approver]].
Approver read_approver(Table table);
// Reads one [[quorum]]: a tier for each of its actions.
void read_quorum(Table table, Draft* draft);
// Reads [executor].
void read_executor(Table table, Draft* draft);

// Reports an exchange that this version does not speak.
void check_exchange(const Draft& draft, const std::string& name, const Place& place,
                    Report* report);

// The refusals and warnings that need more than one field to see.
void check_upstreams(const Draft& draft, Report* report);
void check_accounts(const Draft& draft, Report* report);
void check_clients(const Draft& draft, Report* report);
void check_addresses(const Draft& draft, Report* report);
// Clients that may withdraw.
void check_payouts(const Draft& draft, Report* report);
// Clients that may transfer.
void check_transfers(const Draft& draft, Report* report);
void check_working_balances(const Draft& draft, Report* report);
void check_approvers(const Draft& draft, Report* report);
void check_quorums(const Draft& draft, Report* report);

}  // namespace keystile::policy
