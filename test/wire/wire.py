"""HTTP that cannot be confused: byte by byte, against a running gate. cases/*.wire say what is sent
and what must come of it; nothing but what was answered with 200 may reach the exchange's side.

A case is some of these lines:
  send TEXT      sends it
  trickle TEXT   sends it a byte at a time
  slow TEXT      sends it a byte every so often, until the gate answers
  deaf TEXT      sends it again and again and never reads, until the gate drops the connection
  continue       waits for "100 Continue"
  end            ends our side of the connection
  cut            drops the connection at once
  tunnel         takes the answer to CONNECT, speaks TLS, and uses the connection once
  want ANSWERS   the answers in order, each a status, 4xx or any (200*10: ten of them), then what
                 becomes of the connection: open (it is used once more), close (as the answer says),
                 gone (though no answer says so), or either
TEXT has the escapes of C, {text*N} for repetitions, and {get}, {head}, {post}: request line and Host,
for {path}, a public route with a mark of its own. The cases of connect.wire go to the proxy itself;
{connect} is request line and Host there. All others come by every way in.

Usage: wire.py KEYSTILE [words of a case's name]"""
import concurrent.futures
import pathlib
import re
import socket
import struct
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "harness"))
from wire import Broken, ProxyHead, Wire, listener_settings, ways_in  # noqa: E402
from world import World  # noqa: E402

EXCHANGE = "binance"  # whose public route serves as the target; what is tested stands before all of them
ROUTE = "/api/v3/ping"
# Small enough to be waited for, large enough for a busy machine.
LIMITS = "[limits]\nheader_ms = 1500\nbody_ms = 1500\nidle_ms = 2500\nwrite_ms = 1500\n"
ANSWER_SECONDS = 20
SLOW_EVERY = 0.1
ESCAPES = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\"}


class Case:
    def __init__(self, file, name):
        self.file, self.name, self.steps = file, name, []


def load():
    for path in sorted((HERE / "cases").glob("*.wire")):
        case = None
        for number, line in enumerate(path.read_text().splitlines(), 1):
            word, _, rest = line.partition(" ")
            if not line or line.startswith("#"):
                continue
            if word == "case":
                if case:
                    yield case
                case = Case(path.stem, rest)
            elif word in ("send", "trickle", "slow", "deaf", "continue", "end", "cut", "tunnel", "want") and case:
                case.steps.append((word, rest))
            else:
                raise ValueError(f"{path}:{number}: {line}")
        yield case


def unescaped(text):
    def byte(match):
        return bytes.fromhex(match[1][1:].decode()) if match[1].startswith(b"x") else ESCAPES[match[1].decode()]
    return re.sub(rb"\\(x[0-9a-f]{2}|.)", byte, text.encode("latin-1"))


def expanded(text, words):
    """TEXT as bytes: words first, then repetitions, then escapes."""
    before = None
    while before != text:
        before = text
        text = re.sub(r"\{(\w+)\}", lambda match: words[match[1]], text)
    text = re.sub(r"\{([^{}]*)\*(\d+)\}", lambda match: match[1] * int(match[2]), text)
    return unescaped(text)


def words_for(way, mark):
    prefix, host = way.prefix(EXCHANGE), way.authority(EXCHANGE)
    head = "{method} {path} HTTP/1.1\\r\\nHost: {host}\\r\\n"
    connect = "CONNECT {host}:443 HTTP/1.1\\r\\nHost: {host}:443\\r\\n"
    return {"CAPITALS": host.upper(), "connect": connect, "prefix": prefix, "host": host, "bare": prefix + ROUTE, "path": f"{prefix}{ROUTE}?mark={mark}",
            "get": head.replace("{method}", "GET"), "head": head.replace("{method}", "GET"),
            "post": head.replace("{method}", "POST")}


def wanted(text):
    """(statuses, what becomes of the connection, whether the answers are to HEAD)"""
    parts, statuses, end = text.split(), [], None
    for part in parts:
        status, _, times = part.partition("*")
        if part in ("open", "close", "gone", "either"):
            end = part
        elif part != "head":
            statuses += [status] * int(times or 1)
    return statuses, end, "head" in parts


def fits(status, want):
    return want == "any" or str(status) == want or (want == "4xx" and 400 <= status < 500)


class Run:
    """One case on one connection. problems: what is not as it should be."""

    def __init__(self, way, case, mark):
        self.words = words_for(way, mark)
        self.way, self.case, self.problems, self.answered = way, case, [], 0
        self.wire = Wire(way, EXCHANGE, ANSWER_SECONDS)
        try:
            for verb, text in case.steps:
                getattr(self, f"do_{verb}")(text)
        except (Broken, OSError) as error:
            self.problems.append(f"{type(error).__name__}: {error}")
        finally:
            self.wire.close()

    def do_send(self, text):
        try:
            self.wire.send(expanded(text, self.words))
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before the last byte was sent; the answer says how

    def do_trickle(self, text):
        for byte in expanded(text, self.words):
            self.wire.send(bytes([byte]))

    def do_slow(self, text):
        for byte in expanded(text, self.words):
            self.wire.send(bytes([byte]))
            self.wire.stream.settimeout(SLOW_EVERY)
            try:
                if not self.wire.more() or self.wire.unread:
                    break
            except TimeoutError:
                continue
        self.wire.stream.settimeout(ANSWER_SECONDS)

    def do_deaf(self, text):
        data, end = expanded(text, self.words) * 200, time.monotonic() + ANSWER_SECONDS
        try:
            while time.monotonic() < end:
                self.wire.send(data)
        except OSError as error:  # dropped, by whatever name
            if isinstance(error, TimeoutError):
                self.problems.append("the connection is not dropped")
            return
        self.problems.append("it can be sent to for ever")

    def do_continue(self, _):
        if not self.wire.interim():
            self.problems.append("no 100 Continue")

    def do_end(self, _):
        self.wire.half_close()

    def do_cut(self, _):
        self.wire.stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def do_tunnel(self, _):
        answer = self.wire.response(to_head=True)
        if answer is None or answer.status != 200:
            return self.problems.append(f"no tunnel: {answer and answer.status}")
        self.wire.stream = self.way.inside(self.wire.stream, EXCHANGE)
        self.do_want("open")

    def do_want(self, text):
        statuses, end, to_head = wanted(text)
        answer = None
        for want in statuses:
            answer = self.wire.response(to_head)
            if answer is None:
                return self.problems.append(f"no answer, wanted {want}")
            self.answered += answer.status == 200
            if not fits(answer.status, want):
                self.problems.append(f"{answer.status}, not {want}: {answer.body[:120]!r}")
        if end == "close" and answer and (answer.header("Connection") or "").lower() != "close":
            self.problems.append(f"the answer does not say that the connection ends: {answer.body[:120]!r}")
        elif end in ("close", "gone") and not self.wire.is_ended(ANSWER_SECONDS):
            self.problems.append(f"the connection is not closed; unread: {self.wire.unread[:120]!r}")
        if end == "open":
            self.wire.send(expanded("{get}\\r\\n", self.words))
            answer = self.wire.response()
            self.answered += bool(answer) and answer.status == 200
            if not answer or answer.status != 200:
                self.problems.append("the connection is of no more use")


def marks_seen(world):
    """mark → how many requests with it reached the exchange's side."""
    seen = {}
    for line in world.oracle_lines():
        if line["path"] == ROUTE:
            mark = line["target"].partition("mark=")[2].partition("&")[0]
            seen[mark] = seen.get(mark, 0) + 1
    return seen


def run_all(world, way, cases):
    """Problems of all cases, many at a time."""
    marks = [f"{way.name[0]}{index}" for index in range(len(cases))]
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        runs = list(pool.map(lambda pair: Run(way, *pair), zip(cases, marks)))
    seen, problems = marks_seen(world), []
    for run, mark in zip(runs, marks):
        if "{bare}" not in repr(run.case.steps) and seen.get(mark, 0) != run.answered:
            run.problems.append(f"{seen.get(mark, 0)} requests reached the exchange, {run.answered} were answered")
        problems += [f"{way.name}: {run.case.file}: {run.case.name}: {problem}" for problem in run.problems]
    return problems


def main():
    keystile, *words = sys.argv[1:]
    cases = [case for case in load() if " ".join(words) in case.name]
    listeners, names_port = listener_settings()
    with World(keystile, oracle=True, settings=LIMITS + listeners) as world:
        problems = []
        for way in [*ways_in(world, names_port), ProxyHead(world)]:
            chosen = [case for case in cases if (case.file == "connect") == isinstance(way, ProxyHead)]
            problems += run_all(world, way, chosen)
            print(f"{way.name}: {len(chosen)} cases")
        if world.status() is None:
            problems.append("the gate is gone")
        problems += [f"oracle: {line}" for line in world.oracle_lines() if line["problems"]]
    print("\n".join(problems))
    print(f"{len(problems)} problems")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
