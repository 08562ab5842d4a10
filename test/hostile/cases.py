"""The catalogue and each exchange's words, read from their files. README.md tells every field."""
import itertools
import pathlib
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
# What a case may say. Anything else is a slip of the pen.
FIELDS = {"name", "needs", "not", "client", "send", "set", "raw", "drop", "twice", "legs", "order_by", "order", "path", "method", "query",
          "body", "late_ms", "window", "stamp", "then", "again", "restart", "times", "rule", "unproven", "http", "passes", "code",
          "leaks", "order_cancelled", "chunked"}
CHANGES = {"path", "method", "query", "body", "headers", "also", "without", "replace", "signature", "reverse", "key_of"}


class Binding:
    """One exchange in the catalogue's words."""

    def __init__(self, path):
        data = tomllib.loads(path.read_text())
        self.exchange, self.capabilities = data["exchange"], set(data["capabilities"])
        self.names, self.codes, self.requests = data["names"], data["codes"], data["request"]
        self.headers, self.background = data["headers"], set(data["background"])
        # What stands in braces: its own words, its headers (also in small letters), the paths of its requests.
        self.values = data["values"]
        for what, name in self.headers.items():
            self.values |= {f"{what}_header": name, f"{what}_header_small": name.lower()}
        self.values |= {f"to_{name}": request["route"].split()[1] for name, request in self.requests.items()}

    def codes_of(self, rule):
        """The native codes that a refusal by this rule may have: those of the longest prefix."""
        return self.codes[max((key for key in self.codes if rule.startswith(key)), key=len)]


class Case:
    def __init__(self, file, needs, data):
        unknown = set(data) - FIELDS | set(data.get("then", {})) - CHANGES
        if unknown:
            raise ValueError(f"{file}: {data.get('name')}: no such field: {sorted(unknown)}")
        self.file, self.name, self.data = file, data["name"], data
        self.needs = set(needs) | set(data.get("needs", []))

    def get(self, name, default=None):
        return self.data.get(name, default)

    def fits(self, binding):
        return (self.needs <= binding.capabilities and not binding.capabilities & set(self.get("not", []))
                and self.get("send") in binding.requests)

    def expected(self, what, binding):
        """`rule` or `unproven` for this exchange: a text, or a table with "else"."""
        value = self.get(what)
        if isinstance(value, dict):
            value = value.get(binding.exchange, value.get("else"))
        return value


def bindings():
    return [Binding(path) for path in sorted((HERE / "exchanges").glob("*.toml"))]


def catalogue():
    for path in sorted((HERE / "catalogue").glob("*.toml")):
        data = tomllib.loads(path.read_text())
        for case in data["case"]:
            yield Case(path.stem, data.get("needs", []), case)


numbers = itertools.count(1)


def new_id():
    """A client order id that no other case has, of a shape that every exchange takes."""
    return f"hostile{next(numbers)}"
