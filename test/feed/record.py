"""`keystile feed record` at the sandbox's streams, with messages lost, doubled and swapped, connections cut, and the
recorder killed: what replay tells is what was printed while it was recorded, line by line.

Usage: record.py KEYSTILE"""
import json
import pathlib
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))
from world import World, judge, wait_for  # noqa: E402

PRODUCTS = {"binance-usdm": ("binance", "BTCUSDT", "ETHUSDT"), "okx": ("okx", "BTC-USDT-SWAP", "ETH-USDT-SWAP"),
            "bybit-spot": ("bybit", "BTCUSDT", "ETHUSDT"), "deribit": ("deribit", "BTC_USDC-PERPETUAL", "ETH_USDC")}
FLUSHED_AFTER_S = 2.5  # it writes every second


class Recording:
    """A recorder that also prints, and what it printed."""

    def __init__(self, world, product, name):
        self.world, self.product = world, product
        self.exchange, *symbols = PRODUCTS[product]
        url = world.sandbox_url(self.exchange)
        self.path = world.folder / f"{product}-{name}.jsonl"
        with open(self.path, "w") as out, open(world.logs / f"record-{product}.log", "a") as log:
            self.process = subprocess.Popen(
                [world.keystile, "feed", "record", "--print", "--folder", world.folder / "recorded", "--product", product, "--renew-seconds", "2",
                 "--origin", url, "--rest-origin", url, "--ca", world.ca_file, *symbols], stdout=out, stderr=log)

    def printed(self):
        whole, _, _ = self.path.read_text().rpartition("\n")
        return whole.splitlines()

    def has(self, kind, since=0):
        return any(f'"type":"{kind}"' in line for line in self.printed()[since:])

    def step(self, steps=1):
        for _ in range(steps):
            self.world.sandbox_control(self.exchange, "tick", {"steps": 1})

    def suffer(self):
        wait_for(lambda: self.has("book_change"), f"{self.product}: a book")
        self.step(10)
        for what in {"duplicate": 2}, {"lose": 30}, {"swap": 1}, {"cut": True}:
            before = len(self.printed())
            self.world.sandbox_control(self.exchange, "faults", {"stream": what})
            is_gap = "lose" in what or "cut" in what
            wait_for(lambda: self.step() is None and (not is_gap or self.has("gap", before)), f"{self.product}: a gap")
            wait_for(lambda: self.step() is None and self.has("book_change", before), f"{self.product}: the book again")

    def kill(self):
        """While messages come; when, in microseconds."""
        end = time.monotonic() + FLUSHED_AFTER_S + 1
        wait_for(lambda: self.step() is None and time.monotonic() > end, "a while of messages")
        killed = time.time() * 1e6
        self.process.kill()
        self.process.wait()
        return killed

    def end(self):
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(20)


def replayed(world, product, speed=0):
    done = subprocess.run([world.keystile, "feed", "replay", "--folder", world.folder / "recorded", "--product", product,
                           "--speed", str(speed)], text=True, capture_output=True, timeout=60)
    return done.returncode, done.stdout.splitlines()


def inspected(world, product):
    done = subprocess.run([world.keystile, "--json", "feed", "inspect", "--folder", world.folder / "recorded", "--product",
                           product], text=True, capture_output=True, timeout=60)
    return done.returncode, json.loads(done.stdout)["files"]


def renewals(world, product):
    return sum(one["renewals"] for one in inspected(world, product)[1])


def judged(world, product):
    first = Recording(world, product, "killed")
    try:
        first.suffer()
        killed_us = first.kill()
    finally:
        first.process.kill()
    second = Recording(world, product, "ended")
    try:
        second.suffer()
        wait_for(lambda: second.step() is None and renewals(world, product) >= 1, f"{product}: a renewal")
    finally:
        code = second.end()
    yield "a recorder that is told to end does so well", code == 0

    code, lines = replayed(world, product)
    begins = lines.index(second.printed()[0])
    before, after = lines[:begins], lines[begins:]
    yield "replay ends well", code == 0
    yield "after the kill: what was printed", after == second.printed()
    while before and before[-1] not in first.printed():
        yield "the books of the killed one end in gaps", json.loads(before.pop())["type"] == "gap"
    yield "before it: what was printed", before == first.printed()[:len(before)] and len(before) > 50
    lost = [json.loads(line) for line in first.printed()[len(before):]]
    yield "only what came just before the kill is lost", all(one["local_us"] > killed_us - FLUSHED_AFTER_S * 1e6 for one in lost)

    times = [json.loads(line)["local_us"] for line in lines]
    begun = time.monotonic()
    yield "at twenty times the speed: the same", replayed(world, product, 20)[1] == lines
    yield "and not sooner", time.monotonic() - begun > (times[-1] - times[0]) / 20e6

    code, files = inspected(world, product)
    channels = {pathlib.Path(one["file"]).parent.name for one in files}
    yield "files by channel", code == 0 and {"trade", "book", "book_ticker", "connection"} <= channels
    yield "inspect counts gaps and messages", sum(one["gaps"] for one in files) >= 6 and sum(one["messages"] for one in files) > 50
    book = next(pathlib.Path(one["file"]) for one in files if pathlib.Path(one["file"]).parent.name == "book")
    book.write_bytes(book.read_bytes()[:-10])
    code, files = inspected(world, product)
    torn = [one["file"] for one in files if [trouble["code"] for trouble in one["troubles"]] == ["recording.torn"]]
    yield "a torn tail is named", code == 0 and torn == [str(book)]


def look(world):
    world.start_sandbox()
    for product in PRODUCTS:
        for what, good in judged(world, product):
            yield f"{product}: {what}", good
        print((world.logs / f"record-{product}.log").read_text(), end="")


judge(World(sys.argv[1]), look)
