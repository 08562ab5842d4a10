#include "cli/notice_feed.h"

#include <fmt/format.h>

#include "cli/shown_proposal.h"
#include "quorum/freeze.h"
#include "quorum/plain_text.h"

namespace keystile::cli {
namespace {

// what: one word for programs; words: for people, after the proposal's number and summary.
json::Value notice(const quorum::Proposal& proposal, std::string_view what, std::string words) {
  const std::string summary = summary_of(proposal);
  return json::object(
      {{"what", what},
       {"text", fmt::format("{}: proposal {} ({}) {}", quorum::plain_text(proposal.realm),
                            proposal.id, summary, words)},
       {"realm", proposal.realm},
       {"proposal", proposal.id},
       {"action", to_string(proposal.action())},
       {"summary", summary},
       {"asked_by", to_string(proposal.asker)},
       {"expires", iso8601(proposal.expires)}});
}

// A working balance below its floor, where nothing may be proposed.
json::Value low_balance(const json::Value& entry) {
  const auto text = [&](std::string_view name) { return quorum::plain_text(entry.text(name)); };
  json::Value told = json::object(
      {{"what", "balance low"},
       {"text", fmt::format("{}: {} of account {} in {} is {}, below its floor of {} ({})",
                            text("realm"), text("asset"), text("account"), text("wallet"),
                            text("balance"), text("floor"), text("rule"))},
       {"realm", entry.text("realm")}});
  for (const char* name : {"rule", "account", "wallet", "asset", "balance", "floor", "time"}) {
    told.set(name, std::string(entry.text(name)));
  }
  return told;
}

struct ToldOfFreeze {
  json::Value operator()(const quorum::Begun& event) const {
    const quorum::Freeze& freeze = event.freeze;
    return notice("frozen", event.realm, freeze.id, freeze.target, freeze.by, freeze.reason,
                  "was frozen");
  }
  json::Value operator()(const quorum::Lifted& event) const {
    return notice("unfrozen", event.realm, event.id, event.target, event.by, event.reason,
                  "goes on again");
  }

 private:
  static json::Value notice(std::string_view what, const std::string& realm, uint64_t id,
                            const quorum::FreezeTarget& target, const std::string& by,
                            const std::string& reason, std::string_view words) {
    const auto plain = [](const std::string& text) { return quorum::plain_text(text); };
    return json::object(
        {{"what", what},
         {"text", fmt::format("{}: {} {} (freeze {}) by {}: {}", plain(realm),
                              plain(to_string(target)), words, id, plain(by), plain(reason))},
         {"realm", realm},
         {"freeze", id},
         {"target", to_string(target)},
         {"by", by},
         {"reason", reason}});
  }
};

struct Told {
  const quorum::Proposal& proposal;

  json::Value operator()(const quorum::Proposed&) const {
    return notice(
        proposal, "proposed",
        fmt::format("was asked for by {}; it waits for approvals until {}",
                    quorum::plain_text(to_string(proposal.asker)), iso8601(proposal.expires)));
  }
  json::Value operator()(const quorum::Signed& event) const {
    return notice(proposal, "signed",
                  fmt::format("was signed to {} with {}", to_string(event.decision),
                              event.signature.key.fingerprint()));
  }
  json::Value operator()(const quorum::Resolved& event) const {
    return notice(
        proposal, "resolved",
        fmt::format("was {} by what one says with {}",
                    event.what.is_sent() ? "sent as " + event.what.exchange_id : "not sent",
                    event.signature.key.fingerprint()));
  }
  json::Value operator()(const quorum::Step& step) const {
    const std::string_view state = to_string(step.to);
    return notice(proposal, state,
                  fmt::format("is {}{}{}", state, step.detail.empty() ? "" : ": ",
                              quorum::plain_text(step.detail)));
  }
};

}  // namespace

std::optional<json::Value> NoticeFeed::take(ledger::Index index, std::string_view entry) {
  const bool is_balance = entry.find("\"balance.low\"") != entry.npos;
  if (!is_balance && entry.find("\"proposal.") == entry.npos &&
      entry.find("\"freeze.") == entry.npos) {
    return std::nullopt;
  }
  const auto value = json::parse(entry);
  if (!value) return std::nullopt;
  if (const auto freeze = quorum::read_freeze_event(*value); freeze && *freeze) {
    json::Value told = std::visit(ToldOfFreeze{}, **freeze);
    told.set("entry", index);
    told.set("time", value->text("time"));
    return told;
  }
  if (is_balance && value->text("type") == "balance.low") {
    json::Value told = low_balance(*value);
    told.set("entry", index);
    return told;
  }
  const auto read = quorum::read_event(*value);
  if (!read) return std::nullopt;
  const std::optional<quorum::Event>& event = *read;
  if (!event) return std::nullopt;
  if (const auto* proposed = std::get_if<quorum::Proposed>(&*event)) {
    known_[proposed->proposal.id].proposal = proposed->proposal;
  }
  const auto at = known_.find(quorum::id_of(*event));
  if (at == known_.end()) return std::nullopt;
  json::Value told = std::visit(Told{at->second.proposal}, *event);
  told.set("entry", index);
  told.set("time", value->text("time"));
  if (const auto* step = std::get_if<quorum::Step>(&*event)) {
    at->second.waits = step->to == quorum::State::kProposed;
    if (is_settled(step->to)) known_.erase(at);
  }
  return told;
}

std::vector<json::Value> NoticeFeed::reminders(WallTime now) {
  std::vector<json::Value> all;
  for (auto& [id, one] : known_) {
    if (!one.waits || one.reminded || now < one.proposal.expires - remind_) continue;
    one.reminded = true;
    if (now >= one.proposal.expires) continue;
    all.push_back(notice(
        one.proposal, "expires soon",
        fmt::format("expires at {} and still waits for approvals", iso8601(one.proposal.expires))));
  }
  return all;
}

}  // namespace keystile::cli
