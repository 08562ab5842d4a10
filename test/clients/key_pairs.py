"""Key pairs in place of shared secrets, on both sides: programs that sign with an Ed25519 or RSA key of
their own, and accounts whose real keys are such pairs. By ccxt and by binance-connector.

Usage: key_pairs.py KEYSTILE"""
import os
import pathlib
import subprocess
import sys

import ccxt
from binance.spot import Spot as BinanceSpot

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "harness"))
from ccxt_setup import open_exchange  # noqa: E402
from raw import Spot  # noqa: E402
from world import World  # noqa: E402

PAIRS = [("binance", "ed25519"), ("binance", "rsa"), ("bybit", "rsa")]


def make_pair(folder, name, algorithm):
    """The private key's text, and the file of its public half."""
    private, public = folder / f"{name}.key.pem", folder / f"{name}.pub.pem"
    extra = ["-pkeyopt", "rsa_keygen_bits:2048"] if algorithm == "rsa" else []
    subprocess.run(["openssl", "genpkey", "-quiet", "-algorithm", algorithm, *extra, "-out", private], check=True)
    subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True)
    return private.read_text(), public


def trade(exchange):
    order = exchange.create_order("BTC/USDT", "limit", "buy", 0.001, 40000)
    exchange.cancel_order(order["id"], "BTC/USDT")


def check_pair(world, exchange, algorithm, problems):
    name = f"{exchange}-{algorithm}"
    world.add_account(f"{name}-account", exchange, {"read": "read", "trade": f"trade-{algorithm}"})
    private, public = make_pair(world.folder, name, algorithm)
    client = world.add_client(name, exchange, "--instrument", Spot.SYMBOL[exchange], "--algorithm", algorithm, "--public-key",
                              public, account=f"{name}-account")
    seen = len(world.oracle_lines())
    trade(open_exchange(exchange, client["key"], private, None, client["base_url"]))
    if exchange == "binance":
        BinanceSpot(api_key=client["key"], private_key=private, base_url=client["base_url"]).account()
    signers = {line["role"] for line in world.oracle_lines()[seen:] if line["method"] != "GET"}
    if signers != {f"trade-{algorithm}"}:
        problems.append(f"{name}: the exchange was reached with {signers}")
    stranger, _ = make_pair(world.folder, f"{name}-stranger", algorithm)
    try:
        trade(open_exchange(exchange, client["key"], stranger, None, client["base_url"]))
        problems.append(f"{name}: another's private key was taken")
    except ccxt.AuthenticationError:
        pass
    print("ok ", name, flush=True)


def main():
    problems = []
    with World(sys.argv[1], oracle=True) as world:
        os.environ["REQUESTS_CA_BUNDLE"] = world.gate_ca
        for exchange, algorithm in PAIRS:
            check_pair(world, exchange, algorithm, problems)
        problems += [f"oracle: {line}" for line in world.oracle_lines() if line["problems"]]
    print("\n".join(problems))
    sys.exit(1 if problems else 0)


main()
