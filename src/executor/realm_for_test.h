// A realm as an executor sees it: three approvers, a ledger that is signed, and a gate that writes
// into it what a test wants, true or not.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "executor/follower.h"
#include "policy/loader.h"
#include "quorum/approvers_for_test.h"
#include "quorum/policy_change.h"
#include "quorum/proposals.h"
#include "quorum/proposals_for_test.h"

namespace keystile::executor {

inline const quorum::KeyForTest kAlice{"alice"}, kBob{"bob"}, kCarol{"carol"}, kMallory{"mallory"};

inline std::string approver_toml(const std::string& name, const quorum::KeyForTest& key) {
  return fmt::format("[[approver]]\nname = \"{}\"\nkeys = [\"{}\"]\ngroups = [\"treasury\"]\n",
                     name, key.key().line());
}

inline policy::Bundle bundle_of(const std::string& more = "", const std::string& people = "") {
  const std::string all = people.empty()
                              ? approver_toml("alice", kAlice) + approver_toml("bob", kBob) +
                                    approver_toml("carol", kCarol)
                              : people;
  return {{{"a.toml",
            "[realm]\nname = \"desk\"\ncurrency = \"USD\"\ncurrency_assets = [\"USDT\"]\n"
            "[[environment]]\nname = \"production\"\ntier = \"production\"\n"
            "[[environment.upstream]]\nexchange = \"binance\"\n"
            "[[account]]\nname = \"binance-main\"\nexchange = \"binance\"\n"
            "environment = \"production\"\nkind = \"trading\"\n"
            "daily_withdrawal = \"60000\"\n"
            "[[account.key]]\nrole = \"withdraw\"\nvault = \"key/binance-main/withdraw\"\n"
            "[[address]]\nname = \"cold-wallet\"\nassets = [\"USDT\"]\nnetwork = \"tron\"\n"
            "address = \"TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t\"\nhold = \"0s\"\n"
            "[[address]]\nname = \"warm-wallet\"\nassets = [\"USDT\"]\nnetwork = \"tron\"\n"
            "address = \"TJCnKsPa7y5okkXvQAidZBzqx3QyQ6sxMW\"\nhold = \"0s\"\n"
            "[[address]]\nname = \"coins\"\nassets = [\"BTC\"]\nnetwork = \"bitcoin\"\n"
            "address = \"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa\"\nhold = \"0s\"\n" +
                all +
                "[[quorum]]\nactions = [\"policy\", \"approvers\"]\n"
                "approvals = { treasury = 2 }\nhold = \"48h\"\n"
                "[[quorum]]\nactions = [\"withdraw\"]\nup_to = \"10000\"\n"
                "approvals = { treasury = 2 }\n"
                "[[quorum]]\nactions = [\"withdraw\"]\napprovals = { treasury = 2 }\n"
                "hold = \"24h\"\n" +
                more}}};
}

// The same, but policy changes wait as long as they do where the policy does not say.
inline policy::Bundle with_usual_holds(policy::Bundle bundle) {
  const std::string said = "hold = \"48h\"\n";
  std::string& text = bundle.files.front().text;
  text.erase(text.find(said), said.size());
  return bundle;
}

// One more program that may read: wider, and without it narrower again.
inline const std::string kReader =
    "[[client]]\nname = \"reader\"\naccount = \"binance-main\"\nkey_id = \"K\"\n"
    "algorithm = \"hmac\"\nvault = \"client/reader\"\nscopes = [\"read\"]\n"
    "networks = [\"10.0.0.0/8\"]\n";

// One more place to withdraw to.
inline const std::string kNewAddress =
    "[[address]]\nname = \"new\"\nassets = [\"USDT\"]\nnetwork = \"tron\"\n"
    "address = \"TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE\"\nhold = \"72h\"\n";

class RealmForTest {
 public:
  static constexpr const char* kOrigin = "keystile/desk";

  explicit RealmForTest(const policy::Bundle& genesis = bundle_of()) {
    write(json::object({{"type", "gate.started"}}));
    adopt(genesis);
  }

  // --- the log
  uint64_t write(const json::Value& entry) {
    json::Array none;
    json::Value full = json::object({{"index", log.size}, {"time", iso8601(clocks.wall)}});
    for (const json::Member& member : *entry.if_object()) full.set(member.name, member.value);
    texts.push_back(json::dump(full));
    log.add(ledger::leaf_hash(texts.back()));
    return log.size - 1;
  }
  const std::string& checkpoint() const {
    if (signed_.first != log.root()) signed_ = {log.root(), checkpoint_of(log.size, log.root())};
    return signed_.second;
  }
  std::string checkpoint_of(uint64_t size, const ledger::Hash& root) const {
    return ledger::sign_note(ledger::Checkpoint{kOrigin, size, root}.text(), note_key, key).value();
  }
  // As "ledger.entries" answers.
  json::Value answer(uint64_t from, size_t limit = 100) const {
    json::Array entries;
    for (size_t i = from; i < texts.size() && entries.size() < limit; ++i) {
      entries.push_back(texts[i]);
    }
    return json::object({{"entries", std::move(entries)}, {"checkpoint", checkpoint()}});
  }
  Line line(uint64_t index) const { return read_line(json::parse(texts[index]).value()).value(); }

  // --- what an honest gate does
  void adopt(const policy::Bundle& bundle, std::optional<uint64_t> proposal = {}) {
    json::Value entry =
        json::object({{"type", "policy.adopted"}, {"version", ++version}, {"hash", bundle.hash()}});
    if (proposal) entry.set("proposal", *proposal);
    write(entry);
    bundles[bundle.hash()] = bundle;
    hash = bundle.hash();
    policy::Loaded loaded = policy::load(bundle);
    if (!loaded.ok()) ADD_FAILURE() << to_string(loaded.findings.front());
    policy = std::move(loaded.policy);
  }
  quorum::InForce in_force() const {
    return {version,         hash,    policy.currency, policy.approvers, policy.quorums,
            policy.accounts, &freezes};
  }
  Status event(const quorum::FreezeEvent& event) {
    KS_CHECK(freezes.check(event, proposals, in_force()));
    write(quorum::to_json(event));
    return freezes.apply(clocks.wall, event, proposals, in_force());
  }
  // The freeze's id.
  uint64_t freeze(const quorum::FreezeTarget& target) {
    const uint64_t id = freezes.next_id();
    EXPECT_TRUE(event(quorum::Begun{kOrigin, {id, target, "operator root@desk", "a leak", {}}}));
    return id;
  }
  quorum::Unfreeze unfreeze(uint64_t id) const { return {freezes.in_force().at(id), "it is over"}; }
  static quorum::Lifted lift(const quorum::Proposal& approved) {
    const auto& facts = std::get<quorum::Unfreeze>(approved.facts);
    return {kOrigin,      facts.freeze.id, facts.freeze.target, to_string(approved.asker),
            facts.reason, approved.id};
  }
  // What the gate does once people have approved it.
  Status carry_out(const quorum::Proposal& approved) {
    KS_CHECK(event(quorum::Step{approved.id, quorum::State::kExecuting, "", clocks}));
    KS_CHECK(event(quorum::FreezeEvent(lift(approved))));
    return event(quorum::Step{approved.id, quorum::State::kDone, "", {}});
  }
  Status event(const quorum::Event& event) {
    KS_CHECK(proposals.check(event, clocks.wall, in_force()));
    return proposals.apply(write(quorum::to_json(event)), clocks.wall, event, in_force());
  }
  void settle() {
    for (bool more = true; more;) {
      more = false;
      for (const auto& [id, one] : proposals.all()) {
        const auto step = proposals.due(one, clocks, in_force());
        if (!step || !event(*step)) continue;
        more = true;
        break;
      }
    }
  }
  quorum::Proposal propose(quorum::Facts facts, uint64_t id) {
    quorum::Proposal made = quorum::proposal_of(std::move(facts));
    made.realm = kOrigin;
    made.id = id;
    made.created = clocks.wall;
    made.expires = clocks.wall + std::chrono::hours{24};
    made.policy_version = version;
    made.policy_hash = hash;
    made.asker = {quorum::Asker::Kind::kPerson, "carol", kCarol.key().fingerprint()};
    EXPECT_TRUE(event(quorum::Proposed{made}));
    return made;
  }
  void sign(const quorum::Proposal& proposal, const quorum::KeyForTest& by,
            quorum::Decision decision = quorum::Decision::kApprove) {
    EXPECT_TRUE(
        event(quorum::Signed{proposal.id, decision, by.sign(proposal, decision).signature}));
    settle();
  }
  quorum::Proposal approved(quorum::Facts facts, uint64_t id) {
    quorum::Proposal made = propose(std::move(facts), id);
    sign(made, kAlice);
    sign(made, kBob);
    return made;
  }
  void pass(Millis time) {
    clocks.wall += time;
    for (auto& [name, clock] : clocks.exchanges) clock += time;
  }

  crypto::SigningKey key = ed25519_key();
  ledger::NoteKey note_key = ledger::note_key(kOrigin, key).value();
  Position log;
  std::vector<std::string> texts;
  std::map<std::string, policy::Bundle> bundles;
  policy::Policy policy;
  uint64_t version = 0;
  std::string hash;
  quorum::Freezes freezes;
  quorum::Proposals proposals;
  quorum::Clocks clocks{
      parse_iso8601("2026-11-21T06:30:00.000Z").value(),
      {{"production/binance", parse_iso8601("2026-11-21T06:30:00.500Z").value()}}};

 private:
  mutable std::pair<ledger::Hash, std::string> signed_;  // the last checkpoint, by its root

  static crypto::SigningKey ed25519_key() {
    const auto pair = crypto::generate_key_pair(crypto::KeyAlgorithm::kEd25519);
    return crypto::SigningKey::open(crypto::KeyAlgorithm::kEd25519, pair->private_pem).value();
  }
};

inline quorum::Withdrawal withdrawal(const char* amount = "100") {
  quorum::Withdrawal facts = quorum::a_withdrawal();
  facts.amount = Decimal::parse(amount).value();
  facts.value = quorum::Worth{facts.amount, "USD"};
  facts.own_id.clear();
  return facts;
}

// Of an asset that needs a price; told: what the gate says that it is worth.
inline quorum::Withdrawal coins(const char* amount, const char* told) {
  quorum::Withdrawal facts = withdrawal(amount);
  facts.asset = facts.network = "BTC";
  facts.address = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa";
  facts.address_name = "coins";
  facts.value = quorum::Worth{Decimal::parse(told).value(), "USD"};
  return facts;
}

inline quorum::PolicyChange change_to(const policy::Bundle& bundle, uint64_t version,
                                      const policy::Bundle& from = bundle_of()) {
  return quorum::policy_change(policy::load(from).policy, policy::load(bundle).policy, version,
                               bundle.hash());
}

}  // namespace keystile::executor
