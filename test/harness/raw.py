"""Requests signed by hand, as the three exchanges document it: for what no client program would send,
and for what must be sent twice. Shares no code with Keystile."""
import base64
import datetime
import hashlib
import hmac
import http.client
import json
import ssl
import time
import urllib.parse


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body
        try:
            self.json = json.loads(body)
        except ValueError:
            self.json = None

    @property
    def rule(self):
        return rule_of(self.headers)


def rule_of(headers):
    """The rule that refused, out of X-Keystile-Reason; "" where there is none."""
    found = [value for name, value in headers.items() if name.lower() == "x-keystile-reason"]
    return found[0].split(";")[0] if found else ""


def mac(secret, text):
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256)


class Raw:
    """One client: its endpoint and key (as `client add --format json` prints them)."""

    def __init__(self, client, url=None, ca=None):
        self.client, self.exchange = client, client["exchange"]
        parts = urllib.parse.urlsplit(url or client["base_url"])
        self.prefix, self.host, self.port = parts.path, parts.hostname, parts.port
        self.context = ssl.create_default_context(cafile=ca or client["ca_file"])
        self.connection = None

    # --- signing: each gives (method, target, headers, body)
    def signed(self, method, path, fields=None, body=None, query="", late_ms=0, window="10000", stamp=None):
        """fields: the parameters, put where the exchange wants them. body, query: exact texts
        instead. late_ms: how old the timestamp is to be. stamp: its exact text."""
        self.window = window
        now = int(time.time() * 1000) - late_ms
        return getattr(self, f"_{self.exchange}")(method, path, fields, body, query, self._stamp(now) if stamp is None else stamp)

    def _stamp(self, now):
        if self.exchange != "okx":
            return str(now)
        stamp = datetime.datetime.fromtimestamp(now / 1000, datetime.timezone.utc)
        return stamp.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now % 1000:03d}Z"

    def _binance(self, method, path, fields, body, query, stamp):
        query = query or urllib.parse.urlencode(fields or {})
        query += ("&" if query else "") + f"recvWindow={self.window}&timestamp={stamp}"
        signature = mac(self.client["secret"], query + (body or "")).hexdigest()
        headers = {"X-MBX-APIKEY": self.client["key"]}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        return method, f"{path}?{query}&signature={signature}", headers, body or ""

    def _okx(self, method, path, fields, body, query, stamp):
        path, body = self._placed(method, path, fields, body, query)
        signature = base64.b64encode(mac(self.client["secret"], stamp + method + path + body).digest()).decode()
        return method, path, {"OK-ACCESS-KEY": self.client["key"], "OK-ACCESS-SIGN": signature,
                              "OK-ACCESS-TIMESTAMP": stamp, "OK-ACCESS-PASSPHRASE": self.client["passphrase"],
                              "Content-Type": "application/json"}, body

    def _bybit(self, method, path, fields, body, query, stamp):
        path, body = self._placed(method, path, fields, body, query)
        payload = path.partition("?")[2] if method == "GET" else body
        signature = mac(self.client["secret"], f"{stamp}{self.client['key']}{self.window}{payload}").hexdigest()
        return method, path, {"X-BAPI-API-KEY": self.client["key"], "X-BAPI-SIGN": signature,
                              "X-BAPI-TIMESTAMP": stamp, "X-BAPI-RECV-WINDOW": self.window,
                              "Content-Type": "application/json"}, body

    @staticmethod
    def _placed(method, path, fields, body, query):
        if fields and method == "GET":
            query = urllib.parse.urlencode(fields)
        if body is None:
            body = json.dumps(fields) if fields and method != "GET" else ""
        return (f"{path}?{query}" if query else path), body

    # --- sending
    def send(self, request):
        """One request over a connection that is kept; any number of times."""
        method, target, headers, body = request
        if self.connection is None:
            self.connection = http.client.HTTPSConnection(self.host, self.port, context=self.context, timeout=30)
        try:
            self.connection.request(method, self.prefix + target, body.encode() or None, headers)
            response = self.connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read().decode())
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def call(self, method, path, fields=None, **how):
        return self.send(self.signed(method, path, fields, **how))

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None


# The exchange's own words for the few things that the tests do by hand.
class Spot:
    """BTC/USDT spot orders in each exchange's own words."""
    ROUTES = {"binance": ("POST", "/api/v3/order"), "okx": ("POST", "/api/v5/trade/order"), "bybit": ("POST", "/v5/order/create")}
    CANCEL = {"binance": ("DELETE", "/api/v3/order"), "okx": ("POST", "/api/v5/trade/cancel-order"),
              "bybit": ("POST", "/v5/order/cancel")}
    SYMBOL = {"binance": "BTCUSDT", "okx": "BTC-USDT", "bybit": "BTCUSDT"}

    @classmethod
    def limit(cls, exchange, client_id, side="buy", quantity="0.01", price="40000"):
        if exchange == "binance":
            return {"symbol": cls.SYMBOL[exchange], "side": side.upper(), "type": "LIMIT", "timeInForce": "GTC",
                    "quantity": quantity, "price": price, "newClientOrderId": client_id}
        if exchange == "okx":
            return {"instId": cls.SYMBOL[exchange], "tdMode": "cash", "side": side, "ordType": "limit", "sz": quantity,
                    "px": price, "clOrdId": client_id}
        return {"category": "spot", "symbol": cls.SYMBOL[exchange], "side": side.capitalize(), "orderType": "Limit",
                "qty": quantity, "price": price, "orderLinkId": client_id}

    @classmethod
    def reference(cls, exchange, client_id):
        if exchange == "binance":
            return {"symbol": cls.SYMBOL[exchange], "origClientOrderId": client_id}
        if exchange == "okx":
            return {"instId": cls.SYMBOL[exchange], "clOrdId": client_id}
        return {"category": "spot", "symbol": cls.SYMBOL[exchange], "orderLinkId": client_id}
