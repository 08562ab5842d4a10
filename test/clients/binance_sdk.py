"""binance-sdk-spot, Binance's newer Python SDK, unmodified."""
from binance_common.configuration import ConfigurationRestAPI
from binance_sdk_spot.spot import Spot

from transcript import Transcript, access, client_order_id, number

PAIR = "BTCUSDT"


def open_api(kind):
    own = access(kind)
    configuration = ConfigurationRestAPI(api_key=own["key"], api_secret=own["secret"], base_path=own["base_url"], timeout=10_000)
    return Spot(config_rest_api=configuration).rest_api


def plain(answer):
    """The SDK's typed answer as the JSON that it came from."""
    value = answer.data()
    if isinstance(value, list):
        return [one.to_dict() for one in value]
    return value.to_dict() if hasattr(value, "to_dict") else value


def order_view(order):
    return {"symbol": order["symbol"], "side": order["side"], "type": order["type"], "status": order["status"],
            "price": number(order["price"]), "quantity": number(order["origQty"]), "filled": number(order["executedQty"])}


def flow(t):
    api = open_api("TRADE")
    order, market = client_order_id("a"), client_order_id("m")
    t.step("exchange info", lambda: plain(api.exchange_info(symbol=PAIR)), lambda info: [s["symbol"] for s in info["symbols"]])
    t.step("account", lambda: plain(api.get_account()), lambda a: sorted(b["asset"] for b in a["balances"] if float(b["free"])))
    t.step("limit order", lambda: plain(api.new_order(symbol=PAIR, side="BUY", type="LIMIT", time_in_force="GTC", quantity=0.01,
                                                      price=40000.0, new_client_order_id=order)), order_view)
    t.step("get order", lambda: plain(api.get_order(symbol=PAIR, orig_client_order_id=order)), order_view)
    t.step("open orders", lambda: plain(api.get_open_orders(symbol=PAIR)),
           lambda found: [order_view(o) for o in found if o["clientOrderId"] == order])
    t.step("cancel", lambda: plain(api.delete_order(symbol=PAIR, orig_client_order_id=order)), order_view)
    t.step("cancel again", lambda: plain(api.delete_order(symbol=PAIR, orig_client_order_id=order)))
    filled = t.step("market", lambda: plain(api.new_order(symbol=PAIR, side="SELL", type="MARKET", quantity=0.01,
                                                          new_client_order_id=market)), order_view)
    t.step("trades", lambda: plain(api.my_trades(symbol=PAIR)),
           lambda found: [(number(x["price"]), number(x["qty"]), x["isBuyer"]) for x in found if x["orderId"] == filled["orderId"]])
    t.step("all orders", lambda: plain(api.all_orders(symbol=PAIR)),
           lambda found: [order_view(o) for o in found if o["clientOrderId"] == market])
    t.step("too small", lambda: plain(api.new_order(symbol=PAIR, side="BUY", type="LIMIT", time_in_force="GTC", quantity=0.00001,
                                                    price=1000.0)))


Transcript().tell(flow)
