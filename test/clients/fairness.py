"""One program and one stranger ask as fast as they can; another program keeps to its share. The quiet one
is never refused, the noisy ones are told to come back, and the exchange never has to turn anybody away.

Usage: fairness.py KEYSTILE EXCHANGE"""
import pathlib
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "harness"))
from raw import Raw, Spot  # noqa: E402
from world import World  # noqa: E402

SECONDS = 12
BALANCE = {"binance": "/api/v3/account", "okx": "/api/v5/account/balance", "bybit": "/v5/account/fee-rate"}
FIELDS = {"binance": {}, "okx": {}, "bybit": {"category": "spot", "symbol": "BTCUSDT"}}
PUBLIC = {"binance": "/api/v3/exchangeInfo", "okx": "/api/v5/market/tickers?instType=SPOT",
          "bybit": "/v5/market/tickers?category=spot"}
# The exchange's own words for too many requests, whatever the status.
TOO_MANY = ("-1003", "-1015", '"50011"', '"50061"', '"retCode":10006', '"retCode":10018')


def turned_away_by_exchange(answer):
    return not answer.rule and (answer.status in (403, 418, 429) or any(code in answer.body[:200] for code in TOO_MANY))


class Noisy(threading.Thread):
    def __init__(self, client, exchange, end, sign):
        super().__init__(daemon=True)
        self.raw, self.exchange, self.end_at, self.sign = Raw(client), exchange, end, sign
        self.rules, self.banned = {}, 0

    def run(self):
        while time.monotonic() < self.end_at:
            if self.sign:
                answer = self.raw.call("GET", BALANCE[self.exchange], FIELDS[self.exchange])
            else:  # not to be served by what another was answered
                answer = self.raw.send(("GET", PUBLIC[self.exchange], {"Cache-Control": "no-cache"}, ""))
            self.rules[answer.rule] = self.rules.get(answer.rule, 0) + 1
            self.banned += turned_away_by_exchange(answer)


def main():
    keystile, exchange = sys.argv[1:]
    problems = []
    with World(keystile) as world:
        # A fifth of the limits, at both ends: what takes a minute to use up takes seconds.
        if exchange == "binance":
            policy = world.realm / "policy/realm.toml"
            text = policy.read_text()
            place = text.index('exchange = "binance"', text.index("[[environment.upstream]]"))
            policy.write_text(text[:place] + "rate_limit_percent = 20\n" + text[place:])
            world.sandbox_control(exchange, "faults", {"rate_divisor": 5})
        grant = "reads_per_second = 100000\norders_per_second = 1000\nopen_orders = 1000"
        options = ("--instrument", Spot.SYMBOL[exchange], "--daily-exposure", "1000000")
        noisy = world.add_client("noisy", exchange, *options, grant=grant)
        quiet = Raw(world.add_client("quiet", exchange, *options, grant=grant))
        end = time.monotonic() + SECONDS
        crowd = [Noisy(noisy, exchange, end, sign) for sign in (True, True, True, False, False)]
        for one in crowd:
            one.start()
        asked = 0
        while time.monotonic() < end:
            began = time.monotonic()
            name = f"quiet{asked}"
            for answer in (quiet.call(*Spot.ROUTES[exchange], Spot.limit(exchange, name, quantity="0.001")),
                           quiet.call(*Spot.CANCEL[exchange], Spot.reference(exchange, name))):
                if answer.rule or answer.status != 200 or turned_away_by_exchange(answer):
                    problems.append(f"the quiet program's request {asked}: {answer.status} {answer.rule} {answer.body[:200]}")
            asked += 1
            time.sleep(max(0, began + 2 - time.monotonic()))  # its pace: one order in two seconds
        rules = {}
        for one in crowd:
            one.join(30)
            for rule, count in one.rules.items():
                rules[rule] = rules.get(rule, 0) + count
            if one.banned:
                problems.append(f"the exchange turned {one.banned} requests away")
        print(f"quiet: {asked} orders and cancels; noisy: {rules}")
        if not any(rule.startswith("rate.") for rule in rules):
            problems.append("the noisy ones were never refused, so this shows nothing")
    print("\n".join(problems))
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
