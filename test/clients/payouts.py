"""A payout program asks for withdrawals with ccxt as it stands, in Python and JavaScript. Nothing
leaves; people decide; the program sees it all in the exchange's own answers.

Usage: payouts.py KEYSTILE EXCHANGE"""
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "harness"))
from people import People  # noqa: E402
from world import World, client_environment, wait_for  # noqa: E402

COLD = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
ELSEWHERE = "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE"
OWN_ID = {"binance": "withdrawOrderId", "okx": "clientId", "bybit": "requestId"}
CANCEL = {"okx": ("private_post_asset_cancel_withdrawal", "wdId"), "bybit": ("private_post_v5_asset_withdraw_cancel", "id")}
BOOK = f"""
[[address]]
name = "cold-wallet"
assets = ["USDT", "USDC"]
network = "tron"
address = "{COLD}"
hold = "0s"
"""
GRANT = ["--withdraw-to", "cold-wallet", "--max-withdrawal", "80", "--daily-withdrawal", "100"]


def is_so(what, condition, detail=""):
    print("ok " if condition else "NO ", what, "" if condition else detail, flush=True)
    return [] if condition else [what]


class Program:
    """The same call by ccxt of either language."""
    COMMANDS = {"Python": [sys.executable, str(HERE / "payout_ccxt.py")], "JavaScript": ["node", str(HERE / "payout_ccxt.js")]}

    def __init__(self, world, access):
        self.exchange = access["exchange"]
        self.env = client_environment(world, direct=False)
        self.env.update({"EXCHANGE": self.exchange, "KEY": access["key"], "SECRET": access["secret"],
                         "PASSPHRASE": access.get("passphrase") or "", "BASE_URL": access["base_url"]})

    def call(self, language, method, *arguments):
        """Again where the exchange's own rate limit has no room: Binance's history costs a tenth of a minute's."""
        def answer():
            done = subprocess.run([*self.COMMANDS[language], method, json.dumps(arguments)], env=self.env, text=True,
                                  capture_output=True, timeout=60)
            if done.returncode != 0:
                raise RuntimeError(f"{language} {method}: {done.stdout}{done.stderr}")
            told = json.loads(done.stdout)
            return None if told["reason"].startswith("rate.") else told
        return wait_for(answer, f"room for {method}", 90)

    def withdraw(self, language, amount, own_id=None, address=COLD):
        params = {"network": "TRC20"}
        if own_id:
            params[OWN_ID[self.exchange]] = own_id
        return self.call(language, "withdraw", "USDT", amount, address, None, params)

    def status_of(self, language, id_):
        rows = self.call(language, "fetch_withdrawals", "USDT")["result"]
        return next((row["status"] for row in rows if row["id"] == str(id_)), None)


def set_up(world, exchange, people):
    """The payout client and the quorum come into force together: from then on changes need people."""
    (world.realm / "policy/people.toml").write_text(BOOK + people.toml())
    access = world.add_client("payer", exchange, *GRANT, profile="payouts")
    # The gate notes the new address as soon as it knows the exchange's clock.
    wait_for(lambda: world.ledger("address.listed"), "the address to be listed")
    return Program(world, access)


def rule(told):
    return told["reason"].split(";")[0]


def asked(program, world):
    first = program.withdraw("Python", 60, "payout1")
    id_ = first.get("result", {}).get("id")
    problems = is_so("it is accepted with an id below 2^53", id_ and int(id_) < 2**53, first)
    for language in Program.COMMANDS:
        again = program.withdraw(language, 60, "payout1")
        problems += is_so(f"{language}: asked again it is the same", again.get("result", {}).get("id") == id_, again)
        other = program.withdraw(language, 61, "payout1")
        problems += is_so(f"{language}: with another amount it is refused", rule(other) == "withdrawal.own_id", other)
        more = program.withdraw(language, 41)
        problems += is_so(f"{language}: together they pass no limit", rule(more) == "grant.daily_withdrawal", more)
        lost = program.withdraw(language, 1, address=ELSEWHERE)
        problems += is_so(f"{language}: only to the address book", rule(lost) == "grant.withdraw_to", lost)
        status = program.status_of(language, id_)
        problems += is_so(f"{language}: its history shows it waiting", status == "pending", status)
    return problems, id_


def one_more(world, exchange):
    """A further client: it is there, and works once the approvers have agreed."""
    access = world.add_client("late", exchange, profile="screener")
    names = [row["client"] for row in world.json("client", "list")]
    return is_so("a further client waits for the approvers", access["secret"] and "late" not in names, names)


def taken_back(program, id_):
    if program.exchange not in CANCEL:  # Binance has no such call
        return []
    method, name = CANCEL[program.exchange]
    more = program.withdraw("JavaScript", 80)
    problems = is_so("with one that waits they pass no limit", rule(more) == "grant.daily_withdrawal", more)
    done = program.call("Python", method, {name: id_})
    problems += is_so("it can be cancelled", "result" in done, done)
    status = program.status_of("JavaScript", id_)
    problems += is_so("and then it is shown so", status == "canceled", status)
    again = program.withdraw("JavaScript", 80)
    return problems + is_so("its amount is given back", "result" in again, again)


def held(world, asset):
    """What the gate has read of it; None until it has read all wallets."""
    return next((row.get("free") for row in world.status()["holdings"] if row["asset"] == asset), None)


def not_there(world, people, exchange):
    wait_for(lambda: held(world, "USDC"), "the balances to be read", 40)
    ask = ("withdraw", f"{exchange}-main", "USDC", "--to", "cold-wallet", "--key", people.key("alice"))
    def done(amount):
        return world.run(*ask[:3], amount, *ask[3:], check=False)
    refused = done(f"{float(held(world, 'USDC')) + 1:.0f}")
    problems = is_so("what is not there cannot be asked for", "has not so much USDC free" in refused.stdout + refused.stderr, refused)
    all_of_it = done(held(world, "USDC"))
    problems += is_so("all that is there can", all_of_it.returncode == 0, all_of_it)
    refused = done("0.01")
    return problems + is_so("and then nothing is left", "has not so much USDC free" in refused.stdout + refused.stderr, refused)


def decided(program, people, id_):
    approved = people.decide(id_, "alice")
    problems = is_so("one approval is not enough", approved["state"] == "proposed", approved)
    approved = people.decide(id_, "bob")
    problems += is_so("two are", approved["state"] == "approved", approved)
    status = program.status_of("Python", id_)
    problems += is_so("until the executor has sent it, it waits", status == "pending", status)
    vetoed = people.decide(id_, "carol", "reject")
    problems += is_so("a veto stops it", vetoed["state"] == "rejected", vetoed)
    status = program.status_of("JavaScript", id_)
    return problems + is_so("which the program sees", status in ("failed", "rejected", "canceled"), status)


def main(keystile, exchange):
    problems = []
    with World(keystile) as world:
        people = People(world)
        program = set_up(world, exchange, people)
        found, id_ = asked(program, world)
        problems += found
        problems += decided(program, people, id_)
        second = program.withdraw("Python", 30, "payout2")
        problems += is_so("what was rejected counts no more", "result" in second, second)
        if "result" in second:
            problems += taken_back(program, second["result"]["id"])
        problems += not_there(world, people, exchange)
        problems += one_more(world, exchange)
        sent = world.sandbox_control(exchange, "withdrawals")["withdrawals"]
        problems += is_so("nothing has reached the exchange", not sent, sent)
        world.run("ledger", "verify")
    if problems:
        sys.exit(f"{len(problems)} problems: {', '.join(problems)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
