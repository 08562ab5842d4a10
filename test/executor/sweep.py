"""kill -9 at each system call of a withdrawal, of the executor or of the gate, while the exchange's
history lags: whatever call it is, a withdrawal leaves at most once, and its end says what became of it.

Usage: sweep.py KEYSTILE executor|gate [EXCHANGE [LAG_MS]]      (KEYSTILE_SWEEP=full: every call, not a sample)"""
import collections
import os
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))
from payout_realm import Payouts  # noqa: E402
from world import World, wait_for  # noqa: E402

FULL = os.environ.get("KEYSTILE_SWEEP") == "full"
SAMPLE = {"executor": 6, "gate": 8}
EXCHANGE = sys.argv[3] if len(sys.argv) > 3 else "binance"
LAG_MS = int(sys.argv[4]) if len(sys.argv) > 4 else 1500
PATIENCE = 90 + 2 * LAG_MS // 1000
ENDS = ("done", "failed", "unknown")
GRANT = 'withdraw_to = ["cold-wallet"]\nmax_withdrawal = "1000"\ndaily_withdrawal = "1000000"\nwithdrawals_per_day = 100000\n'


class Trace:
    """What strace has written so far. It counts, and so kills, by call and thread."""

    def __init__(self, path):
        self.calls = []
        for line in path.read_text(errors="replace").splitlines() if path.exists() else []:
            # An interrupted call is told twice: "<unfinished ...>", then "<... read resumed>".
            if found := re.match(r"(\d+) +(\w+)\(", line):
                self.calls.append(found.groups())

    def counts(self, until=None):
        """How often each call was made, by the thread that made it most."""
        by_thread = collections.Counter(self.calls[:until])
        most = {}
        for (_, call), count in by_thread.items():
            most[call] = max(most.get(call, 0), count)
        return most

    def first(self, call):
        names = [name for _, name in self.calls]
        return names.index(call) if call in names else len(names)


def points(before, after):
    """(call, which) of those that came between."""
    return [(call, number) for call, count in sorted(after.items()) for number in range(before.get(call, 0) + 1, count + 1)]


class Sweep:
    def __init__(self, world, realm):
        self.world, self.realm = world, realm
        self.trace = world.folder / "trace"
        self.numbers, self.problems, self.tried, self.killed = [], [], 0, 0

    def strace(self, point=None):
        self.trace.unlink(missing_ok=True)
        inject = [] if point is None else ["-e", f"inject={point[0]}:signal=SIGKILL:when={point[1]}"]
        # -D: what is started is the traced program, so that signals reach it and not strace.
        return ["strace", "-D", "-f", "-qq", "-o", str(self.trace), *inject]

    def ask(self):
        """Of each amount one: Bybit's history shows no id of ours, and of two alike neither is guessed."""
        return self.realm.ask(f"10.{self.realm.asked}5")

    def count(self, name):
        """Whether it was killed at this point."""
        process = self.world.processes.get(name)
        self.tried += 1
        self.killed += process is not None and process.poll() == -9

    def chosen(self, all_points, who):
        step = 1 if FULL else max(1, len(all_points) // SAMPLE[who])
        chosen = all_points[step // 2::step]
        print(f"{len(chosen)} of {len(all_points)} system calls", flush=True)
        return chosen

    def check(self):
        """Nothing is lost, sent twice, or told otherwise than it was."""
        left = collections.Counter(one["client_id"] for one in self.realm.left())
        rows = {row["id"]: row for row in self.world.json("proposal", "list", "--all")["proposals"]}
        ends = collections.Counter()
        for number in self.numbers:
            row = rows.get(number) or self.world.json("proposal", "show", number)
            state, times = row["state"], left[str(number)]
            ends[state, times] += 1
            allowed = {"done": [1], "failed": [0], "unknown": [0, 1]}.get(state, [])
            if times not in allowed or not row["detail"]:
                self.problems.append(f"{number} is {state} ({row['detail']}) and left {times} times")
        for (state, times), count in sorted(ends.items()):
            print(f"{count} {state}, left {times} times")
        print(f"killed at {self.killed} of {self.tried} points", flush=True)
        if self.killed * 3 < self.tried:
            self.problems.append("too few calls were met")
        if unknown := set(left) - {str(number) for number in self.numbers}:
            self.problems.append(f"left, and nobody asked for it: {unknown}")


def sweep_executor(sweep):
    """The executor begins anew for each: it follows, begins, sends, looks and tells."""
    realm = sweep.realm

    def once(point=None):
        number = sweep.ask()
        sweep.numbers.append(number)
        realm.approve(number)
        realm.start(*sweep.strace(point))
        process = sweep.world.processes["executor"]
        wait_for(lambda: process.poll() is not None or realm.state(number) in ENDS, f"{point} or an end", PATIENCE)

    def reference():
        once()
        realm.end()
        trace = Trace(sweep.trace)
        return points(trace.counts(trace.first("connect")), trace.counts())

    reference()  # the first one of all also reads what came before
    for point in sweep.chosen(reference(), "executor"):
        once(point)
        sweep.count("executor")
        realm.end()
        realm.start()  # and let it come to its end, or the next would be killed on the way to this one
        realm.settled(sweep.numbers[-1], PATIENCE)
        realm.end()


def sweep_gate(sweep):
    """The gate begins anew for each, and is killed from the program's call on."""
    world, realm = sweep.world, sweep.realm
    realm.start()

    def start(point=None):
        world.stop("gate")
        world.start("gate", *sweep.strace(point), world.keystile, "--realm", str(world.realm), "serve")
        gate = world.processes["gate"]
        wait_for(lambda: gate.poll() is not None or world.is_priced(), "the gate's prices")

    def once():
        try:
            number = sweep.ask()
            realm.approve(number)
            wait_for(lambda: world.processes["gate"].poll() is not None or realm.state(number) in ENDS, "an end", PATIENCE)
        except (OSError, RuntimeError, AssertionError, ValueError, KeyError) as error:
            gate = world.processes["gate"]
            wait_for(lambda: gate.poll() is not None, f"the gate to end, after {error}", 5)

    start()
    before = Trace(sweep.trace).counts()
    once()
    chosen = sweep.chosen(points(before, Trace(sweep.trace).counts()), "gate")
    for point in chosen:
        start(point)
        once()
        sweep.count("gate")
    world.stop("gate")
    world.start_gate()
    for row in world.json("proposal", "list", "--all")["proposals"]:
        if row["state"] == "proposed":  # an approval was lost on its way
            have = {each["approver"] for each in row["signatures"]}
            realm.approve(row["id"], [name for name in ("alice", "bob") if name not in have])
    sweep.numbers = [entry["id"] for entry in world.ledger("proposal.proposed")]


def main():
    who = sys.argv[2]
    with World(sys.argv[1]) as world:
        realm = Payouts(world, EXCHANGE, world.realm / "run/control.sock", grant=GRANT)
        wait_for(lambda: world.ledger("address.listed"), "the address to be listed")
        realm.faults(history_lag_ms=LAG_MS)
        settings = realm.folder / "executor.toml"
        settings.write_text(settings.read_text().replace("history_grace_s = 6", f"history_grace_s = {LAG_MS // 1000 + 2}"))
        sweep = Sweep(world, realm)
        {"executor": sweep_executor, "gate": sweep_gate}[who](sweep)
        for number in sweep.numbers[-200:]:
            realm.settled(number, PATIENCE)
        sweep.check()
        for problem in sweep.problems:
            print("FAIL", problem)
        sys.exit(1 if sweep.problems else 0)


if __name__ == "__main__":
    main()
