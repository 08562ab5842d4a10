"""ccxt's watch…() calls read the sandbox's own market streams.

Usage: streams.py KEYSTILE"""
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "harness"))
from world import SANDBOXES, World, client_environment  # noqa: E402

SYMBOLS = {"deribit": ("BTC/USDC", "BTC/USDC:USDC")}
USUAL = ("BTC/USDT", "BTC/USDT:USDT")


def watched(world, exchange):
    env = client_environment(world, direct=True)
    env.update({"EXCHANGE": exchange, "BASE_URL": world.sandbox_url(exchange)})
    done = subprocess.run(["node", str(HERE / "streams_ccxt.js"), *SYMBOLS.get(exchange, USUAL)], env=env, text=True, capture_output=True,
                          stdin=subprocess.DEVNULL, timeout=120)
    if done.returncode != 0:
        raise RuntimeError(f"{exchange}: {done.stdout}{done.stderr[-3000:]}")
    return json.loads(done.stdout)


def judged(exchange, symbol, found):
    problems = []
    if not found["same"] or found["crossed"] or found["levels"] < 5:
        problems.append(f"{exchange} {symbol}: the book is not the one that REST shows: {found}")
    if found["trades"] < 5 or found["repeated"] or found["unseen"]:
        problems.append(f"{exchange} {symbol}: not each trade was seen once: {found}")
    return problems


def main():
    world, problems = World(sys.argv[1]), []
    try:
        world.start_sandbox()
        for exchange in SANDBOXES:
            for symbol, found in watched(world, exchange).items():
                print(exchange, symbol, found, flush=True)
                problems += judged(exchange, symbol, found)
    finally:
        world.down()
    print("\n".join(problems))
    sys.exit(1 if problems else 0)


main()
