"""python-okx, OKX's own SDK, unmodified."""
from okx.Account import AccountAPI
from okx.Funding import FundingAPI
from okx.PublicData import PublicAPI
from okx.Trade import TradeAPI

from transcript import Transcript, access, client_order_id, number

SPOT, PERP = "BTC-USDT", "BTC-USDT-SWAP"


class Refused(Exception):
    """This SDK returns errors as values; here they are raised, so that all scripts read alike."""

    def __init__(self, answer):
        first = (answer.get("data") or [{}])[0]
        self.code = first.get("sCode") or answer["code"]
        super().__init__(first.get("sMsg") or answer["msg"])


def data(answer):
    if answer["code"] != "0":
        raise Refused(answer)
    return answer["data"]


def open_api(api, kind):
    own = access(kind)
    return api(own["key"], own["secret"], own["passphrase"], flag="0", domain=own["base_url"])


def order_view(order):
    return {"instId": order["instId"], "side": order["side"], "type": order["ordType"], "state": order["state"],
            "px": number(order["px"]), "sz": number(order["sz"]), "filled": number(order["accFillSz"])}


def spot(t, trade):
    order, market = client_order_id("a"), client_order_id("m")
    accepted = lambda found: found[0]["sCode"]  # noqa: E731
    t.step("limit order", lambda: data(trade.place_order(SPOT, "cash", "buy", "limit", "0.01", px="40000", clOrdId=order)), accepted)
    t.step("fetch order", lambda: data(trade.get_order(SPOT, clOrdId=order)), lambda found: order_view(found[0]))
    t.step("open orders", lambda: data(trade.get_order_list("SPOT")),
           lambda found: [order_view(o) for o in found if o["clOrdId"] == order])
    t.step("amend", lambda: data(trade.amend_order(SPOT, clOrdId=order, newSz="0.011", newPx="41000")), accepted)
    t.step("fetch amended", lambda: data(trade.get_order(SPOT, clOrdId=order)), lambda found: order_view(found[0]))
    t.step("cancel", lambda: data(trade.cancel_order(SPOT, clOrdId=order)), accepted)
    t.step("cancel again", lambda: data(trade.cancel_order(SPOT, clOrdId=order)))
    t.step("market", lambda: data(trade.place_order(SPOT, "cash", "sell", "market", "0.01", clOrdId=market)), accepted)
    t.step("fills", lambda: data(trade.get_fills("SPOT")),
           lambda found: [(f["side"], number(f["fillPx"]), number(f["fillSz"])) for f in found if f["clOrdId"] == market])
    t.step("history", lambda: data(trade.get_orders_history("SPOT")),
           lambda found: [order_view(o) for o in found if o["clOrdId"] == market])


def perpetual(t, trade, account):
    t.step("perp open", lambda: data(trade.place_order(PERP, "isolated", "buy", "market", "1")), lambda found: found[0]["sCode"])
    t.step("positions", lambda: data(account.get_positions("SWAP")), lambda found: [(p["instId"], number(p["pos"])) for p in found])
    t.step("perp close", lambda: data(trade.place_order(PERP, "isolated", "sell", "market", "1", reduceOnly=True)),
           lambda found: found[0]["sCode"])
    t.step("too small", lambda: data(trade.place_order(PERP, "isolated", "buy", "limit", "0.0001", px="100")))


def funds(t, funding):
    amount = lambda found: (found[0]["ccy"], number(found[0]["amt"]))  # noqa: E731
    t.step("transfer", lambda: data(funding.funds_transfer("USDT", "25", "18", "6")), amount)
    t.step("transfer back", lambda: data(funding.funds_transfer("USDT", "25", "6", "18")), amount)
    t.step("deposit address", lambda: data(funding.get_deposit_address("USDT")),
           lambda found: sorted((a["chain"], a["addr"]) for a in found))
    t.step("withdraw", lambda: data(funding.withdrawal("USDT", "20", "4", "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE", "USDT-TRC20")),
           lambda found: found[0]["ccy"])
    t.step("withdrawals", lambda: data(funding.get_withdrawal_history("USDT")), lambda found: {"some": bool(found)})


def flow(t):
    own = access("TRADE")
    public = PublicAPI(flag="0", domain=own["base_url"])
    t.step("instruments", lambda: data(public.get_instruments("SPOT")), lambda found: sorted(i["instId"] for i in found))
    account, trade = open_api(AccountAPI, "TRADE"), open_api(TradeAPI, "TRADE")
    t.step("balance", lambda: data(account.get_account_balance()), lambda found: sorted(d["ccy"] for d in found[0]["details"]))
    spot(t, trade)
    perpetual(t, trade, account)
    funds(t, open_api(FundingAPI, "FUNDS"))


Transcript().tell(flow)
