"""What must not get through, each seen as ccxt's own exception, with its reason in plain words; and
nothing of it reaches the exchange.

Usage: refusals.py KEYSTILE EXCHANGE"""
import itertools
import json
import os
import pathlib
import sys
import urllib.parse

import ccxt

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "harness"))
from ccxt_setup import open_exchange  # noqa: E402
from raw import Raw, Spot, rule_of  # noqa: E402
from world import World  # noqa: E402

NATIVE = {"BTC/USDT": {"binance": "BTCUSDT", "okx": "BTC-USDT", "bybit": "BTCUSDT"},
          "ETH/USDT": {"binance": "ETHUSDT", "okx": "ETH-USDT", "bybit": "ETHUSDT"}}
MARGIN = {"binance": {"marginMode": "cross"}, "okx": {"marginMode": "cross"}, "bybit": {"isLeverage": 1}}
NO_SUCH_ROUTE = {"binance": "/sapi/v1/no/such/route", "okx": "/api/v5/trade/no-such-route", "bybit": "/v5/order/no-such-route"}
TRANSFER = {"binance": ("spot", "funding"), "okx": ("trading", "funding"), "bybit": ("unified", "funding")}
# What ccxt makes of each exchange's own error code. OKX's codes for a missing permission and for too
# many orders are in no list of ccxt's, which then raises its plain ExchangeError: no reason to retry.
SOURCE = {"binance": ccxt.AuthenticationError, "okx": ccxt.PermissionDenied, "bybit": ccxt.PermissionDenied}
NOT_PERMITTED = {"binance": ccxt.AuthenticationError, "okx": ccxt.ExchangeError, "bybit": ccxt.PermissionDenied}
TOO_FAST = {"binance": ccxt.DDoSProtection, "okx": ccxt.ExchangeError, "bybit": ccxt.RateLimitExceeded}
UNKNOWN_ROUTE = {"binance": ccxt.BadRequest, "okx": ccxt.ExchangeError, "bybit": ccxt.BadRequest}
REPLAY = {"binance": ccxt.AuthenticationError, "okx": ccxt.AuthenticationError, "bybit": ccxt.BadRequest}
WRONG_SIGNATURE = {"binance": "signature does not match", "okx": "Invalid Sign", "bybit": "sign"}
TWICE = {"binance": "more than once", "okx": "twice", "bybit": "twice"}
# Told before the signature is looked at, and so without a rule, where the exchange does not sign it.
SPLIT = {"binance": ("more than once", "parameter.repeated"), "okx": ("a query string is refused", "parameter.unknown"),
         "bybit": ("a POST request carries a query", "")}
# Reads that say nothing of the case: by which Keystile asks after orders in the background, and by
# which ccxt asks Bybit what kind of account it has, before whatever it does.
OTHER_READS = {"/api/v3/order", "/api/v5/trade/order", "/v5/order/realtime", "/v5/user/query-api", "/v5/account/info"}


class Bench:
    def __init__(self, world, exchange):
        self.world, self.exchange = world, exchange
        self.problems, self.count, self.ids = [], 0, itertools.count(1)
        self.markets = None

    def symbol(self, name="BTC/USDT"):
        return NATIVE[name][self.exchange]

    def next_id(self):
        return f"refusal{next(self.ids)}"

    def client(self, name, *options, instruments=("BTC/USDT",), **how):
        words = [word for one in instruments for word in ("--instrument", self.symbol(one))]
        return self.world.add_client(name, self.exchange, *words, *options, **how)

    def ccxt(self, client, **changed):
        own = {**client, **changed}
        exchange = open_exchange(self.exchange, own["key"], own["secret"], own.get("passphrase"), own["base_url"])
        if self.markets:
            exchange.set_markets(*self.markets)
        else:
            bare = open_exchange(self.exchange, None, None, None, own["base_url"])
            bare.load_markets()
            self.markets = bare.markets, bare.currencies
            exchange.set_markets(*self.markets)
        return exchange

    def seen(self):
        """Requests that reached the exchange's side on behalf of a client."""
        return [line for line in self.world.oracle_lines()
                if line["role"] != "public" and not (line["method"] == "GET" and line["path"] in OTHER_READS)]

    def refused(self, what, wanted, words, rule, action, exchange=None):
        """action() must raise `wanted` (ccxt's class) saying `words`; by `rule`, and unseen beyond."""
        before, self.count = len(self.seen()), self.count + 1
        told, told_rule = None, ""
        try:
            told_rule = action() or ""
        except ccxt.BaseError as error:
            told = error
            told_rule = rule_of((exchange.last_response_headers if exchange else error.headers) or {})
        faults = []
        if told is None:
            faults.append("was not refused")
        elif type(told) is not wanted:
            faults.append(f"is {type(told).__name__}, not {wanted.__name__}")
        if told is not None and words not in str(told):
            faults.append(f"does not say “{words}”")
        if told_rule != rule:
            faults.append(f"is by rule “{told_rule}”, not “{rule}”")
        if len(self.seen()) != before:
            faults.append(f"reached the exchange: {self.seen()[before:]}")
        if faults:
            self.problems.append(f"{self.exchange}: {what}: {'; '.join(faults)}: {told}")
            print("NO ", what, flush=True)
        else:
            print("ok ", what, "→", type(told).__name__, told_rule, flush=True)

    def as_ccxt(self, exchange, request, answer):
        """Lets ccxt judge an answer to a request that was made by hand."""
        method, target, headers, body = request
        try:
            exchange.handle_errors(answer.status, "", target, method, answer.headers, answer.body, answer.json or {}, headers, body)
            exchange.handle_http_status_code(answer.status, "", target, method, answer.body)
        except ccxt.BaseError as error:
            error.headers = answer.headers
            raise


def keys_and_places(b, bot):
    fine = b.ccxt(bot)
    wrong = b.ccxt(bot, secret="0" * len(bot["secret"]))
    b.refused("wrong secret", ccxt.AuthenticationError, WRONG_SIGNATURE[b.exchange], "", wrong.fetch_balance, wrong)
    stranger = b.ccxt(bot, key=bot["key"][:-4] + "0000")
    b.refused("unknown key", ccxt.AuthenticationError, "", "", stranger.fetch_balance, stranger)
    if b.exchange == "okx":
        wrong = b.ccxt(bot, passphrase="wrong")
        b.refused("wrong passphrase", ccxt.AuthenticationError, "passphrase", "", wrong.fetch_balance, wrong)
    elsewhere = b.ccxt(b.client("elsewhere", "--network", "192.0.2.0/24"))
    b.refused("other source address", SOURCE[b.exchange], "127.0.0.1 is not in", "grant.networks", elsewhere.fetch_balance, elsewhere)
    fine.nonce = lambda: fine.milliseconds() - 120_000
    b.refused("old timestamp", ccxt.InvalidNonce, "ms old", "time.late", fine.fetch_balance, fine)
    revoked_client = b.client("revoked")
    revoked = b.ccxt(revoked_client)
    revoked.fetch_balance()
    b.world.run("client", "revoke", "revoked")
    b.refused("revoked client", ccxt.AuthenticationError, "revoked", "client.revoked", revoked.fetch_balance, revoked)
    expired = b.ccxt(b.client("expired", expired=True))
    b.refused("expired client", ccxt.AuthenticationError, "expired", "client.expired", expired.fetch_balance, expired)


def buy(exchange, symbol="BTC/USDT", amount=0.01, price=40000, **params):
    return lambda: exchange.create_order(symbol, "limit", "buy", amount, price, params) and ""


def grants(b, bot):
    fine = b.ccxt(bot)
    screener = b.ccxt(b.client("screener", profile="screener"))
    b.refused("a screener's order", NOT_PERMITTED[b.exchange], "scope", "grant.scope", buy(screener), screener)
    reader = b.ccxt(b.client("reader", profile="reporting"))
    b.refused("missing scope", NOT_PERMITTED[b.exchange], "no trade scope", "grant.scope", buy(reader), reader)
    family = Spot.ROUTES[b.exchange][1].rpartition("/")[0]
    denied = b.ccxt(b.client("denied", grant=f'deny_routes = ["POST {family}/*"]'))
    b.refused("denied route", NOT_PERMITTED[b.exchange], "denies", "grant.route", buy(denied), denied)
    b.refused("foreign instrument", NOT_PERMITTED[b.exchange], b.symbol("ETH/USDT"), "grant.instrument", buy(fine, "ETH/USDT", 0.1, 2000), fine)
    b.refused("too large", ccxt.InvalidOrder, "limit of one order", "grant.max_order_notional", buy(fine, amount=0.1), fine)
    b.refused("outside the price band", ccxt.InvalidOrder, "price band", "grant.price_band", buy(fine, amount=0.001, price=70000), fine)
    spot_only = b.ccxt(b.client("spot-only", profile="spot-only"))
    b.refused("margin order on a spot grant", NOT_PERMITTED[b.exchange], "margin", "grant.product",
              buy(spot_only, **MARGIN[b.exchange]), spot_only)
    amount = 1 if b.exchange == "okx" else 0.01
    b.refused("perpetual on a spot grant", NOT_PERMITTED[b.exchange], "no linear product", "grant.product",
              lambda: spot_only.create_order("BTC/USDT:USDT", "limit", "buy", amount, 40000) and "", spot_only)
    b.refused("withdrawal", NOT_PERMITTED[b.exchange], "no withdraw scope", "grant.scope",
              lambda: fine.withdraw("USDT", 20, "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE", params={"network": "TRC20"}) and "", fine)
    b.refused("transfer", NOT_PERMITTED[b.exchange], "no transfer scope", "grant.scope",
              lambda: fine.transfer("USDT", 1, *TRANSFER[b.exchange]) and "", fine)


def speed(b):
    slow = b.ccxt(b.client("slow", grant="orders_per_second = 1"))

    def two():
        placed = []
        try:
            for _ in range(20):  # the second within a second is refused; a slow machine gets more tries
                placed.append(slow.create_order("BTC/USDT", "limit", "buy", 0.001, 40000)["id"])
        finally:
            refusal = slow.last_response_headers
            for order in placed:
                slow.cancel_order(order, "BTC/USDT")
            slow.last_response_headers = refusal
    # What was placed is seen, of course; so this one counts only the refusal.
    before = b.seen
    b.seen = lambda: []
    b.refused("too fast", TOO_FAST[b.exchange], "within a second",
              "grant.orders_per_second", two, slow)
    b.seen = before


def ownership(b, bot):
    owner, thief = b.ccxt(bot), b.ccxt(b.client("thief"))
    order = owner.create_order("BTC/USDT", "limit", "buy", 0.001, 40000)["id"]
    b.refused("another client's order", ccxt.OrderNotFound, "no such order", "order.not_own",
              lambda: thief.cancel_order(order, "BTC/USDT") and "", thief)
    b.refused("amending another client's order", ccxt.OrderNotFound, "no such order", "order.not_own",
              lambda: thief.edit_order(order, "BTC/USDT", "limit", "buy", 0.001, 41000) and "", thief)
    owner.cancel_order(order, "BTC/USDT")


def by_hand(b, bot):
    raw, judge = Raw(bot), b.ccxt(bot)
    method, path = Spot.ROUTES[b.exchange]

    def sent(request, times=1):
        def action():
            for _ in range(times):
                answer = raw.send(request)
            b.as_ccxt(judge, request, answer)
            return answer.rule
        return action

    # An order far from the market, sent once and then again.
    name = b.next_id()
    request = raw.signed(method, path, Spot.limit(b.exchange, name))
    assert raw.send(request).rule == "", "the first of two was refused"
    b.refused("replayed request", REPLAY[b.exchange], "already used", "replay.used", sent(request))
    raw.call(*Spot.CANCEL[b.exchange], Spot.reference(b.exchange, name))

    def tricked(place):
        return raw.signed(method, place, Spot.limit(b.exchange, b.next_id()))
    head, _, tail = path.rpartition("/")
    for trick in (f"/{path}", f"{head}//{tail}", f"{head}/../{head.rpartition('/')[2]}/{tail}", f"{head}/%2e/{tail}",
                  f"{head}/%2E%2E/{head.rpartition('/')[2]}/{tail}", path.upper(), f"{path}/", f"{head}%2f{tail}", f"{path};x=1",
                  f"{head}/.{'/' + tail}"):
        b.refused(f"path {trick}", UNKNOWN_ROUTE[b.exchange], "exchange's list", "route.unknown", sent(tricked(trick)))

    fields = Spot.limit(b.exchange, b.next_id())
    if b.exchange == "binance":
        twice = raw.signed(method, path, query=urllib.parse.urlencode(fields) + "&quantity=0.011")
        split = raw.signed(method, path, fields, body="quantity=0.011")
    else:
        text = json.dumps(fields)
        quantity = "sz" if b.exchange == "okx" else "qty"
        twice = raw.signed(method, path, body=text[:-1] + f', "{quantity}": "0.011"}}')
        split = raw.signed(method, path, body=text, query=f"{quantity}=0.011")
    b.refused("repeated parameter", ccxt.BadRequest, TWICE[b.exchange], "parameter.repeated", sent(twice))
    b.refused("parameter in query and body", ccxt.BadRequest, *SPLIT[b.exchange], sent(split))
    unknown = raw.signed(method, path, {**fields, "newFeature": "1"})
    b.refused("unknown parameter", ccxt.BadRequest, "newFeature", "parameter.unknown", sent(unknown))
    unknown = raw.signed("POST", NO_SUCH_ROUTE[b.exchange], {"a": "1"})
    b.refused("unknown route", UNKNOWN_ROUTE[b.exchange], "exchange's list", "route.unknown", sent(unknown))


def main():
    keystile, exchange = sys.argv[1:]
    with World(keystile, oracle=True) as world:
        os.environ["REQUESTS_CA_BUNDLE"] = world.gate_ca
        b = Bench(world, exchange)
        bot = b.client("honest")
        keys_and_places(b, bot)
        grants(b, bot)
        speed(b)
        ownership(b, bot)
        by_hand(b, bot)
        b.problems += [f"oracle: {line}" for line in world.oracle_lines() if line["problems"]]
    for problem in b.problems:
        print(problem)
    print(f"{b.count} refusals, {len(b.problems)} not as they should be")
    sys.exit(1 if b.problems else 0)


if __name__ == "__main__":
    main()
