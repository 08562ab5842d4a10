"""The catalogue of hostile requests, and of honest ones that must pass, against a running gate: every
case that an exchange's capabilities call for, on every exchange, through every way in. README.md tells
how a case is written and what is checked of each.

Usage: hostile.py KEYSTILE [words of a case's name]"""
import json
import os
import pathlib
import re
import sys
import time
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "harness"))
from cases import Case, bindings, catalogue, new_id  # noqa: E402
from raw import Raw as Signer  # noqa: E402
from requests_of import filled, signed, tampered  # noqa: E402
from spent import LIMITS, cancel_when_all_is_spent, exhausted_by  # noqa: E402
from wire import Wire, listener_settings, ways_in  # noqa: E402
from world import ROOT, World, free_ports, wait_for  # noqa: E402

LEAST_CASES = 300  # in the catalogue
LEAST_PER_EXCHANGE = 200
REFUSALS_PER_CLIENT = 80  # a gate records a hundred at once, and more only slowly
ELSEWHEN = (time.gmtime().tm_hour + 12) % 24  # an hour that it is not now
# The clients of each exchange beside those that send most cases: profile, further options, further lines of the grant.
CLIENTS = {
    "spot-only": ("spot-only", [], ""),
    "other": ("trading-bot", [], "orders_per_second = 1000\nopen_orders = 1000"),
    "reader": ("reporting", [], ""),
    "mover": ("transfers", [], 'transfer_assets = ["USDT"]\nmax_transfer = "100"'),
    "elsewhere": ("trading-bot", ["--network", "192.0.2.0/24"], ""),
    "expired": ("trading-bot", [], ""),
    "closed": ("trading-bot", [], f'hours = "Mon-Sun {ELSEWHEN:02d}:00-{ELSEWHEN:02d}:01 UTC"'),
    "slow": ("trading-bot", [], "orders_per_second = 1"),
    "spent": ("trading-bot", [], 'orders_per_second = 1000\nopen_orders = 1'),
    "full-day": ("trading-bot", [], 'orders_per_second = 1000\nopen_orders = 1000\ndaily_exposure = "400"'),
    "exhausted": ("trading-bot", [], exhausted_by(1)),
}
TRADER = ("trading-bot", [], 'orders_per_second = 1000\nopen_orders = 1000\ndaily_exposure = "10000000"')


class Upstream:
    """What reached the exchanges' side on behalf of clients since it was last asked."""

    def __init__(self, world, bindings):
        self.file = open(world.oracle_report)
        self.begun = ""  # a line that is still being written, about a request of Keystile's own
        self.background = {binding.exchange: binding.background for binding in bindings}

    def since(self):
        whole, _, self.begun = (self.begun + self.file.read()).rpartition("\n")
        lines = [json.loads(line) for line in whole.splitlines()]
        return [line for line in lines if line["role"] != "public" and not self.is_ours(line)]

    def is_ours(self, line):
        """Keystile's own questions after orders."""
        return line["method"] == "GET" and line["path"] in self.background[line["exchange"]]


def make_clients(world, cases):
    """(exchange, role) → who signs for it. Their grants come into force all at once, and with them rate
    limits of exchanges that none of this comes near."""
    clients = {}
    world.lift_rate_limits()
    for binding in bindings():
        traders = 1 + sum(case.fits(binding) for case in cases) // REFUSALS_PER_CLIENT
        for role in [f"trader-{number}" for number in range(traders)] + list(CLIENTS):
            profile, options, grant = CLIENTS.get(role, TRADER)
            instruments = {"spot-only": ["spot"], "trading-bot": ["spot", "linear"]}.get(profile, [])
            words = [word for one in dict.fromkeys(binding.values[name] for name in instruments) for word in ("--instrument", one)]
            if "--network" not in options:
                words += ["--network", "127.0.0.1", "--network", f"unix:{os.getuid()}"]
            name = f"{binding.exchange}-{role}"
            made = world.add_client(name, binding.exchange, *words, *options, profile=profile, expired=role == "expired")
            clients[binding.exchange, role] = Signer(made)
            with open(world.realm / f"policy/client-{name}.toml", "a") as policy:
                policy.write(grant + "\n")
    world.run("policy", "apply")
    return clients


class Bench:
    """One exchange by one way in."""

    def __init__(self, world, way, binding, upstream, clients):
        self.world, self.way, self.binding, self.upstream = world, way, binding, upstream
        self.exchange, self.clients = binding.exchange, clients
        self.problems, self.ran, self.entries, self.pending, self.wire = [], 0, [], [], None
        self.strangers = {}  # rule → refusals of those who did not prove who they are

    # --- clients
    def client(self, role):
        """A client by its role; of traders the one whose turn it is."""
        if role == "trader":
            role = f"trader-{self.ran // REFUSALS_PER_CLIENT}"
        return self.clients[self.exchange, role]

    def keys(self):
        return {"key_of_other": self.client("other").client["key"], "key": self.client("trader").client["key"]}

    # --- sending
    def send(self, request, chunked=False):
        """One request on a connection that is kept; None if the gate ends it instead of answering."""
        method, target, headers, body = request
        headers = list(headers.items()) if isinstance(headers, dict) else headers
        head = f"{method} {self.way.prefix(self.exchange)}{target} HTTP/1.1\r\nHost: {self.way.authority(self.exchange)}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in headers)
        body = body.encode()
        if chunked:
            head, body = head + "Transfer-Encoding: chunked\r\n", in_chunks(body)
        elif body or method != "GET":
            head += f"Content-Length: {len(body)}\r\n"
        for _ in range(2):  # an idle connection may have ended meanwhile
            fresh = self.wire is None
            self.wire = self.wire or Wire(self.way, self.exchange)
            try:
                self.wire.send((head + "\r\n").encode() + body)
                answer = self.wire.response(method == "HEAD")
            except OSError:
                answer = None
            if answer is None or (answer.header("Connection") or "").lower() == "close":
                self.wire.close()
                self.wire = None
            if answer or fresh:
                return answer
        return None

    def place(self, role, kind, name):
        case = Case("setup", [], {"name": "setup", "send": kind})
        def placed():
            answer = self.send(signed(self.binding, case, self.client(role), {"id": name}))
            # Bybit and OKX only acknowledge a cancel: its order counts until Keystile has asked.
            if answer.rule in LIMITS:
                return False
            if answer.rule or code_of(answer) != 0:
                raise RuntimeError(f"{kind} by {role}: {answer.status} {answer.headers} {answer.body}")
            return True
        wait_for(placed, f"an order by {role}")

    def cancel(self, role, kind, name):
        kind = "linear_cancel" if kind == "linear" else "cancel"
        case = Case("setup", [], {"name": "setup", "send": kind})
        self.send(signed(self.binding, case, self.client(role), {"of": name}))

    # --- one case
    def run_all(self, cases):
        for case in cases:
            if case.fits(self.binding):
                try:
                    self.run(case)
                except Exception as error:
                    raise RuntimeError(f"{self.exchange}: {case.file}: {case.name}") from error

    def run(self, case):
        owner, of = case.get("order_by"), new_id()
        kind = filled(case.get("order", "order"), self.binding.values)
        self.keys()
        signer = self.client(case.get("client", "trader"))
        if owner:
            self.place(owner, kind, of)
        if case.get("order_cancelled"):
            self.cancel(owner, kind, of)
        honest = signed(self.binding, case, signer, {"id": new_id(), "of": of})
        request = tampered(self.binding, honest, case.get("then", {}), self.keys())
        if case.get("again") and not self.passes(case, honest, "the honest request"):
            return
        self.ran += 1
        for _ in range(case.get("times", 1) - 1):
            self.send(request)
        if case.get("restart"):
            return self.pending.append((case, request))
        self.judge(case, request)
        if owner:
            self.cancel(owner, kind, of)

    def judge(self, case, request):
        self.upstream.since()
        answer = self.send(request, case.get("chunked"))
        seen = self.upstream.since()
        faults = []
        if case.get("leaks"):
            faults += self.leaks(answer, seen)
        elif case.get("passes"):
            faults += passed(answer, seen, request, case)
        else:
            if seen:
                faults.append(f"reached the exchange: {seen[0]['method']} {seen[0]['target']} {seen[0]['body']}")
            faults += self.refusal_faults(case, answer)
        if faults:
            told = f"{answer.status} {answer.header('X-Keystile-Reason')} {answer.body[:300]!r}" if answer else ""
            self.problems.append(f"{self.way.name}: {self.exchange}: {case.file}: {case.name}: {'; '.join(faults)}: {told}")

    def passes(self, case, request, what):
        answer = self.send(request)
        if answer and not answer.header("X-Keystile-Reason") and answer.status == 200:
            return True
        self.problems.append(f"{self.exchange}: {case.file}: {case.name}: {what} did not pass: {answer and answer.body}")
        return False

    def leaks(self, answer, seen):
        """An answer must not tell a real key or passphrase, in whatever disguise."""
        if answer is None or len(seen) != 1:
            return [f"no answer, or asked {len(seen)} times"]
        told = repr(answer.headers).encode() + answer.body
        readings = [told, urllib.parse.unquote_to_bytes(told), re.sub(rb"\\\\?u00(..)", lambda match: bytes.fromhex(match[1].decode()), told)]
        faults = []
        for (exchange, name), key in self.world.keys.items():
            secrets = {"key": key["key"], "passphrase": key["passphrase"]}
            for what, secret in secrets.items():
                if exchange == self.exchange and secret and any(secret.lower().encode() in reading.lower() for reading in readings):
                    faults.append(f"tells the {name} {what}")
        return faults

    def parallel_reads(self):
        """The same signed read, byte for byte, at the same time on many connections: every one is answered."""
        case = Case("legitimate", [], {"name": "parallel identical reads", "send": "balance"})
        method, target, headers, _ = signed(self.binding, case, self.client("reader"), {})
        head = f"{method} {self.way.prefix(self.exchange)}{target} HTTP/1.1\r\nHost: {self.way.authority(self.exchange)}\r\n"
        data = (head + "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n").encode()
        wires = [Wire(self.way, self.exchange) for _ in range(16)]
        for wire in wires:
            wire.send(data)
        statuses = [wire.response().status for wire in wires]
        for wire in wires:
            wire.close()
        self.ran += 1
        if statuses != [200] * len(wires):
            self.problems.append(f"{self.exchange}: parallel identical reads: {statuses}")

    def refused_strangers(self):
        """rule → how often the gate, by its own account, has refused requests of nobody it knows."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.world.metrics_port}/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        found = [re.match(r'keystile_requests_total\{.*client="",.*rule="(.*?)".*\} (\d+)', line) for line in lines
                 if f'exchange="{self.exchange}"' in line and 'verdict="deny"' in line]
        counts = {}
        for match in filter(None, found):
            counts[match[1]] = counts.get(match[1], 0) + int(match[2])
        return counts

    def check_strangers(self):
        """The page is made anew once a second, so it is looked at when all is over."""
        try:
            wait_for(lambda: self.refused_strangers() == self.strangers, "the gate's account", 5)
        except TimeoutError:
            self.problems.append(f"{self.exchange}: refused strangers by {self.refused_strangers()}, not {self.strangers}")

    def refusal_faults(self, case, answer):
        if answer is None:
            return ["no answer"]
        if case.get("http"):
            return [] if answer.status == case.get("http") and answer.json is None else [f"is not refused with a bare {case.get('http')}"]
        rule, unproven = case.expected("rule", self.binding), case.expected("unproven", self.binding)
        wanted = rule or unproven
        reason = answer.header("X-Keystile-Reason")
        told = (reason or "").partition(";")[0]
        faults = [] if told == (rule or "") else [f"told by rule “{told}”, not “{rule or ''}”"]
        if unproven:
            self.strangers[unproven] = self.strangers.get(unproven, 0) + 1
        if code_of(answer) not in self.binding.codes_of(wanted):
            faults.append(f"native code {code_of(answer)}, not {self.binding.codes_of(wanted)}")
        entry = re.search(r"; entry (\d+)$", reason or "")
        if rule and not entry:
            faults.append("names no entry of the ledger")
        if entry:
            self.entries.append((int(entry[1]), rule, case.name))
        return faults

    def after_restart(self):
        """What was sent before the gate was started anew, sent again."""
        self.wire = None
        for case, request in self.pending:
            self.judge(case, request)


def in_chunks(body):
    """The body in pieces of ten bytes, as HTTP frames what has no length."""
    pieces = [body[start:start + 10] for start in range(0, len(body), 10)] + [b""]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)


def code_of(answer):
    """The native code: of the request, or of the first of its orders; 0 for success."""
    body = json.loads(answer.body)
    if isinstance(body, list):
        body = body[0] if body else {}
    code = int(body.get("retCode", body.get("code", 0)))
    legs = body.get("data")
    if code in (1, 2) and isinstance(legs, list) and legs:
        code = int(legs[0].get("sCode", code))
    return code


def without_credentials(target):
    """A target or body without what Keystile replaces."""
    return re.sub(r"(^|[?&])(timestamp|recvWindow|signature)=[^&]*", "", target)


def passed(answer, seen, request, case):
    """What must be true of a request that is let through: it arrives once, byte for byte."""
    if answer is None:
        return ["no answer"]
    how = case.get("passes")
    faults = []
    if answer.header("X-Keystile-Reason"):
        faults.append("is refused")
    if [answer.status, code_of(answer)] != [200, 0] and how != "sent":
        faults.append("did not succeed at the exchange")
    if how == "answered":
        return faults
    if len(seen) != 1:
        return faults + [f"arrived {len(seen)} times"]
    arrived, sent = [[without_credentials(text) for text in pair] for pair in ((seen[0]["target"], seen[0]["body"]), (request[1], request[3]))]
    if (arrived == sent) == (how == "changed"):
        faults.append(f"arrived otherwise than it was sent: {seen[0]['target']} {seen[0]['body']}")
    return faults + [f"oracle: {problem}" for problem in seen[0]["problems"]]


def ledger_problems(world, benches):
    """Every refusal told its entry; the entry tells the same rule. Nothing refused is a request there."""
    entries = world.ledger()
    problems = []
    for bench in benches:
        for index, rule, name in bench.entries:
            entry = entries[index]
            if entry.get("type") != "refusal" or entry.get("rule") != rule:
                problems.append(f"{bench.exchange}: {name}: entry {index} is {entry}")
    recorded = sum(entry.get("type") == "refusal" for entry in entries)
    told = sum(len(bench.entries) for bench in benches)
    return problems, recorded, told


def gaps(world, cases):
    """What would silently go untried: exchanges without a binding or a world, cases and capabilities of none."""
    known = bindings()
    bound, problems = {binding.exchange for binding in known}, []
    folders = {routes.parent.name for routes in (ROOT / "src/exchanges").glob("*/routes.tsv")}
    for name in sorted(folders - bound):
        if world.run("routes", name, check=False).returncode == 0:
            problems.append(f"the exchange {name} has no file in exchanges/")
    problems += [f"{name} is in no world of the harness" for name in sorted(bound - set(world.exchanges))]
    had = set().union(*(binding.capabilities for binding in known))
    called = set().union(*(case.needs | set(case.get("not", [])) for case in cases))
    problems += [f"no exchange has the capability {name}" for name in sorted(called - had)]
    problems += [f"no case asks for the capability {name}" for name in sorted(had - called)]
    return problems + [f"{case.file}: {case.name}: fits no exchange" for case in cases if not any(map(case.fits, known))]


def run_way(world, way, cases, upstream, clients):
    benches = [Bench(world, way, binding, upstream, clients) for binding in bindings()]
    for bench in benches:
        bench.run_all(case for case in cases if not case.get("restart"))
        bench.parallel_reads()
        cancel_when_all_is_spent(bench)
        bench.check_strangers()
    for bench in benches:
        bench.run_all(case for case in cases if case.get("restart"))
    world.stop("gate")
    world.start_gate()
    for bench in benches:
        bench.after_restart()
    return benches


def main():
    keystile, *words = sys.argv[1:]
    whole = list(catalogue())
    cases = [case for case in whole if " ".join(words) in case.name]
    began = time.monotonic()
    metrics_port = free_ports(1)
    listeners, names_port = listener_settings()
    with World(keystile, oracle=True, settings=f"[metrics]\nport = {metrics_port}\n{listeners}") as world:
        world.metrics_port = metrics_port
        upstream, clients, problems, all_benches = Upstream(world, bindings()), make_clients(world, cases), gaps(world, whole), []
        for way in ways_in(world, names_port):
            benches = run_way(world, way, cases, upstream, clients)
            for bench in benches:
                print(f"{bench.exchange} by {way.name}: {bench.ran} cases")
                problems += bench.problems
                if not words and bench.ran < LEAST_PER_EXCHANGE:
                    problems.append(f"only {bench.ran} cases ran for {bench.exchange}")
            all_benches += benches
        more, recorded, told = ledger_problems(world, all_benches)
        problems += more
        problems += [f"oracle: {line}" for line in world.oracle_lines() if line["problems"]]
        world.run("ledger", "verify")
    if len(whole) < LEAST_CASES:
        problems.append(f"the catalogue has only {len(whole)} cases")
    print("\n".join(problems))
    print(f"{len(whole)} cases in the catalogue, {sum(bench.ran for bench in all_benches)} ran in {time.monotonic() - began:.0f} s, "
          f"{told} refusals told their entry of {recorded} recorded, {len(problems)} problems")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
