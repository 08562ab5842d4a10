#!/usr/bin/env python3
"""An upstream that trusts nothing: it stands where an exchange would stand, checks every request that
Keystile sends against the exchange's documents, then passes it on to the sandbox.

It shares no code with Keystile. The rules come from the exchanges' own documents:
  Binance  developers.binance.com, "Request security" and the trade endpoints
  OKX      okx.com/docs-v5, "REST Authentication" and "Place order"
  Bybit    bybit-exchange.github.io/docs/v5/guide, "Authentication" and "Place order"

Usage: oracle.py --config CONFIG.json
CONFIG: {"certificate": PEM, "key": PEM, "report": FILE,
         "exchanges": {"binance": {"port": N, "upstream": "http://127.0.0.1:M",
                                   "keys": {KEY_ID: {"secret": S, "passphrase": P, "algorithm": A}},
                                   "forbidden": [texts that must never arrive]}}}
A request with echo=WORD in its query is answered by what signed it, in that disguise.
Each request adds one JSON line to the report: exchange, method, path, target and body as they arrived,
key role, problems.
"""
import argparse
import base64
import datetime
import gzip
import hashlib
import hmac
import http.client
import http.server
import json
import re
import ssl
import threading
import time
import urllib.parse

MAX_SKEW_MS = 5000  # this machine's own clock is the exchange's clock here
DECIMAL = re.compile(r"^\d+(\.\d+)?$")


def now_ms():
    return int(time.time() * 1000)


def verify_pair(algorithm, public_pem, payload, signature):
    """RSA (PKCS#1 v1.5, SHA-256) or Ed25519 by the `cryptography` package."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding
    key = serialization.load_pem_public_key(public_pem.encode())
    try:
        if algorithm == "ed25519":
            key.verify(signature, payload)
        else:
            key.verify(signature, payload, padding.PKCS1v15(), hashes.SHA256())
        return True
    except InvalidSignature:
        return False


def hmac_sha256(secret, payload):
    return hmac.new(secret.encode(), payload, hashlib.sha256).digest()


class Request:
    def __init__(self, method, target, headers, body):
        self.method, self.target, self.headers, self.body = method, target, headers, body
        self.path, _, self.query = target.partition("?")

    def header(self, name):
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return values[0] if len(values) == 1 else None

    def times(self, name):
        return sum(1 for key, _ in self.headers if key.lower() == name.lower())


def check_fields(rules, route, fields, problems):
    """The parameters of one order, cancel, amend or transfer: those that must be there are, and there
    is none that the documents do not have. A write that is not in the tables is a problem itself."""
    if route not in rules.WRITES:
        return problems.append("a write that the oracle has no document for")
    needed, further = rules.WRITES[route]
    missing = {name for name in needed if fields.get(name) in (None, "")}
    extra = set(fields) - needed - further - rules.EVERYWHERE
    if missing:
        problems.append(f"missing parameters: {sorted(missing)}")
    if extra:
        problems.append(f"undocumented parameters: {sorted(extra)}")
    for name in rules.AMOUNTS & set(fields):
        if fields[name] not in (None, "") and not DECIMAL.match(str(fields[name])):
            problems.append(f"{name} is no plain number: {fields[name]}")


class Binance:
    PUBLIC_ONLY = re.compile(r"^/(api|fapi|dapi|eapi)/v\d/(ping|time|exchangeInfo|depth|trades|aggTrades|klines|"
                             r"ticker.*|avgPrice|premiumIndex|fundingRate|fundingInfo|mark|index|openInterest)$")
    EVERYWHERE = {"timestamp", "recvWindow", "signature"}
    AMOUNTS = {"quantity", "quoteOrderQty", "price", "stopPrice", "amount", "abovePrice", "belowPrice", "belowStopPrice"}
    PLACED = {"symbol", "side", "type", "newClientOrderId"}
    DETAILS = {"timeInForce", "quantity", "quoteOrderQty", "price", "strategyId", "strategyType", "stopPrice", "trailingDelta",
               "icebergQty", "newOrderRespType", "selfTradePreventionMode"}
    FUTURE = {"timeInForce", "quantity", "price", "stopPrice", "positionSide", "reduceOnly", "closePosition", "activationPrice",
              "callbackRate", "workingType", "priceProtect", "newOrderRespType", "priceMatch", "selfTradePreventionMode",
              "goodTillDate"}
    EITHER_ID = {"orderId", "origClientOrderId"}
    WRITES = {
        "POST /api/v3/order": (PLACED, DETAILS),
        "POST /api/v3/order/test": (PLACED, DETAILS | {"computeCommissionRates"}),
        "POST /api/v3/order/cancelReplace": (PLACED | {"cancelReplaceMode"}, DETAILS | {
            "cancelNewClientOrderId", "cancelOrigClientOrderId", "cancelOrderId", "cancelRestrictions", "orderRateLimitExceededMode"}),
        "DELETE /api/v3/order": ({"symbol"}, EITHER_ID | {"newClientOrderId", "cancelRestrictions"}),
        "POST /api/v3/orderList/oco": (
            {"symbol", "side", "quantity", "aboveType", "belowType", "aboveClientOrderId", "belowClientOrderId"},
            {"listClientOrderId", "newOrderRespType", "selfTradePreventionMode"} | {
                side + name for side in ("above", "below")
                for name in ("IcebergQty", "Price", "StopPrice", "TrailingDelta", "TimeInForce", "StrategyId", "StrategyType")}),
        "POST /fapi/v1/order": (PLACED, FUTURE),
        "POST /fapi/v1/batchOrders": ({"batchOrders"}, set()),
        "PUT /fapi/v1/order": ({"symbol", "side", "quantity"}, EITHER_ID | {"price", "priceMatch"}),
        "DELETE /fapi/v1/order": ({"symbol"}, EITHER_ID),
        "POST /sapi/v1/asset/transfer": ({"type", "asset", "amount"}, {"fromSymbol", "toSymbol"}),
        "POST /sapi/v3/asset/getUserAsset": (set(), {"asset", "needBtcValuation"}),
        "POST /sapi/v1/asset/get-funding-asset": (set(), {"asset", "needBtcValuation"}),
    }

    def key_id(self, r):
        return r.header("X-MBX-APIKEY") if r.times("X-MBX-APIKEY") else None

    def is_signed(self, r):
        return "signature=" in r.query or b"signature=" in r.body

    def check(self, r, key, problems):
        query = r.query.encode()
        where = query if b"signature=" in query else r.body
        match = re.search(rb"(?:^|&)signature=([^&]*)$", where)
        if not match:
            return problems.append("the signature is missing or not the last parameter")
        stripped = where[:match.start()]
        payload = stripped + r.body if where is query else query + stripped
        raw = urllib.parse.unquote(match.group(1).decode())
        if key.get("algorithm", "hmac") == "hmac":
            good = raw.lower() == hmac_sha256(key["secret"], payload).hex()
        else:
            good = verify_pair(key["algorithm"], key["public"], payload, base64.b64decode(raw))
        if not good:
            problems.append("the signature is wrong")
        pairs = urllib.parse.parse_qsl(r.query, keep_blank_values=True)
        pairs += urllib.parse.parse_qsl(r.body.decode(), keep_blank_values=True)
        names = [name for name, _ in pairs]
        repeated = {name for name in names if names.count(name) > 1}
        if repeated:
            problems.append(f"repeated parameters: {sorted(repeated)}")
        fields = dict(pairs)
        timestamp = fields.get("timestamp", "")
        if not timestamp.isdigit():
            return problems.append("timestamp is no number")
        age = now_ms() - (int(timestamp) // 1000 if len(timestamp) > 14 else int(timestamp))
        window = float(fields.get("recvWindow", "5000"))
        if window > 60000 or window <= 0:
            problems.append(f"recvWindow {window} is not within 60000")
        if age > MAX_SKEW_MS or age < -1000:
            problems.append(f"the timestamp is {age} ms old")
        if r.method != "GET":
            check_fields(self, f"{r.method} {r.path}", fields, problems)
        for order in json.loads(fields.get("batchOrders", "[]")):
            check_fields(self, "POST /fapi/v1/order", order, problems)
        if fields.get("side", "BUY") not in ("BUY", "SELL"):
            problems.append("side is neither BUY nor SELL")
        if not re.match(r"^[.A-Z:/a-z0-9_-]{1,36}$", fields.get("newClientOrderId", "x")):
            problems.append("newClientOrderId has a shape Binance refuses")


class Okx:
    PUBLIC_ONLY = re.compile(r"^/api/v5/(public|market)/")
    EVERYWHERE = {"tag"}  # a broker's mark; okx-api puts it into every body, and OKX passes over it
    AMOUNTS = {"sz", "px", "newSz", "newPx", "amt", "triggerPx", "tpTriggerPx", "slTriggerPx"}
    PLACED = {"instId", "tdMode", "side", "ordType", "sz"}
    DETAILS = {"ccy", "posSide", "reduceOnly", "tgtCcy"}
    ORDER = DETAILS | {"px", "pxUsd", "pxVol", "banAmend", "pxAmendType", "quickMgnType", "stpId", "stpMode", "attachAlgoOrds",
                       "tradeQuoteCcy", "isElpTakerAccess"}
    EITHER_ID = {"ordId", "clOrdId"}
    NEW = {"newSz", "newPx", "newPxUsd", "newPxVol", "pxAmendType", "attachAlgoOrds", "newTpTriggerPx", "newTpOrdPx",
           "newSlTriggerPx", "newSlOrdPx", "newTpTriggerPxType", "newSlTriggerPxType", "newTriggerPx", "newOrdPx"}
    WRITES = {
        "POST /api/v5/trade/order": (PLACED | {"clOrdId"}, ORDER),
        "POST /api/v5/trade/batch-orders": (PLACED | {"clOrdId"}, ORDER),
        "POST /api/v5/trade/order-algo": (PLACED | {"algoClOrdId"}, DETAILS | {
            "triggerPx", "orderPx", "triggerPxType", "closeFraction", "tpTriggerPx", "tpTriggerPxType", "tpOrdPx", "slTriggerPx",
            "slTriggerPxType", "slOrdPx"}),
        "POST /api/v5/trade/cancel-order": ({"instId"}, EITHER_ID),
        "POST /api/v5/trade/cancel-batch-orders": ({"instId"}, EITHER_ID),
        "POST /api/v5/trade/amend-order": ({"instId"}, EITHER_ID | NEW | {"cxlOnFail", "reqId"}),
        "POST /api/v5/asset/transfer": ({"ccy", "amt", "from", "to"},
                                        {"type", "subAcct", "loanTrans", "omitPosRisk", "clientId", "instId", "toInstId"}),
    }

    def key_id(self, r):
        return r.header("OK-ACCESS-KEY") if r.times("OK-ACCESS-KEY") else None

    def is_signed(self, r):
        return r.times("OK-ACCESS-SIGN") > 0

    def check(self, r, key, problems):
        for name in ("OK-ACCESS-KEY", "OK-ACCESS-SIGN", "OK-ACCESS-TIMESTAMP", "OK-ACCESS-PASSPHRASE"):
            if r.times(name) != 1:
                return problems.append(f"{name} stands {r.times(name)} times")
        timestamp = r.header("OK-ACCESS-TIMESTAMP")
        payload = (timestamp + r.method + r.target).encode() + r.body
        if r.header("OK-ACCESS-SIGN") != base64.b64encode(hmac_sha256(key["secret"], payload)).decode():
            problems.append("the signature is wrong")
        if r.header("OK-ACCESS-PASSPHRASE") != key["passphrase"]:
            problems.append("the passphrase is wrong")
        if not re.match(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", timestamp):
            return problems.append("the timestamp is not ISO 8601 with milliseconds")
        sent = datetime.datetime.strptime(timestamp, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=datetime.timezone.utc)
        age = now_ms() - int(sent.timestamp() * 1000)
        if abs(age) > MAX_SKEW_MS:
            problems.append(f"the timestamp is {age} ms old")
        if r.times("x-simulated-trading"):
            problems.append("x-simulated-trading was passed on")
        if r.method == "POST":
            if (r.header("Content-Type") or "").split(";")[0] != "application/json":
                problems.append("Content-Type is not application/json")
            orders = json.loads(r.body)
            for order in orders if isinstance(orders, list) else [orders]:
                check_fields(self, f"{r.method} {r.path}", order, problems)
                if not re.match(r"^[A-Za-z0-9]{0,32}$", str(order.get("clOrdId", ""))):
                    problems.append("clOrdId has a shape OKX refuses")


class Bybit:
    PUBLIC_ONLY = re.compile(r"^/v5/(market|announcements)/")
    EVERYWHERE = set()
    AMOUNTS = {"qty", "price", "triggerPrice", "amount"}
    PLACED = {"symbol", "side", "orderType", "qty", "orderLinkId"}
    ORDER = {"isLeverage", "marketUnit", "price", "triggerDirection", "orderFilter", "triggerPrice", "triggerBy", "orderIv",
             "timeInForce", "positionIdx", "takeProfit", "stopLoss", "tpTriggerBy", "slTriggerBy", "reduceOnly", "closeOnTrigger",
             "smpType", "mmp", "tpslMode", "tpLimitPrice", "slLimitPrice", "tpOrderType", "slOrderType", "slippageTolerance",
             "slippageToleranceType", "bboSideType", "bboLevel"}
    EITHER_ID = {"orderId", "orderLinkId"}
    NEW = {"qty", "price", "triggerPrice", "orderIv", "tpslMode", "takeProfit", "stopLoss", "tpTriggerBy", "slTriggerBy", "triggerBy",
           "tpLimitPrice", "slLimitPrice"}
    WRITES = {
        "POST /v5/order/create": (PLACED | {"category"}, ORDER),
        "POST /v5/order/create-batch": (PLACED, ORDER),
        "POST /v5/order/amend": ({"category", "symbol"}, EITHER_ID | NEW),
        "POST /v5/order/cancel": ({"category", "symbol"}, EITHER_ID | {"orderFilter"}),
        "POST /v5/order/cancel-batch": ({"symbol"}, EITHER_ID),
        "POST /v5/asset/transfer/inter-transfer": ({"transferId", "coin", "amount", "fromAccountType", "toAccountType"}, set()),
    }

    def key_id(self, r):
        return r.header("X-BAPI-API-KEY") if r.times("X-BAPI-API-KEY") else None

    def is_signed(self, r):
        return r.times("X-BAPI-SIGN") > 0

    def check(self, r, key, problems):
        for name in ("X-BAPI-API-KEY", "X-BAPI-SIGN", "X-BAPI-TIMESTAMP", "X-BAPI-RECV-WINDOW"):
            if r.times(name) != 1:
                return problems.append(f"{name} stands {r.times(name)} times")
        timestamp, window = r.header("X-BAPI-TIMESTAMP"), r.header("X-BAPI-RECV-WINDOW")
        rest = r.query.encode() if r.method == "GET" else r.body
        payload = (timestamp + r.header("X-BAPI-API-KEY") + window).encode() + rest
        if key.get("algorithm", "hmac") == "hmac":
            good = r.header("X-BAPI-SIGN") == hmac_sha256(key["secret"], payload).hex()
        else:
            good = verify_pair("rsa", key["public"], payload, base64.b64decode(r.header("X-BAPI-SIGN")))
        if not good:
            problems.append("the signature is wrong")
        age = now_ms() - int(timestamp)
        if age > MAX_SKEW_MS or age <= -1000:
            problems.append(f"the timestamp is {age} ms old")
        if r.times("Referer") or r.times("X-Referer"):
            problems.append("a broker's Referer was passed on")
        if r.method == "POST" and r.query:
            problems.append("a POST has a query")
        if r.method == "GET" and r.body:
            problems.append("a GET has a body")
        if r.method == "POST":
            body = json.loads(r.body)
            for order in body.get("request", [body]):
                check_fields(self, f"{r.method} {r.path}", order, problems)
                if len(order.get("orderLinkId", "")) > 36:
                    problems.append("orderLinkId is longer than Bybit takes")


def echo(how, key_id, passphrase):
    """(headers, body) of an answer that tells what the request was signed with, as a careless exchange might."""
    texts = {"upper": key_id.upper(), "lower": key_id.lower(), "passphrase": passphrase, "passphrase-header": passphrase,
             "percent": "".join(f"%{ord(c):02X}" for c in key_id), "escaped": "".join(f"\\u{ord(c):04x}" for c in key_id)}
    text = texts.get(how, key_id)
    if how in ("header", "location", "cookie", "passphrase-header"):
        name = {"location": "Location", "cookie": "Set-Cookie"}.get(how, "X-Echo")
        return [(name, f"https://example.com/?key={text}")], b"{}"
    if how == "header-name":
        return [(f"X-{text}", "1")], b"{}"
    if how == "compressed":
        return [("Content-Encoding", "gzip")], gzip.compress(text.encode())
    return [("Content-Type", "application/json")], f'{{"msg": "error for key {text} in {text}{text}"}}'.encode()


RULES = {"binance": Binance(), "okx": Okx(), "bybit": Bybit()}


class Oracle:
    def __init__(self, name, config, report, lock):
        self.name, self.config, self.rules = name, config, RULES[name]
        self.report, self.lock = report, lock

    def judge(self, request):
        problems = []
        key_id = self.rules.key_id(request)
        key = self.config["keys"].get(key_id) if key_id else None
        everything = request.target.encode() + request.body + repr(request.headers).encode()
        for text in self.config.get("forbidden", []):
            if text.encode() in everything:
                problems.append("something that only the client side may know arrived")
        if request.times("Host") != 1:
            problems.append("there is not exactly one Host header")
        if key_id and not key:
            problems.append("an unknown API key arrived")
        elif key and self.rules.is_signed(request):
            self.rules.check(request, key, problems)
        elif key and self.rules.PUBLIC_ONLY.match(request.path) is None and self.name != "binance":
            problems.append("a private request is not signed")
        elif not key and not self.rules.PUBLIC_ONLY.match(request.path) and "/v3/" not in request.path:
            problems.append("a private request came without a key")
        line = {"exchange": self.name, "method": request.method, "path": request.path,
                "target": request.target, "body": request.body.decode("latin-1"),
                "role": key.get("role", "?") if key else "public", "problems": problems}
        with self.lock:
            self.report.write(json.dumps(line) + "\n")
            self.report.flush()
        return problems

    def forward(self, request):
        upstream = urllib.parse.urlsplit(self.config["upstream"])
        if upstream.scheme == "https":
            connection = http.client.HTTPSConnection(upstream.hostname, upstream.port, timeout=30,
                                                     context=ssl.create_default_context(cafile=self.config["ca"]))
        else:
            connection = http.client.HTTPConnection(upstream.hostname, upstream.port, timeout=30)
        connection.putrequest(request.method, request.target, skip_host=True, skip_accept_encoding=True)
        for name, value in request.headers:
            if name.lower() not in ("connection", "transfer-encoding", "content-length"):
                connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(request.body)))
        connection.endheaders(request.body or None)
        response = connection.getresponse()
        body = response.read()
        headers = [(n, v) for n, v in response.getheaders()
                   if n.lower() not in ("connection", "transfer-encoding", "content-length")]
        connection.close()
        return response.status, headers, body


def handler_for(oracle):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def serve(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            request = Request(self.command, self.path, list(self.headers.items()), body)
            wanted = re.search(r"[?&]echo=([a-z0-9-]+)", self.path)
            if oracle.judge(request):
                status, headers, answer = 400, [], b'{"oracle":"refused"}'
            elif wanted:
                key_id = oracle.rules.key_id(request)
                status, (headers, answer) = 200, echo(wanted[1], key_id, oracle.config["keys"][key_id]["passphrase"] or "none")
            else:
                status, headers, answer = oracle.forward(request)
            self.send_response_only(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = serve

        def log_message(self, *_):
            pass

    return Handler


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", required=True)
    with open(parser.parse_args().config) as file:
        config = json.load(file)
    report, lock = open(config["report"], "a"), threading.Lock()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(config["certificate"], config["key"])
    threads = []
    for name, settings in config["exchanges"].items():
        settings.setdefault("ca", config.get("ca"))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", settings["port"]),
                                                 handler_for(Oracle(name, settings, report, lock)))
        server.daemon_threads = True
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threads.append(threading.Thread(target=server.serve_forever))
        threads[-1].start()
    print("oracle: ready", flush=True)
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
