"""ccxt for Python, pointed elsewhere: the host changes, nothing else. Without a base URL not even
that: then HTTPS_PROXY leads elsewhere, or what the name server says (CONNECT_TO)."""
import os
import re

import ccxt
import urllib3.util.connection


def moved(urls, base):
    """The same paths on another host."""
    if isinstance(urls, dict):
        return {name: moved(url, base) for name, url in urls.items()}
    return re.sub(r"^https://[^/]+", base, urls)


def open_exchange(name, key, secret, passphrase, base_url):
    exchange = getattr(ccxt, name)({"apiKey": key, "secret": secret, "password": passphrase or None,
                                    "requests_trust_env": True, "enableRateLimit": False})
    if base_url:
        exchange.urls["api"] = moved(exchange.urls["api"], base_url)
    return exchange


def connect_to(host, port):
    """As if every name had this one address, and HTTPS this port."""
    connect = urllib3.util.connection.create_connection
    urllib3.util.connection.create_connection = lambda _, *rest, **options: connect((host, port), *rest, **options)


if os.environ.get("CONNECT_TO"):
    name, _, number = os.environ["CONNECT_TO"].rpartition(":")
    connect_to(name, int(number))
