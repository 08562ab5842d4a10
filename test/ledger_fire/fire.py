"""The ledger's files deleted, cut, replaced or made unwritable under a running gate, a full disk, and
every single file system call failing or ending the process. Whatever happens: nothing reaches the
exchange without its entry, cancels go on as long as they can be recorded, the gate recovers, and the
ledger verifies.

Usage: fire.py KEYSTILE FAULTS_LIBRARY        (KEYSTILE_SWEEP=full: every call, not a sample;
KEYSTILE_MAY_SKIP=mount: what needs a file system to be mounted is left out, where that may not be)"""
import contextlib
import errno
import http.client
import json
import os
import pathlib
import shutil
import subprocess
import sys
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "harness"), str(HERE.parent / "hostile")]
from cases import bindings  # noqa: E402
from faults import CALLS, FOREVER, KILL_AFTER, KILL_BEFORE, WHILE_RUNNING, Faults  # noqa: E402
from hostile import Bench, Upstream  # noqa: E402
from raw import Raw, Spot  # noqa: E402
from spent import cancel_without_rate, exhausted_by, spend  # noqa: E402
from wire import listener_settings, ways_in  # noqa: E402
from world import World, wait_for  # noqa: E402

EXCHANGE = "binance"
FULL = os.environ.get("KEYSTILE_SWEEP") == "full"
MAY_SKIP = os.environ.get("KEYSTILE_MAY_SKIP", "").split()
# Where each exchange's orders say whose they are.
CLIENT_IDS = ("newClientOrderId", "origClientOrderId", "clOrdId", "orderLinkId")


class Fire:
    def __init__(self, world, library, ways):
        self.world, self.problems, self.number, self.ways = world, [], 0, ways
        self.ledger = world.realm / "ledger"
        self.faults = Faults(library, world.folder, world.realm)
        self.client = world.add_client("burning", EXCHANGE, "--instrument", "BTCUSDT", "--daily-exposure", "1000000",
                                       grant="orders_per_second = 1000\nopen_orders = 10000")
        upstream, exhausted = Upstream(world, bindings()), self.exhausted()
        self.benches = [Bench(world, way, binding, upstream, exhausted) for binding in bindings() for way in ways]
        self.restart()

    def exhausted(self):
        """(exchange, role) → a client on each exchange whose limits an order by each way in will spend."""
        words = [word for one in ("127.0.0.1", f"unix:{os.getuid()}") for word in ("--network", one)]
        made = {}
        for binding in bindings():
            instruments = dict.fromkeys((binding.values["spot"], binding.values["linear"]))
            client = self.world.add_client(f"{binding.exchange}-exhausted", binding.exchange, *words,
                                           *(word for one in instruments for word in ("--instrument", one)), grant=exhausted_by(len(self.ways)))
            made[binding.exchange, "exhausted"] = Raw(client)
        return made

    # --- the gate, with the faults in it
    def start(self):
        world = self.world
        world.start("gate", world.keystile, "--realm", str(world.realm), "serve", env=self.faults.environment())
        world.ready("gate", world.is_priced, "the gate's prices")
        self.raw = Raw(self.client)

    def restart(self):
        self.world.stop("gate")
        self.start()

    def problem(self, text):
        self.problems.append(text)
        print("PROBLEM", text, flush=True)

    # --- requests; each says by which rule it was refused, "" if it was not, "lost" without an answer
    def call(self, route, fields):
        try:
            answer = self.raw.call(*route, fields)
            return answer.rule or ("" if answer.status < 400 else f"http {answer.status} {answer.body}")
        except (OSError, http.client.HTTPException):
            return "lost"

    def order(self):
        self.number += 1
        self.last = f"fire{self.number}"
        return self.call(Spot.ROUTES[EXCHANGE], Spot.limit(EXCHANGE, self.last, quantity="0.001"))

    def cancel(self, client_id):
        return self.call(Spot.CANCEL[EXCHANGE], Spot.reference(EXCHANGE, client_id))

    def read(self):
        return self.call(("GET", "/api/v3/openOrders"), {"symbol": "BTCUSDT"})

    def resting(self):
        if rule := self.order():
            self.problem(f"an order before the fault: {rule}")
        return self.last

    # --- what must hold
    def takes_entries(self):
        status = self.world.status()
        return status and status["ledger"]["takes_entries"]

    def stops(self):
        """How many entries say that the ledger stopped."""
        shown = self.world.run("ledger", "export", check=False).stdout
        return shown.count('"type":"ledger.stopped"')

    def is_covered(self):
        return int((self.ledger / "checkpoint").read_text().splitlines()[1]) == self.world.status()["entries"]

    def expect(self, what, got, rules):
        if got not in rules:
            self.problem(f"{what}: “{got}” instead of {' or '.join(map(repr, rules))}")

    def check_ledger(self, what):
        for command in ("verify", "fsck"):
            done = self.world.run("ledger", command, check=False)
            if done.returncode != 0:
                self.problem(f"{what}: ledger {command}: {done.stdout}{done.stderr}")

    def check_nothing_unrecorded(self, what):
        """Every order and cancel that the oracle saw stands in the ledger, in that number."""
        recorded = {}
        for entry in self.world.ledger("request"):
            for leg in entry.get("legs", []):
                key = (leg["action"], leg.get("client_order_id"))
                recorded[key] = recorded.get(key, 0) + 1
        seen = {}
        for line in self.world.oracle_lines():
            if line["problems"]:
                self.problem(f"{what}: oracle: {line}")
            if line["method"] != "GET":
                key = write_of(line)
                seen[key] = seen.get(key, 0) + 1
        lost = {key for key, count in seen.items() if recorded.get(key, 0) < count}
        if lost:
            self.problem(f"{what}: at the exchange but not in the ledger: {sorted(lost)}")


def write_of(line):
    """(action, client order id) of a write that the oracle saw."""
    fields = dict(urllib.parse.parse_qsl(line["target"].partition("?")[2])) or json.loads(line["body"])
    action = "cancel" if line["method"] == "DELETE" or "cancel" in line["path"] else "place"
    return action, next((fields[name] for name in CLIENT_IDS if name in fields), None)


# --- files that somebody changes: how, what is then refused with, how it is mended
def rename_away(path):
    path.rename(path.with_name(path.name + ".away"))
    return lambda: path.with_name(path.name + ".away").rename(path)


def by_mending(spoil):
    def spoiled(path):
        spoil(path)
        return None
    return spoiled


def replace(path):
    copy = path.with_name("copy")
    shutil.copy(path, copy)
    copy.rename(path)


def write_text(path):
    path.write_text("nonsense\n")


SPOILINGS = [
    # what, file, how; the way back: a function, or None for `keystile ledger mend`
    ("journal renamed", "journal", rename_away),
    ("journal deleted", "journal", by_mending(pathlib.Path.unlink)),
    ("journal emptied", "journal", by_mending(lambda path: os.truncate(path, 0))),
    ("journal replaced", "journal", by_mending(replace)),
    ("checkpoint deleted", "checkpoint", by_mending(pathlib.Path.unlink)),
    ("checkpoint overwritten", "checkpoint", by_mending(write_text)),
    ("key overwritten", "log.vkey", by_mending(write_text)),
    ("tiles renamed", "tile", rename_away),
    ("folder renamed", ".", rename_away),
]


def check_spoiled_files(fire):
    for what, name, spoil in SPOILINGS:
        resting, stops = fire.resting(), fire.stops()
        wait_for(fire.is_covered, "a checkpoint over everything")  # the next would heal what is spoilt before it
        back = spoil((fire.ledger / name).resolve())
        wait_for(lambda: not fire.takes_entries(), f"the gate to notice: {what}", 5)
        fire.expect(f"{what}: an order", fire.order(), ["ledger.damaged"])
        fire.expect(f"{what}: a cancel", fire.cancel(resting), [""])
        fire.expect(f"{what}: a read", fire.read(), [""])
        if back:
            back()
        else:
            fire.world.run("ledger", "mend")
        wait_for(fire.takes_entries, f"the gate to recover: {what}", 5)
        fire.expect(f"{what}: an order after it was mended", fire.order(), [""])
        fire.check_ledger(what)
        if fire.stops() == stops:
            fire.problem(f"{what}: it does not stand in the ledger")


def check_restart_after_deletion(fire):
    """A journal deleted under the gate: it ends as it should, and the next one takes the rescue."""
    resting = fire.resting()
    (fire.ledger / "journal").unlink()
    wait_for(lambda: not fire.takes_entries(), "the gate to notice the deletion", 5)
    fire.expect("journal deleted: a cancel", fire.cancel(resting), [""])
    fire.world.stop("gate", 9)
    fire.check_ledger("killed with a deleted journal")
    fire.start()
    fire.expect("an order after the restart", fire.order(), [""])


# --- a disk that is full, read-only or broken
def check_disk(fire):
    writes = ["open", "write", "ftruncate", "rename", "mkdir", "fallocate"]
    for what, calls, number, rules in [
            ("full", ["write", "fallocate"], errno.ENOSPC, ["ledger.full"]),
            ("over its quota", ["write", "fallocate"], errno.EDQUOT, ["ledger.full"]),
            ("read-only", writes, errno.EROFS, ["ledger.io"]),
            ("broken", ["write", "fsync"], errno.EIO, ["ledger.io"])]:
        fire.resting()
        fire.faults.arm(calls, number, times=FOREVER)
        # The first may still be refused by the call itself, later ones by what that taught.
        fire.expect(f"disk {what}: an order", fire.order(), rules)
        fire.expect(f"disk {what}: another order", fire.order(), rules)
        fire.faults.disarm()
        wait_for(fire.takes_entries, f"the gate to recover from a disk that was {what}", 5)
        fire.expect(f"disk {what}: an order afterwards", fire.order(), [""])
        fire.check_ledger(f"disk {what}")


def mount(*words):
    return subprocess.run(["mount", *map(str, words)], capture_output=True).returncode == 0


def no_mount(fire, what):
    if "mount" in MAY_SKIP:
        print(f"{what}: left out, since nothing may be mounted here")
    else:
        fire.problem(f"{what}: nothing may be mounted here; KEYSTILE_MAY_SKIP=mount leaves it out")


def check_read_only(fire):
    """The folder's file system turns read-only under the gate: what is open can be written, nothing else."""
    resting = fire.resting()
    if not mount("--bind", fire.ledger, fire.ledger):
        return no_mount(fire, "a read-only file system")
    try:
        if not mount("-o", "remount,bind,ro", fire.ledger):
            fire.problem("the ledger's folder cannot be made read-only")
        with contextlib.suppress(TimeoutError):
            wait_for(lambda: fire.order() == "ledger.io", "the file system to be read-only", 20)
        fire.expect("read-only file system: an order", fire.order(), ["ledger.io"])
        fire.expect("read-only file system: a cancel", fire.cancel(resting), [""])
    finally:
        subprocess.run(["umount", "-l", str(fire.ledger)], check=True)
    wait_for(fire.takes_entries, "the gate to recover from a read-only file system", 5)
    fire.expect("read-only file system: an order afterwards", fire.order(), [""])
    fire.check_ledger("read-only file system")


@contextlib.contextmanager
def small_disk(ledger, size):
    """The ledger on a small file system of its own, where this may be mounted."""
    kept = ledger.with_name("ledger.kept")
    ledger.rename(kept)
    ledger.mkdir()
    mounted = mount("-t", "tmpfs", "-o", f"size={size}", "keystile-test", ledger)
    shutil.copytree(kept, ledger, dirs_exist_ok=True, ignore=shutil.ignore_patterns("reserve", "lock"))
    try:
        yield mounted
    finally:
        if mounted:
            shutil.copytree(ledger, kept, dirs_exist_ok=True)
            subprocess.run(["umount", str(ledger)], check=True)
        shutil.rmtree(ledger)
        kept.rename(ledger)


def check_exhausted(fire, spent):
    """Cancels on each exchange by each way in, with count, day, rate and disk all spent. spent: exchange →
    the client's open orders."""
    in_time = {}
    for bench in fire.benches:
        what = f"full disk: {bench.exchange} by {bench.way.name}: a cancel when count, day and rate are spent"
        in_time[bench.exchange] = cancel_without_rate(bench, "exhausted", spent[bench.exchange].pop(), what) or in_time.get(bench.exchange)
        for problem in bench.problems:
            fire.problem(problem)
    for exchange in spent:
        if not in_time[exchange]:
            fire.problem(f"full disk: {exchange}: no cancel within the second that was spent")


def check_full_disk(fire):
    """A file system with no byte left: cancels and revoking go on from what is kept for them."""
    fire.world.stop("gate")
    with small_disk(fire.ledger, "12m") as mounted:
        if mounted:
            fill_disk(fire)
        else:
            no_mount(fire, "a full disk")
    fire.start()


def fill_disk(fire):
    fire.start()
    orders = [fire.resting() for _ in range(3)]
    spent = {bench.exchange: spend(bench, "exhausted", len(fire.ways)) for bench in fire.benches[::len(fire.ways)]}
    ballast = fire.ledger / "ballast"
    with open(ballast, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    with contextlib.suppress(TimeoutError):
        wait_for(lambda: fire.order() == "ledger.full", "the disk to be full", 20)
    fire.expect("full disk: an order", fire.order(), ["ledger.full"])
    for order in orders:
        fire.expect("full disk: a cancel", fire.cancel(order), [""])
    fire.expect("full disk: a read", fire.read(), ["ledger.full"])
    check_exhausted(fire, spent)
    fire.expect("full disk: an order after cancels", fire.order(), ["ledger.full"])
    ballast.unlink()
    wait_for(fire.takes_entries, "the gate to recover from a full disk", 5)
    fire.expect("full disk: an order afterwards", fire.order(), [""])
    fire.check_ledger("full disk")
    fire.world.stop("gate")


# --- every single call
def one_fault(fire, what, calls, **how):
    """An order, a cancel and an order with the fault armed; then all must be well again."""
    resting = fire.resting()
    fire.faults.arm(calls, **how)
    for met in (fire.order(), fire.cancel(resting), fire.order()):
        if met and not met.startswith("ledger."):
            fire.problem(f"{what}: “{met}”")
    # What the thread does with them, and the next look, belong to it.
    end = [fire.world.status()["on_disk"]]
    with contextlib.suppress(TimeoutError):
        wait_for(lambda: fire.faults.met or fire.world.status()["on_disk"] > end[0] + 3, "the fault", 0.6)
    met = fire.faults.met
    fire.faults.disarm()
    wait_for(fire.takes_entries, f"the gate to recover: {what}", 5)
    return met > 0


def check_each_call(fire):
    met = 0
    for call in WHILE_RUNNING:
        for number in (errno.EIO, errno.ENOSPC):
            misses = 0
            for skip in range(40 if FULL else 3):
                if one_fault(fire, f"{call} {skip} {errno.errorcode[number]}", [call], number=number, skip=skip):
                    met += 1
                else:
                    misses += 1
                if misses > 1:
                    break  # the script makes no more of these calls
    fire.check_ledger("after single faults")
    fire.check_nothing_unrecorded("after single faults")
    return met


def check_faults_at_start(fire):
    """A call that fails while the gate starts: it starts all the same, or says why and starts later."""
    met = 0
    for call in CALLS:
        for skip in range(0, 60 if FULL else 2):
            fire.world.stop("gate")
            fire.faults.arm([call], errno.EIO, skip=skip)
            try:
                fire.start()
            except RuntimeError as refused:
                if "ended with 3" not in str(refused) or "keystile: " not in str(refused).rpartition("ended with 3")[2]:
                    fire.problem(f"start, {call} {skip}: {refused}")
                fire.world.processes.pop("gate", None)
            happened = fire.faults.met
            met += happened > 0
            fire.faults.disarm()
            if "gate" not in fire.world.processes:
                fire.start()
            wait_for(fire.takes_entries, f"the gate to recover: start, {call} {skip}", 5)
            if not happened:
                break
    fire.check_ledger("after faults at start")
    return met


def check_kills(fire):
    """The process ends at one call: what was answered before is in the ledger, which verifies."""
    kills = 0
    for mode in (KILL_BEFORE, KILL_AFTER):
        for call in ("write", "fsync", "rename", "open", "unlink"):
            for skip in range(12 if FULL else 1):
                fire.faults.arm([call], skip=skip + (call == "write"), mode=mode)
                answered = []
                for _ in range(20):
                    met = fire.order()
                    if met == "lost":
                        break
                    answered += [fire.last] if not met else []
                with contextlib.suppress(TimeoutError):
                    wait_for(lambda: fire.world.processes["gate"].poll() is not None, "the kill", 1)
                killed = fire.world.processes["gate"].poll() is not None
                fire.faults.disarm()
                fire.world.stop("gate", 9)
                kills += killed
                what = f"killed at {call} {skip} ({mode})"
                fire.check_ledger(what)
                fire.check_nothing_unrecorded(what)
                recorded = {leg.get("client_order_id") for entry in fire.world.ledger("request") for leg in entry.get("legs", [])}
                if lost := set(answered) - recorded:
                    fire.problem(f"{what}: answered but not recorded: {sorted(lost)}")
                fire.start()
    return kills


def main():
    keystile, library = sys.argv[1:3]
    listeners, names_port = listener_settings()
    with World(keystile, oracle=True, settings=listeners) as world:
        fire = Fire(world, pathlib.Path(library).resolve(), ways_in(world, names_port))
        check_spoiled_files(fire)
        check_restart_after_deletion(fire)
        check_disk(fire)
        check_read_only(fire)
        check_full_disk(fire)
        single = check_each_call(fire)
        at_start = check_faults_at_start(fire)
        kills = check_kills(fire)
        fire.world.stop("gate")
        fire.check_ledger("at the end")
        fire.check_nothing_unrecorded("at the end")
    print(f"{len(SPOILINGS)} ways to spoil a file, {single} single faults, {at_start} at start, {kills} kills")
    if single < 20 or at_start < 8 or kills < 8:
        fire.problem("too few faults came to pass for this to show anything")
    sys.exit(1 if fire.problems else 0)


main()
