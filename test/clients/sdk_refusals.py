"""A few refusals as each exchange's own Python SDK tells them: binance-connector, python-okx, pybit.

Usage: sdk_refusals.py KEYSTILE"""
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "harness"))
from world import World  # noqa: E402

# --- each SDK: place(client, symbol, quantity, price) → (exception class, code, message, headers) or None


def binance(client, symbol, quantity, price):
    from binance.error import ClientError
    from binance.spot import Spot
    api = Spot(api_key=client["key"], api_secret=client["secret"], base_url=client["base_url"])
    try:
        api.new_order(symbol, "BUY", "LIMIT", timeInForce="GTC", quantity=quantity, price=price)
    except ClientError as error:
        return "ClientError", str(error.error_code), error.error_message, error.header


def okx(client, symbol, quantity, price):
    """This SDK raises nothing: it hands back what the exchange said."""
    from okx.Trade import TradeAPI
    api = TradeAPI(client["key"], client["secret"], client["passphrase"], flag="0", domain=client["base_url"])
    answer = api.place_order(symbol, "cash", "buy", "limit", quantity, px=price)
    if answer["code"] != "0":
        first = (answer.get("data") or [{}])[0]
        return "answer", first.get("sCode") or answer["code"], first.get("sMsg") or answer["msg"], {}


def bybit(client, symbol, quantity, price):
    from pybit.exceptions import FailedRequestError, InvalidRequestError
    from pybit.unified_trading import HTTP
    api = HTTP(api_key=client["key"], api_secret=client["secret"])
    api.endpoint = client["own_url"]
    api.client.verify = client["ca_file"]
    try:
        api.place_order(category="spot", symbol=symbol, side="Buy", orderType="Limit", qty=quantity, price=price)
    except (InvalidRequestError, FailedRequestError) as error:
        return type(error).__name__, str(error.status_code), error.message, error.resp_headers or {}


PLACE = {"binance": binance, "okx": okx, "bybit": bybit}
SYMBOLS = {"binance": ("BTCUSDT", "ETHUSDT"), "okx": ("BTC-USDT", "ETH-USDT"), "bybit": ("BTCUSDT", "ETHUSDT")}
CLASSES = {"binance": "ClientError", "okx": "answer", "bybit": "InvalidRequestError"}
# Codes of the exchanges' own tables: signature, permission, order too large.
CODES = {"binance": ("-1022", "-1002", "-2010"), "okx": ("50113", "50120", "51101"), "bybit": ("10004", "10005", "170210")}
SIGNATURE = {"binance": "signature", "okx": "Sign", "bybit": "sign"}


def cases(exchange, bot, reader):
    granted, foreign = SYMBOLS[exchange]
    signature, permission, limit = CODES[exchange]
    yield "wrong secret", {**bot, "secret": "x" * len(bot["secret"])}, (granted, "0.001", "40000"), signature, SIGNATURE[exchange], ""
    yield "missing scope", reader, (granted, "0.001", "40000"), permission, "no trade scope", "grant.scope"
    yield "foreign instrument", bot, (foreign, "0.1", "2000"), permission, foreign, "grant.instrument"
    yield "too large", bot, (granted, "0.1", "40000"), limit, "limit of one order", "grant.max_order_notional"
    yield "outside the price band", bot, (granted, "0.001", "70000"), limit, "price band", "grant.price_band"


def main():
    problems, count = [], 0
    with World(sys.argv[1], oracle=True) as world:
        os.environ["SSL_CERT_FILE"] = os.environ["REQUESTS_CA_BUNDLE"] = world.gate_ca
        for exchange in world.exchanges:
            bot = world.add_client(f"{exchange}-sdk", exchange, "--instrument", SYMBOLS[exchange][0])
            reader = world.add_client(f"{exchange}-reader", exchange, profile="reporting")
            for what, client, order, code, words, rule in cases(exchange, bot, reader):
                count += 1
                told = PLACE[exchange](client, *order)
                print(exchange, what, "→", told and told[:3], flush=True)
                if told is None:
                    problems.append(f"{exchange}: {what}: was not refused")
                    continue
                kind, told_code, message, headers = told
                told_rule = next((v.split(";")[0] for n, v in headers.items() if n.lower() == "x-keystile-reason"), "")
                if kind != CLASSES[exchange] or told_code != code or words not in message:
                    problems.append(f"{exchange}: {what}: {told}, where {CLASSES[exchange]} {code} “{words}” was expected")
                if headers and told_rule != rule:
                    problems.append(f"{exchange}: {what}: by rule “{told_rule}”, not “{rule}”")
        reached = [line for line in world.oracle_lines() if line["role"] != "public"]
        problems += [f"reached the exchange: {line}" for line in reached]
    print(f"{count} refusals")
    print("\n".join(problems))
    sys.exit(1 if problems else 0)


main()
