"""Steers faults.cc: which file system call of a running gate fails, and how."""
import errno
import mmap
import os
import struct

CALLS = ["open", "read", "write", "fsync", "ftruncate", "rename", "unlink", "mkdir", "fallocate", "stat", "flock", "close"]
# The others happen only while it starts. Not here: what only reads a folder's list or an open file's
# place (getdents, lseek), and mmap, which the ledger does not use.
WHILE_RUNNING = [call for call in CALLS if call not in ("read", "flock")]
FAIL, KILL_BEFORE, KILL_AFTER = range(3)
FOREVER = 0xFFFFFFFF
_WORDS = 6 + len(CALLS)


class Faults:
    def __init__(self, library, folder, under):
        self.path, self.library, self.under = folder / "faults", library, under
        self.path.write_bytes(bytes(4 * _WORDS))
        with open(self.path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), 4 * _WORDS)

    def environment(self):
        return {**os.environ, "LD_PRELOAD": str(self.library), "KEYSTILE_FAULTS": str(self.path),
                "KEYSTILE_FAULTS_UNDER": str(self.under), "ASAN_OPTIONS": "verify_asan_link_order=0"}

    def arm(self, calls, number=errno.EIO, skip=0, times=1, mode=FAIL):
        mask = sum(1 << CALLS.index(call) for call in calls)
        self._set(0, 0)  # not half of the old plan and half of the new one
        for word, value in enumerate((mode, number, skip, times, 0), 1):
            self._set(word, value)
        self._set(0, mask)

    def disarm(self):
        self._set(0, 0)

    @property
    def met(self):
        """How often the armed fault came to pass."""
        return self._get(5)

    def seen(self):
        return {call: self._get(6 + number) for number, call in enumerate(CALLS)}

    def _set(self, word, value):
        struct.pack_into("I", self.memory, 4 * word, value)

    def _get(self, word):
        return struct.unpack_from("I", self.memory, 4 * word)[0]
