"""Connections grow three seconds old, then others take their place: the relay's consumer is told of no gap, gets each
trade once and in order, and its books are the exchange's all the while. What came is told by `feed tail`, whose
connections stay.

Usage: renew.py KEYSTILE"""
import asyncio
import json
import pathlib
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from feed_world import PRODUCTS, judge, wait_for  # noqa: E402
from stream_reader import Reader  # noqa: E402

RENEWALS = 2  # of each product
LONGEST = 90  # seconds that they may take


class Tail:
    """`feed tail` of a product's trades."""

    def __init__(self, world, product):
        exchange, symbol, *_ = PRODUCTS[product]
        self.path = world.folder / f"{product}.jsonl"
        with open(self.path, "w") as out:
            self.process = subprocess.Popen(
                [world.keystile, "feed", "tail", "--product", product, "--channel", "trade", "--origin",
                 world.sandbox_url(exchange), "--ca", world.ca_file, symbol], stdout=out)

    def ids(self):
        whole, _, _ = self.path.read_text().rpartition("\n")
        return [one["id"] for one in map(json.loads, whole.splitlines()) if one["type"] == "trade"]

    def end(self):
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(20)


def links(world):
    return world.relay.data("/v1/market/status")["connections"]


async def renews(world):
    tails = {product: Tail(world, product) for product in PRODUCTS}
    try:
        async for what, good in judged(world, tails):
            yield what, good
    finally:
        for tail in tails.values():
            tail.end()


async def judged(world, tails):
    def step():
        for exchange in sorted({exchange for exchange, *_ in PRODUCTS.values()}):
            world.sandbox_control(exchange, "tick", {"steps": 1})
    reader = await Reader.open(world)
    for exchange in ("binance", "binance-futures", "okx-swap", "bybit", "deribit"):
        await reader.ask(op="subscribe", exchange=exchange)
    keys = {product: (name, symbol) for product, (_, symbol, name, *_) in PRODUCTS.items()}
    await reader.until(lambda: all(key in reader.books for key in keys.values()), "books")
    await asyncio.to_thread(wait_for, lambda: step() or all(tail.ids() for tail in tails.values()), "the trades of tails")
    before = {one["product"]: one["renewals"] for one in links(world)}

    async def agrees(product):
        await reader.until(lambda: reader.book(keys[product]) == world.book(product), f"{product}: the book", seconds=10)
    rounds, until = 0, time.monotonic() + LONGEST
    while time.monotonic() < until and not all(one["renewals"] >= before[one["product"]] + RENEWALS for one in links(world)):
        await asyncio.to_thread(step)
        await agrees(list(PRODUCTS)[rounds % len(PRODUCTS)])  # in turn, and not too often: exchanges count who asks
        await asyncio.sleep(0.03)
        rounds += 1
    for product in PRODUCTS:
        await agrees(product)
    yield f"the books are the exchange's, {rounds} times", rounds > len(PRODUCTS)
    for one in links(world):
        yield f"{one['product']}: renewed, not reconnected: {one}", (one["renewals"] >= before[one["product"]] + RENEWALS and
                                                                     one["reconnects"] == 0 and one["open"] == one["planned"])
    told = {one["type"] for one in reader.seen} & {"gap", "stale", "resync", "missed"}
    yield f"nothing was missed: {told or 'yes'}", not told
    for product, (name, symbol) in keys.items():
        got = [one["id"] for one in reader.seen if one["type"] == "trade" and (one["exchange"], one["symbol"]) == (name, symbol)]
        await asyncio.to_thread(wait_for, lambda: got[-1] in tails[product].ids(), f"{product}: the last trade")
        came = tails[product].ids()
        first = next(one for one in got if one in came)
        yield f"{product}: each of {len(got)} trades once, in order", got[got.index(first):] == came[came.index(first):]
    gaps = [one for one in world.metrics().splitlines() if one.startswith("keystile_feed_breaks_total") and not one.endswith(" 0")]
    yield f"the feed counts no break: {gaps}", not gaps
    await reader.close()


judge(sys.argv[1], renews, of_each=["renew_seconds = 3"])
