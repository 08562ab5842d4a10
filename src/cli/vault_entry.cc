#include "cli/vault_entry.h"

#include <fmt/format.h>

#include "base/time.h"
#include "cli/terminal.h"

namespace keystile::cli {
namespace {

Result<SecretBytes> read_from(int64_t fd, const std::string& prompt) {
  if (fd < 0) return read_secret_from_terminal(prompt);
  return read_secret_from_fd(static_cast<int>(fd));
}

}  // namespace

void describe_entry(Command& command, EntryOptions* options) {
  options->algorithm = "hmac";
  command.option("--id", &options->key_id, "The API key id, if it is not to be asked for")
      .option("--algorithm", &options->algorithm, "hmac (default), rsa or ed25519")
      .option("--secret-fd", &options->secret_fd,
              "Read the secret (or PKCS#8 PEM) from this file descriptor; -1 asks for it")
      .option("--passphrase-fd", &options->passphrase_fd,
              "Read the API passphrase from this file descriptor; -1 asks where one is needed");
}

bool is_executors(policy::Role role) {
  return role == policy::Role::kWithdraw || role == policy::Role::kAdmin;
}

Result<vault::NewEntry> read_entry(std::string name, const EntryOptions& options,
                                   Passphrase passphrase) {
  vault::NewEntry entry;
  entry.name = std::move(name);
  KS_TRY(entry.algorithm, crypto::parse_algorithm(options.algorithm));
  if (entry.algorithm != crypto::KeyAlgorithm::kHmacSha256 && options.secret_fd < 0) {
    return fail("key.secret",
                "a private key is a PEM text: give it by descriptor, such as "
                "--secret-fd 3 3<key.pem, or let `keystile key generate` make one");
  }
  entry.key_id = options.key_id;
  if (entry.key_id.empty()) {
    KS_TRY(entry.key_id, read_line_from_terminal("API key id: "));
  }
  KS_TRY(entry.secret, read_from(options.secret_fd, "API secret (not shown): "));
  if (passphrase == Passphrase::kAsk || options.passphrase_fd >= 0) {
    KS_TRY(entry.passphrase, read_from(options.passphrase_fd, "API passphrase (not shown): "));
  }
  return entry;
}

json::Value to_json(const vault::Info& info) {
  return json::object({{"name", info.name},
                       {"id", info.key_id},
                       {"algorithm", to_string(info.algorithm)},
                       {"public_key", info.public_key},
                       {"has_passphrase", info.has_passphrase},
                       {"created", iso8601(info.created)}});
}

void print_entries(const std::vector<vault::Info>& infos, Output& out) {
  out.line(fmt::format("{:<36} {:<8} {:<25} {}", "ENTRY", "KIND", "ADDED", "API KEY ID"));
  for (const vault::Info& info : infos) {
    out.line(fmt::format("{:<36} {:<8} {:<25} {}", info.name, to_string(info.algorithm),
                         iso8601(info.created), info.key_id.empty() ? "-" : info.key_id));
  }
}

}  // namespace keystile::cli
