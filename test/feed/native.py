"""Programs poll an exchange's own routes through a gate beside a feed: as long as what the feed has is fresh they are
answered from it, as the exchange itself would answer and without asking it; when its streams stand still, the exchange
is asked again. What it cannot know, and what it knows of another place, is asked of the exchange always.

Usage: native.py KEYSTILE EXCHANGE"""
import json
import os
import pathlib
import ssl
import sys
import urllib.request

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / folder) for folder in ("harness", "clients")]
from ccxt_setup import open_exchange  # noqa: E402
from feed_world import Relay, new_token  # noqa: E402
from world import World, free_ports, judge, wait_for  # noqa: E402

AGE_MS = 5000
ROUNDS = 10
PRODUCTS = {"binance": {"binance-spot": "BTCUSDT", "binance-usdm": "BTCUSDT"},
            "okx": {"okx": "BTC-USDT"},
            "bybit": {"bybit-spot": "BTCUSDT", "bybit-linear": "BTCUSDT"}}
BOOKS = {"binance": ["/api/v3/depth?symbol=BTCUSDT&limit=20", "/api/v3/ticker/bookTicker?symbol=BTCUSDT",
                     "/fapi/v1/depth?symbol=BTCUSDT&limit=20", "/fapi/v1/ticker/bookTicker?symbol=BTCUSDT"],
         "okx": ["/api/v5/market/books?instId=BTC-USDT&sz=20"],
         "bybit": ["/v5/market/orderbook?category=spot&symbol=BTCUSDT&limit=20",
                   "/v5/market/orderbook?category=linear&symbol=BTCUSDT&limit=20"]}
TRADES = {"binance": ["/api/v3/trades?symbol=BTCUSDT&limit=5"],
          "okx": ["/api/v5/market/trades?instId=BTC-USDT&limit=5"],
          "bybit": ["/v5/market/recent-trade?category=spot&symbol=BTCUSDT&limit=5",
                    "/v5/market/recent-trade?category=linear&symbol=BTCUSDT&limit=5"]}
# Beyond what is kept, of another market, or with numbers that no stream tells.
UNKNOWN = {"binance": ["/api/v3/depth?symbol=BTCUSDT&limit=5000", "/api/v3/depth?symbol=ETHUSDT", "/api/v3/ticker/24hr?symbol=BTCUSDT",
                       "/fapi/v1/trades?symbol=BTCUSDT&limit=5"],
           "okx": ["/api/v5/market/books?instId=ETH-USDT", "/api/v5/market/ticker?instId=BTC-USDT"],
           "bybit": ["/v5/market/orderbook?category=spot&symbol=ETHUSDT", "/v5/market/tickers?category=spot&symbol=BTCUSDT"]}


def feed_toml(world, exchange, rest_origin, more=""):
    lines = [f"[answers]\nbook_ms = {AGE_MS}\nbest_ms = {AGE_MS}\ntrades_ms = {AGE_MS}\n{more}"]
    url = world.sandbox_url(exchange)
    for product, symbol in PRODUCTS[exchange].items():
        lines += ["[[product]]", f'name = "{product}"', f'symbols = ["{symbol}"]', f'origin = "{url}"',
                  f'rest_origin = "{rest_origin}"', f'ca_file = "{world.ca_file}"', "deep_books = true", ""]
    return "\n".join(lines)


def without(names, value):
    if isinstance(value, list):
        return [without(names, one) for one in value]
    return {name: without(names, one) for name, one in value.items() if name not in names} if isinstance(value, dict) else value


class Desk:
    """One exchange as a program sees it: through the gate and directly."""

    def __init__(self, world, exchange):
        self.world, self.exchange = world, exchange
        self.gate_url = next(one["base_url"] for one in world.clients.values() if one["exchange"] == exchange)
        self.context = ssl.create_default_context(cafile=world.ca_file)
        self.context.load_verify_locations(world.gate_ca)

    def get(self, base, target):
        with urllib.request.urlopen(base + target, context=self.context, timeout=10) as answer:
            return answer.headers, json.loads(answer.read())

    def through_gate(self, target):
        headers, body = self.get(self.gate_url, target)
        self.last = headers.get("X-Keystile-Source"), headers.get("X-Keystile-Age-Ms"), body
        return self.last[0], body

    def directly(self, target):
        return self.get(self.world.sandbox_url(self.exchange), target)[1]

    def tick(self, steps=1):
        self.world.sandbox_control(self.exchange, "tick", {"steps": steps})

    def upstream(self, target):
        path = target.partition("?")[0]
        return sum(line["path"] == path for line in self.world.oracle_lines())

    def is_fresh(self, target):
        """From the feed, and as the exchange says it now."""
        source, body = self.through_gate(target)
        return source == "feed" and self.timeless(target, body) == self.timeless(target, self.directly(target))

    def timeless(self, target, body):
        """When the exchange made a book is not when it answers; when it made a trade is part of that."""
        if target in BOOKS[self.exchange]:
            return without({"E", "T", "ts", "cts", "time"}, body)
        return {**body, "time": None} if self.exchange == "bybit" else body


def answered(desk):
    for target in BOOKS[desk.exchange] + TRADES[desk.exchange]:
        wait_for(lambda: desk.tick() is None and desk.is_fresh(target), f"{target} from the feed")
        before, sources = desk.upstream(target), set()
        for _ in range(ROUNDS):
            desk.tick()
            sources.add(desk.through_gate(target)[0])
        yield f"{target}: answered from the feed", sources == {"feed"} and int(desk.last[1]) <= AGE_MS
        yield f"{target}: the exchange is not asked", desk.upstream(target) == before
    for target in UNKNOWN[desk.exchange]:
        source, body = desk.through_gate(target)
        yield f"{target}: asked of the exchange", source == "exchange" and body and desk.upstream(target) > 0


def read_by_ccxt(desk):
    """ccxt as it is: what it makes of the gate's answers is what it makes of the exchange's."""
    programs = {}
    for name, url in {"gate": desk.gate_url, "exchange": desk.world.sandbox_url(desk.exchange)}.items():
        programs[name] = open_exchange(desk.exchange, None, None, None, url)
        programs[name].options["fetchTradesMethod"] = "publicGetTrades"  # of Binance; by default it asks for others
        programs[name].load_markets()

    def same(call, source):
        desk.tick()
        found = {name: call(program) for name, program in programs.items()}
        said = programs["gate"].last_response_headers.get("X-Keystile-Source")
        return said == source and found["gate"] == found["exchange"]

    book = lambda program: {name: part for name, part in program.fetch_order_book("BTC/USDT", 20).items() if "time" not in name}  # noqa: E731
    calls = {"fetch_order_book": (lambda program: {**book(program), "datetime": None}, "feed"),
             "fetch_trades": (lambda program: program.fetch_trades("BTC/USDT", limit=5), "feed"),
             "fetch_ticker": (lambda program: program.fetch_ticker("BTC/USDT")["last"], "exchange")}
    for what, (call, source) in calls.items():
        wait_for(lambda: same(call, source), f"ccxt's {what} from the {source}")
        yield f"ccxt's {what}", True


def frozen(desk):
    """Streams that stand still: what they said is believed for AGE_MS and no longer."""
    desk.world.sandbox_control(desk.exchange, "faults", {"stream": {"delay_ms": 600000}})
    for target in BOOKS[desk.exchange] + TRADES[desk.exchange]:
        before = desk.upstream(target)
        wait_for(lambda: desk.tick() is None and desk.through_gate(target)[0] == "exchange", f"{target} from the exchange")
        yield f"{target}: asked of the exchange again", desk.upstream(target) > before


def elsewhere(desk):
    """A feed of another place than the one that the gate sends to knows all the same things, and none of them is an answer."""
    world, url = desk.world, desk.world.sandbox_url(desk.exchange)
    world.sandbox_control(desk.exchange, "faults", {"stream": {"delay_ms": 0}})
    world.stop("gate")
    port, config_file = free_ports(1), world.realm / "feed.toml"
    config_file.write_text(feed_toml(world, desk.exchange, url, f"[relay]\nport = {port}\n"))
    relay = Relay(f"http://127.0.0.1:{port}", new_token(world, config_file, "desk"))
    world.start_gate()
    yield "the gate says so", all(f"what the feed has of {product}: it is read at {url}" in world.log("gate") for product in PRODUCTS[desk.exchange])
    wait_for(lambda: desk.tick() is None and knows_enough(relay), "a feed that could answer")
    for target in BOOKS[desk.exchange] + TRADES[desk.exchange]:
        before, sources, alive = desk.upstream(target), set(), []
        for _ in range(ROUNDS):
            desk.tick()
            sources.add(desk.through_gate(target)[0])
            alive.append(knows_enough(relay))
        yield f"{target}: not answered from a feed of another place", sources == {"exchange"}
        yield f"{target}: which could have answered", all(alive)
        yield f"{target}: asked of the gate's own", desk.upstream(target) > before


def knows_enough(relay):
    """For any of the targets."""
    markets = relay.data("/v1/market/status")["markets"]
    name = "/v1/market/trades?exchange={exchange}&symbol={symbol}&limit=6"
    return all(market["book"] == "good" and not market["gap"] and market.get("book_age_ms", AGE_MS) < AGE_MS
               and len(relay.data(name.format(**market))) == 6 for market in markets)


def look(world, exchange):
    world.start_sandbox()
    world.start_oracle()
    world.init()
    world.lift_rate_limits()
    world.run("policy", "apply")
    (world.realm / "feed.toml").write_text(feed_toml(world, exchange, world.upstream[exchange]))
    world.start_gate()
    both = world.folder / "both.pem"
    both.write_text(pathlib.Path(world.ca_file).read_text() + pathlib.Path(world.gate_ca).read_text())
    os.environ["REQUESTS_CA_BUNDLE"] = str(both)
    desk = Desk(world, exchange)
    desk.tick(10)
    for part in (answered, read_by_ccxt, frozen, elsewhere):
        for what, good in part(desk):
            yield what, good, desk.last


judge(World(sys.argv[1], oracle=True), lambda world: look(world, sys.argv[2]))
