#include "ledger/witness.h"

#include <fmt/format.h>

#include "base/encoding.h"

namespace keystile::ledger {
namespace {

constexpr size_t kMaxAnswer = 16 << 10;

tl::unexpected<Error> contradiction(uint64_t seen, std::string_view what) {
  return fail("ledger.witness",
              fmt::format("a witness has cosigned {} entries of this log, but {}: entries were cut "
                          "off or changed since, or an old copy was put back",
                          seen, what),
              ErrorClass::kFatal);
}

}  // namespace

Result<Submission> make_submission(const Folder& folder, uint64_t old) {
  Submission made;
  KS_TRY(std::string note, folder.checkpoint_note());
  KS_TRY(const Checkpoint checkpoint, unverified_checkpoint(note));
  made.size = checkpoint.size;
  if (old > made.size) {
    return contradiction(old, fmt::format("its checkpoint covers {}", made.size));
  }
  made.body = fmt::format("old {}\n", old);
  if (old > 0 && old < made.size) {
    KS_TRY(const Proof proof, consistency_proof(old, made.size, folder.subtrees(made.size)));
    for (const Hash& hash : proof) made.body += base64_encode(bytes_of(hash)) + "\n";
  }
  made.body += "\n" + note;
  made.note = std::move(note);
  return made;
}

Result<std::string> add_cosignature(std::string_view note, std::string_view answer,
                                    const NoteKey& witness) {
  std::string cosigned(note);
  const std::string start = fmt::format("\u2014 {} ", witness.name);
  if (answer.size() > kMaxAnswer) return fail("note.syntax", "the witness's answer is too long");
  while (!answer.empty()) {
    const std::string_view line = answer.substr(0, answer.find('\n'));
    answer.remove_prefix(std::min(line.size() + 1, answer.size()));
    if (line.starts_with(start)) cosigned += std::string(line) + "\n";
  }
  KS_CHECK(cosigned_at(cosigned, witness));
  return cosigned;
}

Result<Witnessed> open_witnessed(std::string_view note, const NoteKey& log,
                                 const NoteKey& witness) {
  KS_TRY(const Checkpoint checkpoint, open_checkpoint(note, log));
  KS_TRY(const WallTime at, cosigned_at(note, witness));
  return Witnessed{checkpoint.size, checkpoint.root, at};
}

std::string witnessed_path(const Folder& folder, const NoteKey& witness) {
  return folder.path_to("witnessed/" + hex_encode(witness.id));
}

Result<Witnessed> read_witnessed(const Folder& folder, const NoteKey& witness) {
  KS_TRY(const std::string note, read_file(witnessed_path(folder, witness)));
  KS_TRY(const NoteKey log, folder.key());
  return open_witnessed(note, log, witness);
}

Status check_witnessed(const Folder& folder, uint64_t size, const Witnessed& witnessed) {
  if (witnessed.size > size) {
    return contradiction(witnessed.size, fmt::format("its checkpoint covers {}", size));
  }
  KS_TRY(const Hash root, root_of_size(witnessed.size, folder.subtrees(size)));
  if (root == witnessed.root) return {};
  return contradiction(witnessed.size, "these entries are not the same ones");
}

}  // namespace keystile::ledger
