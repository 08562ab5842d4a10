"""`keystile market watch` on a terminal and without one: what it shows are the prices that the exchanges' REST shows.

Usage: watch.py KEYSTILE"""
import fcntl
import json
import os
import pathlib
import pty
import signal
import ssl
import struct
import subprocess
import sys
import termios
import threading
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))
from world import World, judge, wait_for  # noqa: E402

# Row: exchange, REST route of its best prices, and where they stand in the answer.
MARKETS = {
    "Binance spot": ("binance", "/api/v3/ticker/bookTicker?symbol=BTCUSDT", lambda a: (a["bidPrice"], a["askPrice"])),
    "Binance perp": ("binance", "/fapi/v1/ticker/bookTicker?symbol=BTCUSDT", lambda a: (a["bidPrice"], a["askPrice"])),
    "OKX spot": ("okx", "/api/v5/market/books?instId=BTC-USDT", lambda a: (a["data"][0]["bids"][0][0], a["data"][0]["asks"][0][0])),
    "OKX perp": ("okx", "/api/v5/market/books?instId=BTC-USDT-SWAP",
                 lambda a: (a["data"][0]["bids"][0][0], a["data"][0]["asks"][0][0])),
    "Bybit spot": ("bybit", "/v5/market/orderbook?category=spot&symbol=BTCUSDT", lambda a: (a["result"]["b"][0][0], a["result"]["a"][0][0])),
    "Bybit perp": ("bybit", "/v5/market/orderbook?category=linear&symbol=BTCUSDT",
                   lambda a: (a["result"]["b"][0][0], a["result"]["a"][0][0])),
}


def prices(world):
    context, found = ssl.create_default_context(cafile=world.ca_file), {}
    for name, (exchange, route, top) in MARKETS.items():
        with urllib.request.urlopen(world.sandbox_url(exchange) + route, context=context) as answer:
            found[name] = tuple(float(price) for price in top(json.loads(answer.read())))
    return found


def step(world):
    for exchange in world.exchanges:
        world.sandbox_control(exchange, "tick", {"steps": 1})


class Terminal:
    """The command on a terminal of so many columns."""

    def __init__(self, columns, command):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
            os.execv(command[0], command)
        self.seen = b""
        self.thread = threading.Thread(target=self.read)
        self.thread.start()

    def read(self):
        try:
            while piece := os.read(self.fd, 65536):
                self.seen += piece
        except OSError:  # it has ended
            pass

    def lines(self):
        """Of the last whole screen."""
        frames = self.seen.decode().split("\x1b[H")
        if len(frames) < 3:
            return []
        text = frames[-2]
        for code in ("\x1b[K", "\x1b[J", "\x1b[0m", "\x1b[1m", "\x1b[2m", "\r"):
            text = text.replace(code, "")
        return text.split("\n")

    def shown(self):
        found = {}
        for line in self.lines():
            name, cells = line[:12].strip(), line[12:].replace("*", "").split()
            if name in MARKETS and "-" not in cells[:2]:
                found[name] = (float(cells[0]), float(cells[1]))
        return found

    def end(self):
        os.kill(self.pid, signal.SIGINT)
        _, status = os.waitpid(self.pid, 0)
        self.thread.join()
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)


def on_terminal(world, columns):
    terminal = Terminal(columns, [world.keystile, "market", "watch", "--sandbox", str(world.sandbox_folder), "BTCUSDT"])
    try:
        wait_for(lambda: step(world) is None and len(terminal.shown()) == len(MARKETS), "prices of all markets")
        wait_for(lambda: terminal.shown() == prices(world), "the prices that REST shows")
        lines = terminal.lines()
        print("\n".join(lines))
    finally:
        code = terminal.end()
    yield "the table fits", all(len(line) <= columns for line in lines[:7])
    yield "it compares exchanges", sum("after fees" in line for line in lines) == 2
    yield "it ends well, and gives the screen back", code == 0 and terminal.seen.endswith(b"\x1b[?1049l")


def without_terminal(world):
    process = subprocess.Popen([world.keystile, "--json", "market", "watch", "--sandbox", str(world.sandbox_folder), "BTC/USDT"],
                               stdout=subprocess.PIPE, text=True)
    wait_for(lambda: step(world) is None and process.poll() is not None, "its end")
    found = json.loads(process.stdout.read())["pairs"][0]
    complete = [one for one in found["markets"] if one["bid"] and one["ask"] and (one["kind"] == "spot" or one["funding_rate"])]
    yield "one table, as soon as all is known", process.returncode == 0 and len(complete) == len(MARKETS)
    none = subprocess.run([world.keystile, "market", "watch", "BTC"], capture_output=True, text=True)
    yield "no pair is refused", none.returncode == 3 and "names no pair" in none.stderr


def look(world):
    world.start_sandbox()
    yield from on_terminal(world, 80)
    yield from on_terminal(world, 120)
    yield from without_terminal(world)


judge(World(sys.argv[1]), look)
