#include "cli/cli.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>

#include "cli/commands.h"

namespace keystile::cli {
namespace {

void print(std::FILE* file, std::string_view text) {
  fmt::print(file, "{}\n", text);
  std::fflush(file);
}

CLI::App& app_of(void* app) { return *static_cast<CLI::App*>(app); }

}  // namespace

void Output::line(std::string_view text) {
  if (!json_) print(stdout, text);
}

void Output::result(const json::Value& value) {
  if (json_) print(stdout, json::dump_pretty(value));
}

void Output::progress(std::string_view text) {
  if (!json_ && isatty(STDERR_FILENO)) print(stderr, text);
}

void Output::warn(std::string_view text) { print(stderr, fmt::format("warning: {}", text)); }

struct Command::State {
  Globals globals;
  Action action;
};

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
  app.add_option("--realm", state->globals.realm, "The realm's folder")
      ->envname("KEYSTILE_REALM")
      ->capture_default_str();
  app.add_flag("--json", state->globals.json, "Print one JSON value instead of text");
  Command root(state, &app);
  for (const auto add : commands) add(root);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kOk : kUsage;
  }
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
