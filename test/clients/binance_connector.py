"""binance-connector, Binance's older Python SDK, unmodified."""
from binance.spot import Spot

from transcript import Transcript, access, client_order_id, number

PAIR = "BTCUSDT"


def open_client(kind):
    own = access(kind)
    return Spot(api_key=own["key"], api_secret=own["secret"], base_url=own["base_url"])


def order_view(order):
    return {"symbol": order["symbol"], "side": order["side"], "type": order["type"], "status": order["status"],
            "price": number(order["price"]), "quantity": number(order["origQty"]), "filled": number(order["executedQty"])}


def trading(t, client):
    order, changed, market = client_order_id("a"), client_order_id("b"), client_order_id("m")
    limit = {"symbol": PAIR, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": 0.01, "price": 40000}
    t.step("exchange info", lambda: client.exchange_info(symbol=PAIR), lambda info: [s["symbol"] for s in info["symbols"]])
    t.step("account", client.account, lambda a: sorted(b["asset"] for b in a["balances"] if float(b["free"])))
    t.step("test order", lambda: client.new_order_test(**limit))
    t.step("limit order", lambda: client.new_order(**limit, newClientOrderId=order), order_view)
    t.step("get order", lambda: client.get_order(PAIR, origClientOrderId=order), order_view)
    t.step("open orders", lambda: client.get_open_orders(PAIR),
           lambda found: [order_view(o) for o in found if o["clientOrderId"] == order])
    t.step("cancel and replace", lambda: client.cancel_and_replace(
        PAIR, "BUY", "LIMIT", "STOP_ON_FAILURE", cancelOrigClientOrderId=order, timeInForce="GTC", quantity=0.011, price=41000,
        newClientOrderId=changed), lambda r: (r["cancelResult"], r["newOrderResult"]))
    t.step("get replaced", lambda: client.get_order(PAIR, origClientOrderId=changed), order_view)
    t.step("cancel", lambda: client.cancel_order(PAIR, origClientOrderId=changed), order_view)
    t.step("cancel again", lambda: client.cancel_order(PAIR, origClientOrderId=changed))
    filled = t.step("market", lambda: client.new_order(PAIR, "SELL", "MARKET", quantity=0.01, newClientOrderId=market), order_view)
    t.step("trades", lambda: client.my_trades(PAIR),
           lambda found: [(number(x["price"]), number(x["qty"]), x["isBuyer"]) for x in found if x["orderId"] == filled["orderId"]])
    t.step("all orders", lambda: client.get_orders(PAIR), lambda found: [order_view(o) for o in found if o["clientOrderId"] == market])
    t.step("too small", lambda: client.new_order(PAIR, "BUY", "LIMIT", timeInForce="GTC", quantity="0.00001", price="1000"))


def funds(t, client):
    t.step("transfer", lambda: client.user_universal_transfer("MAIN_FUNDING", "USDT", "25"), lambda r: sorted(r))
    t.step("transfer back", lambda: client.user_universal_transfer("FUNDING_MAIN", "USDT", "25"), lambda r: sorted(r))
    t.step("deposit address", lambda: client.deposit_address("USDT", network="TRX"), lambda a: (a["coin"], a["address"]))
    t.step("withdraw", lambda: client.withdraw("USDT", 20, "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE", network="TRX"), lambda r: sorted(r))
    t.step("withdrawals", lambda: client.withdraw_history(coin="USDT"), lambda found: {"some": bool(found)})


def flow(t):
    trading(t, open_client("TRADE"))
    funds(t, open_client("FUNDS"))


Transcript().tell(flow)
