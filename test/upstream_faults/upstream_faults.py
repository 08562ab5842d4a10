"""The way to the exchange fails in every way there is. Whatever happens: an order is sent at most once;
what was not sent is said so; what may have been carried out is of unknown outcome, natively and in the
ledger, until Keystile's own questions have found out; and the next order goes through.

Usage: upstream_faults.py KEYSTILE EXCHANGE"""
import datetime
import ipaddress
import pathlib
import socket
import ssl
import sys
import threading
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "harness"))
from faulty import INSTEAD, Faulty  # noqa: E402
from name_server import NameServer  # noqa: E402
from raw import Raw, Spot  # noqa: E402
from world import World, wait_for  # noqa: E402

NAME = "exchange.test"  # of the exchange, known to our name server alone
# The exchange's own words for "it may have been done, look at the order".
UNKNOWN = {"binance": "-1007", "okx": "51149", "bybit": "10016"}
# Answers that the exchange itself gave go to the program as they came.
AS_IT_CAME = {"503 without a body", "500 with HTML", "redirect", "an empty answer", "another language",
              "503 after it was carried out"}
EXECUTED = {"reset after it was carried out", "timeout after it was carried out", "503 after it was carried out"}
LOST = ["reset after the request", *INSTEAD, *sorted(EXECUTED)]


class Checks:
    def __init__(self):
        self.problems, self.lock = [], threading.Lock()

    def expect(self, what, ok, seen=""):
        with self.lock:
            print(("ok  " if ok else "NO  ") + what + ("" if ok else f": {seen}"), flush=True)
            if not ok:
                self.problems.append(what)


class Run:
    def __init__(self, world, exchange, faulty, client, checks):
        self.world, self.exchange, self.faulty, self.client, self.checks = world, exchange, faulty, client, checks
        self.tries = 0

    def place(self, name):
        """Places one order, once the exchange's rate limits have room for it."""
        def sent():
            answer = Raw(self.client).call(*Spot.ROUTES[self.exchange], Spot.limit(self.exchange, name, quantity="0.001"))
            return None if answer.rule == "rate.account" else answer
        return wait_for(sent, "room in the exchange's rate limits")

    def works(self, name):
        """An order goes through: what was wrong has left nothing behind. Prices may have to come first."""
        def taken():
            self.tries += 1
            answer = self.place(f"{name}{self.tries}")
            return answer.status == 200 and not answer.rule
        wait_for(taken, f"an order to pass again ({name})", 20)

    # --- before the first byte
    def nothing_sent(self, what, rules, name):
        answer = self.place(name)
        seen = self.faulty.count(name)
        self.checks.expect(f"{what} → {rules}, nothing sent",
                           answer.rule in rules.split(" or ") and seen == 0,
                           f"{answer.status} {answer.rule} {answer.body}, {seen} arrived")

    # --- after it
    def lost(self, fault, name):
        self.faulty.faults[name] = fault
        answer = self.place(name)
        if fault in AS_IT_CAME:
            ok = answer.rule == ""
        else:
            ok = answer.rule == "net.lost" and UNKNOWN[self.exchange] in answer.body
        seen = self.faulty.count(name)
        self.checks.expect(f"{fault} → unknown, sent once", ok and seen == 1, f"{answer.status} {answer.rule} {answer.body[:200]}, {seen} arrived")


def leg_outcomes(entries):
    """client order id → what the ledger says of its outcome, and whether it was reconciled later."""
    placed, outcome, found = {}, {}, {}
    for index, entry in enumerate(entries):
        if entry["type"] == "request":
            for leg in entry.get("legs", []):
                placed[index] = leg["client_order_id"]
        elif entry["type"] == "outcome" and entry["request"] in placed:
            outcome[placed[entry["request"]]] = entry["outcome"]
        elif entry["type"] == "order" and entry["request"] in placed:
            found[placed[entry["request"]]] = entry
    return outcome, found


def connection_faults(run, sandbox_folder):
    faulty = run.faulty
    faulty.refuse_connections()
    run.nothing_sent("connection refused", "net.connect", "refused1")
    faulty.listen()
    run.works("afterrefused")
    for number, fault in enumerate(("reset before TLS", "reset in the handshake")):
        faulty.connection_fault = fault
        faulty.drop()
        # The reset may overtake the news that the connection stands.
        run.nothing_sent(fault, "net.connect or net.tls", f"handshake{number}")
        faulty.connection_fault = ""
        run.works(f"afterhandshake{number}")
    faulty.connection_fault = "silence"
    faulty.drop()
    run.nothing_sent("silence in the handshake", "net.tls or net.timeout", "silence1")
    faulty.connection_fault = ""
    run.works("aftersilence")
    good = certificate(run.world.folder, sandbox_folder, "good", 2, f"DNS:{NAME}")
    for name, days, names in (("expired", -1, f"DNS:{NAME}"), ("wrongname", 2, "DNS:elsewhere.example")):
        faulty.present(*certificate(run.world.folder, sandbox_folder, name, days, names))
        faulty.drop()
        run.nothing_sent(f"{name} certificate", "net.certificate", name)
    faulty.present(*certificate(run.world.folder, None, "selfsigned", 2, f"DNS:{NAME}"))
    faulty.drop()
    run.nothing_sent("self-signed certificate", "net.certificate", "selfsigned")
    faulty.present(*good, most=ssl.TLSVersion.TLSv1_2)
    faulty.drop()
    run.nothing_sent("TLS 1.2 only", "net.tls", "tls12")
    faulty.present(*good)
    run.works("aftercertificates")


def moved(run, names):
    """The exchange's name leads elsewhere, and where it led nobody answers any more."""
    faulty = run.faulty
    faulty.refuse_connections()
    faulty.listen("127.0.0.2")
    run.nothing_sent("the name still leads to where nobody is", "net.connect", "notmoved")
    names.packed = socket.inet_aton("127.0.0.2")
    run.works("aftermove")


def certificate(folder, ca_folder, name, days, names):
    """A server's certificate under the sandbox's CA, or under itself."""
    kind, _, value = names.partition(":")
    alternative = x509.IPAddress(ipaddress.ip_address(value)) if kind == "IP" else x509.DNSName(value)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    issuer, signer = subject, key
    if ca_folder:
        issuer = x509.load_pem_x509_certificate((ca_folder / "ca.pem").read_bytes()).subject
        signer = serialization.load_pem_private_key((ca_folder / "ca.key").read_bytes(), None)
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=3))
            .not_valid_after(now + datetime.timedelta(days=days))
            .add_extension(x509.SubjectAlternativeName([alternative]), critical=False).sign(signer, hashes.SHA256()))
    files = folder / f"{name}.pem", folder / f"{name}.key"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return files


def lost_answers(run, checks):
    names = {f"lost{number}x": fault for number, fault in enumerate(LOST)}
    for name, fault in names.items():  # one after another, but for those that last
        if fault not in ("timeout after it was carried out", "a body without end"):
            run.lost(fault, name)
    threads = [threading.Thread(target=run.lost, args=(fault, name)) for name, fault in names.items()
               if fault in ("timeout after it was carried out", "a body without end")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run.works("afterlost")

    def settled():
        _, found = leg_outcomes(run.world.ledger())
        return all(name in found for name in names)
    wait_for(settled, "every lost order to be reconciled", 120)
    outcome, found = leg_outcomes(run.world.ledger())
    executed = {order["client_order_id"] for order in run.world.executed(run.exchange, "orders")}
    for name, fault in names.items():
        there = name in executed
        checks.expect(f"{fault}: the ledger says unknown, then {'that it is there' if fault in EXECUTED else 'that it never was'}",
                      outcome.get(name) == "unknown" and there == (fault in EXECUTED)
                      and found[name]["state"].get("found", True) == there and run.faulty.count(name) == 1,
                      f"{outcome.get(name)}, {found.get(name)}, executed {there}, sent {run.faulty.count(name)} times")


def bans(run, other, checks):
    """Turned away once: nobody sends any more until the time is over; then one probe."""
    exchange, faulty = run.exchange, run.faulty
    faulty.turned_away = {"binance": (429, ["Retry-After: 3"], b'{"code":-1015,"msg":"Too many new orders."}'),
                          "okx": (429, ["Retry-After: 3"], b'{"code":"50011","data":[],"msg":"Too Many Requests"}'),
                          "bybit": (200, [f"X-Bapi-Limit-Reset-Timestamp: {int(time.time() * 1000) + 3000}"],
                                    b'{"retCode":10006,"retMsg":"Too many visits!","result":{},"retExtInfo":{},"time":1}')}[exchange]
    first = run.place("banned1")
    checks.expect("the exchange's own refusal comes as it is", first.rule == "" and first.body.encode() == faulty.turned_away[2], first.body)
    faulty.turned_away = None
    second = Raw(other).call(*Spot.ROUTES[exchange], Spot.limit(exchange, "banned2", quantity="0.001"))
    checks.expect("the other client is told to come back later, and nothing is sent",
                  second.rule == "rate.paused" and "Retry-After" in second.headers and faulty.count("banned2") == 0,
                  f"{second.status} {second.rule} {second.body}")
    run.works("afterban")
    checks.expect("the refused order was never sent", faulty.count("banned2") == 0 and faulty.count("banned1") == 1)


def address_ban(run, others, checks):
    """What bans the address bans every client and every account behind it. Comes last: Bybit's lasts ten minutes."""
    exchange, faulty = run.exchange, run.faulty
    until = int(time.time() * 1000) + 60000
    faulty.turned_away = {"binance": (418, [], b'{"code":-1003,"msg":"Way too much request weight used; IP banned until %d."}' % until),
                          "okx": (429, ["Retry-After: 60"], b"Too Many Requests"),
                          "bybit": (403, [], b"403, access too frequent")}[exchange]
    first = run.place("addressban")
    checks.expect("the ban comes as it is", first.rule == "" and first.body.encode() == faulty.turned_away[2], f"{first.rule} {first.body}")
    faulty.turned_away = None
    for what, client in others.items():
        answer = Raw(client).call(*Spot.ROUTES[exchange], Spot.limit(exchange, "bannedtoo", quantity="0.001"))
        checks.expect(f"{what} is held too, and nothing is sent",
                      answer.rule == "rate.paused" and "Retry-After" in answer.headers and faulty.count("bannedtoo") == 0,
                      f"{answer.status} {answer.rule} {answer.body}")


def main():
    keystile, exchange = sys.argv[1:]
    checks, world = Checks(), World(keystile)
    try:
        world.start_sandbox()
        folder = world.sandbox_folder
        faulty = {name: Faulty(world.sandbox_url(name), folder / "server.pem", folder / "server.key", world.ca_file)
                  for name in world.exchanges}
        world.with_oracle = True  # as far as init is concerned: not the sandbox's own addresses
        world.upstream = {name: f"https://127.0.0.1:{one.port}" for name, one in faulty.items()}
        world.upstream[exchange] = f"https://{NAME}:{faulty[exchange].port}"
        faulty[exchange].present(*certificate(world.folder, folder, "named", 2, f"DNS:{NAME}"))
        names = NameServer(NAME)
        world.settings = f'[resolver]\nservers = ["{names.address}"]\n'
        world.init()
        world.add_account("second", exchange, {"read": "read", "trade": "trade"})
        more = "orders_per_second = 1000\nopen_orders = 10000"
        options = ("--instrument", Spot.SYMBOL[exchange], "--daily-exposure", "1000000")
        client = world.add_client("program", exchange, *options, grant=more)
        other = world.add_client("another", exchange, *options, grant=more)
        elsewhere = world.add_client("elsewhere", exchange, *options, grant=more, account="second")
        world.start_gate()
        run = Run(world, exchange, faulty[exchange], client, checks)
        run.works("before")
        run.faulty.faults["slow1"] = "slow"
        slow = run.place("slow1")
        checks.expect("a slow answer is an answer", slow.status == 200 and not slow.rule, slow.body)
        connection_faults(run, folder)
        lost_answers(run, checks)
        bans(run, other, checks)
        moved(run, names)
        address_ban(run, {"another client of the account": other, "a client of another account": elsewhere}, checks)
        verified = world.run("ledger", "verify", check=False)
        checks.expect("the ledger verifies", verified.returncode == 0, verified.stderr)
    finally:
        world.down()
    print(f"{len(checks.problems)} not as they should be")
    sys.exit(1 if checks.problems else 0)


if __name__ == "__main__":
    main()
