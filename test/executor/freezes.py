"""What one person freezes stops at once, at the gate and at the executor, over restarts too; and goes on
when two of three have signed that. Usage: freezes.py KEYSTILE"""
import json
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))
from payout_realm import ASK, PEOPLE, Payouts  # noqa: E402
from raw import Raw, Spot  # noqa: E402
from world import EXCHANGES, World, free_ports, judge, wait_for  # noqa: E402

EXCHANGE, ACCOUNT = "binance", "binance-main"
READ = {"binance": ("GET", "/api/v3/account"), "okx": ("GET", "/api/v5/account/balance"),
        "bybit": ("GET", "/v5/order/realtime")}
READ_FIELDS = {"bybit": {"category": "spot"}}
# How each exchange says that a key is none.
NO_KEY = {"binance": (401, "code", -1002), "okx": (401, "code", "50111"), "bybit": (200, "retCode", 10003)}


def same(what, found, wanted):
    return what, found == wanted, f"{found!r}, not {wanted!r}"


class Desk:
    """The realm, its trading programs, and people who come over HTTPS."""

    def __init__(self, world, port, told):
        self.world, self.url, self.told = world, f"https://127.0.0.1:{port}/keystile/realm", told
        self.realm = Payouts(world, EXCHANGE, world.realm / "run/control.sock")
        self.bots = {client["exchange"]: client for name, client in world.clients.items() if name != "payer"}

    def person(self, name, *words):
        """The exit code, and what a person's command prints on their own machine."""
        done = subprocess.run([self.world.keystile, "--json", "--realm", self.url, *map(str, words), "--key",
                               str(self.world.folder / name), "--ca", self.world.gate_ca],
                              text=True, capture_output=True, stdin=subprocess.DEVNULL)
        return done.returncode, json.loads(done.stdout)

    def order(self, link):
        method, path = Spot.ROUTES[EXCHANGE]
        return Raw(self.bots[EXCHANGE]).call(method, path, Spot.limit(EXCHANGE, link))

    def cancel(self, link):
        method, path = Spot.CANCEL[EXCHANGE]
        return Raw(self.bots[EXCHANGE]).call(method, path, Spot.reference(EXCHANGE, link))

    def read(self, exchange=EXCHANGE):
        return Raw(self.bots[exchange]).call(*READ[exchange], READ_FIELDS.get(exchange))

    def frozen(self):
        return [(one["id"], one["target"]) for one in self.world.json("freeze", "--list")["freezes"]]

    def restart(self):
        self.realm.end()
        self.world.stop("gate")
        self.world.start_gate()
        self.realm.start()

    def wait_for_trouble(self, words):
        wait_for(lambda: words in self.world.log("executor"), f"the executor to say {words}")


def stopped(desk, pending):
    """What adds or moves is refused; what looks or takes back is not."""
    realm = desk.realm
    yield same("an order is refused", (desk.order("late").status, desk.order("later").rule), (401, "account.frozen"))
    yield same("the account can be read", desk.read().status, 200)
    path, fields = ASK[EXCHANGE]
    yield same("a program asks for no more withdrawals",
         Raw(realm.client).call("POST", path, fields("21", "more")).rule, "account.frozen")
    code, refused = desk.person("carol", "withdraw", ACCOUNT, "USDT", "22", "--to", "cold-wallet")
    yield same("and no person does", (code, refused["error"]["code"]), (3, "proposal.frozen"))
    yield same("nothing leaves", (realm.state(pending), realm.left()), ("approved", []))


def account(desk):
    world, realm = desk.world, desk.realm
    yield same("an order rests", desk.order("resting").status, 200)
    pending = realm.ask()
    realm.approve(pending, PEOPLE[:1])
    code, made = desk.person("alice", "freeze", "--account", ACCOUNT, "--reason", "its key was seen in a log")
    yield same("alice freezes the account from her machine", (code, made["freeze"]["id"], made["already"], made["needs_people"]),
         (0, 1, False, True))
    yield same("it is in the ledger by then", [one["target"] for one in world.ledger("freeze.begun")], [f"account {ACCOUNT}"])
    again = world.json("freeze", "--account", ACCOUNT, "--reason", "again")
    yield same("a second time it is the same one", (again["freeze"]["id"], again["already"]), (1, True))
    told = world.run("approve", pending, "--yes", "--key", world.folder / PEOPLE[1]).stdout
    yield same("who approves what is frozen is told so", f"approved, treasury 2 of 2; account {ACCOUNT} is frozen since" in told, True)
    yield same("and who looks", "freeze 1 by person alice" in world.json("proposal", "show", pending)["frozen"], True)
    realm.start()
    desk.wait_for_trouble("freeze 1")
    yield from stopped(desk, pending)
    yield same("the resting order is cancelled", desk.cancel("resting").status, 200)
    desk.restart()
    yield same("it is frozen after a restart", desk.frozen(), [(1, f"account {ACCOUNT}")])
    yield from stopped(desk, pending)
    bot = next(name for name, client in world.clients.items() if client is desk.bots[EXCHANGE])
    order = f"{Spot.ROUTES[EXCHANGE][1]}?symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.001&price=30000"
    told = json.loads(world.run("--json", "explain", bot, "POST", order, check=False).stdout)
    yield same("explain says so", (told["allowed"], told["rule"]), (False, "account.frozen"))
    return pending


def unfrozen(desk, pending):
    world, realm = desk.world, desk.realm
    refused = world.control({"do": "unfreeze", "id": 1, "reason": "over", "by": "operator"})
    yield same("the operator alone does not lift it", refused["error"], "freeze.people")
    code, asked = desk.person("carol", "unfreeze", 1, "--reason", "the key was replaced")
    number = asked["id"]
    yield same("carol asks people", (code, asked["action"], asked["state"]), (0, "unfreeze", "proposed"))
    text = desk.person("alice", "approve", number, "--print")[1]
    facts = [f"frozen:         account {ACCOUNT}\n", "goes on again:  orders that may add", "frozen because: its key was seen",
             "frozen by:      person alice ", "reason:         the key was replaced\n"]
    yield same("who read all that there is to know", ([each for each in facts if each not in text["text"]], text["namespace"]),
         ([], "unfreeze@keystile"))
    yield same("it waits in bob's inbox", [row["id"] for row in desk.person("bob", "inbox")[1]["waiting"]], [number])
    yield same("carol does not approve it", desk.person("carol", "approve", number, "--yes")[1]["error"]["code"], "tally.asker")
    yield same("alice does", desk.person("alice", "approve", number, "--yes")[1]["state"], "proposed")
    yield from stopped(desk, pending)
    yield same("and bob", desk.person("bob", "approve", number, "--yes")[0], 0)
    yield same("which lifts it", realm.state(number), "done")
    yield same("the withdrawal is sent", (realm.settled(pending), realm.times_left(pending)), ("done", 1))
    yield same("orders go on", desk.order("after").status, 200)
    yield same("nothing is frozen", desk.frozen(), [])
    yield same("nor told so", "frozen" in world.json("proposal", "show", pending), False)
    yield same("it is lifted once", desk.person("carol", "unfreeze", 1, "--reason", "x")[1]["error"]["code"], "freeze.lifted")
    history = world.json("proposal", "history", "--action", "unfreeze")["proposals"]
    yield same("the history knows", [(row["id"], row["state"], row["to"]) for row in history],
         [(str(number), "done", f"freeze 1 of account {ACCOUNT}")])
    return number


def proven(desk, number):
    world, proof = desk.world, desk.world.folder / "proof.json"
    key = world.json("proposal", "show", number, "--proof", proof)["realm_key"]
    told = desk.realm.keystile("verify", proof, "--realm-key", key)
    yield same("the evidence tells who lifted it", (told["good"], told["state"], [one["approver"] for one in told["signatures"]]),
         (True, "done", ["alice", "bob"]))
    whole = json.loads(proof.read_text())
    kinds = [json.loads(one["entry"])["type"] for one in whole["entries"]]
    yield same("and how it began and ended", [kind for kind in kinds if kind.startswith("freeze.")], ["freeze.begun", "freeze.lifted"])
    whole["entries"] = [one for one in whole["entries"] if '"freeze.begun"' not in one["entry"]]
    proof.write_text(json.dumps(whole))
    without = subprocess.run([world.keystile, "verify", str(proof), "--realm-key", key], capture_output=True)
    yield same("which cannot be left out", without.returncode, 1)


def clients(desk):
    """Their keys are in wrong hands: natively, they are none any more."""
    for exchange in EXCHANGES:
        name = desk.bots[exchange]["client"]
        desk.world.run("freeze", "--client", name, "--reason", "its machine was taken")
        status, member, code = NO_KEY[exchange]
        answer = desk.read(exchange)
        yield same(f"{exchange} refuses a frozen client as a key that is none", (answer.status, answer.json[member], answer.rule),
             (status, code, "client.frozen"))
    yield same("but not those beside it", Raw(desk.realm.client).call(*READ[EXCHANGE]).rule == "client.frozen", False)


def without_a_gate(desk):
    world = desk.world
    world.stop("gate")
    before = desk.frozen()
    made = world.json("freeze", "--all", "--reason", "the host is in doubt")
    yield same("all is frozen without a gate", desk.frozen(), before + [(made["freeze"]["id"], "all")])
    unknown = world.run("freeze", "--client", "nobody", "--reason", "x", check=False)
    yield same("nobody is not frozen", (unknown.returncode, "freeze.unknown" in unknown.stderr), (3, True))
    yield same("nor without a reason", world.run("freeze", "--all", check=False).returncode, 3)
    world.start_gate()
    path, fields = ASK[EXCHANGE]
    answer = Raw(desk.realm.client).call("POST", path, fields("23", "last"))
    yield same("and stays so when the gate is back", answer.rule, "account.frozen")


def notices(desk):
    def told():
        """One that a restart of the gate came upon may stand there twice, and without its end of line."""
        text, all_told = desk.told.read_text() if desk.told.exists() else "", {}
        while text := text.lstrip():
            one, end = json.JSONDecoder().raw_decode(text)
            text = text[end:]
            if "freeze" in one:
                all_told[one["what"], one["freeze"]] = True
        return list(all_told)
    wanted = [("frozen", 1), ("unfrozen", 1), ("frozen", 2), ("frozen", 3), ("frozen", 4), ("frozen", 5)]
    wait_for(lambda: len(told()) >= len(wanted), "the notices")
    yield same("people elsewhere are told", told(), wanted)


def look(world, port):
    world.up()
    told = world.folder / "told"
    world.stop("gate")
    with open(world.realm / "keystile.toml", "a") as settings:
        settings.write(f'[[notice]]\ncommand = ["/bin/sh", "-c", "cat >> {told}; echo >> {told}"]\n')
    world.start_gate()
    desk = Desk(world, port, told)
    wait_for(lambda: world.ledger("address.listed"), "the address to be listed")
    pending = yield from account(desk)
    number = yield from unfrozen(desk, pending)
    yield from proven(desk, number)
    yield from clients(desk)
    yield from without_a_gate(desk)
    yield from notices(desk)
    yield same("the ledger verifies", world.run("ledger", "verify", check=False).returncode, 0)


def main():
    port = free_ports(1)
    settings = f'[api]\nport = {port}\ncertificate = "tls/server.pem"\nkey = "tls/server.key"\n'
    judge(World(sys.argv[1], settings=settings), lambda world: look(world, port))


main()
