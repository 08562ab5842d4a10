"""A gate beside a feed: orders are judged by the feed's prices and books, refused where the book is too thin or nobody
knows it, and the ledger has what they were judged by.

Usage: inside.py KEYSTILE"""
import json
import pathlib
import ssl
import sys
import threading
import urllib.parse
import urllib.request
from decimal import Decimal

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))
from raw import Raw, Spot  # noqa: E402
from world import World, wait_for  # noqa: E402

PRODUCTS = {"binance": "binance-spot", "okx": "okx", "bybit": "bybit-spot"}
BOOKS = {"binance": ("/api/v3/depth?symbol=BTCUSDT&limit=50", lambda a: (a["bids"], a["asks"])),
         "okx": ("/api/v5/market/books?instId=BTC-USDT&sz=50", lambda a: (a["data"][0]["bids"], a["data"][0]["asks"])),
         "bybit": ("/v5/market/orderbook?category=spot&symbol=BTCUSDT&limit=50", lambda a: (a["result"]["b"], a["result"]["a"]))}
GRANT = 'max_order_notional = "100000000"\ndaily_exposure = "1000000000"\nopen_orders = 10000\norders_per_second = 1000\n'
CLIENTS = {"free": "", "careful": 'max_slippage_bps = "20"', "deep": 'min_depth = "100000000"', "shallow": 'min_depth = "1000"'}


class Ticks:
    """Prices that move, or stand still."""

    def __init__(self, world):
        self.world, self.still, self.ended = world, threading.Lock(), threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.ended.wait(0.2):
            with self.still:
                for exchange in self.world.exchanges:
                    self.world.sandbox_control(exchange, "tick", {"steps": 1})

    def end(self):
        self.ended.set()
        self.thread.join()


def book(world, exchange):
    route, sides = BOOKS[exchange]
    context = ssl.create_default_context(cafile=world.ca_file)
    with urllib.request.urlopen(world.sandbox_url(exchange) + route, context=context, timeout=10) as answer:
        return [[(Decimal(row[0]), Decimal(row[1])) for row in side] for side in sides(json.loads(answer.read()))]


def feed_toml(world):
    lines = []
    for exchange, product in PRODUCTS.items():
        url = world.sandbox_url(exchange)
        lines += ["[[product]]", f'name = "{product}"', f'symbols = ["{Spot.SYMBOL[exchange]}"]', 'channels = ["trade", "book"]',
                  f'origin = "{url}"', f'rest_origin = "{url}"', f'ca_file = "{world.ca_file}"', ""]
    return "\n".join(lines)


class Desk:
    """The clients of one exchange, and what becomes of their orders."""

    def __init__(self, world, exchange):
        self.world, self.exchange, self.count = world, exchange, 0
        self.raw = {name: Raw(world.clients[f"{name}-{exchange}"]) for name in CLIENTS}

    def order(self, *what):
        self.last = self.ask(*what)
        return self.last

    def ask(self, who, side, quantity, over):
        """A limit order so many percent over the best ask (or below it); the rule that refuses it, or how it was answered."""
        bids, asks = book(self.world, self.exchange)
        price = (asks[0][0] * (100 + Decimal(over)) / 100).quantize(Decimal("0.1"))
        self.count += 1
        fields = Spot.limit(self.exchange, f"{who}{self.count}", side=side, quantity=quantity, price=str(price))
        answer = self.raw[who].call(*Spot.ROUTES[self.exchange], fields)
        code = {"binance": lambda a: a.get("code", 0), "okx": lambda a: int(a["code"]), "bybit": lambda a: a["retCode"]}
        return answer.rule or ("sent" if code[self.exchange](answer.json) == 0 else answer.body)


def judged(world, desk, ticks):
    rules = {"free": desk.order("free", "buy", "0.001", 1)}
    wait_for(lambda: desk.order("careful", "buy", "0.001", 1) == "sent", "a book in the feed")
    yield "those without the limit need no book", rules["free"] == "sent"
    yield "a little at once", desk.order("careful", "sell", "0.001", -1) == "sent"
    yield "more than the book holds near the market", desk.order("careful", "buy", "30", 4) == "grant.max_slippage_bps"
    yield "without the limit it goes", desk.order("free", "buy", "0.9", 2) == "sent"
    yield "what would rest far above the market", desk.order("careful", "buy", "5.5", Decimal("0.4")) == "grant.max_slippage_bps"
    yield "what rests below it", desk.order("careful", "buy", "0.5", -2) == "sent"
    yield "a book that is too thin", desk.order("deep", "buy", "0.001", 1) == "grant.min_depth"
    yield "one that is not", desk.order("shallow", "buy", "0.001", 1) == "sent"

    with ticks.still:  # what the order was judged by can be seen as long as nothing moves
        yield from recorded(world, desk)
        # Asked by one whose orders are refused anyway: an order that rests would change the book.
        wait_for(lambda: desk.order("deep", "buy", "0.001", -1) == "book.unknown", "a book that is too old")
        yield "prices come from elsewhere then", desk.order("free", "buy", "0.001", -1) == "sent"
    wait_for(lambda: desk.order("careful", "buy", "0.001", -1) == "sent", "a fresh book")


def recorded(world, desk):
    bids, asks = book(world, desk.exchange)
    middle = (bids[0][0] + asks[0][0]) / 2

    def facts():
        assert desk.order("careful", "buy", "0.001", -1) == "sent", desk.last
        return world.ledger("request")[-1]["market"]

    listed = lambda: {Decimal(one["price"]) for one in facts() if one.get("instrument") == Spot.SYMBOL[desk.exchange]}  # noqa: E731
    wait_for(lambda: listed() == {middle}, f"{desk.exchange}: the feed's price in the ledger")
    yield "the price in the ledger is the feed's", True
    walked = [one for one in facts() if "leg" in one]
    yield "and so is what the order met", len(walked) == 1 and Decimal(walked[0]["middle"]) == middle and "average" not in walked[0]


def explained(world):
    """It asks the exchange for the book."""
    def said(exchange, quantity):
        asks = book(world, exchange)[1]
        price = (asks[0][0] * Decimal("1.04")).quantize(Decimal("0.1"))
        fields = Spot.limit(exchange, "x", quantity=quantity, price=str(price))
        body = urllib.parse.urlencode(fields) if exchange == "binance" else json.dumps(fields)
        return world.run("explain", f"careful-{exchange}", *Spot.ROUTES[exchange], "--body", body, check=False).stdout
    return all("ALLOWED" in said(exchange, "0.001") and "REFUSED  grant.max_slippage_bps" in said(exchange, "30") for exchange in PRODUCTS)


def wrong_environment(world):
    """Nobody's prices are taken for another's; the gate serves all the same."""
    path = world.realm / "feed.toml"
    path.write_text('environment = "elsewhere"\n' + path.read_text())
    world.start_gate()
    desk = Desk(world, "bybit")
    rules = desk.order("careful", "buy", "0.001", -1), desk.order("free", "buy", "0.001", -1)
    return "elsewhere" in world.log("gate") and rules == ("book.unknown", "sent")


def main():
    problems, world = [], World(sys.argv[1])
    try:
        world.start_sandbox()
        world.init()
        for exchange in PRODUCTS:
            for name, limit in CLIENTS.items():
                world.add_client(f"{name}-{exchange}", exchange, "--network", "127.0.0.1", "--instrument", Spot.SYMBOL[exchange],
                                 grant=GRANT + limit)
        (world.realm / "feed.toml").write_text(feed_toml(world))
        world.start_gate()
        ticks = Ticks(world)
        try:
            for exchange in PRODUCTS:
                desk = Desk(world, exchange)
                for what, good in judged(world, desk, ticks):
                    print("ok  " if good else "NO  ", exchange, what, "" if good else desk.last, flush=True)
                    problems += [] if good else [f"{exchange}: {what}"]
        finally:
            ticks.end()
        problems += [] if explained(world) else ["explain does not look at the book"]
        world.stop("gate")
        problems += [] if wrong_environment(world) else ["a feed of no environment is taken"]
    finally:
        world.down()
    print("\n".join(problems))
    sys.exit(1 if problems else 0)


main()
