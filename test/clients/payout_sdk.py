"""A treasury program: one call of an exchange's own Python package, as it stands. It knows nothing of Keystile.

Usage: payout_sdk.py withdraw AMOUNT OWN-ID ADDRESS | history | cancel ID | transfer AMOUNT OWN-ID | transfers ID
Prints {"id": …}, {"rows": [{id, own_id, state}]} or {"refused": message}."""
import json
import os
import sys
import time

env = os.environ


def binance():
    """binance-connector. There is no call that takes a withdrawal back."""
    from binance.error import ClientError
    from binance.spot import Spot
    api = Spot(api_key=env["KEY"], api_secret=env["SECRET"], base_url=env["BASE_URL"])
    withdraw = lambda amount, own, to: api.withdraw("USDT", float(amount), to, network="TRX", withdrawOrderId=own)["id"]  # noqa: E731
    history = lambda: [(row["id"], row.get("withdrawOrderId", ""), row["status"])  # noqa: E731
                       for row in api.withdraw_history(coin="USDT")]
    transfer = lambda amount, own: api.user_universal_transfer("MAIN_FUNDING", "USDT", amount)["tranId"]  # noqa: E731
    transfers = lambda id_: [(row["tranId"], "", row["status"])  # noqa: E731
                             for row in api.user_universal_transfer_history("MAIN_FUNDING")["rows"]]
    return (withdraw, history, None, transfer, transfers), lambda error: isinstance(error, ClientError) and error.error_message


def okx():
    """python-okx. It raises nothing: it hands back what the exchange said."""
    from okx.Funding import FundingAPI
    api = FundingAPI(env["KEY"], env["SECRET"], env["PASSPHRASE"], flag="0", domain=env["BASE_URL"])

    class Refused(Exception):
        pass

    def data(answer):
        if answer["code"] != "0":
            raise Refused(answer["msg"])
        return answer["data"]

    withdraw = lambda amount, own, to: data(api.withdrawal("USDT", amount, "4", to, "USDT-TRC20", clientId=own))[0]["wdId"]  # noqa: E731
    history = lambda: [(row["wdId"], row["clientId"], row["state"]) for row in data(api.get_withdrawal_history("USDT"))]  # noqa: E731
    transfer = lambda amount, own: data(api.funds_transfer("USDT", amount, "18", "6"))[0]["transId"]  # noqa: E731
    transfers = lambda id_: [(row["transId"], row["clientId"], row["state"]) for row in data(api.transfer_state(id_))]  # noqa: E731
    calls = (withdraw, history, lambda id_: data(api.cancel_withdrawal(id_)), transfer, transfers)
    return calls, lambda error: isinstance(error, Refused) and str(error)


def bybit():
    """pybit; at the listener for Bybit alone, since it wants a host."""
    from pybit.exceptions import FailedRequestError, InvalidRequestError
    from pybit.unified_trading import HTTP
    api = HTTP(api_key=env["KEY"], api_secret=env["SECRET"])
    api.endpoint = env["HOST_URL"]
    api.client.verify = env["REQUESTS_CA_BUNDLE"]
    withdraw = lambda amount, own, to: api.withdraw(  # noqa: E731
        coin="USDT", chain="TRX", address=to, amount=amount, requestId=own, timestamp=int(time.time() * 1000),
        accountType="FUND", forceChain=1)["result"]["id"]
    history = lambda: [(row["withdrawId"], row.get("requestId", ""), row["status"])  # noqa: E731
                       for row in api.get_withdrawal_records(coin="USDT", withdrawType=2)["result"]["rows"]]
    transfer = lambda amount, own: api.create_internal_transfer(  # noqa: E731
        transferId=own, coin="USDT", amount=amount, fromAccountType="UNIFIED", toAccountType="FUND")["result"]["transferId"]
    transfers = lambda id_: [(row["transferId"], "", row["status"])  # noqa: E731
                             for row in api.get_internal_transfer_records(transferId=id_)["result"]["list"]]
    calls = (withdraw, history, lambda id_: api.cancel_withdrawal(id=id_), transfer, transfers)
    return calls, lambda error: isinstance(error, (InvalidRequestError, FailedRequestError)) and error.message


calls, refusal_of = {"binance": binance, "okx": okx, "bybit": bybit}[env["EXCHANGE"]]()
what, words = sys.argv[1], sys.argv[2:]
try:
    answer = dict(zip(("withdraw", "history", "cancel", "transfer", "transfers"), calls))[what](*words)
    if what in ("history", "transfers"):
        told = {"rows": [{"id": str(id_), "own_id": own, "state": str(state)} for id_, own, state in answer]}
    else:
        told = {"id": words[0] if what == "cancel" else str(answer)}
except Exception as error:  # each package has errors of its own
    if not (message := refusal_of(error)):
        raise
    told = {"refused": message}
print(json.dumps(told))
