"""The gate is killed with SIGKILL in the middle of streams of orders, again and again. Whatever the
moment: the ledger verifies, it holds every order that the exchange saw, what was sent once is not
sent twice, and limits are remembered.

Usage: kill.py KEYSTILE EXCHANGE"""
import http.client
import pathlib
import random
import signal
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "harness"))
from raw import Raw, Spot  # noqa: E402
from world import World  # noqa: E402

ROUNDS, STREAMS = 5, 3
# What an answer holds only if the order was taken: the exchange's own limit may refuse many.
TAKEN = {"binance": '"orderId":', "okx": '"sCode":"0"', "bybit": '"orderId":'}


class Stream(threading.Thread):
    """Places orders one after another until the gate is gone; counts those that were taken."""

    def __init__(self, client, exchange, name):
        super().__init__(daemon=True)
        self.raw, self.exchange, self.name = Raw(client), exchange, name
        self.sent, self.answered = [], 0

    def run(self):
        for count in range(10_000):
            order = Spot.limit(self.exchange, f"{self.name}n{count}", quantity="0.001")
            request = self.raw.signed(*Spot.ROUTES[self.exchange], order)
            try:
                self.sent.append(request)
                self.answered += TAKEN[self.exchange] in self.raw.send(request).body
            except (OSError, http.client.HTTPException):
                return


def placed(entries):
    return {leg["client_order_id"] for entry in entries for leg in entry.get("legs", []) if leg.get("action") == "place"}


def one_round(world, client, exchange, number, dice, problems):
    world.sandbox_control(exchange, "faults", {"rate_divisor": 1})  # the exchange's own rate limits begin anew
    streams = [Stream(client, exchange, f"kill{number}s{n}") for n in range(STREAMS)]
    for stream in streams:
        stream.start()
    goal = dice.randrange(3, 25)
    end = time.monotonic() + 20
    while sum(stream.answered for stream in streams) < goal and time.monotonic() < end:
        time.sleep(0.002)
    time.sleep(dice.random() * 0.02)  # any moment will do: that is what is tested
    world.stop("gate", signal.SIGKILL)
    for stream in streams:
        stream.join(30)
    verified = world.run("ledger", "verify", check=False)
    if verified.returncode != 0:
        problems.append(f"round {number}: the ledger does not verify: {verified.stdout}{verified.stderr}")
    seen = {order["client_order_id"] for order in world.executed(exchange, "orders")}
    seen = {one for one in seen if one.startswith(f"kill{number}")}
    if not seen:
        problems.append(f"round {number}: the exchange saw no order, so this shows nothing")
    lost = seen - placed(world.ledger("request"))
    if lost:
        problems.append(f"round {number}: the exchange has orders that the ledger has not: {sorted(lost)}")
    world.start_gate()
    again = Raw(client)
    for request in [request for stream in streams for request in stream.sent[-3:]]:
        answer = again.send(request)
        if answer.rule not in ("replay.used", "grant.open_orders", "time.late"):
            # A request that never came so far as to be recorded may be sent now.
            if not may_be_new(request, seen):
                problems.append(f"round {number}: {answer.status} {answer.rule}: a request was carried out twice")
    return sum(stream.answered for stream in streams)


def may_be_new(request, seen):
    text = request[1] + request[3]
    return not any(f'"{one}"' in text or f"={one}&" in text for one in seen)


def check_limits(world, exchange, problems):
    """A client that spent its day before the kill has nothing left after it."""
    client = world.add_client("spender", exchange, "--instrument", Spot.SYMBOL[exchange], "--daily-exposure", "100")
    raw = Raw(client)
    first = raw.call(*Spot.ROUTES[exchange], Spot.limit(exchange, "spender1", quantity="0.002"))
    world.stop("gate", signal.SIGKILL)
    world.start_gate()
    second = Raw(client).call(*Spot.ROUTES[exchange], Spot.limit(exchange, "spender2", quantity="0.002"))
    if first.rule or second.rule != "grant.daily_exposure":
        problems.append(f"the day's limit: first “{first.rule}” {first.body}, after the kill “{second.rule}”")


def main():
    keystile, exchange = sys.argv[1:]
    problems, dice, answered = [], random.Random(7), 0
    with World(keystile, oracle=True) as world:
        check_limits(world, exchange, problems)
        client = world.add_client("streamer", exchange, "--instrument", Spot.SYMBOL[exchange], "--daily-exposure", "1000000",
                                  grant="orders_per_second = 1000\nopen_orders = 10000")
        for number in range(ROUNDS):
            answered += one_round(world, client, exchange, number, dice, problems)
        problems += [f"oracle: {line}" for line in world.oracle_lines() if line["problems"]]
    print(f"{ROUNDS} kills, {answered} orders taken before them")
    print("\n".join(problems))
    sys.exit(1 if problems else 0)


main()
