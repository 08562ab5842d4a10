"""A realm whose approvers decide about withdrawals, and its executor: for tests and the demo."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from raw import Raw  # noqa: E402
from world import wait_for  # noqa: E402

COINS = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
COLD = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
PEOPLE = ("alice", "bob", "carol")
QUORUMS = """
[[quorum]]
actions = ["policy", "approvers"]
approvals = { treasury = 2 }
hold = "0s"

[[quorum]]
actions = ["withdraw"]
approvals = { treasury = 2 }

[[address]]
name = "cold-wallet"
assets = ["USDT"]
network = "tron"
address = "%s"
hold = "0s"

[[address]]
name = "coins"
assets = ["BTC"]
network = "bitcoin"
address = "%s"
hold = "0s"
""" % (COLD, COINS)
GRANT = 'withdraw_to = ["cold-wallet"]\nmax_withdrawal = "1000"\ndaily_withdrawal = "10000"\n'
# Route, and its parameters for an amount and an id of the program's own.
ASK = {
    "binance": ("/sapi/v1/capital/withdraw/apply",
                lambda amount, own: {"coin": "USDT", "network": "TRX", "address": COLD, "amount": amount, "withdrawOrderId": own}),
    "okx": ("/api/v5/asset/withdrawal",
            lambda amount, own: {"ccy": "USDT", "amt": amount, "dest": "4", "toAddr": COLD, "chain": "USDT-TRC20", "clientId": own}),
    "bybit": ("/v5/asset/withdraw/create",
              lambda amount, own: {"coin": "USDT", "chain": "TRX", "address": COLD, "amount": amount, "requestId": own,
                                   "timestamp": int(time.time() * 1000), "accountType": "FUND", "forceChain": 1}),
}


class Payouts:
    """A realm whose approvers decide about withdrawals, and its executor."""
    role, profile, quorums = "withdraw", "payouts", QUORUMS
    account = None  # whose key the executor has; None: EXCHANGE-main

    def __init__(self, world, exchange, at, grant=GRANT):
        self.world, self.exchange, self.at, self.grant = world, exchange, at, grant
        self.folder = world.folder / "executor"
        self.asked = 0
        self.make_executor()
        self.make_policy()
        self.trust_and_lend_key()

    def keystile(self, *words, **options):
        done = subprocess.run([self.world.keystile, "--json", *map(str, words)], text=True, capture_output=True,
                              stdin=subprocess.DEVNULL, **options)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    def make_executor(self):
        vkey = (self.world.realm / "ledger/log.vkey").read_text().strip()
        made = self.keystile("executor", "init", self.folder, "--at", self.at, "--ca", self.world.gate_ca, "--realm-key", vkey,
                             "--exchanges-ca", self.world.ca_file)
        self.public = made["key"]

    def make_policy(self):
        """All at once, by the operator alone: from then on every change needs people."""
        world = self.world
        self.client = world.add_client("payer", self.exchange, profile="reporting")
        path = world.realm / "policy/client-payer.toml"
        path.write_text(path.read_text().replace('"reporting"', f'"{self.profile}"') + self.grant)
        lines = [f'[executor]\nkey = "{self.public}"', self.quorums]
        for name in PEOPLE:
            key = world.folder / name
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
            public = key.with_suffix(".pub").read_text().strip()
            lines.append(f'[[approver]]\nname = "{name}"\ngroups = ["treasury"]\nkeys = ["{public}"]')
        (world.realm / "policy/people.toml").write_text("\n".join(lines))
        self.name_key()
        world.run("policy", "apply")

    def name_key(self):
        realm = self.world.realm / "policy/realm.toml"
        account = f'name = "{self.exchange}-main"'
        before, found, after = realm.read_text().partition(account)
        head, kind, rest = after.partition('kind = "trading"\n')
        key = f'[[account.key]]\nrole = "withdraw"\nvault = "key/{self.exchange}-main/withdraw"\n'
        realm.write_text(before + found + head + kind + key + rest)

    def trust_and_lend_key(self):
        policy = self.world.ledger("policy.adopted")[-1]["hash"]
        settings = self.folder / "executor.toml"
        settings.write_text(settings.read_text().replace("[realm]\n", f'[realm]\npolicy = "{policy}"\n') +
                            "\n[wait]\nhistory_grace_s = 6\nfollow_ms = 200\n")
        key = self.world.keys[self.exchange, self.role]
        fds = []
        for secret in (key["secret"], key["passphrase"]):
            reader, writer = os.pipe()
            os.write(writer, (secret or "").encode())
            os.close(writer)
            fds.append(reader)
        words = ["--secret-fd", fds[0]] + (["--passphrase-fd", fds[1]] if key["passphrase"] else [])
        self.keystile("executor", "key", "add", self.folder, self.account or f"{self.exchange}-main", "--exchange", self.exchange,
                      "--role", self.role, "--id", key["key"], "--algorithm", key["algorithm"], *words, pass_fds=fds)

    # --- the executor
    def start(self, *before):
        self.world.start("executor", *before, self.world.keystile, "executor", "run", str(self.folder))

    def end(self, how=signal.SIGTERM):
        return self.world.stop("executor", how)

    def followed(self):
        """From its folder alone."""
        return {one["id"]: one["state"] for one in self.keystile("executor", "status", self.folder)["proposals"]}

    # --- what happens
    def ask(self, amount=None):
        """As the program does; the proposal's number."""
        self.asked += 1
        amount = amount or f"{20 + self.asked}.5"
        path, fields = ASK[self.exchange]
        answer = Raw(self.client).call("POST", path, fields(amount, f"payout{self.asked}"))
        assert answer.status == 200, (answer.status, answer.body, answer.headers)
        rows = self.world.json("proposal", "list")["proposals"]
        return rows[-1]["id"]

    def approve(self, number, people=PEOPLE[:2]):
        for name in people:
            self.world.run("approve", number, "--yes", "--key", self.world.folder / name)

    def state(self, number):
        return self.world.json("proposal", "show", number)["state"]

    def settled(self, number, seconds=60):
        return wait_for(lambda: self.state(number) if self.state(number) in ("done", "failed", "unknown") else None,
                        f"the end of {number}", seconds)

    def left(self):
        return self.world.sandbox_control(self.exchange, "withdrawals")["withdrawals"]

    def times_left(self, number):
        """By the sandbox's own account."""
        return sum(one["client_id"] == str(number) for one in self.left())

    def faults(self, **what):
        self.world.sandbox_control(self.exchange, "faults", what)
