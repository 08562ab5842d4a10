#include "cli/ssh_signing.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>

#include "cli/child.h"
#include "cli/terminal.h"
#include "signer/layout.h"

namespace keystile::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::array kUsualKeys = {"id_ed25519", "id_ed25519_sk", "id_ecdsa_sk", "id_ecdsa",
                                   "id_rsa"};

bool is_there(const std::string& path) {
  std::error_code error;
  return fs::exists(path, error);
}

// A folder that nobody else can look into, with what is in it until this goes.
class PrivateFolder {
 public:
  PrivateFolder() {
    std::error_code error;
    std::string path = (fs::temp_directory_path(error) / "keystile-XXXXXX").string();
    if (!error && mkdtemp(path.data())) path_ = path;
  }
  ~PrivateFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace

Result<std::string> usual_ssh_key() {
  const passwd* user = getpwuid(getuid());  // as ssh finds them
  const std::string folder = std::string(user ? user->pw_dir : "") + "/.ssh/";
  for (const char* name : kUsualKeys) {
    if (is_there(folder + name) || is_there(folder + name + ".pub")) return folder + name;
  }
  return fail("ssh.no_key",
              fmt::format("there is no SSH key in {}: name yours with --key FILE", folder));
}

Result<crypto::SshKey> public_half(const std::string& key_file) {
  for (const std::string& path : {key_file, key_file + ".pub"}) {
    const auto text = signer::read_file(path);
    if (!text) continue;
    if (auto key = crypto::SshKey::parse(*text)) return key;
  }
  if (key_file.ends_with(".pub")) {
    return fail("ssh.no_key",
                fmt::format("{} is not there, or no key that can approve: it takes Ed25519, FIDO, "
                            "ECDSA P-256, and RSA from 3072 bits",
                            key_file));
  }
  return fail(
      "ssh.no_key",
      fmt::format("{0}.pub is not there, or no key that can approve: `ssh-keygen -y -f {0} > "
                  "{0}.pub` makes it",
                  key_file));
}

Result<std::string> ssh_sign(const std::string& key_file, const std::string& name_space,
                             std::string_view text) {
  const PrivateFolder folder;
  if (folder.path().empty()) {
    return fail("ssh.keygen", "cannot make a folder for the text that is to be signed");
  }
  // Not by a pipe: ssh-keygen asks for passphrases only while its input is a terminal.
  const std::string file = folder.path() + "/text";
  KS_CHECK(signer::write_file(file, text, 0600));
  // What it prints goes to stderr, so that with --json stdout stays one value.
  const auto child =
      start_child({"ssh-keygen", "-Y", "sign", "-q", "-f", key_file, "-n", name_space, file}, -1,
                  STDERR_FILENO);
  if (!child) {
    return fail("ssh.keygen",
                child.error().message +
                    ": install openssh-client, or sign by hand what --print prints and "
                    "bring it with --signature");
  }
  const int code = wait_for_child(*child);
  if (code != 0) {
    return fail("ssh.keygen",
                fmt::format("ssh-keygen has not signed with {} (exit code {})", key_file, code));
  }
  return signer::read_file(file + ".sig");
}

Result<std::string> sign_shown(const std::string& key_file, const std::string& name_space,
                               const std::string& text, std::string_view word, bool yes,
                               Output& out) {
  if (yes) {
    out.line(text);
  } else {
    fmt::print(stderr, "{}\n", text);
    const auto typed =
        read_line_from_terminal(fmt::format("To sign exactly this, type {}: ", word));
    if (!typed && typed.error().code == "terminal.none") {
      return fail("approve.not_confirmed",
                  "nothing was signed, for there is no terminal to ask on: read the text, and add "
                  "--yes");
    }
    if (!typed) return tl::unexpected<Error>(typed.error());
    if (*typed != word) return fail("approve.not_confirmed", "nothing was signed");
  }
  return ssh_sign(key_file, name_space, text);
}

}  // namespace keystile::cli
