// Signed notes and the checkpoints written as such: https://c2sp.org/signed-note and
// https://c2sp.org/tlog-checkpoint (read 2026-07-22). Ed25519 signatures (type 0x01), and Ed25519
// cosignatures (0x04) of https://c2sp.org/tlog-cosignature; lines of other keys and types are
// carried but ignored, as the specification asks. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "crypto/keys.h"
#include "ledger/merkle.h"

namespace keystile::ledger {

// A verifier's key: who signs, and with what.
struct NoteKey {
  std::string name;
  std::string id;  // 4 bytes
  char type = 1;
  std::string public_key;  // Ed25519: 32 bytes

  std::string vkey() const;  // "name+hex(id)+base64(type ‖ key)"
};

// A key name: not empty, no '+', no white space of any script, valid UTF-8.
bool is_key_name(std::string_view name);

// "note.key": not a vkey, or its id is not that of its name and key.
Result<NoteKey> parse_vkey(std::string_view vkey);
// The public half of an Ed25519 signing key. "note.key".
Result<NoteKey> note_key(const std::string& name, const crypto::SigningKey& key);

// text must end in a newline and hold no other control character.
Result<std::string> sign_note(std::string_view text, const NoteKey& name,
                              const crypto::SigningKey& key);
// The note's text, if it is well formed and the key has signed it. "note.syntax",
// "note.signature".
Result<std::string> open_note(std::string_view note, const NoteKey& key);

// When that witness, whose key is of type 0x04, cosigned the note, by its own clock. It says that
// the witness knew no larger tree of that log then, and that this one continues all that it ever
// saw. "note.syntax", "note.key", "note.signature" (none of that key, or a wrong one).
Result<WallTime> cosigned_at(std::string_view note, const NoteKey& witness);

// Whether an Ed25519 key has signed exactly this text. signature: raw bytes.
bool is_signed(std::string_view text, std::string_view signature, const NoteKey& key);

struct Checkpoint {
  std::string origin;
  uint64_t size = 0;
  Hash root{};

  std::string text() const;
};

// From a note's text. Extension lines are allowed and ignored. "note.checkpoint".
Result<Checkpoint> parse_checkpoint(std::string_view text);
// open_note(), then parse_checkpoint(); the origin must be the key's name.
Result<Checkpoint> open_checkpoint(std::string_view note, const NoteKey& key);
// Without a key: for reading a ledger that is not being verified.
Result<Checkpoint> unverified_checkpoint(std::string_view note);

}  // namespace keystile::ledger
