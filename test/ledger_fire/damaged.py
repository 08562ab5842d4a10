"""A gate that is started on a damaged ledger: it says what is damaged, lets through what reads, cancels
or just reduces, records that, and refuses all that moves power, in every exchange's own words. Put back from
a copy and started again, all is as it was, with what was recorded meanwhile.

Usage: damaged.py KEYSTILE"""
import json
import os
import pathlib
import re
import shutil
import signal
import sys
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))
from payout_realm import ASK, Payouts  # noqa: E402
from raw import Raw, Spot  # noqa: E402
from world import World, free_ports, judge, wait_for  # noqa: E402

EXCHANGE = "binance"
ENOUGH = 560  # entries: two whole bundles and the beginning of a third
HEADER = 44  # of a record in the journal: length (4), index (8), hash (32)
REDUCE = ("POST", "/fapi/v1/order")


class Gate:
    def __init__(self, world, port):
        self.world, self.port, self.number = world, port, 0
        self.ledger, self.copy = world.realm / "ledger", world.folder / "copy"
        self.client = world.add_client("trader", EXCHANGE, "--instrument", "BTCUSDT", "--daily-exposure", "1000000",
                                       grant="orders_per_second = 1000\nopen_orders = 10000\nreads_per_second = 1000")
        self.payouts = Payouts(world, EXCHANGE, world.realm / "run/control.sock")
        wait_for(lambda: world.ledger("address.listed"), "the address to be listed")

    # --- requests
    def call(self, *request):
        return Raw(self.client).call(*request)

    def order(self, name=None):
        self.number += 1
        self.last = name or f"damaged{self.number}"
        return self.call(*Spot.ROUTES[EXCHANGE], Spot.limit(EXCHANGE, self.last, quantity="0.001"))

    def cancel(self, name):
        return self.call(*Spot.CANCEL[EXCHANGE], Spot.reference(EXCHANGE, name))

    def read(self):
        return self.call("GET", "/api/v3/openOrders", {"symbol": "BTCUSDT"})

    def reduce(self):
        return self.call(*REDUCE, {"symbol": "BTCUSDT", "side": "SELL", "type": "MARKET", "quantity": "0.001", "reduceOnly": "true"})

    def withdraw(self):
        path, fields = ASK[EXCHANGE]
        self.number += 1
        return Raw(self.payouts.client).call("POST", path, fields("20", f"damaged{self.number}"))

    def fill(self):
        while self.world.status()["entries"] < ENOUGH:
            answer = self.read()
            assert answer.status == 200, (answer.body, answer.rule)

    def resting(self):
        answer = self.order()
        assert answer.status == 200, answer.body
        return self.last

    # --- what it says
    def page(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode()

    # --- its files
    def put_back(self):
        shutil.copytree(self.copy, self.ledger, dirs_exist_ok=True)

    def start(self):
        self.world.start_gate()

    def stop(self, how=signal.SIGTERM):
        self.world.stop("gate", how)


# --- how it is damaged; each gives what is then said
def change(path, at):
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def covered(ledger):
    return int((ledger / "checkpoint").read_text().splitlines()[1])


def changed_entry(ledger):
    path = ledger / "tile/entries/000"
    change(path, path.read_bytes().index(b'{"index":40,') + 30)
    return "entry 40 is lost: tile/entries/000 was cut or changed"


def deleted_bundle(ledger):
    (ledger / "tile/entries/001").unlink()
    return "entries 256 to 511 are lost: tile/entries/001 is missing"


def cut_bundle(ledger):
    path = ledger / "tile/entries/000"
    os.truncate(path, path.read_bytes().index(b'{"index":250,') - 2)
    return "entries 250 to 255 are lost: tile/entries/000 was cut or changed"


def deleted_hashes(ledger):
    (ledger / "tile/0/001").unlink()
    return "tile/0/001 is missing or was cut"


def changed_hashes(ledger):
    change(ledger / "tile/0/000", 100)
    return "tile/0/000 was changed"


def changed_last_bundle(ledger):
    number, width = (covered(ledger) - 1) // 256, covered(ledger) % 256
    name, lost = f"tile/entries/{number:03}" + (f".p/{width}" if width else ""), 256 * number
    change(ledger / name, (ledger / name).read_bytes().index(b'{"index":%d,' % lost) + 30)
    return f"entry {lost} is lost: {name} was cut or changed"


def records(journal):
    """(offset, index, entry) of each."""
    at, content = 0, journal.read_bytes()
    while at + HEADER <= len(content):
        length, index = int.from_bytes(content[at:at + 4]), int.from_bytes(content[at + 4:at + 12])
        yield at, index, content[at + HEADER:at + HEADER + length]
        at += HEADER + length


def uncovered_requests(ledger):
    return [(at, index) for at, index, entry in records(ledger / "journal")
            if index >= covered(ledger) and b'"type":"request"' in entry]


def changed_record(ledger):
    at, index = uncovered_requests(ledger)[-2]  # the last one tells that its client was not frozen by it
    change(ledger / "journal", at + HEADER + 40)
    return f"entry {index} is lost: journal was changed or cut"


KINDS = [("an entry was changed", changed_entry), ("a bundle was deleted", deleted_bundle), ("a bundle was cut", cut_bundle),
         ("a hash tile was deleted", deleted_hashes), ("a hash tile was changed", changed_hashes),
         ("an entry of the last bundle was changed", changed_last_bundle), ("a record of the journal was changed", changed_record)]


def stop_for(gate, spoil):
    """Of a journal only what no checkpoint covers yet can be lost: there is some after a kill -9 in time."""
    if spoil is not changed_record:
        while gate.world.status()["entries"] % 256 < 20:  # something of the client behind what will be lost
            gate.read()
        gate.read()
        return gate.stop()
    for _ in range(20):
        for _ in range(5):
            gate.resting()
        gate.stop(signal.SIGKILL)
        if len(uncovered_requests(gate.ledger)) > 1:
            return None
        gate.start()
    raise RuntimeError("there was always a checkpoint over everything")


def refused(answer, told):
    """By an authenticated refusal in the exchange's own words that names what is lost."""
    return answer.rule == "ledger.damaged" and answer.status >= 400 and told in answer.body and "msg" in answer.json


def damaged(gate, told, resting, waiting):
    world = gate.world
    status, body = gate.page("/readyz")
    missing = {one["missing"]: one for one in json.loads(body)["missing"]}
    yield "/readyz says so", status == 503 and told in missing["ledger"]["reason"], body
    file = re.escape(next(word for word in told.split() if "/" in word or word == "journal"))
    yield "/metrics says so", re.search(rf'^keystile_ledger_damaged{{file="{file}"', gate.page("/metrics")[1], re.M), told
    yield "the log says so", f"THE LEDGER IS DAMAGED: {told}" in world.log("gate"), world.log("gate")[-2000:]
    answer = gate.read()
    yield "a read passes", answer.status == 200, answer.body
    answer = gate.cancel(resting)
    yield "a cancel passes", answer.status == 200, answer.body
    answer = gate.reduce()
    yield "an order that just reduces passes", answer.rule == "", answer.rule
    answer = gate.order("never")
    yield "an order does not", refused(answer, told), answer.rule, answer.body
    answer = gate.withdraw()
    yield "a withdrawal does not", refused(answer, told), answer.rule, answer.body
    for what, *words in [("a policy is not proposed", "policy", "propose"), ("nothing is approved", "approve", waiting, "--yes"),
                         ("nothing is withdrawn by people", "withdraw", f"{EXCHANGE}-main", "USDT", "5", "--to", "cold-wallet")]:
        done = world.run(*words, "--key", world.folder / "alice", check=False)
        yield what, done.returncode == 3 and told in done.stderr, done.stderr
    done = world.run("policy", "apply", check=False)
    yield "nor adopted", done.returncode == 3 and told in done.stderr, done.stderr
    yield "ledger verify finds it", world.run("ledger", "verify", check=False).returncode == 1
    yield "the executor waits", world.processes["executor"].poll() is None and gate.payouts.times_left(waiting) == 0


def mended(gate, resting, waiting):
    world = gate.world
    yield "it is ready", gate.page("/readyz")[0] == 200, gate.page("/readyz")[1]
    answer = gate.order()
    yield "orders pass", answer.status == 200, answer.body
    for command in ("verify", "fsck"):
        done = world.run("ledger", command, check=False)
        yield f"ledger {command}", done.returncode == 0, done.stdout
    legs = [(leg["action"], leg.get("client_order_id")) for entry in world.ledger("request") for leg in entry.get("legs", [])]
    yield "what was recorded meanwhile stands in the ledger, once", legs.count(("cancel", resting)) == 1, resting
    yield "and nothing else", ("place", "never") not in legs
    gate.payouts.approve(waiting)
    yield "people decide, and it leaves once", gate.payouts.settled(waiting) == "done" and gate.payouts.times_left(waiting) == 1


def look(world, port):
    world.up()
    gate = Gate(world, port)
    gate.payouts.start()
    gate.fill()
    for what, spoil in KINDS:
        resting, waiting = gate.resting(), gate.payouts.ask()
        stop_for(gate, spoil)
        shutil.rmtree(gate.copy, ignore_errors=True)
        shutil.copytree(gate.ledger, gate.copy)
        told = spoil(gate.ledger)
        gate.start()
        for question, *seen in damaged(gate, told, resting, waiting):
            yield f"{what}: {question}", *seen
        gate.stop()
        gate.start()
        yield f"{what}: still after a restart", gate.order("never").rule == "ledger.damaged"
        gate.stop(signal.SIGKILL)
        gate.put_back()
        gate.start()
        for question, *seen in mended(gate, resting, waiting):
            yield f"{what}: mended: {question}", *seen


def main():
    port = free_ports(1)
    judge(World(sys.argv[1], settings=f"[metrics]\nport = {port}\n"), lambda world: look(world, port))


main()
