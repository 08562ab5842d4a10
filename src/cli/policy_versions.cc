#include "cli/policy_versions.h"

#include <fmt/format.h>

#include "cli/realm_access.h"
#include "ledger/ledger.h"
#include "policy/loader.h"

namespace keystile::cli {
namespace {

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

}  // namespace

Result<signer::InForce> stored_policy(const Globals& globals, const std::string& version) {
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

Result<int> policy_history(const Globals& globals, Output& out) {
  KS_TRY(json::Array all, adoptions(globals));
  for (const json::Value& entry : all) {
    out.line(fmt::format(
        "version {}  {}  by {}  {}{}{}", entry.text("version"), entry.text("time"),
        entry.text("by"), entry.text("hash").substr(0, 12),
        entry.find("proposal") ? fmt::format("  proposal {}", entry.text("proposal")) : "",
        entry.find("genesis") ? "  genesis" : ""));
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

Result<int> show_policy(const Globals& globals, Output& out, const std::string& wanted) {
  KS_TRY(const signer::InForce shown, stored_policy(globals, wanted));
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

Result<int> diff_policies(const Globals& globals, Output& out, const std::string& from,
                          const std::string& to) {
  KS_TRY(const signer::InForce before, stored_policy(globals, from));
  KS_TRY(const signer::InForce after, stored_policy(globals, to));
  json::Array list;
  for (const policy::Change& change :
       policy::plan(policy::load(before.bundle).policy, policy::load(after.bundle).policy)) {
    out.line(fmt::format("{} {}", change.widens ? "+" : "-", change.text));
    list.push_back(json::object({{"widens", change.widens}, {"text", change.text}}));
  }
  if (list.empty()) {
    out.line(fmt::format("Versions {} and {} say the same.", before.version, after.version));
  }
  out.result(json::object(
      {{"from", before.version}, {"to", after.version}, {"changes", std::move(list)}}));
  return kOk;
}

Result<int> roll_back_policy(const Globals& globals, Output& out, const std::string& version) {
  KS_TRY(const signer::InForce earlier, stored_policy(globals, version));
  KS_TRY(const json::Value adopted, adopt_policy(globals, out, &earlier.bundle));
  out.line("The policy folder was left as it is.");
  out.result(adopted);
  return kOk;
}

}  // namespace keystile::cli
