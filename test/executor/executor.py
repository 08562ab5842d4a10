"""Approved withdrawals leave once, by an executor whose keys the gate does not have; and what comes of
it when it is killed, when answers are lost, and when the exchange's history lags.

Usage: executor.py KEYSTILE EXCHANGE"""
import json
import pathlib
import re
import shutil
import signal
import sys
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))
from payout_realm import ASK, PEOPLE, Payouts  # noqa: E402
from world import World, free_ports, judge, wait_for  # noqa: E402


def same(what, found, wanted):
    return what, found == wanted, f"{found!r}, not {wanted!r}"


def once(realm):
    number = realm.ask("25.5")
    realm.start()
    realm.approve(number, PEOPLE[:1])
    yield same("one approval sends nothing", (realm.state(number), realm.left()), ("proposed", []))
    realm.approve(number, PEOPLE[1:2])
    yield same("two of three send it", realm.settled(number), "done")
    yield same("once, under the proposal's number", [(one["client_id"], one["amount"]) for one in realm.left()],
         [(str(number), "25.5")])
    wait_for(lambda: realm.followed() == {number: "done"}, "its own folder to know")


def priced(realm):
    """What is no money needs a price, which the executor asks the exchange for itself."""
    world = realm.world
    number = world.json("withdraw", f"{realm.exchange}-main", "BTC", "0.01", "--to", "coins", "--key", world.folder / "carol")["id"]
    realm.approve(number)
    yield same("coins are sent, too", (realm.settled(number), realm.times_left(number)), ("done", 1))
    own = b"".join(path.read_bytes() for path in (realm.folder / "ledger").rglob("*") if path.is_file())
    yield same("at a worth of its own", b'"id":%d,"worth":"' % number in own, True)


def vetoed(realm):
    number = realm.ask()
    realm.end()
    realm.approve(number)
    realm.world.run("reject", number, "--yes", "--key", realm.world.folder / "carol")
    realm.start()
    yield same("a veto before it is sent stops it", (realm.state(number), realm.times_left(number)), ("rejected", 0))


def through_fault(realm, what, fault, wanted, times, lag_ms=0, amount=None):
    """The answer to the request that sends it goes wrong."""
    fault = {"method": "POST", "path": ASK[realm.exchange][0], **fault}
    realm.faults(add=[fault], history_lag_ms=lag_ms)
    number = realm.ask(amount)
    realm.approve(number)
    yield same(what, (realm.settled(number), realm.times_left(number)), (wanted, times))
    realm.faults(clear=True)


def killed(realm, what, moment, fault=None, restart=True):
    """SIGKILL when moment(number) has come; then again. What left is known to have left."""
    if fault:
        realm.faults(add=[{"method": "POST", "path": ASK[realm.exchange][0], **fault}])
    number = realm.ask()
    realm.approve(number)
    wait_for(lambda: moment(number), f"the moment: {what}")
    realm.end(signal.SIGKILL)
    realm.faults(clear=True)
    before = realm.times_left(number)
    realm.start()
    end = realm.settled(number)
    yield same(f"{what}: {end}", (end in ("done", "unknown"), realm.times_left(number)), (True, max(before, int(end == "done"))))
    yield same(f"{what}: what left is known", before == 0 or end == "done", True)


def gate_killed(realm):
    """The gate ends while the exchange is being asked; what came of it is told to the next one."""
    realm.faults(add=[{"kind": "latency", "delay_ms": 2000, "method": "POST", "path": ASK[realm.exchange][0]}])
    number = realm.ask()
    realm.approve(number)
    wait_for(lambda: f"sending {number}" in realm.world.log("executor"), "the sending")
    realm.world.stop("gate", signal.SIGKILL)
    wait_for(lambda: f"{number} is done" in realm.world.log("executor"), "its end")
    realm.world.start_gate()
    yield same("the gate was killed meanwhile", (realm.settled(number), realm.times_left(number)), ("done", 1))
    realm.faults(clear=True)


def resolved(realm):
    """People have looked at the exchange, and say what became of one that is unknown."""
    realm.faults(add=[{"kind": "drop-before", "method": "POST", "path": ASK[realm.exchange][0]}])
    number = realm.ask("16")
    realm.approve(number)
    yield same("one more is unknown", realm.settled(number), "unknown")
    realm.faults(clear=True)
    for name in PEOPLE[:2]:
        realm.world.run("proposal", "resolve", number, "--not-sent", "--yes", "--key", realm.world.folder / name)
    yield same("two of three say that it was not sent", realm.state(number), "failed")
    wait_for(lambda: realm.followed()[number] == "failed", "the executor to know")
    proof = realm.world.folder / "proof.json"
    key = realm.world.json("proposal", "show", number, "--proof", proof)["realm_key"]
    told = realm.keystile("verify", proof, "--realm-key", key)
    yield same("which the evidence tells", (told["state"], [one["exchange_id"] for one in told["resolutions"]]), ("failed", ["", ""]))


def metrics(realm):
    """Each is on its page, and no other is."""
    with urllib.request.urlopen(f"http://127.0.0.1:{realm.metrics_port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    page = (pathlib.Path(__file__).resolve().parents[2] / "docs/operations.md").read_text()
    named = set(re.findall(r"^# TYPE (keystile_executor_\w+)", text, re.MULTILINE))
    yield same("docs/operations.md has its metrics", set(re.findall(r"`(keystile_executor_\w+)`", page)), named)
    sent = re.search(r"^keystile_executor_sent_total (\d+)$", text, re.MULTILINE)
    yield same("what left is counted", sent and int(sent.group(1)) > 0, True)
    with urllib.request.urlopen(f"http://127.0.0.1:{realm.metrics_port}/readyz", timeout=10) as answer:
        yield same("it is ready", json.load(answer), {"ready": True, "missing": []})


def folder_put_back(realm):
    """An older copy of its folder does not know what was sent since; the realm's ledger does."""
    realm.end()
    older = realm.folder.with_name("older")
    shutil.copytree(realm.folder, older)
    realm.start()
    realm.faults(add=[{"kind": "drop-after", "method": "POST", "path": ASK[realm.exchange][0]}], history_lag_ms=3_600_000)
    number = realm.ask()
    realm.approve(number)
    wait_for(lambda: realm.times_left(number), "it to leave")
    realm.end(signal.SIGKILL)
    realm.faults(clear=True, history_lag_ms=0)
    shutil.rmtree(realm.folder)
    older.rename(realm.folder)
    realm.start()
    yield same("an older folder sends nothing twice", (realm.settled(number), realm.times_left(number)), ("done", 1))


def forked(realm):
    """Somebody puts an older ledger into the realm, and goes on from there."""
    world = realm.world
    number = realm.ask()
    realm.approve(number)
    yield same("one more, to be forgotten", realm.settled(number), "done")
    world.stop("gate")
    ledger, older = world.realm / "ledger", world.folder / "older-ledger"
    shutil.copytree(ledger, older)
    world.start_gate()
    later = realm.ask()
    realm.approve(later)
    yield same("and another", realm.settled(later), "done")
    world.stop("gate")
    shutil.rmtree(ledger)
    older.rename(ledger)
    world.start_gate()
    process = world.processes["executor"]
    wait_for(lambda: process.poll() is not None, "the executor to stop")
    yield same("an older ledger stops it", (process.returncode, "executor.forked" in world.log("executor")), (3, True))


def look(world, exchange, port):
    world.up()
    # On the gate's machine, or from another.
    at = world.realm / "run/control.sock" if exchange == "binance" else f"https://127.0.0.1:{port}"
    realm = Payouts(world, exchange, at)
    realm.metrics_port = free_ports(1)
    with open(realm.folder / "executor.toml", "a") as settings:
        settings.write(f"\n[metrics]\nport = {realm.metrics_port}\n")
    wait_for(lambda: world.ledger("address.listed"), "the address to be listed")
    yield from once(realm)
    yield from priced(realm)
    yield from vetoed(realm)
    yield from through_fault(realm, "the answer is lost", {"kind": "drop-after"}, "done", 1)
    yield from through_fault(realm, "the answer comes too late", {"kind": "timeout-after", "delay_ms": 8000}, "done", 1)
    yield from through_fault(realm, "the answer is an error", {"kind": "error-after"}, "done", 1)
    yield from through_fault(realm, "the history lags", {"kind": "drop-after"}, "done", 1, lag_ms=4000)
    yield from through_fault(realm, "the history lags for ever", {"kind": "drop-after"}, "unknown", 1, lag_ms=3_600_000, amount="15")
    # Bybit's history shows no id of ours: the one before must not be taken for this one.
    yield from through_fault(realm, "the request is lost", {"kind": "drop-before"}, "unknown", 0, amount="15")
    yield from resolved(realm)
    yield from metrics(realm)
    yield from killed(realm, "killed when the realm's ledger has it", lambda number: realm.state(number) == "executing")
    yield from killed(realm, "killed when it has left", realm.times_left, {"kind": "timeout-after", "delay_ms": 4000})
    yield from gate_killed(realm)
    yield from folder_put_back(realm)
    yield from forked(realm)


def main():
    port = free_ports(1)
    settings = f'[api]\nport = {port}\ncertificate = "tls/server.pem"\nkey = "tls/server.key"\n'
    judge(World(sys.argv[1], settings=settings), lambda world: look(world, sys.argv[2], port))


main()
