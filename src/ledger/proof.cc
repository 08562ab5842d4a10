#include <fmt/format.h>

#include "base/encoding.h"
#include "ledger/folder.h"
#include "ledger/verify.h"

namespace keystile::ledger {
namespace {

constexpr std::string_view kHeader = "c2sp.org/tlog-proof@v1\n";
constexpr std::string_view kExtra = "extra ";
constexpr std::string_view kIndex = "index ";

tl::unexpected<Error> bad_proof(std::string_view why) {
  return fail("ledger.proof", fmt::format("the proof does not hold: {}", why));
}

struct ProofText {
  uint64_t index = 0;
  Proof hashes;
  std::string_view checkpoint;
};

Result<ProofText> parse_proof(std::string_view text) {
  if (!text.starts_with(kHeader)) return bad_proof("it is not a tlog-proof");
  text.remove_prefix(kHeader.size());
  const auto take_line = [&text]() -> std::string_view {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    return line;
  };
  ProofText parsed;
  std::string_view line = take_line();
  if (line.starts_with(kExtra)) line = take_line();  // signed by no one: not used
  const auto index =
      line.starts_with(kIndex) ? parse_uint64(line.substr(kIndex.size())) : std::nullopt;
  if (!index || std::to_string(*index) != line.substr(kIndex.size())) {
    return bad_proof("it has no index");
  }
  parsed.index = *index;
  for (line = take_line(); !line.empty(); line = take_line()) {
    const auto bytes = base64_decode(line);
    const auto hash = bytes ? hash_from(*bytes) : std::nullopt;
    if (!hash || parsed.hashes.size() == 64) return bad_proof("its hashes are malformed");
    parsed.hashes.push_back(*hash);
  }
  parsed.checkpoint = text;
  return parsed;
}

}  // namespace

Result<std::string> prove(const std::string& path, Index index) {
  const Folder folder(path);
  KS_TRY(const std::string note, folder.checkpoint_note());
  KS_TRY(const Checkpoint checkpoint, unverified_checkpoint(note));
  if (index >= checkpoint.size) {
    return fail("ledger.index",
                fmt::format("the last checkpoint covers {} entries, not entry {}; if that was just "
                            "written, ask again in a second",
                            checkpoint.size, index),
                ErrorClass::kRetryable);
  }
  KS_TRY(const Proof proof,
         inclusion_proof(index, checkpoint.size, folder.subtrees(checkpoint.size)));
  std::string text = fmt::format("{}{}{}\n", kHeader, kIndex, index);
  for (const Hash& hash : proof) text += base64_encode(bytes_of(hash)) + "\n";
  return text + "\n" + note;
}

Result<Index> verify_proof(std::string_view proof, std::string_view entry, std::string_view vkey) {
  KS_TRY(const NoteKey key, parse_vkey(vkey));
  KS_TRY(const ProofText parsed, parse_proof(proof));
  KS_TRY(const Checkpoint checkpoint, open_checkpoint(parsed.checkpoint, key));
  if (!verify_inclusion(parsed.index, checkpoint.size, leaf_hash(entry), parsed.hashes,
                        checkpoint.root)) {
    return bad_proof(fmt::format("that is not entry {} of {}", parsed.index, checkpoint.origin));
  }
  return parsed.index;
}

}  // namespace keystile::ledger
