// The signer's inside: what signer.h promises, on top of a Realm.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/random.h"
#include "metrics/latency.h"
#include "metrics/requests.h"
#include "signer/admission.h"
#include "signer/command_mark.h"
#include "signer/desk.h"
#include "signer/exchange_ca.h"
#include "signer/holdings.h"
#include "signer/market_book.h"
#include "signer/pacing.h"
#include "signer/read_rate.h"
#include "signer/realm.h"
#include "signer/scrub.h"
#include "signer/signed_command.h"
#include "signer/signer.h"
#include "signer/transfers.h"
#include "signer/withdrawals.h"
#include "signer/working_balances.h"

namespace keystile::signer {

// What a program is told of an error on its request's way; nothing was sent.
exchanges::Refusal refusal_of(const Error& error);

// An exchange in an environment: its clock, its prices, the errands under way.
struct Venue {
  const exchanges::Exchange* exchange = nullptr;
  std::string environment;
  Millis clock_offset{0};  // exchange's clock less ours
  bool clock_known = false;
  MonoTime told_at{};
  WallTime last_told{};  // the exchange's time as it last told it: whoever turns our clock or stops
                         // its answers cannot hurry it
  MarketBook market;
  std::unique_ptr<Pacing> pacing;
  std::set<exchanges::Product> products;  // of the clients in force; empty: there is no client
  struct Query {
    exchanges::MarketQuery query;
    MonoTime due{};
    bool running = false;
    std::optional<MonoTime> priced;  // when those were true that it brought last
  };
  std::vector<Query> queries;
  MonoTime time_due{};
  bool time_running = false;
  MonoTime orders_due{};
  uint32_t orders_running = 0;
  // For those who watch.
  std::optional<WallTime> answered;  // last, to an errand and not with a failure
  metrics::Requests requests;
  metrics::Latency latency;
  std::array<uint64_t, 3> outcomes{};  // by exchanges::LegOutcome::Kind
};

class Core final : public Signer {
 public:
  Core(Realm& realm, const Clock& clock, Random& random, LiveSource live);

  Step begin(Inbound inbound) override;
  HttpResponse finish(uint64_t ticket, Result<HttpResponse> upstream) override;
  std::vector<Errand> errands() override;
  void errand_done(uint64_t id, Result<HttpResponse> upstream) override;
  ledger::Index durable() const override { return realm_.ledger().durable(); }
  Result<json::Value> control(const json::Value& command) override;
  metrics::Families metrics() const override;
  json::Array missing() const override;
  Result<std::string> certify(std::string_view public_pem) override {
    return signer::certify(realm_.layout(), realm_.ca_key(), public_pem, clock_.wall());
  }

 private:
  class PrivateRequest;  // private_request.h

  // What must not be told to a client, and what it is told instead.
  struct KeyNames {
    std::vector<Finder> real_ids;  // all of the account
    std::string virtual_id;
  };
  // A forwarded request whose answer is awaited.
  struct Ticket {
    Venue* venue;
    const exchanges::Exchange* exchange;
    const exchanges::Route* route;
    exchanges::Intent intent;
    HttpRequest request;  // as the client sent it, for native refusals
    std::shared_ptr<const KeyNames> keys;
    SecretBytes passphrase;  // as it was sent to the exchange, to be searched for; else empty
    ledger::Index entry;
    MonoTime began, handed_out;  // of a request that is timed; else nothing
    Pacing::Receipt receipt;
    std::optional<NativeHistory> history;
  };
  // A public request, likewise.
  struct PublicTicket {
    Venue* venue = nullptr;
    const exchanges::Route* route = nullptr;
    Pacing::Receipt receipt;
  };
  // What an errand was for.
  struct Chore {
    enum class Kind { kTime, kMarket, kOrder, kWitness, kBalance } kind;
    Venue* venue;      // none for a witness
    size_t query = 0;  // or which witness
    OrderKey order;
    WallTime started{};
    bool in_history = false;  // kOrder: the second look
    const exchanges::Route* route = nullptr;
    Pacing::Receipt receipt{};
    Holdings::Question balance{};  // kBalance
    std::string rule{};            // kBalance: of the working balance; empty: of what is held
    uint64_t policy_version = 0;   // kBalance: by which it was asked
    MonoTime asked{};              // set where it is handed out
  };
  // Refusals that were proven to be a client's: how many more may be recorded now.
  struct RefusalBudget {
    double left = 100;
    MonoTime at{};
    uint64_t suppressed = 0;
  };

  void note_addresses();
  Step begin_unknown(Inbound inbound, Venue& venue);
  Step begin_public(Inbound inbound, const exchanges::Route& route, Venue& venue);
  HttpResponse finish_public(const PublicTicket& ticket, Result<HttpResponse> upstream);
  Answer refuse_for_now(const Inbound& inbound, const exchanges::Route& route, Venue& venue,
                        const Pacing::Decision& pace, WallTime now, const Admitted* admitted,
                        std::string_view summary);
  size_t place_of(const policy::Client& client) const;
  Answer refuse(const Inbound& inbound, Venue& venue, const exchanges::Route* route,
                const exchanges::Refusal& refusal, WallTime now, const Admitted* admitted,
                std::string_view summary, const policy::Question* judged = nullptr);
  Result<exchanges::RealKey> real_key(const policy::Account& account, policy::Role role) const;
  std::shared_ptr<const KeyNames> key_names(const policy::Client& client,
                                            const policy::Account& account);
  std::optional<exchanges::Refusal> check_amended(const Order& order,
                                                  const exchanges::OrderLeg& leg) const;
  std::optional<exchanges::Refusal> check_ids(const policy::Client& client,
                                              const exchanges::Intent& intent) const;
  std::vector<std::string> add_client_order_ids(const exchanges::Exchange& exchange,
                                                exchanges::Intent* intent);
  Subject subject(const Inbound& inbound, const policy::Client& client, std::string_view source,
                  std::string_view route) const;
  bool may_record_refusal(const std::string& client, uint64_t* suppressed);
  Destination destination(const Venue& venue, std::string_view path) const;
  Venue* venue(const exchanges::Exchange& exchange, const std::string& environment);
  WallTime now(const Venue& venue) const { return clock_.wall() + venue.clock_offset; }
  void rebuild();  // after a change of policy
  void due_orders(std::vector<Errand>* out);
  Millis asked_every(const Order& order) const;
  void due_witnesses(std::vector<Errand>* out);
  void due_balances(std::vector<Errand>* out);
  Result<Errand> ask_balance(Holdings::Question question, std::string rule);
  void balance_done(const Chore& chore, const Result<HttpResponse>& upstream);
  const policy::MarketReference& market_of(const policy::Account& account) const;
  void witness_done(const Chore& chore, const Result<HttpResponse>& upstream);
  std::optional<Errand> ask_order(const Order& order, Venue& where);
  std::optional<Millis> pace_errand(Chore* chore, const HttpRequest& request,
                                    std::string_view account);
  bool is_old(const Chore& chore, WallTime told) const;
  void time_done(const Chore& chore, const Result<HttpResponse>& upstream);
  void market_done(const Chore& chore, const Result<HttpResponse>& upstream);
  void order_done(const Chore& chore, const Result<HttpResponse>& upstream);
  bool may_yet_come(const Chore& chore, const Order& order, bool found);
  Errand errand(const Chore& chore, SignedRequest request);
  void note_ledger();
  json::Value status() const;
  json::Array holdings_status() const;
  Result<json::Value> control_signed(const Asked& asked);
  Result<json::Value> withdraw(const Asked& asked);
  Result<json::Value> transfer(const Asked& asked);
  quorum::Clocks clocks() const;
  void advance_proposals();
  bool take_timing();
  bool ledger_takes_all() const;
  void note_products();
  bool is_used(const Venue& venue) const;  // by the policy in force
  void collect_venue(const Venue& venue, metrics::Families* families) const;
  void collect_rate_limits(const Venue& venue, const metrics::Labels& labels,
                           metrics::Families* families) const;

  Realm& realm_;
  const Clock& clock_;
  Random& random_;
  const LiveSource live_;
  Desk desk_;
  CommandMark mark_;
  SignedCommands signed_;
  WorkingBalances balances_;
  Holdings holdings_;
  MonoTime proposals_due_{};
  std::unique_ptr<Directory> directory_;
  std::map<std::string, std::unique_ptr<Venue>> venues_;  // "environment/exchange"
  uint64_t next_id_ = 1;
  std::unordered_map<uint64_t, Ticket> tickets_;
  std::unordered_map<uint64_t, PublicTicket> public_tickets_;
  std::unordered_map<uint64_t, Chore> chores_;
  // Of open orders that the exchange does not know.
  struct Absence {
    MonoTime since;
    bool in_history = false;  // where orders are asked for first it is not: there is it looked for
  };
  std::map<OrderKey, Absence> absences_;
  // By client: when it last named an order that nobody is known to have placed. One of its
  // conditional orders may have fired as that.
  std::map<std::string, MonoTime> strangers_named_;
  std::map<const ClientBook*, MonoTime> served_;  // when one of its orders was last asked about
  ReadRate read_rate_;
  std::vector<std::shared_ptr<const KeyNames>> key_names_;  // by place_of(); null: not asked yet
  std::map<std::string, RefusalBudget> budgets_;
  // How many requests may still be timed until the next errands(), ten times a second. A busy gate
  // times the first of each round: enough for every quantile, and the others do not pay for it.
  static constexpr uint32_t kTimedPerRound = 100;
  uint32_t timings_left_ = kTimedPerRound;
  struct Counts {
    uint64_t no_environment = 0;       // requests by a listener of an environment that is no more
    uint64_t refusals_unrecorded = 0;  // beyond the budget
    uint64_t outcomes_unrecorded = 0;  // the ledger took none
  } counts_;
  std::string ledger_trouble_;  // the code that it was last found in
};

}  // namespace keystile::signer
