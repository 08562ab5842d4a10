"""A treasury program moves money between its own wallets with ccxt as it stands, in Python and
JavaScript: a little goes straight through, more waits for two of three people and is then sent once,
under the id that the program was told. The exchange's own packages are shown the same.

Usage: transfers.py KEYSTILE EXCHANGE"""
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "harness"))
import sdk_payouts  # noqa: E402
from payout_realm import PEOPLE, Payouts  # noqa: E402
from payouts import Program, is_so, rule  # noqa: E402
from world import World, wait_for  # noqa: E402

# From, to, and back: as ccxt calls the wallets; the pair as the policy names it.
WALLETS = {"binance": ("spot", "funding", "MAIN -> FUNDING"), "okx": ("trading", "funding", "trading -> funding"),
           "bybit": ("unified", "funding", "UNIFIED -> FUND")}
OWN_ID = {"okx": "clientId", "bybit": "transferId"}  # Binance's call takes none
OWN_IDS = {"okx": "move{}", "bybit": "00000000-0000-4000-8000-{:012}"}
PATH = {"binance": "/sapi/v1/asset/transfer", "okx": "/api/v5/asset/transfer", "bybit": "/v5/asset/transfer/inter-transfer"}
QUORUMS = """
[[quorum]]
actions = ["policy", "approvers"]
approvals = { treasury = 2 }
hold = "0s"

[[quorum]]
actions = ["transfer"]
approvals = { treasury = 2 }
"""


class Movers(Payouts):
    """The same realm and executor, for transfers; its account has a transfer key already."""
    role, profile, quorums = "transfer", "transfers", QUORUMS

    def __init__(self, world, exchange, at):
        # ccxt reads the markets of Binance first with its key.
        super().__init__(world, exchange, at, 'scopes = ["market", "read", "transfer"]\ntransfer_assets = ["USDT"]\n'
                         'max_transfer = "100"\ntransfer_approval_above = "50"\n'
                         f'transfer_pairs = ["{WALLETS[exchange][2]}"]\n')

    def name_key(self):
        pass

    def moved(self):
        """By the exchange's own account: the amounts, oldest first."""
        return [float(one["amount"]) for one in self.world.sandbox_control(self.exchange, "transfers")["transfers"]]

    def last(self):
        return self.world.json("proposal", "list")["proposals"][-1]["id"]


class Mover(Program):
    def transfer(self, language, amount, number=None, back=False):
        source, target, _ = WALLETS[self.exchange]
        if back:
            source, target = target, source
        params = {OWN_ID[self.exchange]: OWN_IDS[self.exchange].format(number)} if number and self.exchange in OWN_ID else {}
        return self.call(language, "transfer", "USDT", amount, source, target, params)

    def status_of(self, language, id_):
        """As the exchange's own history tells it; and how often it is there."""
        if self.exchange == "okx":  # its history has only what was done, so a program asks for the state
            return self.call(language, "fetch_transfer", id_)["result"]["status"], 1
        source, target, _ = WALLETS[self.exchange]
        params = {"fromAccount": source, "toAccount": target} if self.exchange == "binance" else {}
        an_hour_ago = int(time.time() * 1000) - 3_600_000
        rows = self.call(language, "fetch_transfers", "USDT", an_hour_ago, 50, params)["result"]
        found = [row["status"] for row in rows if row["id"] == id_]
        return (found or [None])[0], len(found)


def limits(program, realm):
    small = program.transfer("Python", 20)
    problems = is_so("up to the limit it goes straight through", "result" in small and realm.moved() == [20], (small, realm.moved()))
    for what, told, wanted in (("more than the grant's most is refused", program.transfer("JavaScript", 101), "grant.max_transfer"),
                               ("so is another pair of wallets", program.transfer("Python", 60, back=True), "grant.transfer_pairs")):
        problems += is_so(what, rule(told) == wanted, told)
    return problems


def split(program, realm):
    """With the 20 that went straight through 31 more are above 50 as well."""
    program.transfer("Python", 31, 9)
    problems = is_so("small ones together wait too", realm.moved() == [20], realm.moved())
    realm.world.run("reject", realm.last(), "--yes", "--key", realm.world.folder / PEOPLE[0])
    return problems


def waits(program, realm):
    told = program.transfer("JavaScript", 60, 1)
    id_ = told.get("result", {}).get("id")
    problems = is_so("above the limit it is accepted", id_, told)
    problems += is_so("and nothing is moved", realm.moved() == [20], realm.moved())
    for language in Program.COMMANDS:
        status = program.status_of(language, id_)
        problems += is_so(f"{language}: it is shown as pending, once", (str(status[0]).lower(), status[1]) == ("pending", 1), status)
    if program.exchange in OWN_ID:
        again = program.transfer("Python", 60, 1)
        problems += is_so("asked again it is the same", again.get("result", {}).get("id") == id_, again)
        for amount in (61, 5):
            other = program.transfer("Python", amount, 1)
            problems += is_so(f"with another amount, {amount}, it is refused", rule(other) == "transfer.own_id", other)
    return problems, id_


def decided(program, realm, id_):
    number = realm.last()
    realm.approve(number, PEOPLE[:1])
    problems = is_so("one approval moves nothing", realm.moved() == [20], realm.moved())
    realm.approve(number, PEOPLE[1:2])
    problems += is_so("two do", realm.settled(number) == "done", realm.state(number))
    problems += is_so("once", realm.moved() == [20, 60], realm.moved())
    for language in Program.COMMANDS:
        status = program.status_of(language, id_)
        problems += is_so(f"{language}: it is shown as done, once, under its id", status == ("ok", 1), status)
    return problems


def vetoed(program, realm):
    id_ = program.transfer("Python", 70, 2)["result"]["id"]
    realm.world.run("reject", realm.last(), "--yes", "--key", realm.world.folder / PEOPLE[2])
    status = program.status_of("JavaScript", id_)
    problems = is_so("what people reject has failed", str(status[0]).lower() == "failed", status)
    return problems + is_so("and is not moved", realm.moved() == [20, 60], realm.moved())


def lost(program, realm):
    """The exchange carries it out and its answer is lost."""
    realm.faults(add=[{"kind": "drop-after", "method": "POST", "path": PATH[program.exchange], "count": 1}])
    program.transfer("Python", 80, 3)
    number = realm.last()
    realm.approve(number)
    problems = is_so("one whose answer was lost is found in the history", realm.settled(number) == "done", realm.state(number))
    return problems + is_so("and was moved once", realm.moved() == [20, 60, 80], realm.moved())


def by_packages(world, realm):
    program, problems = sdk_payouts.Program(world, realm.client), []
    for number, package in enumerate(sdk_payouts.PACKAGES):
        own, amount = OWN_IDS.get(realm.exchange, "").format(100 + number), 90 + number
        id_ = program.call(package, "transfer", str(amount), own)["id"]
        problems += is_so(f"{package}: it waits", amount not in realm.moved(), realm.moved())
        last = realm.last()
        realm.approve(last)
        problems += is_so(f"{package}: two people move it", realm.settled(last) == "done", realm.state(last))
        problems += is_so(f"{package}: once", realm.moved().count(amount) == 1, realm.moved())
        shown = program.transfer_state(package, id_)
        problems += is_so(f"{package}: it is shown as done, once", shown == [sdk_payouts.TRANSFERRED[realm.exchange]], shown)
    return problems


def main(keystile, exchange):
    with World(keystile) as world:
        realm = Movers(world, exchange, world.realm / "run/control.sock")
        program = Mover(world, realm.client)
        realm.start()
        problems = limits(program, realm) + split(program, realm)
        found, id_ = waits(program, realm)
        problems += found + decided(program, realm, id_) + vetoed(program, realm) + lost(program, realm) + by_packages(world, realm)
        wait_for(lambda: set(realm.followed().values()) == {"done", "rejected"}, "the executor to have followed to the end")
        world.run("ledger", "verify")
    if problems:
        sys.exit(f"{len(problems)} problems: {', '.join(problems)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
