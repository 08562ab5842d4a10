#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/encoding.h"
#include "base/json.h"
#include "crypto/digest.h"
#include "policy/loader.h"

namespace keystile::policy {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxFileBytes = 1 << 20;
constexpr size_t kMaxBundleBytes = 64 << 20;

bool is_policy_file(const std::string& name) {
  return name.ends_with(".toml") && !name.starts_with('.') && name.find('/') == name.npos;
}

tl::unexpected<Error> unreadable(const std::string& path, std::string why) {
  return fail("policy.folder", path + " cannot be read: " + std::move(why));
}

// Opened so that a named pipe holds up nobody who reads the folder, such as a serving gate.
Result<std::string> read_text(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat info {};
  const bool is_file = fd >= 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
  std::string text(kMaxFileBytes + 1, '\0');
  size_t size = 0;
  ssize_t got = is_file ? 1 : -1;
  while (got > 0 && size < text.size()) {
    got = read(fd, text.data() + size, text.size() - size);
    size += static_cast<size_t>(std::max<ssize_t>(got, 0));
  }
  if (fd >= 0) close(fd);
  if (got < 0) return unreadable(path, "is it a file you may read?");
  if (size > kMaxFileBytes) return unreadable(path, "it is above 1 MiB");
  text.resize(size);
  return text;
}

// A length before each part, so that no two bundles have the same text to hash.
void add_part(std::string* text, const std::string& part) {
  *text += std::to_string(part.size());
  *text += ':';
  *text += part;
}

tl::unexpected<Error> malformed() {
  return fail("policy.bundle", "the stored policy is damaged: it is not what was adopted");
}

}  // namespace

std::string Bundle::hash() const {
  std::string text;
  for (const File& file : files) {
    add_part(&text, file.name);
    add_part(&text, file.text);
  }
  return hex_encode(crypto::sha256(text));
}

Result<Bundle> read_bundle(const std::string& folder) {
  std::error_code error;
  std::vector<std::string> names;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    std::string name = at->path().filename().string();
    if (is_policy_file(name)) names.push_back(std::move(name));
  }
  if (error) return unreadable(folder, error.message());
  std::sort(names.begin(), names.end());
  Bundle bundle;
  size_t bytes = 0;
  for (std::string& name : names) {
    KS_TRY(std::string text, read_text((fs::path(folder) / name).string()));
    bytes += text.size();
    if (bytes > kMaxBundleBytes) return unreadable(folder, "its files together are above 64 MiB");
    bundle.files.push_back({std::move(name), std::move(text)});
  }
  return bundle;
}

std::string dump_bundle(const Bundle& bundle) {
  json::Array files;
  for (const Bundle::File& file : bundle.files) {
    files.push_back(json::object({{"name", file.name}, {"text", file.text}}));
  }
  return json::dump(json::object({{"files", std::move(files)}}));
}

Result<Bundle> parse_bundle(std::string_view text) {
  const auto root = json::parse(text, {kMaxBundleBytes, 8});
  const json::Value* files = root ? root->find("files") : nullptr;
  if (!files || !files->if_array()) return malformed();
  Bundle bundle;
  for (const json::Value& item : *files->if_array()) {
    const json::Value* name = item.find("name");
    const json::Value* body = item.find("text");
    if (!name || !name->if_string() || !body || !body->if_string()) return malformed();
    if (!is_policy_file(*name->if_string())) return malformed();
    if (!bundle.files.empty() && bundle.files.back().name >= *name->if_string()) return malformed();
    bundle.files.push_back({*name->if_string(), *body->if_string()});
  }
  return bundle;
}

}  // namespace keystile::policy
