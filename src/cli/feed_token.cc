// keystile feed token: who may read the relay of market data.
#include "cli/feed_token.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/secret.h"
#include "cli/feed_thread.h"
#include "feed/tokens.h"
#include "signer/layout.h"
#include "vault/file.h"

namespace keystile::cli {
namespace {

constexpr unsigned kFileMode = 0600;

struct Options {
  std::string config, name;
};

Result<std::string> file_of(const Options& options) {
  KS_TRY(const feed::Settings settings, read_feed_settings(options.config));
  if (settings.relay) return settings.relay->tokens;
  return fail("settings.missing", options.config + " has no [relay]: there is nothing to read");
}

Result<feed::Tokens> read(const std::string& file) {
  if (!std::filesystem::exists(file)) return feed::Tokens();
  KS_TRY(const std::string text, signer::read_file(file));
  return feed::Tokens::parse(text, file);
}

// Held while the file is read, changed and written: of two who do that at once neither undoes what
// the other did.
Result<vault::FileLock> locked(const std::string& file) {
  return vault::FileLock::acquire(file + ".lock");
}

Result<int> make(const Options& options, Output& out) {
  KS_TRY(const std::string file, file_of(options));
  KS_TRY(const vault::FileLock lock, locked(file));
  KS_TRY(feed::Tokens tokens, read(file));
  KS_TRY(std::string token, tokens.add(options.name, system_random(), system_clock().wall()));
  KS_CHECK(signer::write_file(file, tokens.text(), kFileMode));
  out.line(token);
  out.result(json::object({{"name", options.name}, {"token", token}}));
  out.warn("this token is shown once; it is good within a second");
  wipe(&token);
  return kOk;
}

Result<int> list(const Options& options, Output& out) {
  KS_TRY(const std::string file, file_of(options));
  KS_TRY(const feed::Tokens tokens, read(file));
  json::Array rows;
  for (const feed::Token& token : tokens.all()) {
    out.line(fmt::format("{}  {}", iso8601(token.made), token.name));
    rows.push_back(json::object({{"name", token.name}, {"made", iso8601(token.made)}}));
  }
  out.result(json::Value(std::move(rows)));
  return kOk;
}

Result<int> revoke(const Options& options, Output& out) {
  KS_TRY(const std::string file, file_of(options));
  KS_TRY(const vault::FileLock lock, locked(file));
  KS_TRY(feed::Tokens tokens, read(file));
  KS_CHECK(tokens.revoke(options.name));
  KS_CHECK(signer::write_file(file, tokens.text(), kFileMode));
  out.line(fmt::format("{} may read no more, within a second", options.name));
  out.result(json::object({{"revoked", options.name}}));
  return kOk;
}

}  // namespace

void add_feed_token(Command& feed) {
  Command token = feed.add("token", "Who may read the relay of market data");
  const auto options = std::make_shared<Options>();
  const auto with_config = [&options](Command command) {
    return command.option("--config", &options->config, "The feed.toml whose [relay] it is for",
                          true);
  };
  with_config(token.add("new", "A new token, shown once; only its hash is kept"))
      .argument("NAME", &options->name, "Who will use it")
      .run([options](const Globals&, Output& out) { return make(*options, out); });
  with_config(token.add("list", "The names of those that count"))
      .run([options](const Globals&, Output& out) { return list(*options, out); });
  with_config(token.add("revoke", "Ends one"))
      .argument("NAME", &options->name, "Whose")
      .run([options](const Globals&, Output& out) { return revoke(*options, out); });
}

}  // namespace keystile::cli
