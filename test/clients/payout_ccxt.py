"""A payout program: one call of ccxt, as it stands. It knows nothing of Keystile.

Usage: payout_ccxt.py METHOD ARGUMENTS-AS-JSON. Prints {"result": …} or {"error": class, "message": …}."""
import json
import os
import sys

import ccxt
from ccxt_setup import open_exchange

exchange = open_exchange(os.environ["EXCHANGE"], os.environ["KEY"], os.environ["SECRET"], os.environ.get("PASSPHRASE"),
                         os.environ["BASE_URL"])
# In this language withdraw() takes no tag.
arguments = [one for one in json.loads(sys.argv[2]) if one is not None]
try:
    told = {"result": getattr(exchange, sys.argv[1])(*arguments)}
except ccxt.BaseError as error:
    told = {"error": type(error).__name__, "message": str(error)}
headers = {name.lower(): value for name, value in (exchange.last_response_headers or {}).items()}
print(json.dumps({**told, "reason": headers.get("x-keystile-reason", "")}))
