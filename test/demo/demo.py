#!/usr/bin/env python3
"""What Keystile does, shown on real clients: programs trade on three simulated exchanges through it
with virtual keys, are stopped at every line they must not cross, and every step stands in a ledger
that verifies. Every line printed with ✓ is checked; with --once the exit code is 0 only if all were."""
import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "harness"))
from payout_realm import COLD, PEOPLE, Payouts  # noqa: E402
from world import EXCHANGES, ROOT, World, client_environment, wait_for  # noqa: E402

SYMBOL = {"binance": "BTC/USDT", "okx": "BTC/USDT", "bybit": "BTC/USDT"}
COLOUR = sys.stdout.isatty()


def paint(code, text):
    return f"\033[{code}m{text}\033[0m" if COLOUR else text


class Show:
    """Prints what happens, and remembers whether it all came out as told."""

    def __init__(self):
        self.failed = 0

    def title(self, text):
        print(f"\n{paint('1', text)}", flush=True)

    def check(self, good, text, detail=""):
        self.failed += not good
        mark = paint("32", "✓") if good else paint("31", "✗")
        print(f"  {mark} {text}" + (paint("2", f"  {detail}") if detail else ""), flush=True)

    def note(self, text):
        print(f"    {text}", flush=True)


def ccxt_config(world, client):
    """What `keystile client show NAME --format ccxt` says, with the secret that was printed once."""
    text = world.run("client", "show", client["client"], "--format", "ccxt").stdout
    config = json.loads(text)
    config["secret"] = client["secret"]
    if client.get("passphrase"):
        config["password"] = client["passphrase"]
    return config


def ccxt_program(world, client, **changes):
    import ccxt
    config = ccxt_config(world, client)
    config.update(changes)
    return getattr(ccxt, client["exchange"])(config)


def short(error):
    """The gate's own words out of a client's exception."""
    text = str(error)
    match = re.search(r'"(?:sMsg|msg|retMsg)":"((?:[^"\\]|\\.)+)"', text)
    words = match.group(1) if match else text
    return words if len(words) < 110 else words[:107] + "…"


def python_trades(world, show, client):
    name, symbol = client["exchange"], SYMBOL[client["exchange"]]
    program = ccxt_program(world, client)
    program.load_markets()
    total = program.fetch_balance()["USDT"]["total"]
    price = program.fetch_ticker(symbol)["last"]
    order = program.create_order(symbol, "limit", "buy", 0.001, round(price * 0.97))
    opened = program.fetch_open_orders(symbol)
    program.cancel_order(order["id"], symbol)
    bought = program.create_order(symbol, "market", "buy", 0.001, price)
    trades = program.fetch_my_trades(symbol)
    good = any(o["id"] == order["id"] for o in opened) and any(t["order"] == bought["id"] for t in trades)
    show.check(good, f"ccxt (Python) on {name}: balance, limit order, open orders, cancel, market order, trades",
               f"{total:.0f} USDT, order {order['id']}")
    return price


def javascript_trades(world, show, client, price):
    env = client_environment(world, direct=False)
    env["TRADE"] = json.dumps({"exchange": client["exchange"], "symbol": SYMBOL[client["exchange"]], "amount": 0.001,
                               "price": round(price * 0.97), "config": ccxt_config(world, client)})
    done = subprocess.run(["node", str(HERE / "trade.mjs")], env=env, text=True, capture_output=True, timeout=120)
    steps = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    detail = "" if done.returncode == 0 else (steps[-1]["detail"] if steps else done.stderr[-300:])
    show.check(done.returncode == 0, f"ccxt (JavaScript) on {client['exchange']}: the same, by the same virtual key", detail)


def refused(show, what, action, *kinds):
    """The action must end in one of these exceptions of ccxt."""
    try:
        action()
    except Exception as error:  # noqa: BLE001: the demo says which exception came
        good = type(error).__name__ in kinds
        show.check(good, f"{what}: {type(error).__name__}", short(error))
        if not good:
            show.note(f"expected {' or '.join(kinds)}: {str(error)[:300]}")
        return
    show.check(False, f"{what}: was not refused")


def lines_not_to_cross(world, show, client, price):
    symbol = SYMBOL[client["exchange"]]
    name = client["exchange"]
    program = ccxt_program(world, client)
    program.load_markets()
    denied = ("PermissionDenied", "AuthenticationError", "InvalidOrder", "OrderNotFound", "BadRequest", "ExchangeError",
              "BadSymbol", "OperationRejected", "AccountSuspended", "InsufficientFunds", "NotSupported")
    show.note(f"{name}:")
    refused(show, "an order larger than the limit", lambda: program.create_order(symbol, "limit", "buy", 1, round(price)), *denied)
    refused(show, "a price far outside the band", lambda: program.create_order(symbol, "limit", "buy", 0.001, round(price * 1.5)), *denied)
    refused(show, "an instrument not granted", lambda: program.create_order("SOL/USDT", "limit", "buy", 0.1, 100), *denied)
    refused(show, "a withdrawal", lambda: program.withdraw("USDT", 10, "0x52908400098527886E0F7030069857D2E4169EE7",
                                                        params={"network": "ERC20", **({"fee": 1} if name == "okx" else {})}), *denied)
    refused(show, "a transfer not granted",
            lambda: program.transfer("USDT", 10, *(("spot", "funding") if name == "binance" else
                                                   ("trading", "funding") if name == "okx" else ("unified", "funding"))), *denied)
    wrong = ccxt_program(world, client, secret=client["secret"][:-1] + ("0" if client["secret"][-1] != "0" else "1"))
    refused(show, "a wrong secret", wrong.fetch_balance, "AuthenticationError", "PermissionDenied", "ExchangeError", "InvalidNonce")


def other_peoples_orders(world, show, exchange, price):
    mine = ccxt_program(world, world.clients[f"{exchange}-bot"])
    other = world.add_client(f"{exchange}-neighbour", exchange,
                             *sum((["--instrument", i] for i in (["BTC-USDT"] if exchange == "okx" else ["BTCUSDT"])), []))
    theirs = ccxt_program(world, other)
    for program in (mine, theirs):
        program.load_markets()
    symbol = SYMBOL[exchange]
    order = mine.create_order(symbol, "limit", "buy", 0.001, round(price * 0.96))
    refused(show, f"another client's order on {exchange}", lambda: theirs.cancel_order(order["id"], symbol),
            "OrderNotFound", "InvalidOrder", "PermissionDenied", "ExchangeError", "BadRequest")
    mine.cancel_order(order["id"], symbol)
    world.run("client", "revoke", other["client"])
    refused(show, "a client revoked a moment ago", theirs.fetch_balance, "AuthenticationError", "PermissionDenied", "ExchangeError")


def people_decide(world, show, exchange="bybit"):
    """A payout program asks; nothing leaves before two of three people have signed what they read."""
    realm = Payouts(world, exchange, world.realm / "run/control.sock")
    wait_for(lambda: world.ledger("address.listed"), "the address book to be in force")
    world.sandbox_control(exchange, "withdrawals", {"processing_ms": 500, "chain_ms": 500})
    realm.start()
    program = ccxt_program(world, realm.client)

    def status(number):
        return next((row["status"] for row in program.fetch_withdrawals("USDT") if row["id"] == str(number)), None)

    number = program.withdraw("USDT", 25, COLD, params={"network": "TRC20"})["id"]
    show.check(status(number) == "pending" and not realm.left(), f"ccxt's withdraw() on {exchange} is answered natively, and waits",
               f"id {number}")
    show.note("what alice reads and signs on her own machine:")
    text = world.run("approve", number, "--print").stdout
    for line in text.splitlines():
        show.note(f"  {paint('2', line)}")
    realm.approve(number, PEOPLE[:1])
    show.check(realm.state(number) == "proposed" and not realm.left(), "one approval moves nothing")
    stranger = world.folder / "stranger"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(stranger)], check=True)
    refusal = world.run("approve", number, "--yes", "--key", stranger, check=False)
    show.check(refusal.returncode != 0, "a stranger's signature counts for nothing", refusal.stderr.strip().splitlines()[-1][:110])
    realm.approve(number, PEOPLE[1:2])
    end = realm.settled(number)
    left = [(one["amount"], one["address"]) for one in realm.left()]
    show.check(end == "done" and left == [("25", COLD)], "the second sends it, once, by the executor, whose keys the gate does not have")
    wait_for(lambda: all(one["state"] == "completed" for one in realm.left()), "the money to arrive")
    show.check(status(number) == "ok", "the program sees it arrive, under the same id")
    added = world.realm / "policy/client-thief.toml"
    world.run("client", "add", "thief", "--account", f"{exchange}-main", "--profile", "trading-bot", "--instrument", "*USDT",
              "--network", "0.0.0.0/0", check=False)
    wider = world.run("policy", "apply", check=False)
    show.check(added.exists() and "policy.quorum" in wider.stderr, "an operator alone can no longer allow anything more",
               "policy.quorum: it is for the approvers")
    added.unlink()
    proof = world.folder / "evidence.json"
    made = world.json("proposal", "show", number, "--proof", proof)
    verified = subprocess.run([world.keystile, "verify", str(proof), "--realm-key", made["realm_key"]], text=True,
                              capture_output=True, cwd=world.folder)
    show.check(verified.returncode == 0, "one file proves it all to a machine that knows only the realm's public key", proof.name)


def secrets_of(world):
    for key in world.keys.values():
        yield f"the {key['exchange']} {key['name']} key", key["secret"]
        if key["passphrase"]:
            yield f"the {key['exchange']} {key['name']} passphrase", key["passphrase"]
    for client in world.clients.values():
        yield f"client {client['client']}", client["secret"]


def no_secret_written(world, show):
    """Searches everything that the gate wrote. The sandbox's own keys.json and sealed files aside."""
    leaks, read = [], 0
    for path in [p for folder in ("realm", "logs") for p in (world.folder / folder).rglob("*") if p.is_file()]:
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            continue  # it was in the making, and has got its name meanwhile
        read += 1
        leaks += [f"{what} in {path}" for what, secret in secrets_of(world) if secret.encode() in data]
    show.check(read and not leaks, f"no secret in any of the {read} files the realm and its logs hold", "; ".join(leaks[:3]))


def copy_ledger(source, copy):
    """Copies a ledger that may be growing; the bundle that the copy's checkpoint ends in, or None if it
    was caught between the two, or a file in the making got its name while it was being copied."""
    shutil.rmtree(copy, ignore_errors=True)
    try:
        shutil.copytree(source, copy / "ledger")
    except OSError:
        return None
    size = int((copy / "ledger/checkpoint").read_text().splitlines()[1])
    bundle = copy / "ledger/tile/entries" / (f"{size // 256:03d}.p/{size % 256}" if size % 256 else f"{size // 256 - 1:03d}")
    return bundle if bundle.is_file() else None


def ledger(world, show):
    done = world.run("ledger", "verify", check=False)
    size = re.search(r"^size\s+(\d+)", done.stdout, re.M)
    show.check(done.returncode == 0, "the ledger verifies: nothing was cut, edited, reordered or deleted",
               f"{size.group(1) if size else '?'} entries")
    entries = [json.loads(line) for line in world.run("ledger", "export").stdout.splitlines() if line.startswith("{")]
    # A withdrawal that was asked for does not leave by this request, but by the executor.
    requests = {e["index"]: e for e in entries if e["type"] == "request" and e["act"] != "withdraw"}
    ended = {e["request"] for e in entries if e["type"] == "outcome"}
    show.check(bool(requests) and set(requests) <= ended, "every request that left has its entry and its outcome",
               f"{len(requests)} requests, {sum(e['type'] == 'refusal' for e in entries)} refusals")
    # A copy with one byte changed must be caught, and the entry named.
    copy = world.folder / "edited"
    bundle = wait_for(lambda: copy_ledger(world.realm / "ledger", copy), "a copy of the ledger")
    data = bytearray(bundle.read_bytes())
    at = data.find(b'"time"')
    data[at + 1] ^= 1
    bundle.chmod(0o600)
    bundle.write_bytes(data)
    caught = subprocess.run([world.keystile, "--realm", str(copy), "ledger", "verify"], text=True, capture_output=True)
    words = next((l for l in caught.stdout.splitlines() if "changed" in l), caught.stdout[-200:])
    show.check(caught.returncode == 1, "one byte changed in a copy is found and named", words.strip()[:140])


def write_clients(world):
    path = world.folder / "clients.json"
    path.write_text(json.dumps({"ca_file": world.gate_ca, "clients": [world.clients[f"{e}-bot"] for e in EXCHANGES]}, indent=2) + "\n")
    path.chmod(0o600)
    return path


def play(world, show):
    show.title("1  Unmodified programs trade with virtual keys")
    prices = {}
    for name in EXCHANGES:
        client = world.clients[f"{name}-bot"]
        try:
            prices[name] = python_trades(world, show, client)
            javascript_trades(world, show, client, prices[name])
        except Exception as error:  # noqa: BLE001
            show.check(False, f"{name}: {type(error).__name__}: {str(error)[:400]}")
    show.title("2  They are stopped at every line they must not cross")
    for name, price in prices.items():
        lines_not_to_cross(world, show, world.clients[f"{name}-bot"], price)
    for name, price in prices.items():
        other_peoples_orders(world, show, name, price)
    show.title("3  Money leaves only when people decide")
    people_decide(world, show)
    show.title("4  Every step is on record, and no secret is anywhere")
    ledger(world, show)
    no_secret_written(world, show)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keystile", required=True)
    parser.add_argument("--once", action="store_true", help="end after the show; exit code 0 only if all came out as told")
    options = parser.parse_args()
    folder = ROOT / "build" / "demo"
    shutil.rmtree(folder, ignore_errors=True)
    world, show = World(options.keystile, folder=folder, tick_ms=1000), Show()
    print("Keystile demo: three simulated exchanges, one gate, real clients.", flush=True)
    try:
        world.up()
        os.environ["REQUESTS_CA_BUNDLE"] = world.gate_ca
        play(world, show)
        if not options.once and show.failed == 0:
            stay(world, show)
    finally:
        world.down()
    print(paint("32;1", "\nAll of it came out as told.") if show.failed == 0 else paint("31;1", f"\n{show.failed} steps did not come out as told."))
    return 1 if show.failed else 0


def stay(world, show):
    path = write_clients(world)
    show.title("It stays up: point your own program at it")
    show.note(f"base URLs, virtual keys and the CA to trust: {path}")
    show.note(f"watch the ledger: {world.keystile} --realm {world.realm} ledger tail -f")
    show.note("Ctrl-C ends it.")
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    try:
        while all(process.poll() is None for process in world.processes.values()):
            time.sleep(0.5)
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    sys.exit(main())
