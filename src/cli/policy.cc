// keystile policy check|plan|apply|suggest|show|history
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/policy_past.h"
#include "cli/realm_access.h"
#include "ledger/ledger.h"
#include "policy/loader.h"

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

// The policy folder as it stands. Its findings are printed.
Result<policy::Loaded> load_folder(const Globals& globals, Output& out) {
  KS_TRY(const policy::Bundle bundle, policy::read_bundle(signer::Layout(globals.realm).policy()));
  policy::Loaded loaded = policy::load(bundle);
  for (const policy::Finding& finding : loaded.findings) out.line(to_string(finding));
  return loaded;
}

Result<int> check(const Globals& globals, Output& out) {
  KS_TRY(const policy::Loaded loaded, load_folder(globals, out));
  out.line(loaded.ok() ? "The policy is sound." : "The policy cannot be adopted.");
  out.result(json::object({{"ok", loaded.ok()}, {"findings", findings_json(loaded.findings)}}));
  return loaded.ok() ? kOk : kNo;
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
    for (const policy::Change& change : policy::plan(before, loaded.policy)) {
      out.line(fmt::format("{} {}", change.widens ? "+" : "-", change.text));
      list.push_back(json::object({{"widens", change.widens}, {"text", change.text}}));
    }
    out.line(list.empty()
                 ? fmt::format("Nothing would change: version {} says the same.", in_force.version)
                 : "+ allows what was not allowed before; - does not. `keystile policy apply` "
                   "adopts it.");
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

// Every adoption that the ledger holds, oldest first.
Result<json::Array> adoptions(const Globals& globals) {
  json::Array all;
  Status status;
  KS_CHECK(ledger::read(
      signer::Layout(globals.realm).ledger(), 0, [&](ledger::Index index, std::string_view bytes) {
        if (bytes.find("\"policy.adopted\"") == bytes.npos) return true;
        auto entry = json::parse(bytes);
        if (!entry) {
          status = fail("ledger.corrupt", fmt::format("ledger entry {} is not JSON", index));
          return false;
        }
        if (entry->text("type") == "policy.adopted") {
          all.push_back(std::move(*entry));
        }
        return true;
      }));
  KS_CHECK(std::move(status));
  return all;
}

Result<int> history(const Globals& globals, Output& out) {
  KS_TRY(json::Array all, adoptions(globals));
  for (const json::Value& entry : all) {
    out.line(fmt::format("version {}  {}  by {}  {}", entry.text("version"), entry.text("time"),
                         entry.text("by"), entry.text("hash").substr(0, 12)));
    const json::Value* changes = entry.find("changes");
    if (!changes || !changes->if_array()) continue;
    for (const json::Value& change : *changes->if_array()) {
      out.line(fmt::format("  {}", change.text()));
    }
  }
  if (all.empty()) out.line("No policy was ever adopted.");
  out.result(json::Value(std::move(all)));
  return kOk;
}

// The text of a version: the one in force, or the one of that number.
Result<signer::InForce> stored(const Globals& globals, const std::string& version) {
  const signer::Layout layout(globals.realm);
  if (version.empty()) return signer::policy_in_force(layout);
  KS_TRY(const json::Array all, adoptions(globals));
  for (const json::Value& entry : all) {
    if (entry.text("version") != version) continue;
    const std::string hash(entry.text("hash"));
    KS_TRY(const std::string text, signer::read_file(layout.adopted() + "/" + hash + ".json"));
    KS_TRY(policy::Bundle bundle, policy::parse_bundle(text));
    if (bundle.hash() != hash) {
      return fail("policy.adopted", "the stored text of version " + version + " was changed");
    }
    KS_TRY(const int64_t number, json::Value(version).as_int64());
    return signer::InForce{static_cast<uint64_t>(number), std::move(bundle)};
  }
  return fail("policy.version",
              "there is no policy version " + version + "; `keystile policy history` lists them");
}

Result<int> show(const Globals& globals, Output& out, const std::string& wanted) {
  KS_TRY(const signer::InForce shown, stored(globals, wanted));
  if (shown.version == 0) return fail("policy.none", "no policy was adopted yet");
  out.line(fmt::format("# policy version {}, {}", shown.version, shown.bundle.hash()));
  json::Array files;
  for (const policy::Bundle::File& file : shown.bundle.files) {
    out.line(fmt::format("\n# --- {}\n{}", file.name, file.text));
    files.push_back(json::object({{"name", file.name}, {"text", file.text}}));
  }
  out.result(json::object(
      {{"version", shown.version}, {"hash", shown.bundle.hash()}, {"files", std::move(files)}}));
  return kOk;
}

}  // namespace

void add_policy(Command& root) {
  Command policy = root.add("policy", "Who may do what: check, plan and adopt the policy folder");
  policy.add("check", "Is the policy folder sound?").run(check);
  auto span = std::make_shared<std::string>();
  Command planned = policy.add("plan", "What adopting it would allow and forbid, in words");
  planned.option("--replay", span.get(),
                 "Also judge the requests of the last 7d, 12h or 30m by it, from the ledger");
  planned.run([span](const Globals& globals, Output& out) { return plan(globals, out, *span); });
  policy.add("apply", "Adopt it").run(apply);
  policy.add("history", "Every version that was adopted, when and by whom").run(history);
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
  auto version = std::make_shared<std::string>();
  Command shown = policy.add("show", "The text of the version in force, or of an earlier one");
  shown.argument("version", version.get(), "Its number", false);
  shown.run(
      [version](const Globals& globals, Output& out) { return show(globals, out, *version); });
}

}  // namespace keystile::cli
