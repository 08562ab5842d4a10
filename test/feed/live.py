"""`keystile feed tail` at the sandbox's streams: the book that its events add up to is the one that REST shows,
also after messages were lost, doubled or swapped and after the connection was cut; what was missed is told.

Usage: live.py KEYSTILE"""
import json
import pathlib
import signal
import ssl
import subprocess
import sys
import threading
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))
from world import World, wait_for  # noqa: E402

# Product: exchange, symbol, REST route of the book, and where its levels stand in the answer.
PRODUCTS = {
    "binance-spot": ("binance", "BTCUSDT", "/api/v3/depth?symbol=BTCUSDT&limit=50", lambda a: (a["bids"], a["asks"])),
    "binance-usdm": ("binance", "BTCUSDT", "/fapi/v1/depth?symbol=BTCUSDT&limit=50", lambda a: (a["bids"], a["asks"])),
    "okx": ("okx", "BTC-USDT-SWAP", "/api/v5/market/books?instId=BTC-USDT-SWAP&sz=50",
            lambda a: (a["data"][0]["bids"], a["data"][0]["asks"])),
    "bybit-linear": ("bybit", "BTCUSDT", "/v5/market/orderbook?category=linear&symbol=BTCUSDT&limit=50",
                     lambda a: (a["result"]["b"], a["result"]["a"])),
    "deribit": ("deribit", "BTC_USDC-PERPETUAL", "/api/v2/public/get_order_book?instrument_name=BTC_USDC-PERPETUAL&depth=50",
                lambda a: (a["result"]["bids"], a["result"]["asks"])),
}
LEVELS = 20


class Tail:
    """The process, and the book that its lines add up to."""

    def __init__(self, world, product):
        self.world, self.product = world, product
        self.exchange, self.symbol, self.route, self.sides = PRODUCTS[product]
        self.bids, self.asks, self.whole = {}, {}, False
        self.seen, self.trades = [], []
        url = world.sandbox_url(self.exchange)
        self.errors = open(world.logs / f"tail-{product}.log", "w+")
        self.process = subprocess.Popen(
            [world.keystile, "feed", "tail", "--product", product, "--channel", "trade", "--channel", "book", "--channel",
             "derivative_ticker", "--origin", url, "--rest-origin", url, "--ca", world.ca_file, self.symbol],
            stdout=subprocess.PIPE, stderr=self.errors, text=True)
        self.thread = threading.Thread(target=self.read)
        self.thread.start()

    def read(self):
        for line in self.process.stdout:
            self.take(json.loads(line))

    def take(self, event):
        self.seen.append(event["type"])
        if event["type"] in ("gap", "stale"):
            self.whole = False
        elif event["type"] == "trade":
            self.trades.append(event["id"])
        elif event["type"] == "book_change":
            if event["isSnapshot"]:
                self.bids, self.asks, self.whole = {}, {}, True
            for side, levels in ((self.bids, event["bids"]), (self.asks, event["asks"])):
                for price, amount in levels:
                    side.pop(price, None)
                    if amount:
                        side[price] = amount

    def rest(self):
        context = ssl.create_default_context(cafile=self.world.ca_file)
        with urllib.request.urlopen(self.world.sandbox_url(self.exchange) + self.route, context=context) as answer:
            bids, asks = self.sides(json.loads(answer.read()))
        return [[(float(row[0]), float(row[1])) for row in side[:LEVELS]] for side in (bids, asks)]

    def kept(self):
        return [sorted(self.bids.items(), reverse=True)[:LEVELS], sorted(self.asks.items())[:LEVELS]]

    def agrees(self):
        try:
            return self.whole and self.kept() == self.rest()
        except RuntimeError:  # the other thread is just changing it
            return False

    def step(self, steps=1):
        for _ in range(steps):
            self.world.sandbox_control(self.exchange, "tick", {"steps": 1})

    def fault(self, **what):
        self.world.sandbox_control(self.exchange, "faults", {"stream": what})

    def end(self):
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(20)
        self.thread.join()
        return code


def follow(tail):
    wait_for(lambda: tail.whole, f"{tail.product}: a book")
    tail.step(10)
    wait_for(tail.agrees, f"{tail.product}: the book that REST shows")
    yield "each trade is told once", len(tail.trades) >= 9 and len(set(tail.trades)) == len(tail.trades)
    for what, gap in ({"duplicate": 2}, False), ({"lose": 3}, True), ({"swap": 1}, None), ({"cut": True}, True):
        before = len(tail.seen)
        tail.fault(**what)
        # What is missing is seen by what comes after it.
        wait_for(lambda: tail.step() is None and (not gap or "gap" in tail.seen[before:]), f"{tail.product}: a gap after {what}")
        wait_for(lambda: tail.step() is None and tail.agrees(), f"{tail.product}: the book after {what}")
        # Whether two that changed places were of the same stream is chance.
        yield f"{what}: told and made good", gap is None or ("gap" in tail.seen[before:]) == gap
    yield "contracts have a derivative ticker", ("derivative_ticker" in tail.seen) == (tail.product != "binance-spot")


def refused(world, exchange):
    """A symbol that the exchange does not have is told: in its own words, where it has any."""
    url = world.sandbox_url(exchange)
    process = subprocess.Popen([world.keystile, "feed", "tail", "--product", exchange, "--channel", "book", "--origin", url, "--ca",
                                world.ca_file, "NO-SUCH"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    told = process.stderr.readline()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    return [] if "feed.refused" in told and "NO-SUCH" in told else [f"{exchange}: a refusal is not told: {told}"]


def main():
    problems, world = [], World(sys.argv[1])
    try:
        world.start_sandbox()
        problems += refused(world, "okx") + refused(world, "deribit")
        for product in PRODUCTS:
            tail = Tail(world, product)
            try:
                for what, good in follow(tail):
                    print("ok  " if good else "NO  ", product, what, flush=True)
                    problems += [] if good else [f"{product}: {what}"]
            finally:
                code = tail.end()
                tail.errors.seek(0)
                told = tail.errors.read()
                print(told, end="")
            problems += [] if code == 0 else [f"{product}: ended with {code}"]
    finally:
        world.down()
    print("\n".join(problems))
    sys.exit(1 if problems else 0)


main()
