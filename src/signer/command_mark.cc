#include "signer/command_mark.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>

#include "signer/signed_command.h"

namespace keystile::signer {

WallTime CommandMark::since(WallTime now) {
  const auto text = ledger::read_file(path_);
  if (!text && text.error().code == "ledger.missing") {  // none was ever taken
    (void)write(WallTime{}, true);
    return now;
  }
  const auto newest =
      text ? parse_iso8601(text->substr(0, text->find('\n'))) : tl::unexpected<Error>(text.error());
  if (!newest) return now + kCommandWindow;  // no clock that was right is further ahead
  return std::max(now, *newest + Millis{1});
}

Status CommandMark::raise(WallTime newest, bool lasting) {
  if (newest <= (lasting ? lasts_ : written_)) return {};
  newest = std::max(newest, written_);
  if (Status written = write(newest, lasting); !written) {
    return fail("signed.disk",
                fmt::format("it was not carried out, for its time could not be written down: {}",
                            written.error().message),
                ErrorClass::kRetryable);
  }
  written_ = newest;
  if (lasting) lasts_ = newest;
  return {};
}

// In place, for that a full disk has room: the text is always of one length.
Status CommandMark::write(WallTime newest, bool lasting) {
  KS_TRY(const ledger::File file, ledger::open_file(path_, O_WRONLY | O_CREAT, disk_));
  KS_CHECK(ledger::write_all(disk_, file, iso8601(newest) + "\n", path_));
  if (!lasting) return {};
  KS_CHECK(ledger::sync_file(disk_, file, path_));
  return ledger::sync_folder(disk_, path_.substr(0, path_.rfind('/')));
}

}  // namespace keystile::signer
