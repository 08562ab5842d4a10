"""pybit, Bybit's own SDK, unmodified; at Keystile's listener for Bybit alone, since it wants a host."""
import uuid

from pybit.unified_trading import HTTP

from transcript import Transcript, access, client_order_id, number

SPOT = {"category": "spot", "symbol": "BTCUSDT"}
LINEAR = {"category": "linear", "symbol": "BTCUSDT"}


def open_session(kind):
    own = access(kind)
    session = HTTP(api_key=own["key"], api_secret=own["secret"])
    session.endpoint = own["host_url"]
    session.client.verify = own["ca"]  # pybit leaves REQUESTS_CA_BUNDLE aside
    return session


def listed(answer):
    return answer["result"]["list"]


def order_view(order):
    return {"symbol": order["symbol"], "side": order["side"], "type": order["orderType"], "status": order["orderStatus"],
            "price": number(order["price"]), "qty": number(order["qty"]), "filled": number(order["cumExecQty"]),
            "reduceOnly": order.get("reduceOnly")}


def code(answer):
    return answer["retCode"]


def spot(t, session):
    order, market = client_order_id("a"), client_order_id("m")
    mine = lambda answer: [order_view(o) for o in listed(answer) if o["orderLinkId"] == order]  # noqa: E731
    t.step("limit order", lambda: session.place_order(**SPOT, side="Buy", orderType="Limit", qty="0.01", price="40000",
                                                      timeInForce="GTC", orderLinkId=order), code)
    t.step("open orders", lambda: session.get_open_orders(**SPOT), mine)
    t.step("amend", lambda: session.amend_order(**SPOT, orderLinkId=order, qty="0.011", price="41000"), code)
    t.step("fetch amended", lambda: session.get_open_orders(**SPOT, orderLinkId=order), mine)
    t.step("cancel", lambda: session.cancel_order(**SPOT, orderLinkId=order), code)
    t.step("cancel again", lambda: session.cancel_order(**SPOT, orderLinkId=order), code)
    t.step("market", lambda: session.place_order(**SPOT, side="Sell", orderType="Market", qty="0.01", orderLinkId=market), code)
    t.step("executions", lambda: session.get_executions(**SPOT),
           lambda answer: [(e["side"], number(e["execPrice"]), number(e["execQty"])) for e in listed(answer) if e["orderLinkId"] == market])
    t.step("history", lambda: session.get_order_history(**SPOT), mine)
    t.step("too small", lambda: session.place_order(**SPOT, side="Buy", orderType="Limit", qty="0.0000001", price="40000"), code)


def perpetual(t, session):
    close = client_order_id("c")
    t.step("perp open", lambda: session.place_order(**LINEAR, side="Buy", orderType="Market", qty="0.01"), code)
    t.step("positions", lambda: session.get_positions(**LINEAR), lambda answer: [(p["side"], number(p["size"])) for p in listed(answer)])
    t.step("perp close", lambda: session.place_order(**LINEAR, side="Sell", orderType="Market", qty="0.01", reduceOnly=True,
                                                     orderLinkId=close), code)
    t.step("perp closed", lambda: session.get_order_history(**LINEAR),
           lambda answer: [order_view(o) for o in listed(answer) if o["orderLinkId"] == close])


def funds(t, session):
    move = {"transferId": str(uuid.uuid4()), "coin": "USDT", "amount": "25", "fromAccountType": "UNIFIED", "toAccountType": "FUND"}
    back = {**move, "transferId": str(uuid.uuid4()), "fromAccountType": "FUND", "toAccountType": "UNIFIED"}
    t.step("transfer", lambda: session.create_internal_transfer(**move), code)
    t.step("transfer back", lambda: session.create_internal_transfer(**back), code)
    t.step("deposit address", lambda: session.get_master_deposit_address(coin="USDT"),
           lambda answer: sorted((c["chain"], c["addressDeposit"]) for c in answer["result"]["chains"]))
    t.step("withdraw", lambda: session.withdraw(coin="USDT", chain="TRX", address="TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE", amount="20",
                                                timestamp=session_time(session), accountType="FUND"), code)
    t.step("withdrawals", lambda: session.get_withdrawal_records(coin="USDT"), lambda answer: {"some": bool(answer["result"]["rows"])})


def session_time(session):
    return int(session.get_server_time()["result"]["timeNano"]) // 1_000_000


def flow(t):
    trading = open_session("TRADE")
    t.step("instruments", lambda: trading.get_instruments_info(**SPOT),
           lambda answer: [(i["symbol"], i["priceFilter"]["tickSize"]) for i in listed(answer)])
    t.step("balance", lambda: trading.get_wallet_balance(accountType="UNIFIED"),
           lambda answer: sorted(c["coin"] for c in listed(answer)[0]["coin"]))
    spot(t, trading)
    perpetual(t, trading)
    funds(t, open_session("FUNDS"))


Transcript().tell(flow)
