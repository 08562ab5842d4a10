"""From a case to the request that is sent: in the exchange's words, signed, and then tampered with."""
import json
import re
import urllib.parse
import uuid

SIGNATURES = {  # what a signature can be changed into
    "upper": str.upper, "cut": lambda text: text[:-1], "longer": lambda text: text + "0", "empty": lambda _: "",
    "zeros": lambda text: "0" * len(text), "spaced": lambda text: f"%20{text}",
    "flipped": lambda text: text[:4] + ("a" if text[4] != "a" else "b") + text[5:],
    "percent": lambda text: f"%{ord(text[0]):02x}" + text[1:],
}


class Raw:
    """A value that stands as it is, without quotes or escapes."""

    def __init__(self, text):
        self.text = text


def filled(text, words):
    """Words in braces, also of values within lists and tables."""
    if isinstance(text, dict):
        return {name: filled(value, words) for name, value in text.items()}
    if isinstance(text, list):
        return [filled(value, words) for value in text]
    return re.sub(r"\{(\w+)\}", lambda match: words.get(match[1], match[0]), text) if isinstance(text, str) else text


def fields_of(binding, case, request, words, changes):
    """Parameters in order, as (name, value): the request's own, with the case's changes."""
    names = binding.names | request.get("names", {})

    def native(name):
        return names.get(name, name)
    pairs = [(name, filled(value, words)) for name, value in request["fields"].items()]
    dropped = {native(name) for name in changes.get("drop", [])}
    for how, value in [(str, v) for v in [changes.get("set", {})]] + [(Raw, v) for v in [changes.get("raw", {})]]:
        for name, text in value.items():
            text = filled(text, words)
            dropped.discard(native(name))
            new = (native(name), Raw(text) if how is Raw else text)
            known = [pair[0] for pair in pairs]
            if new[0] in known:
                pairs[known.index(new[0])] = new
            else:
                pairs.append(new)
    pairs = [pair for pair in pairs if pair[0] not in dropped]
    return pairs + [(native(name), filled(value, words)) for name, value in changes.get("twice", {}).items()]


def as_query(pairs):
    def text(value):
        return value.text if isinstance(value, Raw) else urllib.parse.quote(value if isinstance(value, str) else json.dumps(value), safe="")
    return "&".join(f"{name}={text(value)}" for name, value in pairs)


def as_json(pairs):
    def text(value):
        return value.text if isinstance(value, Raw) else json.dumps(value)
    return "{" + ", ".join(f'"{name}": {text(value)}' for name, value in pairs) + "}"


def batch_of(binding, case, request, words):
    """(parameters or whole body) of a batch: the legs are orders of one kind, each with its changes."""
    kind = binding.requests[request["legs_of"]]
    legs = [fields_of(binding, case, kind, words | {"id": f"{words['id']}x{index}"}, leg) for index, leg in enumerate(case.get("legs"))]
    shared = [pair for pair in legs[0] if pair[0] in request.get("shared", [])]
    items = ", ".join(as_json([pair for pair in leg if pair[0] not in request.get("shared", [])]) for leg in legs)
    if not request["legs_in"]:
        return f"[{items}]"
    if "query-signed" in binding.capabilities:
        return [(request["legs_in"], f"[{items}]")]
    return shared + [(request["legs_in"], Raw(f"[{items}]"))]


def signed(binding, case, signer, words):
    """The case's request as an honest client would sign it: [method, target, headers, body]."""
    request = binding.requests[case.get("send")]
    method, path = request["route"].split()
    words = words | {"uuid": str(uuid.uuid4())} | binding.values
    pairs = batch_of(binding, case, request, words) if "legs_of" in request else fields_of(binding, case, request, words, case.data)
    method = case.get("method", method)
    head, _, tail = path.rpartition("/")
    path = filled(case.get("path", path), words | {"path": path, "head": head, "tail": tail, "family": head.rpartition("/")[2],
                                                   "upper": path.upper(), "up": head.rpartition("/")[0]})
    in_query = "query-signed" in binding.capabilities or method in ("GET", "HEAD")
    text = pairs if isinstance(pairs, str) else as_query(pairs) if in_query else as_json(pairs)
    query = filled(case.get("query", "{query}"), {"query": text if in_query else ""})
    default = "" if in_query or (not pairs and method == "GET") else text
    body = filled(case.get("body", "{body}"), {"body": default, "query": text})
    how = {"late_ms": case.get("late_ms", 0), "window": case.get("window", "10000"), "stamp": case.get("stamp")}
    return list(signer.signed(method, path, body=body, query=query, **how))


def tampered(binding, request, changes, keys):
    """The signed request, changed by someone without the secret. keys: words for ids of keys."""
    method, target, headers, body = request
    headers = list(headers.items())
    path, mark, query = target.partition("?")
    head, _, tail = path.rpartition("/")
    words = binding.values | keys | {"path": path, "query": query, "body": body, "method": method, "head": head, "tail": tail}
    method = changes.get("method", method)
    path, query, body = (filled(changes.get(name, "{%s}" % name), words) for name in ("path", "query", "body"))
    if "reverse" in changes:
        query = "&".join(reversed(query.split("&")))
    if "replace" in changes:
        old, new = changes["replace"]
        query, body = query.replace(old, new), body.replace(old, new)
    if "signature" in changes:
        change = SIGNATURES[changes["signature"]]
        query = re.sub(r"(?<=signature=)[0-9a-f]*", lambda match: change(match[0]), query)
        headers = [(name, change(value) if name == binding.headers.get("sign") else value) for name, value in headers]
    if "key_of" in changes:
        headers = [(name, keys["key_of_" + changes["key_of"]] if name == binding.headers["key"] else value) for name, value in headers]
    return method, f"{path}?{query}" if query or (mark and "query" not in changes) else path, headers_of(binding, headers, changes, words), body


def headers_of(binding, headers, changes, words):
    """headers, with those of the case in their place, more of them, and some left out."""
    for name, value in changes.get("headers", {}).items():
        name, old = filled(name, words), dict(headers).get(filled(name, words), "")
        headers = [pair for pair in headers if pair[0] != name] + [(name, filled(value, words | {"value": old}))]
    for name, value in changes.get("also", {}).items():
        name = filled(name, words)
        headers = headers + [(name, filled(value, words | {"value": dict(headers).get(name, "")}))]
    without = changes.get("without", [])
    gone = list(binding.headers.values()) if without == "credentials" else filled(without, words)
    return [pair for pair in headers if pair[0] not in gone]
