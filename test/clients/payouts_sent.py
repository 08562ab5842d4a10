"""From a payout program's call to the money's arrival: ccxt asks, two people approve, the executor
sends it once, and ccxt of either language sees it arrive under the id that it was told. So do the
exchange's own packages.

Usage: payouts_sent.py KEYSTILE EXCHANGE"""
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "harness"))
import sdk_payouts  # noqa: E402
from payout_realm import COINS, PEOPLE, Payouts  # noqa: E402
from payouts import COLD, ELSEWHERE, Program, is_so  # noqa: E402
from world import World, wait_for  # noqa: E402


def rows(program, language, id_):
    """What its history shows under that id, and how much else."""
    found = program.call(language, "fetch_withdrawals", "USDT")["result"]
    return [row["status"] for row in found if row["id"] == id_], len(found)


SAVED_NETWORK = {"binance": "TRX", "bybit": "TRX"}


def mirrored(world, realm):
    """The exchange's own list of addresses against the book; OKX has no call for it."""
    if realm.exchange not in SAVED_NETWORK:
        return []

    def compare():
        done = subprocess.run([world.keystile, "--json", "executor", "addresses", str(realm.folder)], text=True,
                              capture_output=True, stdin=subprocess.DEVNULL)
        return done.returncode, [row["difference"] for row in json.loads(done.stdout or "[]")], done.stderr

    def save(address, asset="USDT", network=SAVED_NETWORK[realm.exchange]):
        world.sandbox_control(realm.exchange, "addresses", {"account": "master", "save": {
            "asset": asset, "network": network, "address": address, "tag": ""}})

    found = compare()
    problems = is_so("an address that the exchange has not saved is told", found[0] == 1 and "is not saved" in str(found), found)
    save(COLD)
    save(COINS, "BTC", "BTC")
    found = compare()
    problems += is_so("then both say the same", found[:2] == (0, []), found)
    save(ELSEWHERE)
    found = compare()
    return problems + is_so("what only the exchange has is told", found[0] == 1 and ELSEWHERE in str(found[1]), found)


def by_packages(world, realm):
    """What the exchange calls a withdrawal that has arrived is what its own packages are shown."""
    program, problems = sdk_payouts.Program(world, realm.client), []
    arrived = [sdk_payouts.DONE[realm.exchange]]
    for number, package in enumerate(sdk_payouts.PACKAGES):
        amount = 31 + number
        told = program.call(package, "withdraw", amount, f"payout{package}", COLD)
        id_ = told.get("id")
        problems += is_so(f"{package}: it is accepted", id_, told)
        realm.approve(id_)
        problems += is_so(f"{package}: two people send it", realm.settled(id_) == "done", realm.state(id_))
        shown = wait_for(lambda: program.state(package, id_) == arrived, f"{package} to see it arrive")
        problems += is_so(f"{package}: it arrived, and is shown once", shown)
        problems += is_so(f"{package}: it left once", realm.times_left(id_) == 1, realm.left())
    return problems


def main(keystile, exchange):
    with World(keystile) as world:
        realm = Payouts(world, exchange, world.realm / "run/control.sock")
        wait_for(lambda: world.ledger("address.listed"), "the address to be listed")
        program = Program(world, realm.client)
        world.sandbox_control(exchange, "withdrawals", {"processing_ms": 0, "chain_ms": 0})
        realm.start()
        told = program.withdraw("JavaScript", 25, "payout1")
        id_ = told.get("result", {}).get("id")
        problems = is_so("it is accepted", id_, told)
        shown = rows(program, "Python", id_)
        problems += is_so("it waits", shown == (["pending"], 1), shown)
        realm.approve(id_, PEOPLE[:1])
        problems += is_so("one approval sends nothing", not realm.left(), realm.left())
        realm.approve(id_, PEOPLE[1:2])
        problems += is_so("two send it", realm.settled(id_) == "done", realm.state(id_))
        for language in Program.COMMANDS:
            wait_for(lambda: rows(program, language, id_)[0] != ["pending"], f"{language} to see it arrive")
            shown = rows(program, language, id_)
            problems += is_so(f"{language}: it arrived, and is shown once", shown == (["ok"], 1), shown)
        file = world.folder / "evidence.json"
        key = world.json("proposal", "show", id_, "--proof", file)["realm_key"]
        proven = world.json("verify", file, "--realm-key", key)
        problems += is_so("the evidence proves who approved it, and what the exchange answered",
                          proven["state"] == "done" and proven["detail"].startswith("exchange id ")
                          and [each["approver"] for each in proven["signatures"]] == list(PEOPLE[:2]), proven)
        again = program.withdraw("Python", 25, "payout1")
        problems += is_so("asked again it is still the same", again.get("result", {}).get("id") == id_, again)
        sent = [(one["client_id"], one["address"]) for one in realm.left()]
        problems += is_so("it left once", len(sent) == 1, sent)
        problems += mirrored(world, realm) + by_packages(world, realm)
    if problems:
        sys.exit(f"{len(problems)} problems: {', '.join(problems)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
