"""What a program makes of the relay's WebSocket /v1/market/stream, with Python's websockets."""
import asyncio
import json

import websockets

LEVELS = 20


class Reader:
    """One consumer, and the books that its messages add up to."""

    def __init__(self, connection):
        self.connection, self.books, self.seen, self.told = connection, {}, [], asyncio.Event()
        self.closed = None
        self.task = asyncio.create_task(self.read())

    @classmethod
    async def open(cls, world, query="", token=None):
        return cls(await websockets.connect(f"{world.relay.url.replace('http', 'ws', 1)}/v1/market/stream{query}",
                                            additional_headers={"Authorization": "Bearer " + (token or world.relay.token)}))

    async def read(self):
        try:
            async for text in self.connection:
                self.take(json.loads(text))
                self.told.set()
        except websockets.ConnectionClosed:
            pass
        self.closed = (self.connection.close_code, self.connection.close_reason)
        self.told.set()

    def take(self, message):
        self.seen.append(message)
        key = message.get("exchange"), message.get("symbol")
        if message["type"] in ("gap", "stale") and "channel" not in message:
            self.books.pop(key, None)
        elif message["type"] == "book_change":
            if message["isSnapshot"]:
                self.books[key] = ({}, {})
            for side, levels in zip(self.books[key], (message["bids"], message["asks"])):
                for price, amount in levels:
                    side.pop(price, None)
                    if amount:
                        side[price] = amount

    def book(self, key):
        bids, asks = self.books.get(key, ({}, {}))
        return [sorted(bids.items(), reverse=True)[:LEVELS], sorted(asks.items())[:LEVELS]]

    def types(self, key):
        return [one["type"] for one in self.seen if (one.get("exchange"), one.get("symbol")) == key]

    async def ask(self, **request):
        await self.connection.send(json.dumps(request))

    async def until(self, condition, what, seconds=30, meanwhile=None):
        """Waits for messages until condition() is true, with something to do each time."""
        async with asyncio.timeout(seconds):
            while not condition():
                if meanwhile:
                    await asyncio.to_thread(meanwhile)
                self.told.clear()
                try:
                    await asyncio.wait_for(self.told.wait(), 0.2)
                except TimeoutError:
                    pass

    async def close(self):
        await self.connection.close()
        await self.task
