"""Starts what a test or the demo needs: a sandbox, a realm on it, a gate, and if wanted the oracle
between gate and sandbox. Everything on loopback, in one temporary folder, stopped at the end."""
import contextlib
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXCHANGES = ("binance", "okx", "bybit")
SANDBOXES = EXCHANGES + ("deribit",)  # which has market data alone


claims = []  # on ports, until this process ends


def free_ports(count):
    """The first of `count` consecutive free ports, which are given to nobody else while this process lives: neither
    here nor to a test beside this one. Below those that the kernel gives to outgoing connections, of which another
    test makes many."""
    for _ in range(200):
        base = random.randrange(20000, 32000)
        with contextlib.ExitStack() as claimed:
            try:
                for port in range(base, base + count):
                    claim = claimed.enter_context(socket.socket(socket.AF_UNIX))
                    claim.bind(f"\0keystile-test-port-{port}")
                    with socket.socket() as taken:
                        taken.bind(("127.0.0.1", port))
            except OSError:
                continue
            claims.append(claimed.pop_all())
            return base
    raise RuntimeError("no free ports")


def wait_for(condition, what, seconds=30):
    """Waits until condition() is true; the time is a limit, never a wait for luck."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds} s for {what}")
        time.sleep(0.05)


class World:
    def __init__(self, keystile, folder=None, oracle=False, tick_ms=0, settings="", init=()):
        self.keystile = str(pathlib.Path(keystile).resolve())
        self._temporary = None if folder else tempfile.TemporaryDirectory(prefix="keystile-test-")
        self.folder = pathlib.Path(folder or self._temporary.name)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.sandbox_folder = self.folder / "sandbox"
        self.realm = self.folder / "realm"
        self.logs = self.folder / "logs"
        self.logs.mkdir(exist_ok=True)
        self.with_oracle, self.tick_ms = oracle, tick_ms
        self.settings = settings  # further lines of the node's keystile.toml
        self.init_options = init  # further words for `keystile init`
        self.processes = {}
        self.clients = {}

    # --- processes
    def start(self, name, *command, env=None):
        log = open(self.logs / f"{name}.log", "ab")
        self.processes[name] = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=env)
        return self.processes[name]

    def log(self, name):
        return (self.logs / f"{name}.log").read_text(errors="replace")

    def ready(self, name, condition, what):
        def check():
            if self.processes[name].poll() is not None:
                raise RuntimeError(f"{name} ended with {self.processes[name].returncode}:\n{self.log(name)}")
            return condition()
        return wait_for(check, what)

    def stop(self, name, how=signal.SIGTERM):
        process = self.processes.pop(name, None)
        if process and process.poll() is None:
            process.send_signal(how)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        return process.returncode if process else None

    def run(self, *words, check=True, **options):
        """keystile … in this realm; returns the finished process."""
        done = subprocess.run([self.keystile, "--realm", str(self.realm), *map(str, words)], text=True,
                              capture_output=True, stdin=subprocess.DEVNULL, **options)
        if check and done.returncode != 0:
            raise RuntimeError(f"keystile {' '.join(map(str, words))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def json(self, *words, **options):
        return json.loads(self.run("--json", *words, **options).stdout)

    # --- the sandbox
    def start_sandbox(self):
        base = free_ports(len(SANDBOXES))
        self.start("sandbox", self.keystile, "sandbox", "--folder", str(self.sandbox_folder), "--port-base", str(base),
                   "--tick-ms", str(self.tick_ms))
        state = self.sandbox_folder / "sandbox.json"
        self.ready("sandbox", lambda: state.exists() and self._listens(base), "the sandbox")
        self.sandbox = json.loads(state.read_text())["exchanges"]
        self.exchanges = [name for name in EXCHANGES if name in self.sandbox]
        self.ca_file = str(self.sandbox_folder / "ca.pem")
        keys = json.loads((self.sandbox_folder / "keys.json").read_text())["keys"]
        self.keys = {(key["exchange"], key["name"]): key for key in keys}

    @staticmethod
    def _listens(port):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    def sandbox_url(self, exchange):
        return self.sandbox[exchange]["url"]

    def sandbox_control(self, exchange, what, body=None):
        """POST (with a body) or GET one of the sandbox's control routes."""
        import ssl
        import urllib.request
        context = ssl.create_default_context(cafile=self.ca_file)
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.sandbox_url(exchange)}/__sandbox__/{what}", data=data,
                                         headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, context=context, timeout=20) as answer:
            return json.loads(answer.read())

    def executed(self, exchange, what="trades"):
        """The sandbox's own account of all trades (or orders), with client order ids as they were sent:
        its Binance keeps spot's and futures' apart by a prefix."""
        found = self.sandbox_control(exchange, what)[what]
        return [{**one, "client_order_id": one["client_order_id"].rpartition("/")[2]} for one in found]

    # --- the oracle between gate and sandbox
    def oracle_certificate(self):
        """Certificate and key, as files; the sandbox's CA is trusted."""
        return self.sandbox_folder / "server.pem", self.sandbox_folder / "server.key"

    def start_oracle(self):
        base = free_ports(len(EXCHANGES))
        self.oracle_report = self.folder / "oracle.jsonl"
        certificate, key = self.oracle_certificate()
        config = {"certificate": str(certificate), "key": str(key),
                  "ca": self.ca_file, "report": str(self.oracle_report), "exchanges": {}}
        self.upstream = {}
        for port, name in enumerate(self.exchanges, base):
            keys = {key["key"]: {"secret": key["secret"], "passphrase": key["passphrase"], "algorithm": key["algorithm"],
                                 "public": key["public_key"], "role": key["name"]}
                    for (exchange, _), key in self.keys.items() if exchange == name}
            config["exchanges"][name] = {"port": port, "upstream": self.sandbox_url(name), "keys": keys}
            self.upstream[name] = f"https://127.0.0.1:{port}"
        path = self.folder / "oracle.json"
        path.write_text(json.dumps(config))
        path.chmod(0o600)
        self.start("oracle", sys.executable, str(ROOT / "test/oracle/oracle.py"), "--config", str(path))
        self.ready("oracle", lambda: "oracle: ready" in self.log("oracle"), "the oracle")

    def oracle_lines(self):
        whole, _, _ = self.oracle_report.read_text().rpartition("\n")  # the last line may be half written
        return [json.loads(line) for line in whole.splitlines()]

    # --- the realm
    def init(self):
        """A realm on the sandbox (or on the oracle before it), with one first client per exchange."""
        place = self.sandbox_folder
        if self.with_oracle:
            place = self.folder / "behind-oracle"
            place.mkdir()
            for name in ("ca.pem", "ca.key", "server.pem", "server.key", "keys.json"):
                (place / name).symlink_to(self.sandbox_folder / name)
            state = json.loads((self.sandbox_folder / "sandbox.json").read_text())
            for name, url in self.upstream.items():
                state["exchanges"][name]["url"] = url
            (place / "sandbox.json").write_text(json.dumps(state))
        port = free_ports(2 + len(EXCHANGES))  # the proxy comes last
        done = subprocess.run([self.keystile, "--json", "init", str(self.realm), "--sandbox", str(place), "--port", str(port), *map(str, self.init_options)],
                              text=True, capture_output=True, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise RuntimeError(f"keystile init: exit {done.returncode}\n{done.stdout}{done.stderr}")
        if self.settings:
            with open(self.realm / "keystile.toml", "a") as file:
                file.write("\n" + self.settings)
        made = json.loads(done.stdout)
        self.gate_ca = made["ca_file"]
        self.clients = {client["client"]: client for client in made["clients"]}

    def lift_rate_limits(self):
        """As if the exchanges allowed a hundred times as much: for tests of other things. In force with the next
        change of policy."""
        policy = self.realm / "policy/realm.toml"
        policy.write_text(policy.read_text().replace("[[environment.upstream]]", "[[environment.upstream]]\nrate_limit_percent = 10000"))

    def add_client(self, name, exchange, *options, profile="trading-bot", account=None, grant="", expired=False):
        """A further client; returns what a program needs. grant: further lines of its TOML table."""
        if expired:
            options += ("--expires", "2100-01-01T00:00:00Z")  # nobody makes one that is over
        done = self.run("client", "add", name, "--account", account or f"{exchange}-main", "--profile", profile,
                        "--format", "json", *options)
        if grant or expired:
            policy = self.realm / f"policy/client-{name}.toml"
            policy.write_text(f"{policy.read_text()}{grant}\n".replace("2100-01-01", "2020-01-01"))
            self.run("policy", "apply")
        self.clients[name] = json.loads(done.stdout[done.stdout.index("{"):])
        return self.clients[name]

    def add_account(self, name, exchange, keys, known_as=""):
        """A further account in the policy, with real keys; keys: role → the sandbox key's name."""
        lines = [f'\n[[account]]\nname = "{name}"\nexchange = "{exchange}"\nenvironment = "test"\nkind = "trading"\n'
                 f'known_as = "{known_as}"']
        lines += [f'[[account.key]]\nrole = "{role}"\nvault = "key/{name}/{role}"\nip_restricted = true' for role in keys]
        with open(self.realm / "policy/realm.toml", "a") as policy:
            policy.write("\n".join(lines) + "\n")
        for role, key_name in keys.items():
            key = self.keys[exchange, key_name]
            reader, writer = os.pipe()
            os.write(writer, key["secret"].encode())
            os.close(writer)
            fds = [reader]
            words = ["--secret-fd", reader]
            if key["passphrase"]:
                reader, writer = os.pipe()
                os.write(writer, key["passphrase"].encode())
                os.close(writer)
                fds.append(reader)
                words += ["--passphrase-fd", reader]
            self.run("key", "add", name, "--role", role, "--id", key["key"], "--algorithm", key["algorithm"], *words, pass_fds=fds)
            for fd in fds:
                os.close(fd)
        self.run("policy", "apply")

    def ledger(self, kind=None):
        """The ledger's entries, oldest first, as JSON; of one type if wanted."""
        lines = self.run("ledger", "export").stdout.splitlines()
        entries = [json.loads(line) for line in lines]
        return [entry for entry in entries if kind in (None, entry.get("type"))]

    def start_gate(self):
        self.start("gate", self.keystile, "--realm", str(self.realm), "serve")
        self.ready("gate", self.is_priced, "the gate's prices")

    def control(self, command):
        """The running gate's answer on its control socket: {"ok": …} or {"error": …}; None if it does not answer."""
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(10)
            answer = b""
            try:
                control.connect(str(self.realm / "run/control.sock"))
                control.sendall(json.dumps(command).encode() + b"\n")
                while not answer.endswith(b"\n"):
                    piece = control.recv(65536)
                    if not piece:
                        return None
                    answer += piece
            except OSError:  # it is not there, or was killed meanwhile
                return None
        return json.loads(answer)

    def status(self):
        """The running gate's own account of itself."""
        return (self.control({"do": "status"}) or {}).get("ok")

    def is_priced(self):
        status = self.status()
        wanted = {client["exchange"] for client in self.clients.values()}
        return status and all("spot" in venue["priced"] and "linear" in venue["priced"] and venue["clock_known"]
                              for venue in status["venues"] if venue["exchange"] in wanted)

    # --- all together
    def up(self):
        self.start_sandbox()
        if self.with_oracle:
            self.start_oracle()
        self.init()
        self.start_gate()
        return self

    def down(self):
        for name in ("gate", "oracle", "sandbox"):
            self.stop(name)
        for name in list(self.processes):
            self.stop(name)
        if self._temporary:
            self._temporary.cleanup()

    def __enter__(self):
        try:
            return self.up()
        except BaseException:
            self.down()
            raise

    def __exit__(self, *_):
        self.down()


def client_environment(world, direct):
    """Environment for a client program: whom to trust, whom to talk to, with which keys."""
    env = {"PATH": os.environ["PATH"], "HOME": str(world.folder), "LANG": "C.UTF-8",
           "NODE_PATH": str(ROOT / "build/clients/node_modules")}
    ca = world.ca_file if direct else world.gate_ca
    env.update({"NODE_EXTRA_CA_CERTS": ca, "SSL_CERT_FILE": ca, "REQUESTS_CA_BUNDLE": ca})
    return env


def judge(world, look):
    """Ends this program with what was found. look(world) yields what it looked at, whether it was good, and what there
    is to say where it was not. It starts what it needs in the world, which goes down with it. The logs of what it started are
    shown where something was not good."""
    problems = []
    try:
        for what, good, *seen in look(world):
            print("ok  " if good else "NO  ", what, *([] if good else seen), flush=True)
            problems += [] if good else [what]
    finally:
        for log in sorted(world.logs.glob("*.log")) if problems else []:
            print(f"--- {log.stem}\n{log.read_text(errors='replace')}")
        world.down()
    print("\n".join(problems))
    sys.exit(1 if problems else 0)
