// keystile freeze, keystile unfreeze ID: one person stops a program, an account or all at once, and
// several decide that it goes on.
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/realm_access.h"
#include "cli/realm_link.h"
#include "cli/shown_proposal.h"
#include "quorum/plain_text.h"
#include "signer/freezing.h"

namespace keystile::cli {
namespace {

using quorum::plain_text;

struct Options {
  LinkOptions link;
  std::string client, account, id, reason;
  bool all = false, list = false;
};

// As the operator of the realm's folder, or over HTTPS as the person whose key signs.
Result<json::Value> ask(const Globals& globals, const LinkOptions& options, json::Value command) {
  if (is_url(globals.realm)) {
    KS_TRY(const RealmLink link, RealmLink::open(globals, options));
    return link.ask_signed(std::move(command));
  }
  if (command.text("do") != "freeze.list") command.set("by", "operator " + operator_name());
  return do_as_operator(globals, command, [&](signer::Realm& realm) {
    return *signer::freeze_command(realm, command);
  });
}

Result<std::string> target_of(const Options& o) {
  const int named = (o.client.empty() ? 0 : 1) + (o.account.empty() ? 0 : 1) + (o.all ? 1 : 0);
  if (named != 1 || o.reason.empty()) {
    return fail("freeze.usage",
                "say what is to be frozen, --client NAME, --account NAME or --all, and why with "
                "--reason TEXT; --list shows what is");
  }
  if (o.all) return std::string("all");
  return o.client.empty() ? "account " + o.account : "client " + o.client;
}

bool is_set(const json::Value& value, std::string_view name) {
  const json::Value* member = value.find(name);
  return member && member->if_bool() && *member->if_bool();
}

std::string words_of(const json::Value& freeze) {
  const auto text = [&](std::string_view name) { return plain_text(freeze.text(name)); };
  return fmt::format("Freeze {}: {}, since {} by {}: {}", text("id"), text("target"), text("since"),
                     text("by"), text("reason"));
}

Result<int> freeze(const Globals& globals, Output& out, const Options& o) {
  KS_TRY(const std::string target, target_of(o));
  KS_TRY(const json::Value done,
         ask(globals, o.link,
             json::object({{"do", "freeze"}, {"target", target}, {"reason", o.reason}})));
  const json::Value* made = done.find("freeze");
  const json::Value one = made ? *made : json::Value();
  if (is_set(done, "already")) out.line("It was frozen before; that freeze goes on.");
  out.line(words_of(one));
  if (const auto known = quorum::parse_freeze_target(one.text("target"))) {
    out.line(fmt::format("Stopped: {}.", stopped_by(*known)));
  }
  out.line(fmt::format(
      "It ends with `keystile unfreeze {} --reason TEXT`, {}.", plain_text(one.text("id")),
      is_set(done, "needs_people") ? "once people have approved that" : "by the operator"));
  out.result(done);
  return kOk;
}

Result<int> list(const Globals& globals, Output& out, const Options& o) {
  KS_TRY(const json::Value done, ask(globals, o.link, json::object({{"do", "freeze.list"}})));
  const json::Value* rows = done.find("freezes");
  const json::Array all = rows && rows->if_array() ? *rows->if_array() : json::Array{};
  for (const json::Value& each : all) out.line(words_of(each));
  if (all.empty()) out.line("Nothing is frozen.");
  out.result(done);
  return kOk;
}

// With a quorum it is an approver who asks, also beside the gate.
Result<int> unfreeze(const Globals& globals, Output& out, const Options& o) {
  const json::Value command =
      json::object({{"do", "unfreeze"}, {"id", o.id}, {"reason", o.reason}});
  if (!is_url(globals.realm)) {
    const auto done = ask(globals, o.link, command);
    if (done) {
      out.line(fmt::format("Freeze {} is lifted.", plain_text(o.id)));
      out.result(*done);
      return kOk;
    }
    if (done.error().code != "freeze.people") return tl::unexpected<Error>(done.error());
  }
  KS_TRY(const RealmLink link, RealmLink::open(globals, o.link));
  KS_TRY(const json::Value row, link.ask_signed(command));
  return tell_proposed(link, row, out);
}

}  // namespace

void add_freeze(Command& root) {
  const auto o = std::make_shared<Options>();
  Command command =
      root.add("freeze", "Stop a client, an account or all at once; only people end it");
  command.option("--client", &o->client, "All requests of this client, whose key may be stolen")
      .option("--account", &o->account, "What adds, moves or changes power on this account")
      .flag("--all", &o->all, "The same of every account")
      .option("--reason", &o->reason, "Why; others decide by it how it goes on")
      .flag("--list", &o->list, "Instead show what is frozen");
  describe_link(command, &o->link);
  command.run([o](const Globals& g, Output& out) {
    return o->list ? list(g, out, *o) : freeze(g, out, *o);
  });
}

void add_unfreeze(Command& root) {
  const auto o = std::make_shared<Options>();
  Command command = root.add("unfreeze", "Ask people to end a freeze");
  command.argument("id", &o->id, "The freeze's number, as `freeze --list` shows it")
      .option("--reason", &o->reason, "Why it may end", true);
  describe_link(command, &o->link);
  command.run([o](const Globals& g, Output& out) { return unfreeze(g, out, *o); });
}

}  // namespace keystile::cli
