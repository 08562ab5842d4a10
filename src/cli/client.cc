// keystile client add|list|show|revoke|rotate
#include <fmt/format.h>
#include <unistd.h>

#include "base/secret_reveal.h"
#include "cli/client_new.h"
#include "cli/client_snippets.h"
#include "cli/client_text.h"
#include "cli/commands.h"
#include "cli/policy_edit.h"
#include "cli/realm_access.h"

namespace keystile::cli {
namespace {

struct Known {
  policy::Policy policy;
  signer::NodeSettings settings;
};

// The policy in force; what people edit may be ahead of it.
Result<Known> known(const Globals& globals) {
  const signer::Layout layout(globals.realm);
  KS_TRY(signer::NodeSettings settings, signer::load_settings(layout));
  KS_TRY(const signer::InForce in_force, signer::policy_in_force(layout));
  return Known{policy::load(in_force.bundle).policy, std::move(settings)};
}

// With the policy folder as it is now: what the approvers have not decided on yet.
Result<Known> known_from_folder(const Globals& globals) {
  const signer::Layout layout(globals.realm);
  KS_TRY(signer::NodeSettings settings, signer::load_settings(layout));
  KS_TRY(const policy::Bundle bundle, policy::read_bundle(layout.policy()));
  return Known{policy::load(bundle).policy, std::move(settings)};
}

Result<const policy::Client*> find_client(const policy::Policy& policy, const std::string& name) {
  const policy::Client* client = policy.client(name);
  if (!client)
    return fail("client.unknown", fmt::format("the policy in force has no client {}", name));
  return client;
}

std::string state_of(const policy::Client& client) {
  if (client.revoked) return "revoked";
  const WallTime now = system_clock().wall();
  if (client.expires && *client.expires <= now) return "expired";
  if (client.is_observed(now)) return "observed";
  return "active";
}

Result<int> list(const Globals& globals, Output& out) {
  KS_TRY(const Known realm, known(globals));
  json::Array rows;
  out.line(fmt::format("{:<20} {:<8} {:<20} {:<12} {}", "CLIENT", "STATE", "ACCOUNT", "PROFILE",
                       "API KEY"));
  for (const policy::Client& client : realm.policy.clients) {
    out.line(fmt::format("{:<20} {:<8} {:<20} {:<12} {}", client.name, state_of(client),
                         client.account, client.profile.empty() ? "-" : client.profile,
                         client.key_id));
    rows.push_back(json::object({{"client", client.name},
                                 {"state", state_of(client)},
                                 {"account", client.account},
                                 {"profile", client.profile},
                                 {"key", client.key_id}}));
  }
  out.result(json::Value(std::move(rows)));
  return kOk;
}

// What to set beside what was printed: on standard error, as a shell takes it, so that standard
// output is what to paste and nothing else.
void print_surroundings(const ClientAccess& access, const std::string& format, const Output& out) {
  if (out.json()) return;
  for (const auto& [name, value] : surroundings_of(access, format)) {
    fmt::print(stderr, "export {}={}\n", name, shell_quoted(value));
  }
}

constexpr const char* kTextFormat = "text";  // for people; the others are to be pasted

struct ShowOptions {
  std::string name, format = kTextFormat;
};

Result<int> show(const Globals& globals, Output& out, const ShowOptions& options) {
  KS_TRY(const Known realm, known(globals));
  KS_TRY(const policy::Client* client, find_client(realm.policy, options.name));
  const ClientAccess access =
      access_of(realm.policy, *client, signer::Layout(globals.realm), realm.settings);
  KS_TRY(const std::string text,
         render(access, out.json() ? "json" : options.format, RevealToken{}));
  fmt::print("{}", text);
  std::fflush(stdout);
  print_surroundings(access, options.format, out);
  return kOk;
}

// Prints what a program needs, secret included, this one time.
Status print_once(const ClientAccess& access, const std::string& format, Output& out) {
  auto text = render(access, out.json() ? "json" : format, RevealToken{});
  if (!text) return tl::unexpected<Error>(text.error());
  fmt::print("{}", *text);
  std::fflush(stdout);
  wipe(&*text);
  print_surroundings(access, format, out);
  if (!out.json() && isatty(STDOUT_FILENO)) out.line("The secret is not shown again.");
  return {};
}

// How long `--observe` lets a client do as it does; the policy file says when that ends.
constexpr std::chrono::days kObservation{14};

std::string end_of_observation() {
  return iso8601(system_clock().wall() + kObservation).substr(0, 19) + "Z";
}

Result<int> add(const Globals& globals, Output& out, const NewClient& wanted,
                const std::string& format) {
  KS_CHECK(check_format(format));
  if (format != kTextFormat) out.lines_aside();
  KS_TRY(const AddedClient added, add_client(globals, out, wanted));
  KS_TRY(const Known realm, added.waits_for_people ? known_from_folder(globals) : known(globals));
  KS_TRY(const policy::Client* client, find_client(realm.policy, wanted.name));
  ClientAccess access =
      access_of(realm.policy, *client, signer::Layout(globals.realm), realm.settings);
  access.secret = added.secret.empty() ? nullptr : &added.secret;
  access.passphrase = added.passphrase.empty() ? nullptr : &added.passphrase;
  KS_CHECK(print_once(access, format, out));
  return kOk;
}

// Starts from the version in force, so that edits under way in the policy folder neither stand in
// its way nor come into force by it. Where somebody else has changed it meanwhile, from theirs: two
// who revoke at once must not undo each other.
Result<json::Value> adopt_revoked(const Globals& globals, Output& out, const std::string& name) {
  constexpr int kTries = 20;
  for (int i = 1;; ++i) {
    KS_TRY(signer::InForce in_force, signer::policy_in_force(signer::Layout(globals.realm)));
    const policy::Policy policy = policy::load(in_force.bundle).policy;
    if (const policy::Client* client = policy.client(name); client && client->revoked) {
      return json::object({{"version", in_force.version}, {"changes", json::array({})}});
    }
    const std::string made_from = in_force.bundle.hash();
    KS_CHECK(set_client_field(&in_force.bundle, name, "revoked", "true"));
    auto adopted = adopt_policy(globals, out, &in_force.bundle, made_from);
    if (adopted || adopted.error().code != "policy.moved" || i == kTries) return adopted;
  }
}

Result<int> revoke(const Globals& globals, Output& out, const std::string& name) {
  const signer::Layout layout(globals.realm);
  KS_TRY(const json::Value adopted, adopt_revoked(globals, out, name));
  out.line(fmt::format("Client {} is revoked: its next request is refused.", name));
  if (const auto edit = set_client_field(layout.policy(), name, "revoked", "true"); !edit) {
    out.warn(
        fmt::format("{} does not say so yet ({}): set revoked = true there before the next "
                    "`keystile policy apply`, or it comes back",
                    layout.policy(), edit.error().message));
  }
  out.result(adopted);
  return kOk;
}

Result<int> rotate(const Globals& globals, Output& out, const std::string& name,
                   const std::string& format) {
  KS_CHECK(check_format(format));
  if (format != kTextFormat) out.lines_aside();
  KS_TRY(const Known before, known(globals));
  KS_TRY(const policy::Client* client, find_client(before.policy, name));
  if (const std::string state = state_of(*client); state == "revoked" || state == "expired") {
    return fail("client." + state,
                fmt::format("client {} is {}, which a new key does not end: add another one with "
                            "`keystile client add`",
                            name, state));
  }
  auto rotated = rotate_client(globals, out, before.policy, *client);
  if (!rotated && rotated.error().code == "policy.quorum") {
    return fail("policy.quorum",
                fmt::format("a new key needs the approvers, and nothing changed: make another "
                            "client with `keystile client add`, put it before them with `keystile "
                            "policy propose`, and end {} with `keystile client revoke`",
                            name));
  }
  KS_TRY(const AddedClient added, std::move(rotated));
  policy::Client now = *client;  // not read again: nothing may come between the secret and its user
  now.key_id = added.key_id;
  ClientAccess access =
      access_of(before.policy, now, signer::Layout(globals.realm), before.settings);
  access.secret = &added.secret;
  access.passphrase = added.passphrase.empty() ? nullptr : &added.passphrase;
  KS_CHECK(print_once(access, format, out));
  return kOk;
}

void describe_add(Command& client) {
  struct Options {
    NewClient wanted;
    bool observe = false;
    std::string format = kTextFormat;
  };
  auto o = std::make_shared<Options>();
  Command command =
      client.add("add", "Make a virtual key for one program; its secret is printed once");
  command.argument("name", &o->wanted.name, "A name for the program")
      .option("--account", &o->wanted.account, "The account it uses", true)
      .option("--profile", &o->wanted.profile,
              "Preset: screener, trading-bot, spot-only, reporting, transfers, payouts", true)
      .option("--network", &o->wanted.networks,
              "Where it may come from, e.g. 10.0.0.0/8 (repeatable)")
      .option("--instrument", &o->wanted.instruments,
              "What it may trade, e.g. BTCUSDT or BTC-* (repeatable)")
      .option("--product", &o->wanted.products,
              "spot, margin, linear, inverse, option (repeatable)")
      .option("--max-order-notional", &o->wanted.max_order_notional,
              "Largest order, in the realm's currency")
      .option("--daily-exposure", &o->wanted.daily_exposure, "Most that it may place in 24 hours")
      .option("--withdraw-to", &o->wanted.withdraw_to,
              "An address of the address book that it may ask to withdraw to (repeatable)")
      .option("--max-withdrawal", &o->wanted.max_withdrawal,
              "Largest withdrawal, in the realm's currency")
      .option("--daily-withdrawal", &o->wanted.daily_withdrawal,
              "Most that it may ask to withdraw in 24 hours")
      .option("--expires", &o->wanted.expires, "When it ends, e.g. 2027-01-31T00:00:00Z")
      .option("--algorithm", &o->wanted.algorithm,
              "hmac (default), or rsa / ed25519 with --public-key")
      .option("--public-key", &o->wanted.public_key_file, "The program's public key, a PEM file")
      .flag("--observe", &o->observe,
            "For 14 days only note what its limits would refuse; then see `policy suggest`")
      .option("--format", &o->format, format_names());
  command.run([o](const Globals& g, Output& out) {
    if (o->observe) o->wanted.observe_until = end_of_observation();
    return add(g, out, o->wanted, o->format);
  });
}

}  // namespace

void add_client(Command& root) {
  Command client =
      root.add("client", "The programs that may use this realm, and their virtual keys");
  describe_add(client);
  client.add("list", "List the clients of the policy in force").run(list);

  auto shown = std::make_shared<ShowOptions>();
  Command show_command = client.add("show", "Print what to set in a program (without the secret)");
  show_command.argument("name", &shown->name, "The client")
      .option("--format", &shown->format, format_names());
  show_command.run([shown](const Globals& g, Output& out) { return show(g, out, *shown); });

  auto revoked = std::make_shared<std::string>();
  Command revoke_command =
      client.add("revoke", "End a client: nothing of it is accepted from now on");
  revoke_command.argument("name", revoked.get(), "The client");
  revoke_command.run([revoked](const Globals& g, Output& out) { return revoke(g, out, *revoked); });

  auto rotated = std::make_shared<ShowOptions>();
  Command rotate_command =
      client.add("rotate", "Give a client a new virtual key; the old one ends at once");
  rotate_command.argument("name", &rotated->name, "The client")
      .option("--format", &rotated->format, format_names());
  rotate_command.run([rotated](const Globals& g, Output& out) {
    return rotate(g, out, rotated->name, rotated->format);
  });
}

}  // namespace keystile::cli
