"""Observe first: a new client trades with ccxt beyond its limits, the ledger tells what it needs, and
under that grant the same goes on while more is refused.

Usage: observe.py KEYSTILE EXCHANGE"""
import collections
import decimal
import functools
import os
import pathlib
import re
import sys
import time
import urllib.request

import ccxt

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "harness"))
from ccxt_setup import open_exchange  # noqa: E402
from raw import rule_of  # noqa: E402
from world import World, free_ports, wait_for  # noqa: E402

SYMBOL = "BTC/USDT"
PACE = 1.1  # seconds from one order's answer to the next order, so that each second sees one


@functools.cache
def markets(exchange, base_url):
    """Asked once: a market list a client is more than OKX allows one address in two seconds."""
    bare = open_exchange(exchange, None, None, None, base_url)
    bare.load_markets()
    return bare.markets, bare.currencies


def opened(client):
    exchange = open_exchange(client["exchange"], client["key"], client["secret"], client.get("passphrase"), client["base_url"])
    exchange.set_markets(*markets(client["exchange"], client["base_url"]))
    exchange.options["createMarketBuyOrderRequiresPrice"] = False
    return exchange


def trade(client):
    """What the program does every day."""
    exchange = opened(client)
    params = {"tgtCcy": "base_ccy"} if exchange.id == "okx" else {}
    exchange.fetch_balance()
    order = exchange.create_order(SYMBOL, "limit", "buy", 0.01, 40000)["id"]
    time.sleep(PACE)
    order = exchange.edit_order(order, SYMBOL, "limit", "buy", 0.011, 41000)["id"]
    exchange.fetch_open_orders(SYMBOL)
    exchange.cancel_order(order, SYMBOL)
    for side in ("buy", "sell"):
        time.sleep(PACE)
        exchange.create_order(SYMBOL, "market", side, 0.01, None, params)
    time.sleep(PACE)
    exchange.fetch_my_trades(SYMBOL)


def refused_by(client, action):
    exchange = opened(client)
    try:
        action(exchange)
    except ccxt.BaseError:
        return rule_of(exchange.last_response_headers or {})
    return "nothing"


def is_so(what, condition, detail=""):
    print("ok " if condition else "NO ", what, "" if condition else detail, flush=True)
    return [] if condition else [what]


def counted(port):
    """rule → how many requests of the client, by the gate's own count, it would have refused."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        found = re.findall(r'keystile_requests_total\{(.*client="newcomer".*verdict="would_deny".*)\} (\d+)', answer.read().decode())
    counts = collections.Counter()
    for labels, count in found:
        counts[re.search(r'rule="(.*?)"', labels)[1]] += int(count)
    return counts


def observe(world, exchange, metrics_port):
    problems = []
    client = world.add_client("newcomer", exchange, "--instrument", "ETHUSDT", "--max-order-notional", "100", "--observe",
                              profile="spot-only")
    states = {row["client"]: row["state"] for row in world.json("client", "list")}
    problems += is_so("it is observed", states["newcomer"] == "observed", states)
    trade(client)

    entries = [entry for entry in world.ledger("request") if entry["client"] == "newcomer"]
    noted = {one["rule"] for entry in entries for one in entry.get("would_refuse", [])}
    problems += is_so("all went through, and what would have refused is recorded",
                      noted == {"grant.instrument", "grant.max_order_notional"}, noted)
    wanted = collections.Counter(entry["would_refuse"][0]["rule"] for entry in entries if entry.get("would_refuse"))
    try:
        wait_for(lambda: counted(metrics_port) == wanted, "the count", 10)  # the page is made anew once a second
    except TimeoutError:
        problems += is_so("what would have refused is counted", False, (counted(metrics_port), wanted))
    told = refused_by(client, lambda own: own.withdraw("USDT", 20, "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE", params={"network": "TRC20"}))
    problems += is_so("observing lets no withdrawal through", told == "grant.scope", told)
    return client, problems


def tighten(world):
    """Adopts the suggestion, after a look at what it would have done."""
    path = world.realm / "policy/client-newcomer.toml"
    observed = path.read_text()
    path.write_text(re.sub(r"observe_until.*\n", "", observed))
    replay = world.json("policy", "plan", "--replay", "1h")["replay"]
    rules = {(one["client"], one["rule"]) for one in replay["now_refused"]}
    problems = is_so("under its old limits it would have been refused", ("newcomer", "grant.instrument") in rules, replay)

    suggested = world.run("policy", "suggest", "newcomer").stdout
    print(suggested)
    path.write_text(suggested)
    print(world.run("policy", "plan", "--replay", "1h").stdout)
    replay = world.json("policy", "plan", "--replay", "1h")["replay"]
    problems += is_so("under the suggestion nothing of it would have been", not replay["now_refused"] and replay["judged"] > 5, replay)
    # The next run comes on the same day.
    doubled = re.sub(r'daily_exposure = "([0-9.]+)"', lambda found: f'daily_exposure = "{2 * decimal.Decimal(found[1])}"', suggested)
    path.write_text(doubled)
    world.run("policy", "apply")
    return problems


def main():
    keystile, exchange = sys.argv[1:]
    metrics_port = free_ports(1)
    with World(keystile, oracle=True, settings=f"[metrics]\nport = {metrics_port}\n") as world:
        os.environ["REQUESTS_CA_BUNDLE"] = world.gate_ca
        client, problems = observe(world, exchange, metrics_port)
        problems += tighten(world)
        trade(client)
        print("ok  the same again, under the suggested grant", flush=True)
        for rule, action in {
            "grant.max_order_notional": lambda own: own.create_order(SYMBOL, "limit", "buy", 0.02, 40000),
            "grant.instrument": lambda own: own.create_order("ETH/USDT", "limit", "buy", 0.1, 2000),
            "grant.price_band": lambda own: own.create_order(SYMBOL, "limit", "buy", 0.001, 70000),
            "grant.product": lambda own: own.create_order("BTC/USDT:USDT", "limit", "buy", 1 if exchange == "okx" else 0.01, 40000),
        }.items():
            told = refused_by(client, action)
            wanted = (rule, "grant.route") if rule == "grant.product" else (rule,)  # another route at Binance
            problems += is_so(f"refused by {rule}", told in wanted, told)
        problems += [f"oracle: {line}" for line in world.oracle_lines() if line["problems"]]
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
