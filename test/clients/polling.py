"""Twenty programs poll an exchange's order book: through Keystile they cost its rate limits what one costs, and are
all answered; at the exchange itself they are turned away.

Usage: polling.py KEYSTILE EXCHANGE"""
import pathlib
import ssl
import sys
import threading
import time
import http.client
import json
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))
from world import World  # noqa: E402

PROGRAMS, SECONDS, AGE_MS = 20, 3, 250
BOOK = {"binance": "/api/v3/depth?symbol=BTCUSDT&limit=100", "okx": "/api/v5/market/books?instId=BTC-USDT&sz=50",
        "bybit": "/v5/market/orderbook?category=spot&symbol=BTCUSDT&limit=50"}
LISTING = {"binance": "/api/v3/exchangeInfo?symbol=BTCUSDT", "okx": "/api/v5/public/instruments?instType=SPOT&instId=BTC-USDT",
           "bybit": "/v5/market/instruments-info?category=spot&symbol=BTCUSDT"}
SUCCESS = {"binance": lambda a: "bids" in a, "okx": lambda a: a["code"] == "0", "bybit": lambda a: a["retCode"] == 0}


class Program(threading.Thread):
    def __init__(self, exchange, url, ca_file, start):
        super().__init__(daemon=True)
        parts = urllib.parse.urlsplit(url)
        self.exchange, self.start_at, self.target = exchange, start, parts.path + BOOK[exchange]
        self.connection = http.client.HTTPSConnection(parts.hostname, parts.port, context=ssl.create_default_context(cafile=ca_file), timeout=20)
        self.answered, self.turned_away, self.ages, self.shared = 0, 0, [], 0

    def ask(self, target=None):
        self.connection.request("GET", target or self.target)
        response = self.connection.getresponse()
        return response.status, response.headers, response.read()

    def run(self):
        self.start_at.wait()
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            try:
                status, headers, body = self.ask()
                good = status == 200 and SUCCESS[self.exchange](json.loads(body))
            except (OSError, http.client.HTTPException, ValueError):
                good, headers = False, {}
                self.connection.close()
            self.answered += good
            self.turned_away += not good
            self.shared += headers.get("X-Keystile-Shared") == "yes"
            self.ages.append(int(headers.get("X-Keystile-Age-Ms", 0)))


def poll(exchange, url, ca_file):
    start = threading.Event()
    programs = [Program(exchange, url, ca_file, start) for _ in range(PROGRAMS)]
    for one in programs:
        one.start()
    start.set()
    for one in programs:
        one.join(SECONDS + 30)
    return programs


def judged(world, exchange):
    client = world.clients[f"{exchange}-bot"] if f"{exchange}-bot" in world.clients else \
        next(one for one in world.clients.values() if one["exchange"] == exchange)
    path = BOOK[exchange].partition("?")[0]
    calls = lambda: sum(line["path"] == path for line in world.oracle_lines())  # noqa: E731
    before, began = calls(), time.monotonic()
    programs = poll(exchange, client["base_url"], world.gate_ca)
    took = time.monotonic() - began
    answered, asked = sum(one.answered for one in programs), calls() - before
    print(f"{exchange}: {answered} answers in {took:.1f} s from {asked} requests to the exchange")
    yield "all are answered", answered > 10 * PROGRAMS and not any(one.turned_away for one in programs)
    yield "by what one program would ask", 0 < asked <= took * 1000 / AGE_MS + 2
    yield "and are told so", sum(one.shared for one in programs) == answered - asked
    # It counts from when the exchange was asked: what is on its way for long is older.
    yield "how old it is", sorted(age for one in programs for age in one.ages)[answered // 2] <= AGE_MS

    one = Program(exchange, client["base_url"], world.gate_ca, None)
    bodies = {one.ask(urllib.parse.urlsplit(client["base_url"]).path + LISTING[exchange])[2] for _ in range(3)}
    yield "a listing is kept", len(bodies) == 1
    direct = poll(exchange, world.sandbox_url(exchange), world.ca_file)
    yield "the exchange itself turns them away", any(one.turned_away for one in direct)


def main():
    keystile, exchange = sys.argv[1:]
    problems = []
    with World(keystile, oracle=True) as world:
        if exchange == "binance":  # a tenth of its limits, at both ends
            policy = world.realm / "policy/realm.toml"
            text = policy.read_text()
            place = text.index('exchange = "binance"', text.index("[[environment.upstream]]"))
            policy.write_text(text[:place] + "rate_limit_percent = 10\n" + text[place:])
            world.run("policy", "apply")
            world.sandbox_control(exchange, "faults", {"rate_divisor": 10})
        for what, good in judged(world, exchange):
            print("ok  " if good else "NO  ", exchange, what, flush=True)
            problems += [] if good else [what]
    print("\n".join(problems))
    sys.exit(1 if problems else 0)


main()
