"""A client of tardis-machine reads /ws-stream-normalized: normalised types and computed ones, with the field names of
its documents, from the sandbox's streams; and /replay-normalized, of a recording.

Usage: tardis.py KEYSTILE"""
import asyncio
import datetime
import json
import os
import pathlib
import re
import sys
import urllib.error
import urllib.parse
import urllib.request

import websockets

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from feed_world import judge, wait_for  # noqa: E402

# https://docs.tardis.dev/api/tardis-machine: what each type has, apart from what may be undefined.
FIELDS = {
    "trade": {"symbol", "exchange", "price", "amount", "side", "timestamp", "localTimestamp"},
    "book_change": {"symbol", "exchange", "isSnapshot", "bids", "asks", "timestamp", "localTimestamp"},
    "derivative_ticker": {"symbol", "exchange", "timestamp", "localTimestamp"},
    "book_snapshot": {"symbol", "exchange", "name", "depth", "interval", "bids", "asks", "timestamp", "localTimestamp"},
    "trade_bar": {"symbol", "exchange", "name", "interval", "kind", "open", "high", "low", "close", "volume", "buyVolume",
                  "sellVolume", "trades", "vwap", "openTimestamp", "closeTimestamp", "timestamp", "localTimestamp"},
    "disconnect": {"exchange", "localTimestamp"},
}
OPTIONS = [
    {"exchange": "binance-futures", "symbols": ["btcusdt"], "withDisconnectMessages": True, "timeoutIntervalMS": 60000,
     "dataTypes": ["trade", "book_change", "derivative_ticker", "book_snapshot_3_0ms", "trade_bar_2ticks"]},
    {"exchange": "okex-swap", "symbols": ["BTC-USDT-SWAP"], "dataTypes": ["quote", "trade_bar_5ticks"]},
]


def url(world, options):
    query = urllib.parse.urlencode({"options": json.dumps(options), "token": world.relay.token})
    return f"{world.relay.url.replace('http', 'ws', 1)}/ws-stream-normalized?{query}"


def well_formed(message):
    """Every field is there, times are ISO 8601, levels have prices and amounts."""
    missing = FIELDS.get(message["type"], {"no such type"}) - set(message)
    for name in message:
        if name.endswith("imestamp"):
            datetime.datetime.fromisoformat(message[name])
    levels = message.get("bids", []) + message.get("asks", [])
    return not missing and all(set(level) == {"price", "amount"} for level in levels)


def best(bids, asks):
    return [sorted(bids.items(), reverse=True)[:3], sorted(asks.items())[:3]]


class Kept:
    """The book that changes add up to, beside the snapshots that were computed of it."""

    def __init__(self):
        self.bids, self.asks, self.compared, self.differ = {}, {}, 0, []

    def take(self, message):
        if message["type"] == "book_change":
            if message["isSnapshot"]:
                self.bids, self.asks = {}, {}
            for side, levels in ((self.bids, message["bids"]), (self.asks, message["asks"])):
                for level in levels:
                    side.pop(level["price"], None)
                    if level["amount"]:
                        side[level["price"]] = level["amount"]
        elif message["type"] == "book_snapshot":
            told = [[(level["price"], level["amount"]) for level in message[side]] for side in ("bids", "asks")]
            self.compared += 1
            self.differ += [] if told == best(self.bids, self.asks) else [message]


async def reads(world):
    seen, kept = [], Kept()
    async with websockets.connect(url(world, OPTIONS)) as connection:
        async def until(condition, what):
            async with asyncio.timeout(60):
                while not condition():
                    for product in ("binance-usdm", "okx"):
                        await asyncio.to_thread(world.step, product)
                    try:
                        while True:
                            seen.append(json.loads(await asyncio.wait_for(connection.recv(), 0.1)))
                            if seen[-1]["exchange"] == "binance-futures":
                                kept.take(seen[-1])
                    except TimeoutError:
                        pass

        wanted = {("binance-futures", kind) for kind in ("trade", "book_change", "derivative_ticker", "book_snapshot", "trade_bar")}
        wanted |= {("okex-swap", "book_snapshot"), ("okex-swap", "trade_bar")}

        def types():
            return {(one["exchange"], one["type"]) for one in seen}
        await until(lambda: wanted <= types() and kept.compared > 5, "all types")
        yield "all that was asked for and nothing else", types() == wanted
        await asyncio.to_thread(world.fault, "binance-usdm", cut=True)
        await until(lambda: ("binance-futures", "disconnect") in types(), "a disconnect")
        yield "a disconnect where it was asked for", ("okex-swap", "disconnect") not in types()
    wrong = [one for one in seen if not well_formed(one)]
    yield f"tardis's form: {wrong[:3] or 'yes'}", not wrong
    yield f"snapshots are the best of the book: {kept.differ[:1] or kept.compared}", not kept.differ
    bars = [one for one in seen if one["type"] == "trade_bar" and one["exchange"] == "binance-futures"]
    trades = [one for one in seen if one["type"] == "trade"]
    first = bars[0]
    pair = [one for one in trades if first["openTimestamp"] <= one["timestamp"] <= first["closeTimestamp"]]
    yield "a bar is of its trades", first["trades"] == 2 and first["open"] in [one["price"] for one in pair] and \
        first["low"] <= first["vwap"] <= first["high"] and first["name"] == "trade_bar_2ticks"


async def replays(world):
    """What `feed record` kept is what /replay-normalized tells."""
    folder = world.folder / "recorded"
    url_of_okx = world.sandbox_url("okx")
    recorder = world.start("recorder", world.keystile, "feed", "record", "--folder", str(folder), "--product", "okx",
                           "--origin", url_of_okx, "--ca", world.ca_file, "--print", "BTC-USDT-SWAP")
    await asyncio.to_thread(wait_for, lambda: world.step("okx", 20) is None and len(world.log("recorder")) > 100_000 and
                            {"trade", "book_change"} <= set(re.findall(r'"type":"(\w+)"', world.log("recorder"))), "a recording")
    world.stop("recorder")
    told = [json.loads(line) for line in world.log("recorder").splitlines() if line.startswith("{")]
    options = {"exchange": "okx-swap", "symbols": ["BTC-USDT-SWAP"], "from": "2020-01-01", "to": "2100-01-01",
               "dataTypes": ["trade", "book_change"]}
    query = urllib.parse.urlencode({"options": json.dumps(options)})

    def read(path):
        request = urllib.request.Request(world.relay.url + path, headers={"Authorization": "Bearer " + world.relay.token})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()

    def left():
        return json.loads(read("/v1/market/status"))["data"]["token"]["left"]
    before = left()
    body = await asyncio.to_thread(read, f"/replay-normalized?{query}")
    lines = [json.loads(line) for line in body.splitlines()]
    taken = before - left()
    yield f"a replay is charged for its {len(body)} bytes: {taken}", taken == len(body) // (64 * 1024) + 2 > 2
    yield "a recording is replayed", recorder.returncode == 0 and all(well_formed(one) for one in lines)
    yield "all of it", [one["id"] for one in lines if one["type"] == "trade"] == \
        [one["id"] for one in told if one["type"] == "trade"] and \
        sum(one["type"] == "book_change" for one in lines) == sum(one["type"] == "book_change" for one in told) > 0


async def waits_for_its_turn(world):
    """One at a time of each token. The first one waits for a pipe that is a recording."""
    pipe = world.folder / "recorded/okx/trade/2026-01-01T00.jsonl.zst"
    os.mkfifo(pipe)
    options = {"exchange": "okx-swap", "symbols": ["BTC-USDT-SWAP"], "from": "2020-01-01", "to": "2100-01-01", "dataTypes": ["trade"]}
    path = f"/replay-normalized?{urllib.parse.urlencode({'options': json.dumps(options)})}"

    def ask(token=None):
        request = urllib.request.Request(world.relay.url + path, headers={"Authorization": "Bearer " + (token or world.relay.token)})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.headers["Retry-After"], answer.read()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.headers["Retry-After"], answer.read()
    ends = []

    def is_read():
        try:
            ends.append(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
        except OSError:  # nobody reads it yet
            pass
        return ends
    first = asyncio.create_task(asyncio.to_thread(ask))
    await asyncio.to_thread(wait_for, is_read, "a replay that waits")
    second = await asyncio.to_thread(ask)
    yield f"who asks for a second one waits: {second}", second[:2] == (429, "1") and b"relay.rate" in second[2]
    os.close(ends[0])
    told = await first
    yield "the first is told all", told[0] == 200 and b'"type":"trade"' in told[2]
    pipe.unlink()
    yield "then comes the next", (await asyncio.to_thread(ask))[0] == 200


async def refuses(world):
    for options in ({"exchange": "binance"}, {"exchange": "mtgox", "dataTypes": ["trade"]}):
        async with websockets.connect(url(world, options)) as connection:
            try:
                await connection.recv()
            except websockets.ConnectionClosed:
                pass
            yield f"wrong options: {connection.close_reason}", connection.close_code == 1008 and connection.close_reason


judge(sys.argv[1], reads, replays, waits_for_its_turn, refuses)
