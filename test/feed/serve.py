"""`keystile feed serve` alone and `keystile serve` with a feed.toml: the feed runs, and what it measures is what
docs/operations.md says.

Usage: serve.py KEYSTILE"""
import pathlib
import re
import signal
import subprocess
import sys
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


def config(world, metrics_port=None):
    lines = []
    for product, (exchange, symbol, _) in PRODUCTS.items():
        url = world.sandbox_url(exchange)
        lines += ["[[product]]", f'name = "{product}"', f'symbols = ["{symbol}"]', f'origin = "{url}"',
                  f'rest_origin = "{url}"', f'ca_file = "{world.ca_file}"', ""]
    return "\n".join(lines + ([f"[metrics]\nport = {metrics_port}"] if metrics_port else []))


def metrics(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        return answer.read().decode()


def counted(port):
    """(exchange, event): how many."""
    found = re.findall(r'keystile_feed_events_total\{exchange="([^"]+)",event="([^"]+)"\} (\d+)', metrics(port))
    return {(exchange, event): int(count) for exchange, event, count in found}


def hears_all(world, port):
    for exchange in world.exchanges:
        world.sandbox_control(exchange, "tick", {"steps": 2})
    seen = counted(port)
    return all((name, event) in seen for _, _, name in PRODUCTS.values() for event in ("trade", "book_change"))


def alone(world, problems):
    port = free_ports(1)
    path = world.folder / "feed.toml"
    path.write_text(config(world, port))
    process = world.start("feed", world.keystile, "feed", "serve", "--config", str(path))
    world.ready("feed", lambda: "/metrics" in world.log("feed"), "the feed")
    wait_for(lambda: hears_all(world, port), "trades and books of all exchanges")
    text = metrics(port)
    told = set(re.findall(r"^# TYPE (keystile_feed_[a-z_]+)", text, re.M))
    on_page = set(re.findall(r"`(keystile_feed_[a-z_]+)`", PAGE))
    if told != on_page:
        problems.append(f"docs/operations.md and /metrics differ: {told ^ on_page}")
    process.send_signal(signal.SIGTERM)
    if process.wait(20) != 0:
        problems.append(f"feed serve ended with {process.returncode}")


def beside_a_gate(world, problems):
    world.init()
    (world.realm / "feed.toml").write_text(config(world))
    world.start_gate()
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
