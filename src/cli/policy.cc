// keystile policy check|plan|apply|suggest|show|history|diff|rollback
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/doctor.h"
#include "cli/policy_past.h"
#include "cli/policy_propose.h"
#include "cli/policy_versions.h"
#include "cli/proposed_policy.h"
#include "cli/realm_access.h"
#include "gate/control.h"
#include "policy/loader.h"
#include "quorum/hold_text.h"
#include "quorum/policy_change.h"

namespace keystile::cli {
namespace {

json::Array findings_json(const std::vector<policy::Finding>& findings) {
  json::Array all;
  for (const policy::Finding& finding : findings) {
    const bool error = finding.level == policy::Finding::Level::kError;
    all.push_back(json::object({{"level", error ? "error" : "warning"},
                                {"rule", finding.rule},
                                {"file", finding.file},
                                {"line", finding.line},
                                {"message", finding.message}}));
  }
  return all;
}

// The policy folder as it stands, also against what a serving gate knows. Its findings are printed.
Result<policy::Loaded> load_folder(const Globals& globals, Output& out) {
  const signer::Layout layout(globals.realm);
  KS_TRY(const policy::Bundle bundle, policy::read_bundle(layout.policy()));
  policy::Loaded loaded = policy::load(bundle);
  const auto status = gate::ask(layout.control_socket(), json::object({{"do", "status"}}));
  if (loaded.ok() && status) {
    const auto large = find_large_days(loaded.policy, *status);
    loaded.findings.insert(loaded.findings.end(), large.begin(), large.end());
  }
  for (const policy::Finding& finding : loaded.findings) out.line(to_string(finding));
  return loaded;
}

Result<int> check(const Globals& globals, Output& out) {
  KS_TRY(const policy::Loaded loaded, load_folder(globals, out));
  out.line(loaded.ok() ? "The policy is sound." : "The policy cannot be adopted.");
  out.result(json::object({{"ok", loaded.ok()}, {"findings", findings_json(loaded.findings)}}));
  return loaded.ok() ? kOk : kNo;
}

// How it comes into force.
std::string way_of(const policy::Policy& before, const quorum::PolicyChange& told) {
  const bool needs_people = told.widens || told.touches_approvers;
  if (before.quorums.empty() || !needs_people) return "`keystile policy apply` adopts it.";
  return fmt::format("`keystile policy propose` puts it before the approvers; hold: {}.",
                     quorum::hold_text(told));
}

// replayed: how far back to judge what was recorded; empty: not at all.
Result<int> plan(const Globals& globals, Output& out, const std::string& replayed) {
  KS_TRY(const signer::InForce in_force, signer::policy_in_force(signer::Layout(globals.realm)));
  KS_TRY(const policy::Loaded loaded, load_folder(globals, out));
  json::Array list;
  json::Value past;
  if (loaded.ok()) {
    const policy::Policy before =
        in_force.version == 0 ? policy::Policy{} : policy::load(in_force.bundle).policy;
    const auto told = quorum::policy_change(before, loaded.policy, in_force.version + 1, "");
    for (const policy::Change& change : policy::plan(before, loaded.policy)) {
      out.line(fmt::format("{} {}", change.widens ? "+" : "-", change.text));
      list.push_back(json::object({{"widens", change.widens}, {"text", change.text}}));
    }
    out.line(list.empty()
                 ? fmt::format("Nothing would change: version {} says the same.", in_force.version)
                 : "+ allows what was not allowed before; - does not. " + way_of(before, told));
    if (!replayed.empty()) {
      KS_TRY(past, replay(globals, out, before, loaded.policy, replayed));
    }
  } else {
    out.line("The policy cannot be adopted.");
  }
  json::Value result = json::object({{"ok", loaded.ok()},
                                     {"in_force", in_force.version},
                                     {"changes", std::move(list)},
                                     {"findings", findings_json(loaded.findings)}});
  if (!past.is_null()) result.set("replay", std::move(past));
  out.result(result);
  return loaded.ok() ? kOk : kNo;
}

Result<int> apply(const Globals& globals, Output& out) {
  KS_TRY(const json::Value adopted, adopt_policy(globals, out));
  out.result(adopted);
  return kOk;
}

}  // namespace

void add_policy(Command& root) {
  Command policy = root.add("policy", "Who may do what: check, plan and adopt the policy folder");
  policy.add("check", "Is the policy folder sound?").run(check);
  struct Plan {
    std::string span, proposal;
    LinkOptions link;
  };
  auto wanted_plan = std::make_shared<Plan>();
  Command planned = policy.add("plan", "What adopting it would allow and forbid, in words");
  planned
      .option("--replay", &wanted_plan->span,
              "Also judge the requests of the last 7d, 12h or 30m by it, from the ledger")
      .option("--proposal", &wanted_plan->proposal,
              "Instead of the folder: what this proposal changes, worked out on this machine");
  describe_link(planned, &wanted_plan->link);
  planned.run([wanted_plan](const Globals& globals, Output& out) {
    const Plan& o = *wanted_plan;
    return o.proposal.empty() ? plan(globals, out, o.span)
                              : plan_proposed(globals, out, o.link, o.proposal);
  });
  policy.add("apply", "Adopt it").run(apply);
  describe_policy_propose(policy);
  policy.add("history", "Every version that was adopted, when and by whom").run(policy_history);
  struct Suggest {
    std::string client, since = "14d";
  };
  auto wanted = std::make_shared<Suggest>();
  Command suggested =
      policy.add("suggest", "The least grant that covers what a client did, from the ledger alone");
  suggested.argument("client", &wanted->client, "The client")
      .option("--since", &wanted->since, "How far back to look: 14d (if not given), 12h, 30m");
  suggested.run([wanted](const Globals& globals, Output& out) {
    return suggest(globals, out, wanted->client, wanted->since);
  });
  struct Versions {
    std::string first, second;
  };
  auto versions = std::make_shared<Versions>();
  Command shown = policy.add("show", "The text of the version in force, or of an earlier one");
  shown.argument("version", &versions->first, "Its number", false);
  shown.run([versions](const Globals& globals, Output& out) {
    return show_policy(globals, out, versions->first);
  });
  Command compared = policy.add("diff", "What one version allows and forbids next to another");
  compared.argument("from", &versions->first, "A version's number")
      .argument("to", &versions->second, "Another; the one in force if left out", false);
  compared.run([versions](const Globals& globals, Output& out) {
    return diff_policies(globals, out, versions->first, versions->second);
  });
  Command back =
      policy.add("rollback", "Put an earlier version's text in force again, as a new version");
  back.argument("version", &versions->first, "The earlier one's number");
  back.run([versions](const Globals& globals, Output& out) {
    return roll_back_policy(globals, out, versions->first);
  });
}

}  // namespace keystile::cli
