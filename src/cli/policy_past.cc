#include "cli/policy_past.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/encoding.h"
#include "policy/loader.h"
#include "signer/realm.h"
#include "signer/suggest.h"

namespace keystile::cli {
namespace {

using policy::Verdict;
using signer::Judged;
using signer::LedgerEntry;

constexpr size_t kExamples = 3;

// Requests that come out the same way, for the same reason.
struct Group {
  uint64_t count = 0;
  std::vector<uint64_t> examples;
  std::string message;  // of the first

  void add(const Judged& judged, const std::string& why) {
    if (count++ == 0) {
      const std::string_view summary = judged.entry->value.text("summary");
      message = printable(summary.empty() ? why : fmt::format("{}: {}", summary, why));
    }
    if (examples.size() < kExamples) examples.push_back(judged.entry->index);
  }
};

enum class Kind { kNowRefused, kNowAllowed, kOnlyNoted };
constexpr std::array<std::pair<const char*, const char*>, 3> kKinds{
    {{"now refused", "now_refused"}, {"now allowed", "now_allowed"}, {"only noted", "only_noted"}}};

class Comparison {
 public:
  void add(const Judged& before, const Judged& after) {
    if (after.cannot || before.cannot) {
      ++not_judged_[after.cannot.value_or(before.cannot.value_or(""))];
      return;
    }
    ++judged_;
    if (before.allowed() && !after.allowed()) {
      const auto& refusal = after.verdict.refusal;
      const bool follows = refusal.rule == "order.not_own";
      add(Kind::kNowRefused, after, refusal.rule,
          follows ? "the order that it means would have been refused" : refusal.message);
    } else if (!before.allowed() && after.allowed()) {
      add(Kind::kNowAllowed, after, before.verdict.refusal.rule,
          "until now refused, as " + before.verdict.refusal.message);
    } else {
      ++same_;
    }
    for (const Verdict::Noted& one : after.verdict.would_refuse) {
      add(Kind::kOnlyNoted, after, one.rule, one.message);
    }
  }

  void print(Output& out) const {
    out.line();
    out.line(fmt::format("Replayed {} recorded requests: {} come out the same.", judged_, same_));
    if (!groups_.empty()) {
      out.line(fmt::format("{:<12} {:>6}  {:<16} {:<26} {}", "", "COUNT", "CLIENT", "RULE",
                           "LEDGER ENTRIES"));
    }
    for (const auto& [name, group] : groups_) {
      const auto& [kind, client, rule] = name;
      out.line(fmt::format("{:<12} {:>6}  {:<16} {:<26} {}{}",
                           kKinds[static_cast<size_t>(kind)].first, group.count, client, rule,
                           fmt::join(group.examples, ", "),
                           group.count > group.examples.size() ? ", …" : ""));
      out.line(fmt::format("{:<12} {}", "", group.message));
    }
    for (const auto& [why, count] : not_judged_) {
      out.line(fmt::format("Not judged again: {} ({}).", count, why));
    }
    print_limits(out);
  }

  json::Value to_json() const {
    json::Value result = json::object({{"judged", judged_}, {"same", same_}});
    for (size_t kind = 0; kind < kKinds.size(); ++kind) {
      json::Array list;
      for (const auto& [name, group] : groups_) {
        if (std::get<0>(name) != static_cast<Kind>(kind)) continue;
        json::Array examples(group.examples.begin(), group.examples.end());
        list.push_back(json::object({{"client", std::get<1>(name)},
                                     {"rule", std::get<2>(name)},
                                     {"count", group.count},
                                     {"entries", std::move(examples)},
                                     {"message", group.message}}));
      }
      result.set(kKinds[kind].second, std::move(list));
    }
    json::Array not_judged;
    for (const auto& [why, count] : not_judged_) {
      not_judged.push_back(json::object({{"why", why}, {"count", count}}));
    }
    result.set("not_judged", std::move(not_judged));
    return result;
  }

 private:
  void add(Kind kind, const Judged& judged, const std::string& rule, const std::string& why) {
    groups_[{kind, std::string(judged.client()), rule}].add(judged, why);
  }

  // What a replay cannot know.
  void print_limits(Output& out) const {
    const auto has = [&](Kind kind) {
      return std::any_of(groups_.begin(), groups_.end(),
                         [&](const auto& group) { return std::get<0>(group.first) == kind; });
    };
    if (has(Kind::kNowAllowed)) {
      out.line("What is now allowed was never sent, so it uses nothing of a day's limit here.");
    }
    if (has(Kind::kNowRefused)) {
      out.line("What is now refused uses nothing; a program might have done something else then.");
    }
  }

  uint64_t judged_ = 0, same_ = 0;
  std::map<std::tuple<Kind, std::string, std::string>, Group> groups_;
  std::map<std::string, uint64_t> not_judged_;
};

}  // namespace

Result<WallTime> time_before(const std::string& span, WallTime now) {
  const auto number = span.empty() ? std::nullopt : parse_uint64(span.substr(0, span.size() - 1));
  constexpr std::pair<char, std::chrono::minutes> kUnits[] = {
      {'d', std::chrono::days(1)}, {'h', std::chrono::hours(1)}, {'m', std::chrono::minutes(1)}};
  for (const auto& [letter, unit] : kUnits) {
    if (!number || *number == 0 || *number > 36500 || span.back() != letter) continue;
    return now - static_cast<int64_t>(*number) * unit;
  }
  return fail("since.format", "a time back must look like 7d, 12h or 30m");
}

Result<int> suggest(const Globals& globals, Output& out, const std::string& name,
                    const std::string& span) {
  const signer::Layout layout(globals.realm);
  KS_TRY(const WallTime from, time_before(span, system_clock().wall()));
  KS_TRY(const signer::InForce in_force, signer::policy_in_force(layout));
  const policy::Policy policy = policy::load(in_force.bundle).policy;
  const policy::Client* client = policy.client(name);
  if (!client) {
    return fail("client.unknown", fmt::format("the policy in force has no client {}", name));
  }
  out.progress("reading the ledger…");
  KS_TRY(const policy::Behaviour behaviour,
         signer::behaviour_of(policy, name, from, [&](const auto& visit) {
           return signer::each_entry(layout.ledger(), visit);
         }));
  if (behaviour.requests.count == 0) {
    return fail("suggest.nothing",
                fmt::format("the ledger has no request of {} in the last {} that a grant could "
                            "allow; look further back with --since",
                            name, span));
  }
  const std::string text = policy::grant_toml(behaviour, *client, policy.currency);
  out.line(text.substr(0, text.size() - 1));
  out.result(
      json::object({{"client", name}, {"requests", behaviour.requests.count}, {"toml", text}}));
  return kOk;
}

Result<json::Value> replay(const Globals& globals, Output& out, const policy::Policy& in_force,
                           const policy::Policy& planned, const std::string& span) {
  KS_TRY(const WallTime from, time_before(span, system_clock().wall()));
  if (in_force.currency != planned.currency) {
    return fail("replay.currency", fmt::format("what was recorded in {} cannot be replayed in {}",
                                               in_force.currency, planned.currency));
  }
  out.progress("reading the ledger…");
  signer::Replay before(in_force, "", from), after(planned, "", from);
  Comparison comparison;
  KS_CHECK(signer::each_entry(signer::Layout(globals.realm).ledger(),
                              [&](const LedgerEntry& entry) -> Status {
                                KS_TRY(const Judged* old_verdict, before.take(entry));
                                KS_TRY(const Judged* new_verdict, after.take(entry));
                                if (old_verdict && new_verdict)
                                  comparison.add(*old_verdict, *new_verdict);
                                return {};
                              }));
  comparison.print(out);
  if (in_force.currency_assets != planned.currency_assets) {
    out.line("currency_assets changes: what is paid in those assets is judged by recorded rates.");
  }
  return comparison.to_json();
}

}  // namespace keystile::cli
