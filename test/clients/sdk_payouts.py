"""Withdrawals and transfers by each exchange's own packages as they stand, of Python and npm: asked, repeated,
changed, shown while they wait, taken back, and stopped by the people.

Usage: sdk_payouts.py KEYSTILE"""
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "harness"))
from payout_realm import GRANT  # noqa: E402
from payouts import BOOK, COLD, ELSEWHERE, is_so  # noqa: E402
from people import People  # noqa: E402
from world import World, client_environment, wait_for  # noqa: E402

PACKAGES = {"Python": [sys.executable, str(HERE / "payout_sdk.py")], "npm": ["node", str(HERE / "payout_sdk.js")]}
# The exchanges' own states: awaiting approval (OKX: waiting for a manual review); rejected (OKX: cancelled); arrived.
WAITING = {"binance": "2", "okx": "4", "bybit": "SecurityCheck"}
STOPPED = {"binance": "3", "okx": "-2", "bybit": "Reject"}
DONE = {"binance": "6", "okx": "2", "bybit": "success"}
TAKEN_BACK = {"okx": "-2", "bybit": "CancelByUser"}
TRANSFERRED = {"binance": "confirmed", "okx": "success", "bybit": "success"}
NO_ROOM = ("Too many", "has no room")  # the exchange's own words; and ours, where a package shows no others
GRANTS = {"payouts": GRANT, "transfers": 'transfer_assets = ["USDT"]\nmax_transfer = "100"\ntransfer_approval_above = "10"\n'}
QUORUM = '[[quorum]]\nactions = ["transfer"]\napprovals = { treasury = 2 }\n'


class Program:
    def __init__(self, world, access):
        self.exchange = access["exchange"]
        self.env = client_environment(world, direct=False)
        self.env.update({"EXCHANGE": self.exchange, "KEY": access["key"], "SECRET": access["secret"],
                         "PASSPHRASE": access.get("passphrase") or "", "BASE_URL": access["base_url"],
                         "HOST_URL": access["own_url"]})

    def call(self, package, *words):
        """Again where the exchange's own rate limit has no room."""
        def answer():
            done = subprocess.run([*PACKAGES[package], *map(str, words)], env=self.env, text=True, capture_output=True,
                                  stdin=subprocess.DEVNULL, timeout=60)
            if done.returncode != 0:
                raise RuntimeError(f"{package} {words}: {done.stdout}{done.stderr}")
            told = json.loads(done.stdout.splitlines()[-1])
            return None if any(words in told.get("refused", "") for words in NO_ROOM) else told
        return wait_for(answer, f"room for {words[0]}", 90)

    def state(self, package, id_):
        return [row["state"] for row in self.call(package, "history")["rows"] if row["id"] == id_]

    def transfer_state(self, package, id_):
        rows = self.call(package, "transfers", id_)["rows"]
        return [row["state"].lower() for row in rows if row["id"] == id_]


def add_programs(world, people):
    """By profile, one for each exchange. Their grants come into force with the quorum, for all at once."""
    programs = {profile: [Program(world, world.add_client(f"{exchange}-{profile}", exchange, profile="reporting"))
                          for exchange in world.exchanges] for profile in GRANTS}
    for profile, grant in GRANTS.items():
        for exchange in world.exchanges:
            path = world.realm / f"policy/client-{exchange}-{profile}.toml"
            path.write_text(path.read_text().replace('"reporting"', f'"{profile}"') + grant)
    (world.realm / "policy/people.toml").write_text(BOOK + people.toml() + QUORUM)
    world.run("policy", "apply")
    return programs


def asked(program, package, own):
    """What one package sees of a withdrawal; its id."""
    name = f"{program.exchange}, {package}"
    first = program.call(package, "withdraw", "20", own, COLD)
    id_ = first.get("id")
    problems = is_so(f"{name}: accepted, with an id below 2^53", id_ and int(id_) < 2**53, first)
    again = program.call(package, "withdraw", "20", own, COLD)
    problems += is_so(f"{name}: asked again it is the same", again.get("id") == id_, again)
    other = program.call(package, "withdraw", "21", own, COLD)
    problems += is_so(f"{name}: with another amount it is refused", "refused" in other, other)
    lost = program.call(package, "withdraw", "20", own + "x", ELSEWHERE)
    problems += is_so(f"{name}: only to the address book", "refused" in lost, lost)
    shown = program.state(package, id_)
    problems += is_so(f"{name}: its history shows it waiting", shown == [WAITING[program.exchange]], shown)
    return problems, id_


def ended(program, package, people, id_):
    name = f"{program.exchange}, {package}"
    if program.exchange in TAKEN_BACK and package == "npm":
        done = program.call(package, "cancel", id_)
        shown = program.state(package, id_)
        return is_so(f"{name}: taken back", "refused" not in done and shown == [TAKEN_BACK[program.exchange]], (done, shown))
    people.decide(id_, "carol", "reject")
    shown = program.state(package, id_)
    return is_so(f"{name}: a veto is shown", shown == [STOPPED[program.exchange]], shown)


def moved(program, package, world, people, own):
    """A transfer that is worth more than the program may move alone."""
    name = f"{program.exchange}, {package}"
    first = program.call(package, "transfer", "20", own)
    problems = is_so(f"{name}: a transfer is accepted", first.get("id"), first)
    shown = program.transfer_state(package, first.get("id"))
    problems += is_so(f"{name}: and shown as pending", shown == ["pending"], shown)
    number = world.json("proposal", "list")["proposals"][-1]["id"]
    world.run("reject", number, "--yes", "--key", people.key("carol"))
    shown = program.transfer_state(package, first.get("id"))
    return problems + is_so(f"{name}: what people reject has failed", shown == ["failed"], shown)


def main(keystile):
    problems = []
    with World(keystile) as world:
        people = People(world)
        programs = add_programs(world, people)
        wait_for(lambda: world.ledger("address.listed"), "the address to be listed")
        for program in programs["payouts"]:
            for package in PACKAGES:
                found, id_ = asked(program, package, f"payout{package}")
                problems += found + ended(program, package, people, id_)
        for program in programs["transfers"]:
            for number, package in enumerate(PACKAGES):
                own = f"00000000-0000-4000-8000-{number:012}" if program.exchange == "bybit" else f"move{number}"
                problems += moved(program, package, world, people, own)
        for what in ("withdrawals", "transfers"):
            sent = [world.sandbox_control(exchange, what)[what] for exchange in world.exchanges]
            problems += is_so(f"no {what} have reached an exchange", not any(sent), sent)
    if problems:
        sys.exit(f"{len(problems)} problems: {', '.join(problems)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
