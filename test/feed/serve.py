"""`keystile feed serve` alone and `keystile serve` with a feed.toml: what the relay's REST routes tell is what the
exchanges tell, tokens are admitted as often as they may, and what is measured is what docs/operations.md says.

Usage: serve.py KEYSTILE"""
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from feed_world import PRODUCTS, FeedWorld, Relay, config, exchange_book, free_ports, hears_all, new_token, wait_for  # noqa: E402
from world import ROOT, World  # noqa: E402

PAGE = (ROOT / "docs/operations.md").read_text()


def pairs(levels):
    return [(float(price), float(size)) for price, size in levels]


def reads(world):
    """What the relay says is what the exchange says."""
    relay = world.relay
    for product, (exchange, symbol, name, *_) in PRODUCTS.items():
        where = f"?exchange={name}&symbol={symbol}"
        wait_for(lambda: relay.get("/v1/market/orderbook" + where)[0] == 200, f"{product}: a book")
        world.step(product, 3)

        def book():
            told = relay.data("/market/orderbook" + where)
            return [pairs(told["bids"]), pairs(told["asks"])]
        wait_for(lambda: book() == exchange_book(world, product), f"{product}: the book that the exchange shows")
        trades = relay.data("/market/trades" + where + "&limit=5")
        times = [trade["timestamp"] for trade in trades]
        yield f"{product}: trades, the newest first", 0 < len(trades) <= 5 and times == sorted(times, reverse=True)
        price, size = relay.data("/market/orderbook" + where)["asks"][0]
        walked = relay.data(f"/v1/market/slippage{where}&side=buy&size={size}")
        yield f"{product}: slippage", walked["enough"] and walked["worst_price"] == price
        state = relay.data("/v1/market/status" + where)["markets"][0]
        stale = {name for name, one in state["channels"].items() if one["stale"]}
        refused = {"liquidation"} if product == "bybit-linear" else set()  # which the sandbox has none of there
        yield f"{product}: status", state["book"] == "good" and not state["gap"] and stale == refused and state["age_ms"] < 60000
        tickers = relay.data("/v1/market/tickers" + where)
        yield f"{product}: a ticker", tickers[0]["bid"] < tickers[0]["ask"]
    yield "one spelling for all", relay.data("/market/trades?exchange=okx-swap&symbol=BTCUSDT&limit=1")
    yield "funding of contracts", {one["exchange"] for one in relay.data("/v1/market/funding")} == {"binance-futures", "okex-swap", "bybit", "deribit"}
    listed = relay.data("/v1/market/instruments")
    yield f"instruments, also as ccxt spells them {listed}", len(listed) == len(PRODUCTS) and all("/" in one["unified"] for one in listed)
    yield "OKX says whether they trade", [one["trading"] for one in listed if one["exchange"] == "okex-swap"] == ["open"]
    links = relay.data("/v1/market/status")["connections"]
    yield "connections", {one["product"] for one in links} == set(PRODUCTS) and all(one["open"] == one["planned"] for one in links)


def admits(world):
    relay, route = world.relay, "/v1/market/instruments"
    yield "no token", relay.get(route, token="")[0] == 401
    yield "another's token", relay.get(route, token="ksf_" + "0" * 43)[0] == 401
    token = world.new_token("busy")
    wait_for(lambda: relay.get(route, token=token)[0] == 200, "the new token")
    statuses = relay.statuses(route, token, 1000)
    yield "the 1,001st request waits", [one for one, _ in statuses] == [200] * 999 + [429] and 0 < int(statuses[-1][1]) <= 60
    yield "others do not", relay.get(route)[0] == 200
    world.run("feed", "token", "revoke", "busy", "--config", world.config_file)
    wait_for(lambda: relay.get(route, token=token)[0] == 401, "the end of a token")
    yield "the others stay", relay.get(route)[0] == 200
    lost = {f"lost{i}": world.new_token(f"lost{i}") for i in range(6)}
    at_once = [subprocess.Popen([world.keystile, "feed", "token", "revoke", name, "--config", str(world.config_file)]) for name in lost]
    yield "each of many at once is revoked", [one.wait(timeout=30) for one in at_once] == [0] * len(lost)
    wait_for(lambda: {relay.get(route, token=token)[0] for token in lost.values()} == {401}, "the end of all of them")
    near = subprocess.run([world.keystile, "feed", "token", "new", "near", "--config", world.config_file.name],
                          cwd=world.folder, text=True, capture_output=True, timeout=30)
    yield f"a file in the folder where one stands {near.stderr}", near.returncode == 0
    kept = (world.folder / "feed-tokens.json").read_text()
    yield "only hashes are kept", relay.token not in kept and "desk" in kept
    yield "nor are they in the metrics", relay.token not in world.metrics()


def lags(world):
    """A stream that goes on and tells what was is no fresher than that."""
    def okx():
        return next(one for one in world.relay.data("/v1/market/status")["markets"] if one["exchange"].startswith("okex"))
    before = okx()
    world.fault("okx", delay_ms=3000)
    wait_for(lambda: world.step("okx") is None and okx()["events"] > before["events"] + 10, "events that come late")
    world.step("okx")
    late = okx()
    yield f"what comes late is old: {late}", late["book"] == "good" and late["age_ms"] >= 2000 and late["book_age_ms"] >= 2000
    world.fault("okx", delay_ms=0)
    wait_for(lambda: world.step("okx") is None and okx()["book_age_ms"] < 1000, "what comes in time")
    yield "until it comes in time again", True


def measures(world):
    told = set(re.findall(r"^# TYPE (keystile_(?:feed|relay)_[a-z_]+)", world.metrics(), re.M))
    on_page = set(re.findall(r"`(keystile_(?:feed|relay)_[a-z_]+)`", PAGE))
    yield f"docs/operations.md has every metric and no other: {told ^ on_page or 'yes'}", told == on_page


def refuses_what_is_wrong(world):
    path = world.folder / "wrong.toml"
    path.write_text(config(world) + "\n[relays]\n")
    done = subprocess.run([world.keystile, "feed", "serve", "--config", str(path)], text=True, capture_output=True, timeout=30)
    yield "a field that is not known", done.returncode == 3 and "relays" in done.stderr


def says_what_is_refused(world):
    """Of what the exchange refuses nothing comes: that is not the silence of a quiet market."""
    url, port = world.sandbox_url("okx"), free_ports(1)
    path = world.folder / "refused.toml"
    path.write_text(f'[[product]]\nname = "okx"\nsymbols = ["BTC-USDT-SWAP", "NO-SUCH-SWAP"]\nchannels = ["trade"]\n'
                    f'origin = "{url}"\nrest_origin = "{url}"\nca_file = "{world.ca_file}"\n[relay]\nport = {port}\n')
    relay = Relay(f"http://127.0.0.1:{port}", world.relay.token)
    world.start("refused", world.keystile, "feed", "serve", "--config", str(path))
    world.ready("refused", lambda: "feed.refused" in world.log("refused"), "a refusal")

    def stale():
        markets = relay.data("/v1/market/status")["markets"]
        return {one["symbol"]: one["channels"]["trade"]["stale"] for one in markets}
    wait_for(lambda: stale() == {"BTC-USDT-SWAP": False, "NO-SUCH-SWAP": True}, "what is refused to be stale")
    yield "what is refused is stale, and nothing else", world.stop("refused") == 0


def alone(keystile):
    world = FeedWorld(keystile)
    try:
        world.up()
        for part in (reads, admits, lags, measures, refuses_what_is_wrong, says_what_is_refused):
            yield from part(world)
        yield "feed serve ends well", world.end() == 0
    finally:
        world.down()


def beside_a_gate(keystile):
    port = free_ports(2)
    world = World(keystile, settings=f"[metrics]\nport = {port}\n")
    try:
        world.start_sandbox()
        world.init()
        tls = [world.sandbox_folder / name for name in ("server.pem", "server.key")]
        path = world.realm / "feed.toml"
        path.write_text(config(world, f'[relay]\nport = {port + 1}\ncertificate = "{tls[0]}"\nkey = "{tls[1]}"\n'))
        token = new_token(world, path, "desk")
        world.start_gate()
        yield "serve tells of its feed", f"market data of {len(PRODUCTS)} markets" in world.log("gate")
        wait_for(lambda: hears_all(world, port), "the gate's metrics of its feed")
        relay = Relay(f"https://127.0.0.1:{port + 1}", token, world.ca_file)
        yield "and relays it, over TLS", len(relay.data("/v1/market/instruments")) == len(PRODUCTS)
        yield "the gate with a feed ends well", world.stop("gate") == 0
        path.write_text("[relays]\n")
        world.start_gate()
        yield "a feed that cannot be opened keeps no gate from serving", "there is no market data" in world.log("gate")
    finally:
        world.down()


def main():
    problems = []
    for part in (alone, beside_a_gate):
        for what, good in part(sys.argv[1]):
            print("ok  " if good else "NO  ", what, flush=True)
            problems += [] if good else [what]
    print("\n".join(problems))
    sys.exit(1 if problems else 0)


main()
