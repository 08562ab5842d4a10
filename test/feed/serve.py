"""`keystile feed serve` alone and `keystile serve` with a feed.toml: what the relay's REST routes tell is what the
exchanges tell, tokens are admitted as often as they may, and what is measured is what docs/operations.md says.

Usage: serve.py KEYSTILE"""
import http.client
import json
import pathlib
import re
import signal
import ssl
import subprocess
import sys
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))
from world import ROOT, World, free_ports, wait_for  # noqa: E402

PAGE = (ROOT / "docs/operations.md").read_text()
# Product: exchange, symbol, and the name by which events know it.
PRODUCTS = {
    "binance-spot": ("binance", "BTCUSDT", "binance"),
    "binance-usdm": ("binance", "BTCUSDT", "binance-futures"),
    "okx": ("okx", "BTC-USDT-SWAP", "okex-swap"),
    "bybit-linear": ("bybit", "BTCUSDT", "bybit"),
}


def config(world, more=""):
    lines = []
    for product, (exchange, symbol, _) in PRODUCTS.items():
        url = world.sandbox_url(exchange)
        lines += ["[[product]]", f'name = "{product}"', f'symbols = ["{symbol}"]', f'origin = "{url}"',
                  f'rest_origin = "{url}"', f'ca_file = "{world.ca_file}"', ""]
    return "\n".join(lines) + more


def metrics(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        return answer.read().decode()


def sandbox_get(world, exchange, route):
    context = ssl.create_default_context(cafile=world.ca_file)
    with urllib.request.urlopen(world.sandbox_url(exchange) + route, context=context, timeout=10) as answer:
        return json.loads(answer.read())


def counted(port):
    """(exchange, event): how many."""
    found = re.findall(r'keystile_feed_events_total\{exchange="([^"]+)",event="([^"]+)"\} (\d+)', metrics(port))
    return {(exchange, event): int(count) for exchange, event, count in found}


# Product: REST route of the book, and where its levels stand in the answer.
BOOKS = {
    "binance-spot": ("/api/v3/depth?symbol=BTCUSDT&limit=50", lambda a: (a["bids"], a["asks"])),
    "binance-usdm": ("/fapi/v1/depth?symbol=BTCUSDT&limit=50", lambda a: (a["bids"], a["asks"])),
    "okx": ("/api/v5/market/books?instId=BTC-USDT-SWAP&sz=50", lambda a: (a["data"][0]["bids"], a["data"][0]["asks"])),
    "bybit-linear": ("/v5/market/orderbook?category=linear&symbol=BTCUSDT&limit=50", lambda a: (a["result"]["b"], a["result"]["a"])),
}


def hears_all(world, port):
    for exchange in world.exchanges:
        world.sandbox_control(exchange, "tick", {"steps": 2})
    seen = counted(port)
    return all((name, event) in seen for _, _, name in PRODUCTS.values() for event in ("trade", "book_change"))


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


def new_token(world, config_file, name):
    return world.run("feed", "token", "new", name, "--config", config_file).stdout.strip()


def reads(world, relay):
    """What the relay says is what the exchange says."""
    for product, (exchange, symbol, name) in PRODUCTS.items():
        where = f"?exchange={name}&symbol={symbol}"
        wait_for(lambda: relay.get("/v1/market/orderbook" + where)[0] == 200, f"{product}: a book")
        world.sandbox_control(exchange, "tick", {"steps": 3})
        route, sides = BOOKS[product]
        theirs = lambda: sides(sandbox_get(world, exchange, route))  # noqa: E731
        ours = lambda: relay.data("/market/orderbook" + where)  # noqa: E731
        wait_for(lambda: [[[float(price), float(size)] for price, size, *_ in side[:20]] for side in theirs()] ==
                 [[[float(number) for number in level] for level in ours()[side]] for side in ("bids", "asks")],
                 f"{product}: the book that REST shows")
        trades = relay.data("/market/trades" + where + "&limit=5")
        times = [trade["timestamp"] for trade in trades]
        yield f"{product}: trades, the newest first", 0 < len(trades) <= 5 and times == sorted(times, reverse=True)
        best = ours()["asks"][0]
        walked = relay.data(f"/v1/market/slippage{where}&side=buy&size={best[1]}")
        yield f"{product}: slippage", walked["enough"] and walked["worst_price"] == best[0]
        state = relay.data("/v1/market/status" + where)["markets"][0]
        yield f"{product}: status", state["book"] == "good" and not state["gap"] and not state["stale"] and state["age_ms"] < 60000
        tickers = relay.data("/v1/market/tickers" + where)
        yield f"{product}: a ticker", tickers[0]["bid"] < tickers[0]["ask"]
    yield "one spelling for all", relay.data("/market/trades?exchange=okx-swap&symbol=BTCUSDT&limit=1")
    yield "funding of contracts", {one["exchange"] for one in relay.data("/v1/market/funding")} == {"binance-futures", "okex-swap", "bybit"}
    yield "instruments", len(relay.data("/v1/market/instruments")) == len(PRODUCTS)


def admits(world, relay, config_file):
    yield "no token", relay.get("/v1/market/status", token="")[0] == 401
    yield "another's token", relay.get("/v1/market/status", token="ksf_" + "0" * 43)[0] == 401
    token = new_token(world, config_file, "busy")
    wait_for(lambda: relay.get("/v1/market/instruments", token=token)[0] == 200, "the new token")
    connection = http.client.HTTPConnection("127.0.0.1", int(relay.url.rpartition(":")[2]))
    statuses = []
    for _ in range(1000):
        connection.request("GET", "/v1/market/instruments", headers={"X-API-Key": token})
        answer = connection.getresponse()
        answer.read()
        statuses.append((answer.status, answer.headers.get("Retry-After")))
    connection.close()
    yield "the 1,001st request waits", [status for status, _ in statuses] == [200] * 999 + [429] and 0 < int(statuses[-1][1]) <= 60
    yield "others do not", relay.get("/v1/market/instruments")[0] == 200
    world.run("feed", "token", "revoke", "busy", "--config", config_file)
    wait_for(lambda: relay.get("/v1/market/instruments", token=token)[0] == 401, "the end of a token")
    yield "the others stay", relay.get("/v1/market/instruments")[0] == 200
    yield "only hashes are kept", relay.token not in (world.folder / "feed-tokens.json").read_text()


def alone(world, problems):
    metrics_port, port = free_ports(2), free_ports(1)
    path = world.folder / "feed.toml"
    path.write_text(config(world, f"[relay]\nport = {port}\n[metrics]\nport = {metrics_port}"))
    process = world.start("feed", world.keystile, "feed", "serve", "--config", str(path))
    world.ready("feed", lambda: "/metrics" in world.log("feed"), "the feed")
    wait_for(lambda: hears_all(world, metrics_port), "trades and books of all exchanges")
    relay = Relay(f"http://127.0.0.1:{port}", new_token(world, path, "desk"))
    wait_for(lambda: relay.get("/v1/market/status")[0] == 200, "the token")
    for what, good in (*reads(world, relay), *admits(world, relay, path)):
        print("ok  " if good else "NO  ", what, flush=True)
        problems += [] if good else [what]
    text = metrics(metrics_port)
    told = set(re.findall(r"^# TYPE (keystile_(?:feed|relay)_[a-z_]+)", text, re.M))
    on_page = set(re.findall(r"`(keystile_(?:feed|relay)_[a-z_]+)`", PAGE))
    if told != on_page:
        problems.append(f"docs/operations.md and /metrics differ: {told ^ on_page}")
    if relay.token in text:
        problems.append("a token is in the metrics")
    process.send_signal(signal.SIGTERM)
    if process.wait(20) != 0:
        problems.append(f"feed serve ended with {process.returncode}: {world.log('feed')}")


def beside_a_gate(world, problems):
    world.init()
    port = free_ports(1)
    tls = [world.sandbox_folder / name for name in ("server.pem", "server.key")]
    path = world.realm / "feed.toml"
    path.write_text(config(world, f'[relay]\nport = {port}\ncertificate = "{tls[0]}"\nkey = "{tls[1]}"\n'))
    token = new_token(world, path, "desk")
    world.start_gate()
    relay = Relay(f"https://127.0.0.1:{port}", token, world.ca_file)
    if len(relay.data("/v1/market/instruments")) != len(PRODUCTS):
        problems.append("the gate's feed does not relay")
    if "market data of 4 markets" not in world.log("gate"):
        problems.append("serve does not tell of its feed: " + world.log("gate"))
    wait_for(lambda: hears_all(world, world.metrics_port), "the gate's metrics of its feed")
    if world.stop("gate") != 0:
        problems.append("the gate with a feed does not end well: " + world.log("gate"))


def refuses_what_is_wrong(world, problems):
    path = world.folder / "wrong.toml"
    path.write_text(config(world) + "\n[relays]\n")
    done = subprocess.run([world.keystile, "feed", "serve", "--config", str(path)], text=True, capture_output=True, timeout=30)
    if done.returncode != 3 or "relays" not in done.stderr:
        problems.append(f"a field that is not known: {done.returncode} {done.stderr}")


def main():
    problems = []
    port = free_ports(1)
    world = World(sys.argv[1], settings=f"[metrics]\nport = {port}\n")
    world.metrics_port = port
    try:
        world.start_sandbox()
        refuses_what_is_wrong(world, problems)
        alone(world, problems)
        beside_a_gate(world, problems)
    finally:
        world.down()
    print("\n".join(problems) or "ok")
    sys.exit(1 if problems else 0)


main()
