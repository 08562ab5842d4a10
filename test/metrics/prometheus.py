"""The metrics of a running gate, judged by programs that no one here wrote: promtool, the OpenMetrics
parser of Prometheus's Python client, and Prometheus itself with our alerts and our dashboard.

Usage: prometheus.py KEYSTILE"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

import websockets.sync.client
import yaml
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_plain

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "harness"))
from raw import Raw, Spot  # noqa: E402
from world import ROOT, World, free_ports, wait_for  # noqa: E402

ALERTS = ROOT / "ops/prometheus/alerts.yml"
ALERT_TESTS = ROOT / "ops/prometheus/alerts_test.yml"
DASHBOARD = ROOT / "ops/grafana/keystile.json"
PAGE = (ROOT / "docs/operations.md").read_text()
OPENMETRICS = {"Accept": "application/openmetrics-text; version=1.0.0"}

problems = []


def check(what, passed, detail=""):
    print(f"{'ok  ' if passed else 'FAIL'} {what}")
    if not passed:
        problems.append(f"{what}: {detail}")


def tool(name):
    """prometheus or promtool: installed, or where test/metrics/install puts them."""
    found = shutil.which(name) or shutil.which(name, path=str(ROOT / "build/prometheus/usr/bin"))
    if not found:
        sys.exit(f"There is no {name} here: run test/metrics/install first (./run test does).")
    return found


def get(url, headers=None):
    """(status, content type, text); also of a refusal."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {}), timeout=10) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.headers["Content-Type"], refusal.read().decode()


def promtool(*words, **options):
    done = subprocess.run([tool("promtool"), *map(str, words)], text=True, capture_output=True, **options)
    check(f"promtool {' '.join(str(word) for word in words[:2])}", done.returncode == 0 and not done.stderr.strip(),
          done.stdout + done.stderr)


class WorldWithFeed(World):
    """The gate also reads market data, and a program reads that from it."""

    def start_gate(self):
        self.relay_port, url = free_ports(1), self.sandbox_url("okx")
        (self.realm / "feed.toml").write_text(
            f'[[product]]\nname = "okx"\nsymbols = ["BTC-USDT-SWAP"]\norigin = "{url}"\nrest_origin = "{url}"\n'
            f'ca_file = "{self.ca_file}"\n[relay]\nport = {self.relay_port}\n')
        self.feed_token = self.run("feed", "token", "new", "desk", "--config", self.realm / "feed.toml").stdout.strip()
        super().start_gate()

    def read_market(self):
        return websockets.sync.client.connect(f"ws://127.0.0.1:{self.relay_port}/v1/market/stream?token={self.feed_token}")


# --- what the gate says of itself

def trade(world):
    """Of each exchange: an order that passes, one too large, one by nobody, a read, an unknown route."""
    for exchange in world.exchanges:
        client = next(one for one in world.clients.values() if one["exchange"] == exchange)
        raw, nobody = Raw(client), Raw({**client, "secret": client["secret"][::-1]})
        order = Spot.limit(exchange, f"metrics{exchange}")
        assert raw.call(*Spot.ROUTES[exchange], order).status == 200
        nobody.call(*Spot.ROUTES[exchange], order)
        raw.call("GET", "/nowhere", {})


def samples(families):
    """Name and labels of every sample, without those that only one of the formats has."""
    return {(sample.name, tuple(sorted(sample.labels.items()))) for family in families for sample in family.samples}


def formats(url, world):
    status, kind, plain = get(url + "/metrics")
    check("text format 0.0.4", status == 200 and kind.startswith("text/plain; version=0.0.4"), kind)
    promtool("check", "metrics", input=plain)
    status, kind, text = get(url + "/metrics", OPENMETRICS)
    check("OpenMetrics 1.0.0", status == 200 and kind.startswith("application/openmetrics-text; version=1.0.0"), kind)
    families = list(parse_openmetrics(text))  # raises where it is not valid
    # What is used of a rate limit comes and goes, perhaps between the two questions.
    same = wait_for(lambda: samples(parse_openmetrics(get(url + "/metrics", OPENMETRICS)[2])) ==
                    samples(parse_plain(get(url + "/metrics")[2])), "both formats to have the same series", 30)
    check("both formats have the same series", same)
    units = {family.name: family.unit for family in families}
    check("units", units["keystile_stage_duration_seconds"] == "seconds" and units["process_resident_memory_bytes"] == "bytes", units)
    known = {f"`{family.name}{'_total' if family.type == 'counter' else ''}`" for family in families}
    check("docs/operations.md has every metric", all(name in PAGE for name in known), [n for n in known if n not in PAGE])
    # test/executor/executor.py sees to those of an executor, test/feed/serve.py to those of a feed.
    on_page = set(re.findall(r"`(?:keystile_(?!executor_|feed_|relay_)|process_)[a-z_]+`", PAGE))
    check("docs/operations.md has no other metric", on_page <= known, on_page - known)
    ids = [key["key"] for key in world.keys.values()] + [client["key"] for client in world.clients.values()]
    secrets = [key["secret"] for key in world.keys.values()] + [client["secret"] for client in world.clients.values()]
    found = [one for one in ids + secrets if one in plain + text]
    check("no secret and no key id", ids and secrets and not found, found)


def counted(url):
    """The counters after trade()."""
    values = {(s.name, s.labels.get("exchange"), s.labels.get("client"), s.labels.get("verdict"), s.labels.get("rule")): s.value
              for family in parse_openmetrics(get(url + "/metrics", OPENMETRICS)[2]) for s in family.samples
              if s.name == "keystile_requests_total"}
    for exchange in ("binance", "okx", "bybit"):
        for client, verdict, rule in ((f"{exchange}-bot", "allow", "grant.scope"), (f"{exchange}-bot", "deny", "route.unknown"),
                                      ("", "deny", "signature.wrong")):
            got = values.get(("keystile_requests_total", exchange, client, verdict, rule))
            check(f"{exchange}: one {verdict} by {rule}", got == 1, values)


def health(url):
    check("/healthz", get(url + "/healthz")[0] == 200)
    status, _, body = get(url + "/readyz")
    check("/readyz", status == 200 and json.loads(body) == {"ready": True, "missing": []}, body)


def not_ready(url, world):
    """A gate whose exchanges do not answer: it lives, and says what it lacks."""
    world.stop("gate")
    world.stop("sandbox")
    world.start("gate", world.keystile, "--realm", str(world.realm), "serve")
    world.ready("gate", lambda: listens(url), "the gate")
    status, _, body = get(url + "/readyz")
    wanted = [{"missing": "clock", "environment": "test", "exchange": name} for name in sorted(world.exchanges)]
    check("/readyz without exchanges", status == 503 and json.loads(body) == {"ready": False, "missing": wanted}, body)
    check("/healthz without exchanges", get(url + "/healthz")[0] == 200)


def listens(url):
    try:
        return get(url + "/healthz")[0] == 200
    except OSError:
        return False


# --- the files in ops/

def alerts():
    """(name, rule) of every alert."""
    return [(rule["alert"], rule) for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]


def dashboard_expressions():
    fill = {"$__rate_interval": "5s", "$instance": ".*", "$exchange": ".*"}
    found = re.findall(r'"expr": ("(?:[^"\\]|\\.)*")', DASHBOARD.read_text())
    for expression in map(json.loads, found):
        for name, value in fill.items():
            expression = expression.replace(name, value)
        yield expression


def rule_files():
    promtool("check", "rules", ALERTS)
    promtool("test", "rules", ALERT_TESTS)
    tested = {case["alertname"] for test in yaml.safe_load(ALERT_TESTS.read_text())["tests"]
              for case in test["alert_rule_test"] if case["exp_alerts"]}
    for name, rule in alerts():
        check(f"{name} is tested", name in tested)
        runbook = rule["annotations"].get("runbook", "")
        check(f"{name} has a runbook and a section", runbook.endswith(f"docs/operations.md#{name.lower()}")
              and f"### {name}\n" in PAGE and rule["annotations"].get("summary") and rule["labels"].get("severity"), runbook)


# --- the real Prometheus

class Prometheus:
    def __init__(self, world, target):
        port = free_ports(1)
        folder = world.folder / "prometheus"
        folder.mkdir()
        config = {"global": {"scrape_interval": "1s", "evaluation_interval": "1s"}, "rule_files": [str(ALERTS)],
                  "scrape_configs": [{"job_name": "keystile", "static_configs": [{"targets": [target]}]}]}
        (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
        self.url = f"http://127.0.0.1:{port}/api/v1"
        world.start("prometheus", tool("prometheus"), f"--config.file={folder}/prometheus.yml",
                    f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{port}",
                    env={"PATH": os.environ["PATH"]})
        world.ready("prometheus", lambda: self.query('up{job="keystile"} == 1', quiet=True), "Prometheus to scrape the gate")

    def ask(self, what):
        return json.loads(get(f"{self.url}/{what}")[2])

    def query(self, expression, quiet=False):
        """What it gives now; [] for nothing. Fails the test where it does not parse."""
        try:
            answer = self.ask("query?" + urllib.parse.urlencode({"query": expression}))
        except (OSError, ValueError):
            return []  # not up yet
        if not quiet:
            check(f"it understands {expression[:90]}", answer["status"] == "success", answer)
        return answer.get("data", {}).get("result", [])


def ask_prometheus(prometheus):
    expressions = list(dashboard_expressions())
    check("the dashboard asks", len(expressions) > 30, expressions)
    for expression in expressions:
        prometheus.query(expression)
        some = wait_for(lambda: prometheus.query(expression, quiet=True) or None, f"an answer to {expression}")
        check("… and answers", bool(some))
    for name, rule in alerts():
        prometheus.query(rule["expr"])
        expressions.append(rule["expr"])
    mentioned = {name for expression in expressions for name in re.findall(r"\b(?:keystile_(?!executor_)|process_)[a-z_]+", expression)}
    names = set(prometheus.ask("label/__name__/values")["data"])
    check("every metric that dashboard and alerts mention is there", mentioned <= names, mentioned - names)
    rules = [rule for group in prometheus.ask("rules")["data"]["groups"] for rule in group["rules"]]
    check("it has taken all alerts", len(rules) == len(alerts()), rules)
    wait_for(lambda: all(rule["health"] == "ok" for group in prometheus.ask("rules")["data"]["groups"] for rule in group["rules"]),
             "every alert to be judged once")
    loud = [alert for alert in prometheus.ask("alerts")["data"]["alerts"] if alert["state"] == "firing"]
    check("no alert fires where all is well", not loud, loud)


def notices(prometheus, world):
    world.stop("gate")
    pending = wait_for(lambda: [alert for alert in prometheus.ask("alerts")["data"]["alerts"]
                                if alert["labels"]["alertname"] == "KeystileDown"], "KeystileDown")
    check("a gate that is gone is noticed", pending[0]["labels"]["job"] == "keystile", pending)


def main():
    tool("prometheus")
    rule_files()
    port = free_ports(1)
    api = "[api]\ncertificate = \"tls/server.pem\"\nkey = \"tls/server.key\"\n"
    with WorldWithFeed(sys.argv[1], settings=f"[metrics]\nport = {port}\n{api}") as world:
        url = f"http://127.0.0.1:{port}"
        health(url)
        trade(world)
        formats(url, world)
        counted(url)
        prometheus = Prometheus(world, f"127.0.0.1:{port}")
        with world.read_market():
            ask_prometheus(prometheus)
        notices(prometheus, world)
        not_ready(url, world)
    for problem in problems:
        print(problem[:2000], file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
