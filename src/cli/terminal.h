// How a secret comes in: typed without echo, or through a file descriptor. Never as an argument or
// an environment variable, which other programs can see.
#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace keystile::cli {

// One line from the process's own terminal, whatever stdin is. The terminal is as before when this
// returns, also after Ctrl-C or Ctrl-Z. "terminal.none" where there is no terminal,
// "terminal.empty" for an empty line, "terminal.read" if it fails or is interrupted.
Result<SecretBytes> read_secret_from_terminal(const std::string& prompt);
// A vault's new passphrase, twice. "vault.passphrase" if it is shorter than 12 characters;
// "terminal.differs" unless both are equal.
Result<SecretBytes> read_new_passphrase_from_terminal(const std::string& prompt);
// A line that is no secret, shown as it is typed.
Result<std::string> read_line_from_terminal(const std::string& prompt);

// All of what fd gives up to its end, less one newline at the end. fd is then closed, unless it is
// stdin. "terminal.empty", "terminal.read" (not open, longer than 16 KiB, or a terminal, which
// would show what is typed).
Result<SecretBytes> read_secret_from_fd(int fd);

}  // namespace keystile::cli
