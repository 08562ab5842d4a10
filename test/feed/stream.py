"""The relay's WebSocket /v1/market/stream, read with Python's websockets: the book that a subscription adds up to is
the exchange's, breaks are told, and a consumer that does not read holds nobody up.

Usage: stream.py KEYSTILE"""
import asyncio
import json
import pathlib
import re
import socket
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from feed_world import judge, wait_for  # noqa: E402
from stream_reader import Reader  # noqa: E402


async def follows(world):
    """Snapshot first, then changes; a loss is a gap, and made good."""
    reader = await Reader.open(world)
    await reader.ask(id=1, op="subscribe", exchange="binance", channels=["book", "trade"], symbols=["BTCUSDT"])
    await reader.ask(id=2, op="subscribe", exchange="okx-swap", symbols=["BTCUSDT"])
    await reader.ask(id=3, op="subscribe", exchange="binance", symbols=["NOSUCH"])
    binance, okx = ("binance", "BTCUSDT"), ("okex-swap", "BTC-USDT-SWAP")
    await reader.until(lambda: {1, 2, 3} <= {one.get("id") for one in reader.seen}, "answers")
    answers = {one["id"]: one["type"] for one in reader.seen if "id" in one}
    yield "requests are answered", answers == {1: "subscribed", 2: "subscribed", 3: "error"}
    for key, product in ((binance, "binance-spot"), (okx, "okx")):
        def step():
            world.step(product)
        await reader.until(lambda: key in reader.books, "a book")
        step()
        await reader.until(lambda: reader.book(key) == world.book(product), f"{product}: the exchange's book")
        yield f"{product}: the exchange's book", True
        before = len(reader.seen)

        def lose():  # enough that some are of this book
            world.fault(product, lose=5)
            world.step(product, 2)
        await reader.until(lambda: "gap" in [one["type"] for one in reader.seen[before:]], "a gap", meanwhile=lose)
        await reader.until(lambda: reader.book(key) == world.book(product), "the book after a gap", meanwhile=step)
        yield f"{product}: a gap is told and made good", "resync" in [one["type"] for one in reader.seen[before:]]
        before, links = len(reader.seen), world.reconnects()

        def spoil():  # enough that some are trades
            world.fault(product, spoil=5)
            world.step(product, 2)
        await reader.until(lambda: ("gap", "trade") in [(one["type"], one.get("channel")) for one in reader.seen[before:]],
                           "what cannot be read", meanwhile=spoil)
        yield f"{product}: of a message that cannot be read trades are told to be missed", links == world.reconnects()
        await reader.until(lambda: reader.book(key) == world.book(product), "the book after it", meanwhile=step)
        before = len(reader.seen)
        world.fault(product, cut=True)
        await reader.until(lambda: {("gap", None), ("gap", "trade")} <=
                           {(one["type"], one.get("channel")) for one in reader.seen[before:]}, "a cut", meanwhile=step)
        await reader.until(lambda: reader.book(key) == world.book(product), "the book after a cut", meanwhile=step)
        yield f"{product}: a cut is told of books and trades", True
        if product == "okx":
            def statuses():
                return [one["trading"] for one in reader.seen if one["type"] == "instrument_status"]
            await reader.until(lambda: statuses()[-2:] == ["unknown", "open"], "whether it trades", meanwhile=step)
            yield f"whether it trades is told at first, and nobody knows after a cut: {statuses()}", statuses()[0] == "open"
    ids = [one["id"] for one in reader.seen if one["type"] == "trade" and one["exchange"] == "binance"]
    yield "each trade once", ids and len(ids) == len(set(ids))
    await reader.ask(id=4, op="unsubscribe", exchange="okx-swap")
    await reader.until(lambda: 4 in [one.get("id") for one in reader.seen], "an answer")
    before = len(reader.seen)
    await asyncio.to_thread(world.step, "okx", 3)
    await asyncio.to_thread(world.step, "binance-spot", 3)
    await reader.until(lambda: len(reader.seen) > before, "more of the other")
    yield "nothing after it was unsubscribed", all(one["exchange"] == "binance" for one in reader.seen[before:])
    await reader.close()


async def admits(world):
    stranger = await Reader.open(world, token="ksf_nobody")
    await stranger.until(lambda: stranger.closed, "the end of a stranger")
    yield "a stranger is sent away", stranger.closed[0] == 1008 and "token" in stranger.closed[1]
    wrong = await Reader.open(world, "?slow=never")
    await wrong.until(lambda: wrong.closed, "the end of a wrong question")
    yield "a wrong parameter too", wrong.closed[0] == 1008
    token = world.new_token("leaver")
    await asyncio.to_thread(wait_for, lambda: world.relay.get("/v1/market/status", token=token)[0] == 200, "the new token")
    reader = await Reader.open(world, "?token=" + token, token=token)
    await reader.ask(op="ping")
    await reader.until(lambda: reader.seen, "a pong")
    others = [await Reader.open(world, token=token) for _ in range(16)]
    await others[-1].until(lambda: others[-1].closed, "the end of the seventeenth")
    yield "a token has sixteen at a time", others[-1].closed[0] == 1008 and not any(one.closed for one in others[:-1])
    world.run("feed", "token", "revoke", "leaver", "--config", world.config_file)
    await reader.until(lambda: reader.closed, "the end of a revoked token")
    await others[0].until(lambda: all(one.closed for one in others), "the end of them all")
    yield "a revoked token ends its streams", reader.closed[0] == 1008 and "token" in reader.closed[1]


class Sleeper:
    """A consumer that subscribes to everything and then does not read: its TCP window is all that takes anything."""

    def __init__(self, world, query):
        self.world, self.query = world, query

    async def __aenter__(self):
        host, port = "127.0.0.1", int(self.world.relay.url.rpartition(":")[2])
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.connect((host, port))
        self.socket.sendall((f"GET /v1/market/stream?token={self.world.relay.token}&{self.query} HTTP/1.1\r\nHost: {host}:{port}\r\n"
                             "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self.socket.recv(1)
        for exchange in ("binance", "binance-futures", "okx", "bybit"):
            text = json.dumps({"op": "subscribe", "exchange": exchange}).encode()
            # A client's frame (RFC 6455 section 5.2), masked with zeros.
            self.socket.sendall(bytes([0x81, 0x80 | len(text)]) + bytes(4) + text)
        return self

    async def __aexit__(self, *_):
        self.socket.close()


def slow_total(world, what):
    found = re.search(rf'keystile_relay_slow_total{{token="desk",what="{what}"}} (\d+)', world.metrics())
    return int(found.group(1)) if found else 0


async def slow_ones_hold_nobody_up(world):
    """One that does not read is conflated or dropped, by its own choice; one that does gets everything meanwhile."""
    quick = await Reader.open(world)
    for exchange in ("binance", "okx", "bybit", "binance-futures"):
        await quick.ask(op="subscribe", exchange=exchange)
    key = ("okex-swap", "BTC-USDT-SWAP")
    await quick.until(lambda: key in quick.books, "a book")

    def step():
        for product in ("binance-spot", "okx", "bybit-linear"):
            world.step(product, 20)

    async with Sleeper(world, "slow=conflate"), Sleeper(world, "slow=drop"):
        await quick.until(lambda: slow_total(world, "conflated") > 0 and slow_total(world, "dropped") > 0,
                          "slow consumers", seconds=180, meanwhile=step)
        await quick.until(lambda: quick.book(key) == world.book("okx"), "the quick one's book", meanwhile=None)
        yield "the quick one missed nothing", "missed" not in quick.types(key) and quick.types(key).count("gap") == 0
    await quick.close()


async def is_measured(world):
    text = world.metrics()
    for name in ("keystile_relay_consumers", "keystile_relay_messages_total"):
        yield f"there is {name}", name in text


judge(sys.argv[1], follows, admits, slow_ones_hold_nobody_up, is_measured)
