#include "signer/adopted.h"

#include <fcntl.h>
#include <fmt/format.h>

namespace keystile::signer {
namespace {

constexpr uint64_t kSpare = 256 << 10;  // a revocation adds a line; the file system adds its own

std::string adopted_file(const Layout& layout, const std::string& hash) {
  return layout.adopted() + "/" + hash + ".json";
}
std::string kept_file(const Layout& layout) { return layout.adopted() + "/reserve"; }

}  // namespace

Result<policy::Bundle> read_adopted(const Layout& layout, const Adoption& adoption) {
  const std::string path = adopted_file(layout, adoption.hash);
  const auto broken = [&](std::string_view what) {
    return fail("policy.adopted",
                fmt::format("policy version {} cannot be used: {} {}. Put the file back from a "
                            "backup, or adopt the policy folder again with no gate running.",
                            adoption.version, path, what),
                ErrorClass::kFatal);
  };
  const auto text = read_file(path);
  if (!text) return broken("cannot be read");
  const auto bundle = policy::parse_bundle(*text);
  if (!bundle) return broken("is damaged");
  if (bundle->hash() != adoption.hash) return broken("was changed");
  return *bundle;
}

Status store_adopted(const Layout& layout, ledger::Disk& disk, const policy::Bundle& bundle,
                     bool use_kept) {
  const std::string path = adopted_file(layout, bundle.hash()), text = policy::dump_bundle(bundle);
  const auto read_back = policy::parse_bundle(text);
  if (!read_back || read_back->hash() != bundle.hash()) {
    return fail(
        "policy.bundle",
        "the policy cannot be stored so that a start reads it again: the names of its files "
        "must be UTF-8, and all of it together below 64 MiB. Nothing changed");
  }
  Status stored = ledger::replace_file(disk, path, text);
  if (stored || !use_kept || stored.error().code != "ledger.full") return stored;
  disk.remove(kept_file(layout));
  return ledger::replace_file(disk, path, text);
}

void keep_space(const Layout& layout, ledger::Disk& disk, const policy::Bundle& in_force) {
  const auto file = ledger::open_file(kept_file(layout), O_RDWR | O_CREAT, disk);
  const uint64_t bytes = policy::dump_bundle(in_force).size() + kSpare;
  if (file && disk.allocate(file->fd(), bytes) == 0) return;
  disk.remove(kept_file(layout));  // half of it serves nobody
}

}  // namespace keystile::signer
