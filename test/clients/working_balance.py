"""A trading account holds too much: a sweep to storage is proposed, two people approve it, the executor
moves it once. A person takes out more than the floor allows: a top-up is proposed, by people alone.

Usage: working_balance.py KEYSTILE EXCHANGE"""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "harness"))
from payout_realm import PEOPLE, Payouts  # noqa: E402
from payouts import is_so  # noqa: E402
from transfers import QUORUMS  # noqa: E402
from world import World, wait_for  # noqa: E402

# The trading account's wallet and its name in transfers, the storage's wallet and name.
PLACES = {"binance": ("SPOT", "sub@sandbox.test", "SPOT", ""), "okx": ("trading", "sub", "funding", ""),
          "bybit": ("UNIFIED", "350000002", "FUND", "350000001")}
# As the sandbox's own account of a transfer names them.
WALLETS = {"SPOT": "spot", "trading": "trading", "funding": "funding", "UNIFIED": "unified", "FUND": "funding"}
RULE = """
[[account]]
name = "vault"
exchange = "{exchange}"
environment = "test"
kind = "storage"
known_as = "{known_as}"
[[account.key]]
role = "transfer"
vault = "key/vault/transfer"

[[working_balance]]
name = "desk-usdt"
account = "desk"
wallet = "{wallet}"
asset = "USDT"
storage = "vault"
storage_wallet = "{storage_wallet}"
moved_by = "vault"
floor = "200"
ceiling = "1000"
target = "600"
every = "10s"
"""


class Desk(Payouts):
    """The master account is the storage, its sub-account the desk. The gate has no key that moves anything."""
    role, profile, account = "transfer", "reporting", "vault"

    def __init__(self, world, exchange, at):
        wallet, known_as, storage_wallet, storage_known_as = PLACES[exchange]
        self.desk, self.vault = f"desk:{wallet}", f"vault:{storage_wallet}"
        self.wallets = WALLETS[wallet], WALLETS[storage_wallet]
        self.quorums = QUORUMS + RULE.format(exchange=exchange, wallet=wallet, storage_wallet=storage_wallet,
                                             known_as=storage_known_as)
        world.add_account("desk", exchange, {"read": "sub-read"}, known_as)
        super().__init__(world, exchange, at, "")

    def name_key(self):
        pass

    def moved(self):
        return [(one["from_account"], one["from_wallet"], one["to_account"], one["to_wallet"], float(one["amount"]))
                for one in self.world.sandbox_control(self.exchange, "transfers")["transfers"]]

    def proposals(self):
        return self.world.json("proposal", "list", "--all")["proposals"]

    def proposed(self, count):
        return wait_for(lambda: self.proposals()[count - 1] if len(self.proposals()) == count else None,
                        f"proposal {count}")

    def balance(self):
        return self.world.status()["working_balances"][0]


def swept(realm):
    """It holds far more than the ceiling from the start."""
    row = realm.proposed(1)
    facts = row["proposal"]
    held = float(realm.balance()["balance"])
    problems = is_so("above the ceiling a sweep is proposed", facts["asked_by"] == "rule desk-usdt", row)
    problems += is_so("down to the target", float(facts["amount"]) == held - 600, (facts, held))
    realm.approve(row["id"], PEOPLE[:1])
    problems += is_so("nothing is moved by one approval", realm.moved() == [], realm.moved())
    realm.approve(row["id"], PEOPLE[1:2])
    problems += is_so("two move it", realm.settled(row["id"]) == "done", realm.state(row["id"]))
    wallet, storage = realm.wallets
    wanted = ("sub", wallet, "master", storage, held - 600)
    problems += is_so("once, to the storage", realm.moved() == [wanted], realm.moved())
    wait_for(lambda: float(realm.balance()["balance"]) == 600, "the balance that is left")
    return problems + is_so("and never twice", len(realm.proposals()) == 1, realm.proposals())


def topped_up(realm):
    """A person takes 500 of the 600 out."""
    key = ("--key", realm.world.folder / PEOPLE[0])
    refused = realm.world.run("transfer", realm.desk, "mallory:SPOT", "USDT", "500", *key, check=False)
    problems = is_so("a person may only move it between own accounts", "transfer.account" in refused.stdout + refused.stderr, refused)
    realm.world.run("transfer", realm.desk, realm.vault, "USDT", "500", *key)
    row = realm.proposed(2)
    realm.approve(row["id"], PEOPLE[1:3])
    problems += is_so("what a person asks for, two others move", realm.settled(row["id"]) == "done", realm.state(row["id"]))
    row = realm.proposed(3)
    problems += is_so("below the floor a top-up is proposed", (row["proposal"]["asked_by"], row["proposal"]["amount"]) ==
                      ("rule desk-usdt", "500"), row)
    realm.approve(row["id"])
    problems += is_so("and moved when approved", realm.settled(row["id"]) == "done", realm.state(row["id"]))
    wallet, storage = realm.wallets
    wanted = [("sub", wallet, "master", storage, 500.0), ("master", storage, "sub", wallet, 500.0)]
    problems += is_so("each once", realm.moved()[1:] == wanted, realm.moved())
    wait_for(lambda: float(realm.balance()["balance"]) == 600, "the balance after the top-up")
    return problems + is_so("no more is proposed", len(realm.proposals()) == 3, realm.proposals())


def main(keystile, exchange):
    with World(keystile) as world:
        realm = Desk(world, exchange, world.realm / "run/control.sock")
        realm.start()
        problems = swept(realm) + topped_up(realm)
        world.run("ledger", "verify")
    if problems:
        sys.exit(f"{len(problems)} problems: {', '.join(problems)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
