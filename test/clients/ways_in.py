"""Programs that keep the exchange's own host names: through HTTPS_PROXY, and with the names leading
to Keystile. ccxt must see what it sees at the exchange itself; curl shows what is refused.

Usage: ways_in.py KEYSTILE"""
import pathlib
import socket
import ssl
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "harness"))
from flows import compare, direct_access, gate_access, judge_oracle, run_script  # noqa: E402
from name_server import NameServer  # noqa: E402
from world import World, free_ports  # noqa: E402

SCRIPTS = ["ccxt_python.py", "ccxt_javascript.js"]
TIME = {"binance": "https://api.binance.com/api/v3/time", "okx": "https://www.okx.com/api/v5/public/time",
        "bybit": "https://api.bybit.com/v5/market/time"}


UPSTREAM = "exchange.test"  # a name that only our name server knows


class NamedWorld(World):
    """With further listeners beside those of `init`, and with exchanges that Keystile must look up by
    a name server of its own."""

    def oracle_certificate(self):
        key, request, certificate = (self.folder / f"oracle.{end}" for end in ("key", "csr", "pem"))
        ca = ["-CA", self.sandbox_folder / "ca.pem", "-CAkey", self.sandbox_folder / "ca.key", "-CAcreateserial"]
        names = self.folder / "names"
        names.write_text(f"subjectAltName=DNS:{UPSTREAM}")
        for words in (["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", request,
                       "-subj", f"/CN={UPSTREAM}"],
                      ["x509", "-req", "-in", request, "-out", certificate, "-days", "1", "-extfile", names, *ca]):
            subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)
        return certificate, key

    def start_oracle(self):
        super().start_oracle()
        self.upstream = {name: url.replace("127.0.0.1", UPSTREAM) for name, url in self.upstream.items()}

    def init(self):
        super().init()
        self.name_server = NameServer(UPSTREAM)
        self.names_port = free_ports(1)
        self.exchange_ca = str(self.realm / "tls/exchange-ca.pem")
        with open(self.realm / "keystile.toml", "a") as settings:
            settings.write(f'\n[resolver]\nservers = ["{self.name_server.address}"]\n'
                           f'\n[[listener]]\nkind = "hosts"\nport = {self.names_port}\nenvironment = "test"\n'
                           '\n[[listener]]\nsocket = "run/gate.sock"\nenvironment = "test"\n'
                           '\n[[listener]]\nkind = "proxy"\nsocket = "run/proxy.sock"\nenvironment = "test"\n')

    def curl(self, *words):
        """Exit code, HTTP status of the last answer (of the proxy's to CONNECT, if that failed), body."""
        done = subprocess.run(["curl", "--silent", "--max-time", "20", "--noproxy", "",
                               "--write-out", "\n%{http_connect} %{http_code}", *words], text=True, capture_output=True)
        body, _, codes = done.stdout.rpartition("\n")
        connect, status = codes.split()
        return done.returncode, int(status) or int(connect), body


class Checks:
    def __init__(self):
        self.problems = []

    def check(self, right, what, seen=""):
        print(f"{'ok ' if right else 'NO '} {what}", flush=True)
        if not right:
            self.problems.append(f"{what}: {seen}")


def refusals(world, checks):
    proxy = ["--proxy", world.proxy, "--cacert", world.exchange_ca]
    for exchange, url in TIME.items():
        seen = world.curl(*proxy, url)
        checks.check(seen[:2] == (0, 200), f"curl through the proxy to {exchange}", seen)
    for url in ("https://example.com/", "https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest/meta-data/",
                "https://metadata.google.internal/", "https://10.0.0.1/", "https://api.binance.com.example.com/",
                f"https://localhost:{world.names_port}/", "https://api.binance.com:8443/", "https://2130706433/"):
        code, status, _ = world.curl(*proxy, url)
        checks.check(code != 0 and status == 403, f"no tunnel to {url}", (code, status))
    code, status, body = world.curl("--proxy", world.proxy, "http://api.binance.com/api/v3/time")
    checks.check(status == 405 and "HTTPS_PROXY" in body, "no plain http:// through the proxy", (status, body))
    seen = world.curl(*proxy, "--header", "Host: www.okx.com", TIME["binance"])
    checks.check(seen[1] == 421, "a Host header that is not the tunnel's", seen)
    seen = world.curl("--proxy", world.proxy, "--cacert", world.gate_ca, TIME["binance"])
    checks.check(seen[0] == 60, "the CA of base URLs does not vouch for exchange names", seen)


def names(world, checks):
    leads = ["--connect-to", f"::127.0.0.1:{world.names_port}", "--cacert", world.exchange_ca]
    for exchange, url in TIME.items():
        seen = world.curl(*leads, url)
        checks.check(seen[:2] == (0, 200), f"curl by {exchange}'s own name", seen)
    seen = world.curl(*leads, "--header", "Host: www.okx.com", TIME["binance"])
    checks.check(seen[1] == 421, "a Host header that is not the name's", seen)
    seen = world.curl(*leads, "https://example.com/")
    checks.check(seen[0] == 60, "no certificate for example.com", seen)
    seen = world.curl(*leads, "--insecure", "https://example.com/")
    checks.check(seen[1] == 421, "nor an answer in its name", seen)
    seen = world.curl("--insecure", f"https://127.0.0.1:{world.names_port}/api/v3/time")
    checks.check(seen[1] == 421, "nor one without a name", seen)


def own_look_ups(world, checks):
    asked = set(world.name_server.asked)
    checks.check(asked == {UPSTREAM}, "Keystile asked its name server for the exchanges, and for nothing else", asked)


def by_proxy_socket(world):
    """What Binance's own name answers through the proxy's Unix socket."""
    with socket.socket(socket.AF_UNIX) as plain:
        plain.settimeout(20)
        plain.connect(str(world.realm / "run/proxy.sock"))
        plain.sendall(b"CONNECT api.binance.com:443 HTTP/1.1\r\nHost: api.binance.com:443\r\n\r\n")
        told = plain.recv(4096)
        if not told.endswith(b"\r\n\r\n") or not told.startswith(b"HTTP/1.1 200 "):
            return told
        context = ssl.create_default_context(cafile=world.exchange_ca)
        with context.wrap_socket(plain, server_hostname="api.binance.com") as tunnel:
            tunnel.sendall(b"GET /api/v3/time HTTP/1.1\r\nHost: api.binance.com\r\n\r\n")
            return tunnel.recv(4096)


def sockets(world, checks):
    seen = world.curl("--unix-socket", str(world.realm / "run/gate.sock"), "http://keystile/binance/api/v3/time")
    checks.check(seen[:2] == (0, 200), "curl by Unix socket", seen)
    answer = by_proxy_socket(world)
    checks.check(answer.startswith(b"HTTP/1.1 200 "), "CONNECT by Unix socket", answer)
    checks.check((world.realm / "run/gate.sock").stat().st_mode & 0o777 == 0o600, "the socket is for its owner alone")


def renewed_ca(world, checks):
    old = world.folder / "old-exchange-ca.pem"
    old.write_text(pathlib.Path(world.exchange_ca).read_text())
    made = world.json("ca", "renew")
    shown = world.json("ca", "show")
    checks.check(made == shown and "api.binance.com" in shown["names"] and old.read_text() != pathlib.Path(world.exchange_ca).read_text(),
                 "ca renew makes the certificate anew", (made, shown))
    for trusted in (str(old), world.exchange_ca):
        seen = world.curl("--proxy", world.proxy, "--cacert", trusted, TIME["okx"])
        checks.check(seen[:2] == (0, 200), f"{pathlib.Path(trusted).name} is trusted", seen)


def same_transcripts(world, checks):
    ways = {"proxy": {"HTTPS_PROXY": world.proxy}, "names": {"CONNECT_TO": f"127.0.0.1:{world.names_port}"}}
    for exchange in world.exchanges:
        for script in SCRIPTS:
            direct, _ = run_script(world, script, True, direct_access(world, exchange))
            access = gate_access(world, exchange, script)
            access["base_url"] = ""
            for way, env in ways.items():
                env = {**env, "NODE_EXTRA_CA_CERTS": world.exchange_ca, "REQUESTS_CA_BUNDLE": world.exchange_ca}
                gated, _ = run_script(world, script, False, access, env)
                found = compare(script, direct, gated)
                checks.check(not found, f"{script} by {way} to {exchange}: {len(gated['steps'])} steps", "\n".join(found))


def main():
    checks = Checks()
    with NamedWorld(sys.argv[1], oracle=True) as world:
        world.proxy = world.clients["binance-bot"]["proxy"]
        refusals(world, checks)
        names(world, checks)
        sockets(world, checks)
        renewed_ca(world, checks)
        same_transcripts(world, checks)
        own_look_ups(world, checks)
        checks.problems += judge_oracle(world)
    for problem in checks.problems:
        print(problem)
    sys.exit(1 if checks.problems else 0)


if __name__ == "__main__":
    main()
