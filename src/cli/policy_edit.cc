#include "cli/policy_edit.h"

#include <fmt/format.h>

#include <optional>

#include "base/json.h"
#include "policy/loader.h"
#include "policy/toml.h"
#include "signer/layout.h"
#include "vault/file.h"

namespace keystile::cli {
namespace {

const policy::Node* member(const policy::Node& table, std::string_view name) {
  for (const auto& [key, node] : table.members) {
    if (key == name) return &node;
  }
  return nullptr;
}

// The client's table in a file's text, or null.
const policy::Node* find_client(const policy::Node& root, const std::string& name) {
  const policy::Node* clients = member(root, "client");
  if (!clients) return nullptr;
  for (const policy::Node& client : clients->items) {
    const policy::Node* own = member(client, "name");
    if (own && own->text == name) return &client;
  }
  return nullptr;
}

// Where line number `line` (from 1) begins.
size_t start_of(const std::string& text, int line) {
  size_t at = 0;
  for (int i = 1; i < line; ++i) at = std::min(text.find('\n', at), text.size() - 1) + 1;
  return at;
}

// The text with the client's field set; nothing where it has no such client.
std::optional<std::string> with_field(std::string text, const std::string& client,
                                      const std::string& field, const std::string& value) {
  const auto root = policy::parse_toml(text);
  if (!root) return std::nullopt;  // the loader says what is wrong with it
  const policy::Node* table = find_client(*root, client);
  if (!table) return std::nullopt;
  // The fields set here are written on one line each.
  const policy::Node* old = member(*table, field);
  const int line = old ? old->line : member(*table, "name")->line + 1;
  if (!text.ends_with('\n')) text += '\n';
  const size_t begin = start_of(text, line);
  const size_t end = old ? start_of(text, line + 1) : begin;
  text.replace(begin, end - begin, fmt::format("{} = {}\n", field, value));
  return text;
}

}  // namespace

Result<Edit> set_client_field(const std::string& folder, const std::string& client,
                              const std::string& field, const std::string& value) {
  KS_TRY(const vault::FileLock lock, vault::FileLock::acquire(folder + ".lock"));
  KS_TRY(const policy::Bundle bundle, policy::read_bundle(folder));
  for (const policy::Bundle::File& file : bundle.files) {
    const auto text = with_field(file.text, client, field, value);
    if (!text) continue;
    Edit edit{folder + "/" + file.name, file.text, *text};
    KS_CHECK(signer::write_file(edit.path, *text, 0600));
    return edit;
  }
  return fail("client.unknown", fmt::format("no file in {} has a client named {}", folder, client));
}

Status set_client_field(policy::Bundle* bundle, const std::string& client, const std::string& field,
                        const std::string& value) {
  for (policy::Bundle::File& file : bundle->files) {
    auto text = with_field(file.text, client, field, value);
    if (!text) continue;
    file.text = std::move(*text);
    return {};
  }
  return fail("client.unknown", fmt::format("the policy in force has no client {}", client));
}

Status undo(const std::string& folder, const Edit& edit) {
  KS_TRY(const vault::FileLock lock, vault::FileLock::acquire(folder + ".lock"));
  KS_TRY(const std::string now, signer::read_file(edit.path));
  if (now == edit.after) return signer::write_file(edit.path, edit.before, 0600);
  return fail(
      "policy.edited",
      fmt::format("{} was changed meanwhile by somebody else, and stays as it is: take back "
                  "there what was to come into force",
                  edit.path));
}

std::string toml_quoted(std::string_view text) { return json::quoted(text); }

}  // namespace keystile::cli
