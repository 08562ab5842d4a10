#include "cli/init_approvers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "cli/policy_edit.h"
#include "cli/ssh_signing.h"
#include "policy/loader.h"

namespace keystile::cli {
namespace {

using Person = std::pair<std::string, std::vector<std::string>>;  // name, keys as TOML strings

Result<std::vector<Person>> people_of(const std::vector<std::string>& approvers) {
  std::vector<Person> people;
  for (const std::string& each : approvers) {
    const size_t at = each.find('=');
    if (at == each.npos || at == 0) {
      return fail("init.approver",
                  fmt::format("--approver {}: name the person and the public key's file, as in "
                              "alice=alice.pub",
                              each));
    }
    const std::string name = each.substr(0, at);
    KS_TRY(const crypto::SshKey key, public_half(each.substr(at + 1)));
    auto person = std::find_if(people.begin(), people.end(),
                               [&](const Person& known) { return known.first == name; });
    if (person == people.end()) person = people.insert(person, Person{name, {}});
    person->second.push_back(toml_quoted(key.line()));
  }
  return people;
}

std::string quorum_toml(std::string_view actions, const Genesis& genesis, const std::string& hold) {
  return fmt::format("\n[[quorum]]\nactions = [{}]\napprovals = {{ approvers = {} }}\n{}", actions,
                     genesis.threshold,
                     hold.empty() ? "" : fmt::format("hold = {}\n", toml_quoted(hold)));
}

Status check(const std::string& text) {
  const policy::Bundle bundle{
      {{"approvers.toml", text}, {"realm.toml", "[realm]\nname = \"x\"\n"}}};
  const policy::Loaded loaded = policy::load(bundle);
  if (loaded.ok()) return {};
  return fail("init.approver", loaded.findings.front().message);
}

}  // namespace

Result<std::string> approvers_toml(const Genesis& genesis) {
  KS_TRY(const std::vector<Person> people, people_of(genesis.approvers));
  std::string text =
      "# Who approves what moves power, and how many of them. Put in force once without a quorum;\n"
      "# since then only these people can change it: `keystile policy propose`.\n";
  for (const auto& [name, keys] : people) {
    text += fmt::format("\n[[approver]]\nname = {}\nkeys = [{}]\ngroups = [\"approvers\"]\n",
                        toml_quoted(name), fmt::join(keys, ", "));
  }
  text += quorum_toml(R"("policy", "approvers")", genesis, genesis.hold);
  text += quorum_toml(R"("withdraw")", genesis, "");
  KS_CHECK(check(text));
  return text;
}

}  // namespace keystile::cli
