"""ccxt for Python, unmodified, on the exchange named by the environment."""
from ccxt_setup import open_exchange
from transcript import Transcript, access, client_order_id, number

SPOT, PERP = "BTC/USDT", "BTC/USDT:USDT"
PERP_AMOUNT = {"okx": 1}  # contracts of 0.01 BTC; elsewhere BTC
KNOWINGLY = {"acknowledged": True}  # ccxt warns that fetch_order at Bybit sees recent orders only
# Ways of naming things that ccxt leaves to the exchange.
TRANSFER = {"binance": ("spot", "funding"), "okx": ("trading", "funding"), "bybit": ("unified", "funding")}


def opened(kind):
    own = access(kind)
    return open_exchange(own["exchange"], own["key"], own["secret"], own["passphrase"], own["base_url"])


def order_view(order):
    return {name: order.get(name) if name in ("symbol", "type", "side", "status", "reduceOnly") else number(order.get(name))
            for name in ("symbol", "type", "side", "status", "reduceOnly", "price", "amount", "filled", "remaining")}


def trade_view(trade):
    return {"symbol": trade["symbol"], "side": trade["side"], "price": number(trade["price"]),
            "amount": number(trade["amount"])}


def totals(balance):
    return {asset: balance["total"].get(asset) for asset in ("BTC", "USDT")}


def difference(before, after):
    return {asset: number(after[asset] - before[asset]) for asset in before}


def market_view(market):
    return {"precision": {k: number(v) for k, v in market["precision"].items() if v is not None}, "active": market["active"],
            "contractSize": number(market["contractSize"])}


def spot(t, exchange):
    before = t.step("balance before", exchange.fetch_balance, lambda b: sorted(a for a in b["total"] if b["total"][a]))
    order = t.step("limit order", lambda: exchange.create_order(
        SPOT, "limit", "buy", 0.01, 40000, {"clientOrderId": client_order_id("a")}), lambda o: {"symbol": o["symbol"]})
    of = order["id"]
    t.step("fetch order", lambda: exchange.fetch_order(of, SPOT, KNOWINGLY), order_view)
    t.step("open orders", lambda: exchange.fetch_open_orders(SPOT), lambda found: [order_view(o) for o in found if o["id"] == of])
    edited = t.step("edit order", lambda: exchange.edit_order(of, SPOT, "limit", "buy", 0.011, 41000),
                    lambda o: {"symbol": o["symbol"]})
    of = edited["id"]
    t.step("fetch edited", lambda: exchange.fetch_order(of, SPOT, KNOWINGLY), order_view)
    t.step("cancel order", lambda: exchange.cancel_order(of, SPOT), lambda o: {"cancelled": True})
    t.step("fetch cancelled", lambda: exchange.fetch_order(of, SPOT, KNOWINGLY), order_view)
    t.step("cancel again", lambda: exchange.cancel_order(of, SPOT))
    for side in ("buy", "sell"):
        order = t.step(f"market {side}", lambda: exchange.create_order(SPOT, "market", side, 0.01, None, market_params(exchange)),
                       lambda o: {"symbol": o["symbol"]})
        t.step(f"market {side} trades", lambda: exchange.fetch_my_trades(SPOT),
               lambda found: [trade_view(trade) for trade in found if trade["order"] == order["id"]])
    t.step("balance after", exchange.fetch_balance, lambda b: difference(totals(before), totals(b)))
    if exchange.has["fetchOrders"]:
        t.step("orders", lambda: exchange.fetch_orders(SPOT), lambda found: [order_view(o) for o in found if o["id"] == of])
    if exchange.has["fetchClosedOrders"]:
        t.step("closed orders", lambda: exchange.fetch_closed_orders(SPOT),
               lambda found: [order_view(o) for o in found if o["id"] == order["id"]])
    t.step("too small", lambda: exchange.create_order(SPOT, "limit", "buy", 0.00001, 1000))


def market_params(exchange):
    return {"tgtCcy": "base_ccy"} if exchange.id == "okx" else {"marketUnit": "baseCoin"} if exchange.id == "bybit" else {}


def perpetual(t, exchange):
    amount = PERP_AMOUNT.get(exchange.id, 0.01)
    params = {"marginMode": "isolated"} if exchange.id == "okx" else {}
    t.step("perp open", lambda: exchange.create_order(PERP, "market", "buy", amount, None, params), lambda o: {"symbol": o["symbol"]})
    t.step("positions", lambda: exchange.fetch_positions([PERP]),
           lambda found: [{"side": p["side"], "contracts": number(p["contracts"])} for p in found])
    close = t.step("perp close", lambda: exchange.create_order(PERP, "market", "sell", amount, None, {**params, "reduceOnly": True}),
                   lambda o: {"symbol": o["symbol"]})
    t.step("perp closed", lambda: exchange.fetch_order(close["id"], PERP, KNOWINGLY), order_view)
    t.step("positions after", lambda: exchange.fetch_positions([PERP]),
           lambda found: [number(p["contracts"]) for p in found if p["contracts"]])


def funds(t, exchange):
    source, target = TRANSFER[exchange.id]
    t.step("transfer", lambda: exchange.transfer("USDT", 25, source, target), lambda r: {"code": r["currency"], "amount": number(r["amount"])})
    t.step("transfer back", lambda: exchange.transfer("USDT", 25, target, source), lambda r: {"code": r["currency"], "amount": number(r["amount"])})
    t.step("deposit address", lambda: exchange.fetch_deposit_address("USDT", {"network": "TRC20"}),
           lambda a: {"currency": a["currency"], "address": a["address"]})
    t.step("withdraw", lambda: exchange.withdraw("ETH", 0.5, "0x71C7656EC7ab88b098defB751B7401B5f6d8976F",
                                                 params={"network": "ERC20"}), lambda w: {"withdrawn": bool(w["id"])})
    t.step("withdrawals", lambda: exchange.fetch_withdrawals("ETH"), lambda found: {"some": bool(found)})


def flow(t):
    trading = opened("TRADE")
    t.step("markets", trading.load_markets, lambda markets: {name: market_view(markets[name]) for name in (SPOT, PERP)})
    spot(t, trading)
    perpetual(t, trading)
    purse = opened("FUNDS")
    purse.set_markets(trading.markets, trading.currencies)
    funds(t, purse)


Transcript().tell(flow)
