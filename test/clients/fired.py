"""A stop-limit of unmodified ccxt that fires under a narrow grant: whatever id the exchange gives to what it places,
its own program cancels that and no other does, also after a restart of the gate.

Usage: fired.py KEYSTILE EXCHANGE"""
import os
import pathlib
import sys

import ccxt

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "harness"))
from ccxt_setup import open_exchange  # noqa: E402
from raw import rule_of  # noqa: E402
from world import World, judge, wait_for  # noqa: E402

# Of Binance's, only futures' conditional orders are apart; Bybit's keep their ids.
SYMBOL = {"binance": "BTC/USDT:USDT", "okx": "BTC/USDT", "bybit": "BTC/USDT"}
NATIVE = {"binance": "BTCUSDT", "okx": "BTC-USDT", "bybit": "BTCUSDT"}
TRIGGER, LIMIT = 60500, 59000  # so it rests when it has fired
WITHIN = 10  # seconds; without being named it would be known later


class Program:
    def __init__(self, world, name, exchange):
        client = world.add_client(name, exchange, "--instrument", NATIVE[exchange])
        self.ccxt = open_exchange(exchange, client["key"], client["secret"], client.get("passphrase"), client["base_url"])
        self.symbol = SYMBOL[exchange]

    def place(self):
        return self.ccxt.create_order(self.symbol, "limit", "buy", 0.01, LIMIT, {"triggerPrice": TRIGGER})["id"]

    def open_orders(self):
        """Of OKX the ids under which they are cancelled: where there is an algoId, ccxt calls that the order's id."""
        return [order["info"].get("ordId", order["id"]) for order in self.ccxt.fetch_open_orders(self.symbol)]

    def cancel(self, order):
        """Empty, or the rule by which it was refused."""
        try:
            self.ccxt.cancel_order(order, self.symbol)
            return ""
        except ccxt.OrderNotFound:
            return rule_of(self.ccxt.last_response_headers)


def look(world, exchange):
    world.up()
    os.environ["REQUESTS_CA_BUNDLE"] = world.gate_ca
    owner, thief = Program(world, "owner", exchange), Program(world, "thief", exchange)

    def move(price):
        world.sandbox_control(exchange, "tick", {"instrument": SYMBOL[exchange], "price": str(price)})
        world.sandbox_control(exchange, "tick", {"steps": 1})

    def fire():
        """The id of what a new stop-limit places."""
        move(60000)
        wait_for(lambda: world.is_priced(), "prices")
        placed = owner.place()
        move(60600)
        return placed, wait_for(owner.open_orders, "the order that was placed")[0]

    placed, fired = fire()
    yield "what it placed has an id of its own", (placed != fired) == (exchange != "bybit"), placed, fired
    yield "no other program cancels it", thief.cancel(fired) == "order.not_own"
    wait_for(lambda: owner.cancel(fired) == "", "the owner to cancel it", WITHIN)
    yield "its own program cancels it", owner.open_orders() == [], owner.open_orders()
    yield "and then no other does", thief.cancel(fired) == "order.not_own"

    placed, fired = fire()
    if exchange != "bybit":
        wait_for(lambda: [one for one in world.ledger("order") if one.get("fired_as") == fired], "the gate to know of it")
    world.stop("gate")
    world.start_gate()
    yield "after a restart no other program does", thief.cancel(fired) == "order.not_own"
    yield "and its own does at once", owner.cancel(fired) == ""
    yield "it is gone", owner.open_orders() == [], owner.open_orders()


if __name__ == "__main__":
    judge(World(sys.argv[1]), lambda world: look(world, sys.argv[2]))
