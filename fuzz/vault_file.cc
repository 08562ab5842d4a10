// A sealed vault, changed: it opens only as it was. Input: changes, a line each (edits.h).
#include <fcntl.h>
#include <unistd.h>

#include "base/temp_folder_for_test.h"
#include "fuzz/check.h"
#include "fuzz/edits.h"
#include "fuzz/input.h"
#include "vault/file.h"
#include "vault/vault.h"

using namespace keystile;
using namespace keystile::vault;

namespace {

SecretBytes secret(std::string_view text) { return *SecretBytes::copy_of(text); }

struct World {
  World() : path(folder / "test.vault") {
    unlock.secret = secret("0123456789abcdef0123456789abcdef");
    KS_HOLDS(Vault::create(path, "test", unlock, system_clock()));
    auto vault = Vault::open(path, "test", unlock);
    KS_HOLDS(vault);
    for (const char* name : {"client/bot", "key/main/trade"}) {
      NewEntry entry;
      entry.name = name;
      entry.key_id = "id";
      entry.secret = secret(std::string("secret of ") + name);
      KS_HOLDS(vault->add(std::move(entry), system_clock()));
    }
    original = *read_private(path, 1 << 20);
  }

  void write(const std::string& bytes) const {
    const int file = ::open(path.c_str(), O_WRONLY | O_TRUNC);
    KS_HOLDS(::write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    ::close(file);
  }

  TempFolder folder;
  std::string path, original;
  Unlock unlock;
};

}  // namespace

KS_FUZZ_TARGET(input) {
  static const World world;
  std::string bytes = world.original;
  while (!input.empty()) fuzz::edit(fuzz::take_line(&input), &bytes);
  if (bytes.size() > 1 << 20) return;
  world.write(bytes);
  const auto opened = Vault::open(world.path, "test", world.unlock);
  KS_HOLDS(opened.has_value() == (bytes == world.original));
  if (opened) KS_HOLDS(opened->list().size() == 2);
}
