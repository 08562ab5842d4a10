// keystile exec CLIENT -- COMMAND: runs a program with its virtual key in the environment.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/secret_reveal.h"
#include "cli/client_text.h"
#include "cli/commands.h"
#include "cli/realm_access.h"

namespace keystile::cli {
namespace {

struct Options {
  std::string client;
  std::vector<std::string> command;
};

Status set_environment(const Globals& globals, const std::string& name) {
  const signer::Layout layout(globals.realm);
  const RevealToken token;
  KS_TRY(const signer::NodeSettings settings, signer::load_settings(layout));
  KS_TRY(const signer::InForce in_force, signer::policy_in_force(layout));
  const policy::Policy policy = policy::load(in_force.bundle).policy;
  const policy::Client* client = policy.client(name);
  const policy::Account* account = client ? policy.account(client->account) : nullptr;
  if (!account)
    return fail("client.unknown", fmt::format("the policy in force has no client {}", name));
  if (client->revoked) return fail("client.revoked", fmt::format("client {} was revoked", name));
  KS_TRY(const vault::Vault vault, open_vault(globals, account->environment));
  ClientAccess access = access_of(policy, *client, layout, settings);
  KS_TRY(const SecretBytes secret, vault.secret(client->vault, token));
  access.secret = secret.empty() ? nullptr : &secret;
  access.passphrase = vault.passphrase(client->vault);
  for (auto& [variable, value] : environment_of(access, token)) {
    setenv(variable.c_str(), value.c_str(), 1);
    wipe(&value);
  }
  return {};
}

Result<int> run(const Globals& globals, const Options& options) {
  KS_CHECK(set_environment(globals, options.client));
  std::vector<char*> words;
  for (const std::string& word : options.command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  execvp(words.front(), words.data());
  return fail("exec.failed",
              fmt::format("cannot run {}: {}", options.command.front(), std::strerror(errno)));
}

}  // namespace

void add_exec(Command& root) {
  auto o = std::make_shared<Options>();
  Command command =
      root.add("exec", "Run a program with a client's virtual key in its environment");
  command.argument("client", &o->client, "The client")
      .arguments("command", &o->command, "The program and its words, after --");
  command.run([o](const Globals& g, Output&) { return run(g, *o); });
}

}  // namespace keystile::cli
