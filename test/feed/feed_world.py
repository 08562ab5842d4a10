"""A sandbox with `keystile feed serve` on it: five products, a relay, metrics."""
import asyncio
import http.client
import json
import pathlib
import re
import signal
import ssl
import sys
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))
from world import World, free_ports, wait_for  # noqa: E402

# Product: exchange, symbol, the name by which events know it, REST route of its book, and where the levels stand in
# that route's answer.
PRODUCTS = {
    "binance-spot": ("binance", "BTCUSDT", "binance", "/api/v3/depth?symbol=BTCUSDT&limit=50",
                     lambda a: (a["bids"], a["asks"])),
    "binance-usdm": ("binance", "BTCUSDT", "binance-futures", "/fapi/v1/depth?symbol=BTCUSDT&limit=50",
                     lambda a: (a["bids"], a["asks"])),
    "okx": ("okx", "BTC-USDT-SWAP", "okex-swap", "/api/v5/market/books?instId=BTC-USDT-SWAP&sz=50",
            lambda a: (a["data"][0]["bids"], a["data"][0]["asks"])),
    "bybit-linear": ("bybit", "BTCUSDT", "bybit", "/v5/market/orderbook?category=linear&symbol=BTCUSDT&limit=50",
                     lambda a: (a["result"]["b"], a["result"]["a"])),
    "deribit": ("deribit", "BTC_USDC-PERPETUAL", "deribit", "/api/v2/public/get_order_book?instrument_name=BTC_USDC-PERPETUAL&depth=50",
                lambda a: (a["result"]["bids"], a["result"]["asks"])),
}
LEVELS = 20


def config(world, more="", of_each=()):
    """A feed.toml of all products at the world's sandbox, with these lines more of each."""
    lines = []
    for product, (exchange, symbol, *_) in PRODUCTS.items():
        url = world.sandbox_url(exchange)
        lines += ["[[product]]", f'name = "{product}"', f'symbols = ["{symbol}"]', f'origin = "{url}"',
                  f'rest_origin = "{url}"', f'ca_file = "{world.ca_file}"', *of_each, ""]
    return "\n".join(lines) + more


def new_token(world, config_file, name):
    return world.run("feed", "token", "new", name, "--config", config_file).stdout.strip()


def metrics(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        return answer.read().decode()


def counted(port):
    """(exchange, event): how many."""
    found = re.findall(r'keystile_feed_events_total\{exchange="([^"]+)",event="([^"]+)"\} (\d+)', metrics(port))
    return {(exchange, event): int(count) for exchange, event, count in found}


def hears_all(world, port):
    """After a few steps of all markets: trades and books of each have come."""
    for exchange in {exchange for exchange, *_ in PRODUCTS.values()}:
        world.sandbox_control(exchange, "tick", {"steps": 2})
    seen = counted(port)
    return all((name, event) in seen for _, _, name, *_ in PRODUCTS.values() for event in ("trade", "book_change"))


def exchange_book(world, product):
    """The best levels, as the exchange's REST route tells them."""
    exchange, _, _, route, sides = PRODUCTS[product]
    context = ssl.create_default_context(cafile=world.ca_file)
    with urllib.request.urlopen(world.sandbox_url(exchange) + route, context=context, timeout=10) as answer:
        found = sides(json.loads(answer.read()))
    return [[(float(row[0]), float(row[1])) for row in side[:LEVELS]] for side in found]


class Relay:
    """What a program sees of a relay at a URL."""

    def __init__(self, url, token=None, ca_file=None):
        self.url, self.token = url, token
        self.context = ssl.create_default_context(cafile=ca_file) if ca_file else None

    def get(self, path, token=None):
        """Status, headers, JSON."""
        request = urllib.request.Request(self.url + path)
        token = self.token if token is None else token
        if token:
            request.add_header("Authorization", "Bearer " + token)
        try:
            with urllib.request.urlopen(request, context=self.context, timeout=10) as answer:
                return answer.status, answer.headers, json.loads(answer.read())
        except urllib.error.HTTPError as answer:
            return answer.code, answer.headers, json.loads(answer.read())

    def data(self, path):
        status, _, answer = self.get(path)
        assert status == 200, (path, status, answer)
        return answer["data"]

    def statuses(self, path, token, times):
        """Of many requests on one connection: (status, Retry-After) of each."""
        connection, out = http.client.HTTPConnection("127.0.0.1", int(self.url.rpartition(":")[2])), []
        for _ in range(times):
            connection.request("GET", path, headers={"X-API-Key": token})
            answer = connection.getresponse()
            answer.read()
            out.append((answer.status, answer.headers.get("Retry-After")))
        connection.close()
        return out


class FeedWorld(World):
    """With a `keystile feed serve` named "feed"."""

    def up(self, of_each=()):
        self.start_sandbox()
        port = free_ports(2)
        self.metrics_port = port + 1
        self.config_file = self.folder / "feed.toml"
        self.config_file.write_text(config(self, f'[relay]\nport = {port}\nrecordings = "recorded"\n[metrics]\nport = {self.metrics_port}\n', of_each))
        self.start("feed", self.keystile, "feed", "serve", "--config", str(self.config_file))
        self.ready("feed", lambda: "/metrics" in self.log("feed"), "the feed")
        wait_for(lambda: hears_all(self, self.metrics_port), "trades and books of all exchanges")
        self.relay = Relay(f"http://127.0.0.1:{port}", self.new_token("desk"))
        wait_for(lambda: self.relay.get("/v1/market/status")[0] == 200, "the token")
        return self

    def new_token(self, name):
        return new_token(self, self.config_file, name)

    def metrics(self):
        return metrics(self.metrics_port)

    def reconnects(self):
        return re.findall(r"keystile_feed_reconnects_total.*", self.metrics())

    def step(self, product, times=1):
        for _ in range(times):
            self.sandbox_control(PRODUCTS[product][0], "tick", {"steps": 1})

    def fault(self, product, **what):
        self.sandbox_control(PRODUCTS[product][0], "faults", {"stream": what})

    def book(self, product):
        return exchange_book(self, product)

    def end(self):
        """The feed's exit code."""
        process = self.processes["feed"]
        process.send_signal(signal.SIGTERM)
        return process.wait(20)


def judge(keystile, *parts, of_each=()):
    """Runs each part, which yields what it looked at and whether it was good, on one feed; ends with how it all went."""
    problems, world = [], FeedWorld(keystile)

    async def everything():
        for part in parts:
            async for what, good in part(world):
                print("ok  " if good else "NO  ", what, flush=True)
                problems.extend([] if good else [what])

    try:
        world.up(of_each)
        asyncio.run(everything())
        problems.extend([] if world.end() == 0 else ["feed serve did not end well: " + world.log("feed")])
    finally:
        world.down()
    print("\n".join(problems))
    sys.exit(1 if problems else 0)
