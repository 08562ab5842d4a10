#include "cli/cli.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <vector>

#include "cli/commands.h"
#include "cli/realm_link.h"

namespace keystile::cli {
namespace {

void print(std::FILE* file, std::string_view text) {
  fmt::print(file, "{}\n", text);
  std::fflush(file);
}

CLI::App& app_of(void* app) { return *static_cast<CLI::App*>(app); }

}  // namespace

std::string printable(std::string text) {
  std::replace_if(
      text.begin(), text.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return text;
}

void Output::print_aside(std::string_view text) const {
  print(stderr, "# " + printable(std::string(text)));
}

void Output::line(std::string_view text) {
  if (json_) return;
  if (aside_) return print_aside(text);
  print(stdout, text);
}

void Output::result(const json::Value& value) {
  if (json_) print(stdout, json::dump_pretty(value));
}

void Output::progress(std::string_view text) {
  if (!json_ && isatty(STDERR_FILENO)) print(stderr, text);
}

void Output::warn(std::string_view text) {
  const std::string warning = fmt::format("warning: {}", text);
  if (aside_) return print_aside(warning);
  print(stderr, warning);
}

struct Command::State {
  Globals globals;
  Action action;
};

namespace {

// Printed paths and those handed to other programs must hold wherever they are used. URLs do.
std::string settled(std::string realm) {
  if (is_url(realm)) return realm;
  std::error_code no_such_folder;
  const auto absolute = std::filesystem::absolute(realm, no_such_folder);
  if (!no_such_folder) realm = absolute.lexically_normal().string();
  while (realm.size() > 1 && realm.ends_with('/')) realm.pop_back();
  return realm;
}

// The commands that were typed: "keystile client".
std::string path_of(const CLI::App& app) {
  const auto typed = app.get_subcommands();
  return app.get_name() + (typed.empty() ? "" : " " + path_of(*typed.front()));
}

// "path of commands" → the words that may follow it.
using Words = std::map<std::string, std::vector<std::string>>;

void collect(const CLI::App& app, const std::string& path, Words* words) {
  std::vector<std::string>& here = (*words)[path];
  for (const CLI::App* child : app.get_subcommands([](const CLI::App*) { return true; })) {
    here.push_back(child->get_name());
    collect(*child, path + " " + child->get_name(), words);
  }
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) here.push_back("--" + name);
  }
}

// A function that walks the words typed so far down the tree, then offers what may follow.
std::string bash_completion(const CLI::App& app) {
  Words words;
  collect(app, "keystile", &words);
  std::string cases;
  for (const auto& [path, following] : words) {
    cases += fmt::format("    '{}') words='{}' ;;\n", path, fmt::join(following, " "));
  }
  return "_keystile() {\n"
         "  local path=keystile words word i\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    word=${COMP_WORDS[i]}\n"
         "    [[ $word == -* ]] || case \" $(_keystile_words \"$path\") \" in *\" $word \"*) "
         "path+=\" $word\" ;; esac\n"
         "  done\n"
         "  words=$(_keystile_words \"$path\")\n"
         "  COMPREPLY=($(compgen -W \"$words --realm --json --help\" -- "
         "\"${COMP_WORDS[COMP_CWORD]}\"))\n"
         "}\n"
         "_keystile_words() {\n"
         "  local words=''\n"
         "  case $1 in\n" +
         cases +
         "  esac\n"
         "  echo \"$words\"\n"
         "}\n"
         "complete -F _keystile keystile\n";
}

// The shells' own bash emulations serve zsh; fish has its own, one line a word.
Result<std::string> completion(const CLI::App& app, const std::string& shell) {
  if (shell == "bash") return bash_completion(app);
  if (shell == "zsh") return "autoload -U +X bashcompinit && bashcompinit\n" + bash_completion(app);
  if (shell != "fish") return fail("completion.shell", "the shell must be bash, zsh or fish");
  Words words;
  collect(app, "keystile", &words);
  std::string out;
  for (const auto& [path, following] : words) {
    const std::string last = path.substr(path.find_last_of(' ') + 1);
    const std::string when =
        path == "keystile" ? "__fish_use_subcommand" : "__fish_seen_subcommand_from " + last;
    for (const std::string& word : following) {
      out += word.starts_with("--")
                 ? fmt::format("complete -c keystile -n '{}' -l '{}'\n", when, word.substr(2))
                 : fmt::format("complete -c keystile -f -n '{}' -a '{}'\n", when, word);
    }
  }
  return out;
}

}  // namespace

Command Command::add(const std::string& name, const std::string& help) {
  CLI::App* child = app_of(app_).add_subcommand(name, help);
  child->fallthrough();
  app_of(app_).require_subcommand(1);
  return Command(state_, child);
}

Command& Command::argument(const std::string& name, std::string* target, const std::string& help,
                           bool required) {
  app_of(app_).add_option(name, *target, help)->required(required);
  return *this;
}

Command& Command::arguments(const std::string& name, std::vector<std::string>* target,
                            const std::string& help, bool required) {
  app_of(app_).add_option(name, *target, help)->required(required);
  return *this;
}

Command& Command::option(const std::string& name, std::string* target, const std::string& help,
                         bool required) {
  app_of(app_).add_option(name, *target, help)->required(required);
  return *this;
}

Command& Command::option(const std::string& name, std::vector<std::string>* target,
                         const std::string& help) {
  app_of(app_).add_option(name, *target, help);
  return *this;
}

Command& Command::option(const std::string& name, int64_t* target, const std::string& help) {
  app_of(app_).add_option(name, *target, help)->capture_default_str();
  return *this;
}

Command& Command::flag(const std::string& name, bool* target, const std::string& help) {
  app_of(app_).add_flag(name, *target, help);
  return *this;
}

void Command::run(Action action) {
  app_of(app_).callback([state = state_, action = std::move(action)] { state->action = action; });
}

int run_cli(int argc, char** argv, const std::vector<void (*)(Command&)>& commands) {
  CLI::App app{"Keystile: the permission gate between trading programs and crypto exchanges.",
               "keystile"};
  app.set_version_flag("--version", "keystile " KEYSTILE_VERSION);
  auto state = std::make_shared<Command::State>();
  app.add_option("--realm", state->globals.realm,
                 "The realm's folder; for approvers also https://HOST:PORT/NAME")
      ->envname("KEYSTILE_REALM")
      ->capture_default_str();
  app.add_flag("--json", state->globals.json, "Print one JSON value instead of text");
  Command root(state, &app);
  for (const auto add : commands) add(root);
  auto shell = std::make_shared<std::string>();
  Command complete = root.add("completion", "Print a script that completes commands in your shell");
  complete.argument("shell", shell.get(), "bash, zsh or fish");
  complete.run([shell, &app](const Globals&, Output&) -> Result<int> {
    KS_TRY(const std::string script, completion(app, *shell));
    fmt::print("{}", script);
    return kOk;
  });
  try {
    app.parse(argc, argv);
  } catch (const CLI::RequiredError& error) {
    // A mistyped command is read as none.
    const std::vector<std::string> unread = app.remaining(true);
    if (unread.empty()) return app.exit(error) == 0 ? kOk : kUsage;
    print(stderr, fmt::format("keystile: there is no command \"{}\" here: {} --help lists them",
                              printable(unread.front()), path_of(app)));
    return kUsage;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kOk : kUsage;
  }
  state->globals.realm = settled(state->globals.realm);
  Output output(state->globals.json);
  const Result<int> code = state->action ? state->action(state->globals, output) : kUsage;
  if (code) return *code;
  if (output.json()) {
    output.result(json::object({{"error", json::object({{"code", code.error().code},
                                                        {"message", code.error().message}})}}));
  }
  print(stderr, fmt::format("keystile: {} ({})", code.error().message, code.error().code));
  return kFailed;
}

}  // namespace keystile::cli
