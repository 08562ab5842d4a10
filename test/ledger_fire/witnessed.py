"""Outside witnesses of a running gate's ledger: good ones, silent ones, and ones that lie, fork, go
back or say that the log did. Trades go on whatever they do; transfers and wider policies wait for as
many as are required.

Usage: witnessed.py KEYSTILE"""
import pathlib
import re
import shutil
import sys
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "harness"))
from raw import Raw, Spot  # noqa: E402
from witness import MANNERS, Witness  # noqa: E402
from world import World, free_ports, wait_for  # noqa: E402

EXCHANGE = "bybit"
MAX_AGE_S = 4
# What is then said of it, and whether that stands in the ledger.
TROUBLES = {"silent": "witness.silent", "forged": "witness.lied", "future": "witness.lied", "past": "witness.lied",
            "forked": "witness.lied", "ahead": "witness.contradiction", "forgetful": "witness.lied",
            "contradicting": "witness.contradiction"}


class Watched:
    def __init__(self, world, metrics_port):
        self.world, self.problems, self.number = world, [], 0
        self.metrics = f"http://127.0.0.1:{metrics_port}/metrics"
        place = world.sandbox_folder
        log_vkey = (world.realm / "ledger/log.vkey").read_text()
        self.witnesses = [Witness(f"witness.test/{n}", log_vkey, place / "server.pem", place / "server.key") for n in "ab"]
        with open(world.realm / "keystile.toml", "a") as settings:
            settings.write(f"\n[witnesses]\nrequired = 2\nmax_age_s = {MAX_AGE_S}\nevery_s = 1\n")
            for witness in self.witnesses:
                settings.write(f'[[witness]]\nkey = "{witness.vkey}"\nurl = "{witness.url}"\nca_file = "{world.ca_file}"\n')

    def status(self):
        return self.world.status()["witnesses"]

    def expect(self, what, got, wanted):
        if got != wanted:
            self.problems.append(f"{what}: {got!r} instead of {wanted!r}")

    def order(self):
        self.number += 1
        return self.trader.call(*Spot.ROUTES[EXCHANGE], Spot.limit(EXCHANGE, f"watched{self.number}", quantity="0.001")).rule

    def transfer(self):
        self.number += 1
        return self.mover.call("POST", "/v5/asset/transfer/inter-transfer", {
            "transferId": f"42c0cfb0-6bca-c242-bc76-4e6df6cb{self.number:04d}", "coin": "USDT", "amount": "1",
            "fromAccountType": "UNIFIED", "toAccountType": "FUND"}).rule

    def measured(self, metric):
        """Its values in /metrics, by witness; one without that label has none."""
        with urllib.request.urlopen(self.metrics, timeout=10) as answer:
            text = answer.read().decode()
        return {found[1]: float(found[2]) for found in re.finditer(rf'^{metric}(?:{{witness="([^"]*)"}})? (\S+)$', text, re.M)}

    def all_fresh(self):
        return self.status()["fresh"] == len(self.witnesses)


def check_manner(watched, manner):
    """One of the two required turns bad: the other does not make up for it."""
    bad = watched.witnesses[1]
    before = len(watched.world.ledger("ledger.witness"))
    bad.manner = manner
    trouble = TROUBLES[manner]
    wait_for(lambda: watched.status()["list"][1].get("trouble") == trouble, f"what is said of a witness that is {manner}", 15)
    wait_for(lambda: watched.status()["fresh"] == 1, f"the age of a witness that is {manner}", 15)
    watched.expect(f"{manner}: a trade", watched.order(), "")
    watched.expect(f"{manner}: a transfer", watched.transfer(), "ledger.witness")
    entries = watched.world.ledger("ledger.witness")[before:]
    stands = [entry.get("reason") for entry in entries if entry["good"] is False and entry["witness"] == bad.name]
    watched.expect(f"{manner}: the ledger says", stands, [] if manner == "silent" else [trouble])
    bad.manner = "honest"
    wait_for(watched.all_fresh, f"the witness that was {manner}", 20)
    watched.expect(f"{manner}, and good again: a transfer", watched.transfer(), "")


def check_metrics(watched):
    cosigned = watched.measured("keystile_witness_last_cosignature_timestamp_seconds")
    watched.expect("metrics: witnesses", sorted(cosigned), ["witness.test/a", "witness.test/b"])
    watched.expect("metrics: ages", all(-2 <= time.time() - at <= MAX_AGE_S + 2 for at in cosigned.values()), True)
    for metric in ("keystile_witnesses_fresh", "keystile_witnesses_required"):
        watched.expect(metric, watched.measured(metric), {None: 2})
    watched.witnesses[0].manner = "silent"
    wait_for(lambda: watched.measured("keystile_witnesses_fresh") == {None: 1}, "the metrics to tell of a silent witness", 15)
    watched.witnesses[0].manner = "honest"
    wait_for(watched.all_fresh, "the silent witness", 15)


def check_policy(watched):
    """Without witnesses a client may be revoked, and none may be given more."""
    for witness in watched.witnesses:
        witness.manner = "silent"
    wait_for(lambda: watched.status()["fresh"] == 0, "both to be too old", 15)
    world = watched.world
    wider = world.run("client", "add", "late", "--account", f"{EXCHANGE}-main", "--profile", "screener", check=False)
    watched.expect("a client added without witnesses", "ledger.witness" in wider.stdout + wider.stderr, True)
    watched.expect("a client revoked without witnesses", world.run("client", "revoke", "trader", check=False).returncode, 0)
    for witness in watched.witnesses:
        witness.manner = "honest"
    wait_for(watched.all_fresh, "both witnesses", 20)


def check_verify(watched):
    shown = watched.world.json("ledger", "verify")
    ages = [witness["age_s"] for witness in shown["witnesses"]]
    watched.expect("verify: witnesses", len(ages), 2)
    watched.expect("verify: ages", all(0 <= age <= MAX_AGE_S + 2 for age in ages), True)


def check_rollback(watched):
    """The ledger's folder is replaced by an older copy of itself, all but what witnesses signed."""
    world = watched.world
    world.stop("gate")
    old = world.folder / "old-ledger"
    shutil.copytree(world.realm / "ledger", old)
    world.start_gate()
    watched.trader = Raw(watched.client)
    for _ in range(5):
        watched.order()
    wait_for(lambda: all(one["size"] == world.status()["entries"] for one in watched.status()["list"]), "both to have seen it", 15)
    world.stop("gate")
    seen = world.folder / "seen"
    shutil.copytree(world.realm / "ledger/witnessed", seen)
    shutil.rmtree(world.realm / "ledger")
    shutil.copytree(old, world.realm / "ledger")
    shutil.rmtree(world.realm / "ledger/witnessed")
    shutil.copytree(seen, world.realm / "ledger/witnessed")
    done = world.run("ledger", "verify", check=False)
    watched.expect("an old copy, verify", (done.returncode, "a witness has cosigned" in done.stdout), (1, True))
    # Also where what they signed was put back as well: they remember.
    shutil.rmtree(world.realm / "ledger/witnessed")
    shutil.copytree(old / "witnessed", world.realm / "ledger/witnessed")
    world.start_gate()
    wait_for(lambda: "witness.contradiction" in {one.get("trouble") for one in watched.status()["list"]}, "the witnesses to object", 15)


def main():
    port = free_ports(1)
    with World(sys.argv[1], settings=f"[metrics]\nport = {port}\n") as world:
        world.stop("gate")
        watched = Watched(world, port)
        world.start_gate()
        try:
            wait_for(watched.all_fresh, "both witnesses", 20)
            watched.client = world.add_client("trader", EXCHANGE, "--instrument", "BTCUSDT", "--daily-exposure", "100000")
            watched.trader = Raw(watched.client)
            watched.mover = Raw(world.add_client("mover", EXCHANGE, profile="transfers",
                                                 grant='transfer_assets = ["USDT"]\nmax_transfer = "100"'))
            watched.expect("witnessed: a transfer", watched.transfer(), "")
            for manner in MANNERS[1:]:
                check_manner(watched, manner)
            check_verify(watched)
            check_metrics(watched)
            check_policy(watched)
            check_rollback(watched)
        finally:
            for witness in watched.witnesses:
                witness.stop()
    print(f"{len(MANNERS)} manners of witnesses")
    print("\n".join(watched.problems))
    sys.exit(1 if watched.problems else 0)


main()
