// The time of the newest command that was taken (signed_command.h), in a file: so that a gate that
// was started anew takes none that the one before it may have carried out.
#pragma once

#include <string>

#include "base/result.h"
#include "base/time.h"
#include "ledger/disk.h"

namespace keystile::signer {

class CommandMark {
 public:
  CommandMark(std::string path, ledger::Disk& disk) : path_(std::move(path)), disk_(disk) {}

  // Commands must be of that time or later. now: when this process began. Makes the file, so that a
  // disk that is full later has room for the first of them: it may be a freeze.
  WallTime since(WallTime now);
  // Before a command of that time is carried out: it survives this process. lasting: it survives
  // the machine's loss of power too, and the disk is waited for. "signed.disk", retryable.
  Status raise(WallTime newest, bool lasting);

 private:
  Status write(WallTime newest, bool lasting);

  std::string path_;
  ledger::Disk& disk_;
  WallTime written_{}, lasts_{};  // the second is on disk
};

}  // namespace keystile::signer
