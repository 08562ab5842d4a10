"""freqtrade, as published, trades on Binance's own host name through HTTPS_PROXY, with what
`keystile client show --format freqtrade` prints: buys, sells, and each order is in the ledger.
It sells within the minute's candle in which it bought; KEYSTILE_CANDLES=3: three candles later.

Usage: freqtrade_trades.py KEYSTILE"""
import datetime
import json
import os
import pathlib
import shlex
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "harness"))
from flows import judge_oracle  # noqa: E402
from world import ROOT, World, wait_for  # noqa: E402

CANDLES = int(os.environ.get("KEYSTILE_CANDLES", "0"))
FREQTRADE = ROOT / "build/clients/freqtrade/bin/freqtrade"


def printed(world, client):
    """The configuration and the environment that the command prints; the secret was printed once."""
    shown = world.run("client", "show", client["client"], "--format", "freqtrade")
    config = json.loads(shown.stdout)
    assert config["exchange"]["secret"] == "", "client show printed a secret"
    config["exchange"]["secret"] = client["secret"]
    return config, dict(word.split("=", 1) for word in shlex.split(shown.stderr) if word != "export")


def start(world, client):
    home = world.folder / "freqtrade"
    (home / "user_data").mkdir(parents=True)
    config, env = printed(world, client)
    (home / "exchange.json").write_text(json.dumps(config))
    world.start("freqtrade", str(FREQTRADE), "trade", "--config", str(HERE / "freqtrade/config.json"),
                "--config", str(home / "exchange.json"), "--userdir", str(home / "user_data"),
                "--strategy-path", str(HERE / "freqtrade"), "--strategy", "FewCandles",
                "--db-url", f"sqlite:///{home}/trades.sqlite",
                env={"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", "KEYSTILE_CANDLES": str(CANDLES), **env})


def traded(world):
    """Trades of a buy and of a sell, once there are both."""
    if world.processes["freqtrade"].poll() is not None:
        raise RuntimeError(f"freqtrade ended:\n{world.log('freqtrade')[-4000:]}")
    trades = world.executed("binance")
    return trades if {"buy", "sell"} <= {trade["side"] for trade in trades} else None


def main():
    problems = []
    with World(sys.argv[1], oracle=True) as world:
        client = world.add_client("freqtrade", "binance", "--instrument", "BTCUSDT")
        start(world, client)
        try:
            trades = wait_for(lambda: traded(world), "freqtrade to trade", 120 + 60 * CANDLES)
        except TimeoutError:
            sys.exit(f"freqtrade did not trade:\n{world.log('freqtrade')[-4000:]}")
        world.stop("freqtrade")
        entries = [entry for entry in world.ledger("request") if entry["client"] == "freqtrade" and entry.get("legs")]
        orders = {leg["client_order_id"]: leg for entry in entries for leg in entry["legs"]}
        first, last = (datetime.datetime.fromisoformat(entries[at]["time"]) for at in (0, -1))
        if last - first < datetime.timedelta(minutes=CANDLES):
            problems.append(f"it traded from {first} to {last} only")
        for trade in trades:
            if trade["client_order_id"] not in orders:
                problems.append(f"the ledger has no order for {trade}")
            print(f"ok  {trade['side']} {trade['quantity']} {trade['symbol']} at {trade['price']}, in the ledger")
        problems += judge_oracle(world)
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
