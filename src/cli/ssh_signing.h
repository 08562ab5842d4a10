// Signing with the person's own SSH key. The private key is never read here: ssh-keygen does it,
// which knows agents, passphrases and hardware keys.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/cli.h"
#include "crypto/ssh_key.h"

namespace keystile::cli {

// The first of ~/.ssh/id_ed25519, id_ed25519_sk, id_ecdsa_sk, id_ecdsa and id_rsa that is there.
// "ssh.no_key".
Result<std::string> usual_ssh_key();

// The public half of a key file: of itself, if it is one, or of FILE.pub beside it. "ssh.no_key".
Result<crypto::SshKey> public_half(const std::string& key_file);

// What `ssh-keygen -Y sign` makes of the text, armored. key_file: private, or public with the
// private half in the agent. It may ask for a passphrase or a touch on the terminal.
// "ssh.keygen": it is not installed, or has not signed (it has said why on stderr).
Result<std::string> ssh_sign(const std::string& key_file, const std::string& name_space,
                             std::string_view text);

// The same once the person has seen the text, and has typed `word` under it on the terminal; yes:
// without asking. "approve.not_confirmed".
Result<std::string> sign_shown(const std::string& key_file, const std::string& name_space,
                               const std::string& text, std::string_view word, bool yes,
                               Output& out);

}  // namespace keystile::cli
