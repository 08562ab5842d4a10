// keystile verify FILE, and what proposal show --proof writes.
#include "cli/evidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <thread>

#include "cli/commands.h"
#include "cli/shown_proposal.h"
#include "ledger/verify.h"
#include "quorum/plain_text.h"
#include "signer/adopted.h"

namespace keystile::cli {
namespace {

constexpr std::chrono::seconds kCheckpointTime{5};

struct Entry {
  ledger::Index index;
  std::string text;
};

// What of the ledger belongs to one proposal.
class Collected {
 public:
  explicit Collected(uint64_t id) : id_(id) {}

  Status take(ledger::Index index, std::string_view text) {
    if (text.find("\"proposal.") == text.npos && text.find("\"policy.adopted\"") == text.npos &&
        text.find("\"freeze.") == text.npos) {
      return {};
    }
    KS_TRY(const json::Value entry, json::parse(text));
    KS_TRY(const auto freeze, quorum::read_freeze_event(entry));
    if (freeze) {
      take(index, text, *freeze);
      return {};
    }
    if (entry.text("type") == "policy.adopted") {
      if (entries_.empty()) between_.clear();  // the last before it was proposed is enough
      between_.push_back({index, std::string(text)});
      return {};
    }
    KS_TRY(const auto event, quorum::read_event(entry));
    if (!event || quorum::id_of(*event) != id_) return {};
    entries_.insert(entries_.end(), between_.begin(), between_.end());
    between_.clear();
    if (const auto* proposed = std::get_if<quorum::Proposed>(&*event)) add_begun(*proposed);
    entries_.push_back({index, std::string(text)});
    return {};
  }

  const std::vector<Entry>& entries() const { return entries_; }

 private:
  void take(ledger::Index index, std::string_view text, const quorum::FreezeEvent& event) {
    const Entry entry{index, std::string(text)};
    if (const auto* begun = std::get_if<quorum::Begun>(&event)) {
      begun_.insert_or_assign(begun->freeze.id, entry);
    } else if (std::get<quorum::Lifted>(event).proposal == id_) {
      entries_.push_back(entry);
    }
  }

  // Of a proposal to unfreeze: in the ledger's order, before or after the adoption.
  void add_begun(const quorum::Proposed& proposed) {
    const auto* facts = std::get_if<quorum::Unfreeze>(&proposed.proposal.facts);
    const auto at = facts ? begun_.find(facts->freeze.id) : begun_.end();
    if (at == begun_.end()) return;
    const auto later = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& each) {
      return each.index > at->second.index;
    });
    entries_.insert(later, at->second);
  }

  uint64_t id_;
  std::vector<Entry> entries_;
  std::vector<Entry> between_;       // adoptions since the last of them
  std::map<uint64_t, Entry> begun_;  // freezes, by id
};

Result<std::string> prove(const signer::Layout& layout, ledger::Index index) {
  const MonoTime end = system_clock().mono() + kCheckpointTime;
  auto proof = ledger::prove(layout.ledger(), index);
  while (!proof && proof.error().code == "ledger.index" && system_clock().mono() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
    proof = ledger::prove(layout.ledger(), index);
  }
  return proof;
}

json::Value to_json(const signer::Proven& proven) {
  json::Array signatures;
  for (const auto& each : proven.signatures) {
    signatures.push_back(json::object({{"approver", each.approver},
                                       {"decision", to_string(each.received.decision)},
                                       {"time", iso8601(each.received.at)},
                                       {"key", each.received.signature.key.line()},
                                       {"signature", each.received.signature.armored()}}));
  }
  json::Array resolutions;
  for (const quorum::Resolved& each : proven.what.resolutions) {
    resolutions.push_back(json::object({{"exchange_id", each.what.exchange_id},
                                        {"key", each.signature.key.line()},
                                        {"signature", each.signature.armored()}}));
  }
  json::Array entries(proven.what.entries.begin(), proven.what.entries.end());
  return json::object({{"good", true},
                       {"realm", proven.realm},
                       {"state", to_string(proven.what.state)},
                       {"detail", proven.what.detail},
                       {"proposal", to_json(proven.what.proposal)},
                       {"signatures", std::move(signatures)},
                       {"resolutions", std::move(resolutions)},
                       {"entries", std::move(entries)}});
}

void print(const signer::Proven& proven, Output& out) {
  out.line(facts_of(proven.what.proposal));
  for (const auto& each : proven.signatures) {
    out.line(fmt::format("signed:         {} {} at {} with {}", quorum::plain_text(each.approver),
                         to_string(each.received.decision), iso8601(each.received.at),
                         each.received.signature.key.fingerprint()));
  }
  for (const quorum::Resolved& each : proven.what.resolutions) {
    out.line(fmt::format("resolved:       {}, with {}",
                         each.what.is_sent() ? "sent as " + each.what.exchange_id : "not sent",
                         each.signature.key.fingerprint()));
  }
  if (!proven.what.detail.empty()) {
    out.line("detail:         " + quorum::plain_text(proven.what.detail));
  }
  out.line(fmt::format("entries:        {}", fmt::join(proven.what.entries, ", ")));
  out.line(
      fmt::format("PROVEN: the ledger of {} holds all this, every signature holds, and by the "
                  "policy of the day it came as far as: {}",
                  proven.realm, to_string(proven.what.state)));
}

Result<int> verify(Output& out, const std::string& file, const std::string& vkey) {
  KS_TRY(const std::string text, signer::read_file(file));
  const auto evidence = signer::read_evidence(text);
  auto proven = evidence ? signer::verify_evidence(*evidence, vkey)
                         : Result<signer::Proven>(tl::unexpected<Error>(evidence.error()));
  if (!proven && proven.error().code == "note.key") return tl::unexpected<Error>(proven.error());
  if (!proven) {
    out.line("NOT proven: " + printable(proven.error().message));
    out.result(json::object(
        {{"good", false}, {"error", proven.error().code}, {"message", proven.error().message}}));
    return kNo;
  }
  print(*proven, out);
  out.result(to_json(*proven));
  return kOk;
}

}  // namespace

Result<signer::Evidence> collect_evidence(const signer::Layout& layout, uint64_t id) {
  Collected collected(id);
  Status taken;
  KS_CHECK(ledger::read(layout.ledger(), 0, [&](ledger::Index index, std::string_view text) {
    taken = collected.take(index, text);
    return taken.has_value();
  }));
  KS_CHECK(std::move(taken));
  if (collected.entries().empty()) {
    return fail("proposal.missing", fmt::format("the ledger has no proposal {}", id));
  }
  signer::Evidence evidence;
  KS_CHECK(prove(layout, collected.entries().back().index));
  for (const Entry& entry : collected.entries()) {
    KS_TRY(std::string proof, prove(layout, entry.index));
    KS_TRY(const json::Value value, json::parse(entry.text));
    if (value.text("type") == "policy.adopted") {
      const signer::Adoption adoption{0, std::string(value.text("hash")), 0};
      KS_TRY(policy::Bundle bundle, signer::read_adopted(layout, adoption));
      evidence.policies.push_back(std::move(bundle));
    }
    evidence.entries.push_back({entry.text, std::move(proof)});
  }
  return evidence;
}

void add_verify(Command& root) {
  struct Options {
    std::string file, vkey;
  };
  const auto o = std::make_shared<Options>();
  Command command = root.add(
      "verify", "Check the evidence of a proposal, on any machine; exit code 1 if it fails");
  command.argument("FILE", &o->file, "What `proposal show ID --proof FILE` wrote")
      .option("--realm-key", &o->vkey, "The realm's public key as you know it: NAME+ID+KEY", true);
  command.run([o](const Globals&, Output& out) { return verify(out, o->file, o->vkey); });
}

}  // namespace keystile::cli
