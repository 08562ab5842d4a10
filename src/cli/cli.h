// How a command is described and what it may print. Each command is one file with one function
// add_<command>(Command& root); main.cc lists them. CLI11 itself is known to cli.cc alone.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace keystile::cli {

// Exit codes; docs/cli.md explains them to users.
inline constexpr int kOk = 0;
inline constexpr int kNo = 1;      // it ran, and the answer is no: a check failed, a log is damaged
inline constexpr int kUsage = 2;   // wrong words on the command line
inline constexpr int kFailed = 3;  // it could not be done; one line on stderr says why

// Where a command writes: lines for people, or with --json one JSON value on stdout.
class Output {
 public:
  explicit Output(bool json) : json_(json) {}
  bool json() const { return json_; }
  // From here on what is for people goes to standard error, as a shell's comments: standard output
  // is pasted into a program then, and standard error may be sourced.
  void lines_aside() { aside_ = true; }
  // For people only; nothing with --json.
  void line(std::string_view text = "");
  // With --json only. Call once.
  void result(const json::Value& value);
  // A note on stderr while something takes more than a second; only on a terminal.
  void progress(std::string_view text);
  // A warning for people on stderr, in both modes.
  void warn(std::string_view text);

 private:
  void print_aside(std::string_view text) const;

  bool json_;
  bool aside_ = false;
};

// Text that quotes a client, as one line that cannot steer a terminal.
std::string printable(std::string text);

// Options common to all commands.
struct Globals {
  std::string realm = ".";  // --realm, or KEYSTILE_REALM: a folder; for some commands a URL
  bool json = false;
};

// What a command does once its options are read. An Error ends it with kFailed and its message.
using Action = std::function<Result<int>(const Globals&, Output&)>;

// One command or subcommand being described. Targets must outlive parsing: keep them in a
// std::shared_ptr that the action captures.
class Command {
 public:
  Command add(const std::string& name, const std::string& help);
  Command& argument(const std::string& name, std::string* target, const std::string& help,
                    bool required = true);
  // All remaining words, also those that look like options (after "--").
  Command& arguments(const std::string& name, std::vector<std::string>* target,
                     const std::string& help, bool required = true);
  Command& option(const std::string& name, std::string* target, const std::string& help,
                  bool required = false);
  Command& option(const std::string& name, std::vector<std::string>* target,
                  const std::string& help);
  Command& option(const std::string& name, int64_t* target, const std::string& help);
  Command& flag(const std::string& name, bool* target, const std::string& help);
  void run(Action action);

 private:
  friend int run_cli(int argc, char** argv, const std::vector<void (*)(Command&)>& commands);
  struct State;
  Command(std::shared_ptr<State> state, void* app) : state_(std::move(state)), app_(app) {}
  std::shared_ptr<State> state_;
  void* app_;
};

int run_cli(int argc, char** argv, const std::vector<void (*)(Command&)>& commands);

}  // namespace keystile::cli
