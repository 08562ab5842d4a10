"""Every private route that ccxt lists for the three exchanges has a scope in Keystile's own table.

Usage: ccxt_routes.py KEYSTILE"""
import json
import re
import subprocess
import sys

import ccxt

METHODS = {"get": "GET", "post": "POST", "put": "PUT", "delete": "DELETE", "patch": "PATCH"}


def listed(node):
    """(method, path) of each route below a node of ccxt's `api`, whichever of its shapes it has."""
    for method, routes in node.items():
        if method in METHODS:
            for path in routes:  # a list of paths, or a map from path to its weight
                yield METHODS[method], path


def binance_routes(api):
    prefixes = {"sapi": "/sapi/v1/", "sapiV2": "/sapi/v2/", "sapiV3": "/sapi/v3/", "sapiV4": "/sapi/v4/",
                "fapiPrivate": "/fapi/v1/", "fapiPrivateV2": "/fapi/v2/", "fapiPrivateV3": "/fapi/v3/",
                "dapiPrivate": "/dapi/v1/", "dapiPrivateV2": "/dapi/v2/", "eapiPrivate": "/eapi/v1/",
                "private": "/api/v3/", "papi": "/papi/v1/", "papiV2": "/papi/v2/"}
    for family, prefix in prefixes.items():
        for method, path in listed(api[family]):
            yield method, prefix + path
    public = {"public", "fapiPublic", "fapiPublicV2", "fapiPublicV3", "fapiData", "dapiPublic", "dapiData", "eapiPublic", "v1"}
    unknown = set(api) - set(prefixes) - public
    assert not unknown, f"ccxt has a new family of Binance routes: {unknown}"


def okx_routes(api):
    for method, path in listed(api["private"]):
        yield method, "/api/v5/" + path


def bybit_routes(api):
    for method, path in listed(api["private"]):
        yield method, "/" + path


# Paths of Bybit's v2 and v3 generations. Bybit's own documents have them under "doc-v3-offline"; v5
# took their place. ccxt lists them, but calls none. Unknown to Keystile, so each is refused.
OFFLINE = {"bybit": re.compile(r"^/((asset|contract|spot|unified|user)/v3/|fht/compliance/tax/v3/|v2/private/)")}


def main():
    keystile = sys.argv[1]
    missing = []
    for exchange, routes in (("binance", binance_routes), ("okx", okx_routes), ("bybit", bybit_routes)):
        table = json.loads(subprocess.run([keystile, "--json", "routes", exchange], check=True, capture_output=True).stdout)
        known = {(route["method"], route["path"]) for route in table}
        wanted = set(routes(getattr(ccxt, exchange)().describe()["api"]))
        offline = {route for route in wanted if exchange in OFFLINE and OFFLINE[exchange].match(route[1])}
        missing += [f"{exchange}: {method} {path}" for method, path in sorted(wanted - known - offline)]
        missing += [f"{exchange}: {path} is offline, and yet known" for _, path in offline & known]
        print(f"{exchange}: {len(wanted)} private routes in ccxt {ccxt.__version__}, {len(wanted & known)} classified, "
              f"{len(offline)} of generations that are offline and refused")
    print("\n".join(missing))
    sys.exit(1 if missing else 0)


main()
