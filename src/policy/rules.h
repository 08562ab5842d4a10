// The rules that decide() applies, in three tables. Each looks for what is against a request.
#pragma once

#include <span>

#include "policy/decide.h"
#include "policy/pricing.h"

namespace keystile::policy {

struct Denial {
  exchanges::Reason reason;
  std::string message;
  bool always = false;  // also where its rule is only noted
};
using Objection = std::optional<Denial>;

// What a rule does while its client is observed (Client::observe_until). Enforced is what says who
// the client is and what it is for, what cannot be judged, and what reaches other clients' orders
// or moves funds. The limits of its grant are only noted.
enum class Observed { kEnforced, kOnlyNoted };

// --- the request as a whole ---------------------------------------------------------------------

struct RequestRule {
  std::string_view name;
  Objection (*against)(const Question&);
  Observed observed;
};
std::span<const RequestRule> request_rules();

// No numbers: a program that may move funds need not be one that may read balances.
Denial not_free(std::string_view account, std::string_view asset);

// Of a withdrawal, of a transfer, after those.
std::span<const RequestRule> withdrawal_rules();
std::span<const RequestRule> transfer_rules();

// --- one order ----------------------------------------------------------------------------------

struct Leg {
  const exchanges::OrderLeg& asked;
  const KnownOrder* known;  // of this client and truly the order meant; else null
  std::optional<exchanges::OrderLeg> changed;  // of an amendment: what results from it
  size_t index = 0;                            // in the intent
  Decimal notional = {};                       // set by the rule "notional.unknown"
  std::optional<Walk> walk = {};               // set by the rule "book.unknown"

  // As it would be judged: what was asked, or what that makes of the order meant.
  const exchanges::OrderLeg& order() const { return changed ? *changed : asked; }
  bool cancels() const { return asked.action == exchanges::LegAction::kCancel; }
  bool opens() const { return !cancels() && !only_reduces(order()); }
};
Leg make_leg(const Question& question, size_t index);

struct OrderRule {
  std::string_view name;
  Objection (*against)(const Question&, Leg&);
  Observed observed;
};
std::span<const OrderRule> order_rules();

// --- all orders of the request together ---------------------------------------------------------

struct Sum {
  uint32_t sent = 0;     // placed and amended
  uint32_t resting = 0;  // new ones that may stay open
  Decimal reserved;
};

struct SumRule {
  std::string_view name;
  Objection (*against)(const Question&, const Sum&);
  Observed observed;
};
std::span<const SumRule> sum_rules();

// --- what the rules share -----------------------------------------------------------------------

// All scopes that a request needs: its route's, its intent's, and what its act amounts to.
std::vector<exchanges::Scope> scopes_needed(const Question& question);
Denial not_permitted(std::string message);
Denial not_priced(const Error& error);
Denial too_large_to_add();
Result<Decimal> value_of_withdrawal(const Question& question);  // in the realm's currency
Result<Decimal> value_of_transfer(const Question& question);
// Whether a transfer, with those of the last 24 h that went without people, is worth more than the
// grant lets pass so.
bool needs_people(const Question& question);
std::string money(const Decimal& amount, const Question& question);
bool instrument_granted(const Grant& grant, const std::string& instrument);
Objection outside_hours(const Question& question);

}  // namespace keystile::policy
