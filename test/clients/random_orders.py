"""Random orders of every kind that an exchange offers, as one client under one grant. Whatever gets
through: the sandbox never executes more of an order than the notional that was judged for it, and
nothing outside the grant.

Usage: random_orders.py KEYSTILE EXCHANGE [SEED]"""
import decimal
import json
import pathlib
import random
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "harness"))
from raw import Raw  # noqa: E402
from world import World  # noqa: E402

D = decimal.Decimal
REQUESTS = 500
MAX_ORDER = D(1000)  # the profile's max_order_notional
PRICES = {"BTC": 60000, "ETH": 3000, "SOL": 150}
KINDS = ["limit", "limit", "limit", "post", "ioc", "fok", "market", "market", "quote", "stop-limit", "stop-market"]
GRANTED = {"binance": ["BTCUSDT"], "okx": ["BTC-USDT", "BTC-USDT-SWAP"], "bybit": ["BTCUSDT"]}
CONTRACT = {"BTC": D("0.01"), "ETH": D("0.1")}  # OKX


class Dice(random.Random):
    def order(self, name):
        """One order as plain values; each exchange's function below puts it into its own words."""
        base = self.choices(["BTC", "ETH", "SOL"], [80, 15, 5])[0]
        product = "spot" if base == "SOL" else self.choices(["spot", "linear", "margin"], [50, 42, 8])[0]
        around = PRICES[base] * self.uniform(*self.choice([(0.9, 1.1), (0.97, 1.03)]))
        price = D(f"{around:.1f}")
        notional = self.choice([self.uniform(20, 900), self.uniform(600, 1300), self.uniform(900, 1100), self.uniform(100, 900), self.choice([50_000, 1])])
        quantity = D(f"{notional / around:.{self.choice([3, 3, 5])}f}")
        kind = self.choice(KINDS)
        if kind == "quote" and product == "linear":
            kind = "market"  # a perpetual's size is never in the quote asset
        strange = self.random()
        if strange < 0.02:
            quantity = -quantity
        elif strange < 0.03:
            quantity = D("1e-12")
        return {"id": name, "base": base, "product": product, "side": self.choice(["buy", "sell"]), "kind": kind,
                "price": price, "quantity": quantity, "quote": D(f"{notional:.2f}"),
                "trigger": D(f"{PRICES[base] * self.uniform(0.98, 1.02):.1f}"), "reduce": product == "linear" and self.random() < 0.15}


def plain(value):
    return format(value, "f")


def strings(fields):
    return {name: plain(value) if isinstance(value, D) else value for name, value in fields.items() if value is not None}


# --- Binance
def binance_fields(o):
    limited = o["kind"] in ("limit", "ioc", "fok", "post", "stop-limit")
    future = o["product"] == "linear"
    kind = {"limit": "LIMIT", "ioc": "LIMIT", "fok": "LIMIT", "post": "LIMIT" if future else "LIMIT_MAKER", "market": "MARKET",
            "quote": "MARKET", "stop-limit": "STOP" if future else "STOP_LOSS_LIMIT",
            "stop-market": "STOP_MARKET" if future else "STOP_LOSS"}[o["kind"]]
    force = {"ioc": "IOC", "fok": "FOK", "post": "GTX" if future else None}.get(o["kind"], "GTC") if limited else None
    return strings({"symbol": f"{o['base']}USDT", "side": o["side"].upper(), "type": kind, "timeInForce": force,
                    "quantity": None if o["kind"] == "quote" else o["quantity"], "quoteOrderQty": o["quote"] if o["kind"] == "quote" else None,
                    "price": o["price"] if limited else None, "stopPrice": o["trigger"] if "stop" in o["kind"] else None,
                    "newClientOrderId": o["id"], "reduceOnly": "true" if o["reduce"] else None})


def binance_requests(dice, orders, raw):
    first = orders[0]
    if len(orders) > 1:
        if dice.random() < 0.3:
            yield raw.signed("POST", "/api/v3/orderList/oco", binance_oco(orders))
            return
        legs = json.dumps([binance_fields({**o, "product": "linear"}) for o in orders], separators=(",", ":"))
        yield raw.signed("POST", "/fapi/v1/batchOrders", {"batchOrders": legs})
        return
    path = {"spot": "/api/v3/order", "linear": "/fapi/v1/order", "margin": "/sapi/v1/margin/order"}[first["product"]]
    yield raw.signed("POST", path, binance_fields(first))
    if first["kind"] == "limit" and dice.random() < 0.4:
        larger = plain(first["quantity"] * dice.choice([D("0.5"), D(2), D(5)]))
        if first["product"] == "linear":
            yield raw.signed("PUT", "/fapi/v1/order", {"symbol": f"{first['base']}USDT", "side": first["side"].upper(), "quantity": larger,
                                                       "price": plain(first["price"]), "origClientOrderId": first["id"]})
        else:
            replaced = binance_fields({**first, "id": first["id"] + "r"})
            yield raw.signed("POST", "/api/v3/order/cancelReplace", {
                **replaced, "quantity": larger, "cancelReplaceMode": "STOP_ON_FAILURE", "cancelOrigClientOrderId": first["id"]})


def binance_oco(orders):
    above, below = orders[:2]
    return strings({"symbol": f"{above['base']}USDT", "side": above["side"].upper(), "quantity": above["quantity"],
                    "listClientOrderId": above["id"] + "l", "aboveType": "LIMIT_MAKER", "abovePrice": above["price"] * D("1.1"),
                    "aboveClientOrderId": above["id"], "belowType": "STOP_LOSS_LIMIT", "belowPrice": above["price"] * D("0.9"),
                    "belowStopPrice": (above["price"] * D("0.91")).quantize(D("0.01")), "belowTimeInForce": "GTC",
                    "belowClientOrderId": below["id"]})


# --- OKX
def okx_fields(o):
    linear = o["product"] == "linear"
    kind = {"limit": "limit", "post": "post_only", "ioc": "ioc", "fok": "fok"}.get(o["kind"], "market")
    quantity = o["quantity"]
    if linear and o["base"] in CONTRACT:
        quantity = (quantity / CONTRACT[o["base"]]).quantize(D("0.01"))
    if o["kind"] == "quote":
        quantity = o["quote"]
    return strings({"instId": f"{o['base']}-USDT" + ("-SWAP" if linear else ""), "tdMode": {"spot": "cash", "linear": "isolated"}.get(
        o["product"], "cross"), "side": o["side"], "ordType": kind, "sz": quantity, "px": None if kind == "market" else o["price"],
        "tgtCcy": "quote_ccy" if o["kind"] == "quote" else None if kind != "market" or linear else "base_ccy", "clOrdId": o["id"],
        "reduceOnly": "true" if o["reduce"] else None})


def okx_requests(dice, orders, raw):
    first = orders[0]
    if len(orders) > 1:
        yield raw.signed("POST", "/api/v5/trade/batch-orders", body=json.dumps([okx_fields(o) for o in orders]))
        return
    fields = okx_fields(first)
    if "stop" in first["kind"]:
        fields.pop("px", None)
        fields["algoClOrdId"] = fields.pop("clOrdId")
        yield raw.signed("POST", "/api/v5/trade/order-algo", {
            **fields, "ordType": "trigger", "triggerPx": plain(first["trigger"]),
            "orderPx": plain(first["price"]) if first["kind"] == "stop-limit" else "-1"})
        return
    yield raw.signed("POST", "/api/v5/trade/order", fields)
    if first["kind"] == "limit" and dice.random() < 0.4:
        larger = plain(D(fields["sz"]) * dice.choice([D("0.5"), D(2), D(5)]))
        yield raw.signed("POST", "/api/v5/trade/amend-order", {"instId": fields["instId"], "clOrdId": first["id"], "newSz": larger})


# --- Bybit
def bybit_fields(o):
    market = o["kind"] in ("market", "quote", "stop-market")
    stop = "stop" in o["kind"]
    spot = o["product"] != "linear"
    return {name: value for name, value in strings({
        "symbol": f"{o['base']}USDT", "side": o["side"].capitalize(), "orderType": "Market" if market else "Limit",
        "qty": o["quote"] if o["kind"] == "quote" else o["quantity"], "price": None if market else o["price"],
        "marketUnit": ("quoteCoin" if o["kind"] == "quote" else "baseCoin") if market and spot else None,
        "timeInForce": {"post": "PostOnly", "ioc": "IOC", "fok": "FOK"}.get(o["kind"]), "orderLinkId": o["id"],
        "triggerPrice": o["trigger"] if stop else None, "orderFilter": "StopOrder" if stop and spot else None}).items()} | (
            {"isLeverage": 1} if o["product"] == "margin" else {}) | ({"reduceOnly": True} if o["reduce"] else {}) | (
            {"triggerDirection": 1 if o["side"] == "buy" else 2} if stop and not spot else {})


def bybit_requests(dice, orders, raw):
    first = orders[0]
    category = "linear" if first["product"] == "linear" else "spot"
    if len(orders) > 1:
        alike = [bybit_fields({**o, "product": first["product"], "reduce": False}) for o in orders]
        yield raw.signed("POST", "/v5/order/create-batch", {"category": category, "request": alike})
        return
    yield raw.signed("POST", "/v5/order/create", {"category": category, **bybit_fields(first)})
    if first["kind"] == "limit" and dice.random() < 0.4:
        larger = plain(first["quantity"] * dice.choice([D("0.5"), D(2), D(5)]))
        yield raw.signed("POST", "/v5/order/amend", {"category": category, "symbol": f"{first['base']}USDT", "orderLinkId": first["id"],
                                                     "qty": larger})


IN_WORDS = {"binance": binance_requests, "okx": okx_requests, "bybit": bybit_requests}


# --- what came of it
def judged_orders(entries):
    """client order id → what the ledger judged: the largest notional, and whether it only reduces."""
    judged = {}
    for entry in entries:
        for leg in entry.get("legs", []):
            if leg["action"] == "cancel" or not leg.get("client_order_id"):
                continue
            name = leg["client_order_id"]
            known = judged.setdefault(name, {"notional": D(0), "reduces": False, "entry": entry, "leg": leg})
            known["notional"] = max(known["notional"], D(leg["notional"]))
            known["reduces"] |= leg.get("reduce_only", False) or leg.get("close_position", False)
    return judged


def compare(trades, judged, exchange):
    problems, executed = [], {}
    for trade in trades:
        if trade["account"] != "master":
            continue
        name = trade["client_order_id"]
        executed[name] = executed.get(name, D(0)) + D(trade["notional"])
        if trade["symbol"] not in GRANTED[exchange] or trade["product"] not in ("spot", "linear"):
            problems.append(f"outside the grant: {trade}")
        known = judged.get(name)
        if known is None:
            problems.append(f"in no ledger entry: {trade}")
        elif known["leg"]["action"] == "place" and (known["leg"]["side"] != trade["side"] or known["leg"]["instrument"] != trade["symbol"]
                                                    or known["leg"]["product"] != trade["product"]):
            problems.append(f"judged as something else: {known['leg']}, executed {trade}")
    for name, notional in executed.items():
        known = judged.get(name)
        if known and not known["reduces"] and notional > known["notional"]:
            problems.append(f"{name}: executed {notional}, judged {known['notional']}: {known['leg']}")
        if known and not known["reduces"] and notional > MAX_ORDER:
            problems.append(f"{name}: executed {notional}, more than one order may have")
    return problems, executed


def main():
    keystile, exchange, *rest = sys.argv[1:]
    seed = int(rest[0]) if rest else 20
    dice, seen_rules, sent, through = Dice(seed), {}, 0, 0
    with World(keystile, oracle=True) as world:
        client = world.add_client("dice", exchange, *[w for i in GRANTED[exchange] for w in ("--instrument", i)],
                                  "--daily-exposure", "100000000", grant="orders_per_second = 10000\nopen_orders = 10000")
        raw = Raw(client)
        while sent < REQUESTS:
            orders = [dice.order(f"dice{sent}x{leg}") for leg in range(dice.choices([1, 2, 4], [80, 12, 8])[0])]
            for request in IN_WORDS[exchange](dice, orders, raw):
                answer = raw.send(request)
                sent += 1
                through += not answer.rule
                seen_rules[answer.rule or "let through"] = seen_rules.get(answer.rule or "let through", 0) + 1
            if dice.random() < 0.1:
                world.sandbox_control(exchange, "tick", {"instrument": "BTC/USDT", "price": f"{60000 * dice.uniform(0.98, 1.02):.1f}"})
        judged = judged_orders(world.ledger("request"))
        problems, executed = compare(world.executed(exchange), judged, exchange)
        problems += [f"oracle: {line}" for line in world.oracle_lines() if line["problems"]]
    print(f"seed {seed}: {sent} requests, {through} let through, {len(executed)} orders executed")
    print(dict(sorted(seen_rules.items(), key=lambda item: -item[1])))
    if len(executed) < 30:
        problems.append("too few orders were executed for this to show anything")
    print("\n".join(problems))
    sys.exit(1 if problems else 0)


main()
