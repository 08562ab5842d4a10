// keystile policy propose: whoever asks is an approver, by their SSH key.
#include "cli/policy_propose.h"

#include "cli/policy_versions.h"
#include "cli/realm_link.h"
#include "cli/shown_proposal.h"
#include "policy/loader.h"
#include "signer/layout.h"

namespace keystile::cli {
namespace {

struct Options {
  LinkOptions link;
  std::string folder, version;
};

Result<policy::Bundle> bundle_of(const Globals& globals, const Options& o) {
  if (!o.folder.empty()) return policy::read_bundle(o.folder);
  if (is_url(globals.realm)) {
    return fail("policy.folder", "name the folder of policy files on this machine with --folder");
  }
  if (o.version.empty()) return policy::read_bundle(signer::Layout(globals.realm).policy());
  KS_TRY(signer::InForce earlier, stored_policy(globals, o.version));
  return std::move(earlier.bundle);
}

Result<int> propose(const Globals& globals, Output& out, const Options& o) {
  KS_TRY(const RealmLink link, RealmLink::open(globals, o.link));
  KS_TRY(const policy::Bundle bundle, bundle_of(globals, o));
  KS_TRY(const json::Value row,
         link.ask_signed(
             json::object({{"do", "policy.propose"}, {"bundle", policy::dump_bundle(bundle)}})));
  return tell_proposed(link, row, out);
}

}  // namespace

void describe_policy_propose(Command& group) {
  const auto o = std::make_shared<Options>();
  Command command =
      group.add("propose", "Put the policy folder before the approvers; signed by you");
  command.option("--folder", &o->folder, "Another folder of policy files")
      .option("--version", &o->version, "The text of an earlier version instead, to go back to it");
  describe_link(command, &o->link);
  command.run([o](const Globals& g, Output& out) { return propose(g, out, *o); });
}

}  // namespace keystile::cli
